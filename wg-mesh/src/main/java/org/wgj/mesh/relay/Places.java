// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.relay;

import org.wgj.protocol.Endpoint;

/**
 * The members at each address. Members of one node may share one, if its planes share a UDP port.
 * Finding allocates nothing. Owned by the relay's thread.
 */
final class Places {
    /** The members of one node at one address, in place of the array never changed. */
    static final class Place {
        final Endpoint endpoint;
        Party[] parties;

        /** Another address with the same key in the table; mostly null. */
        Place next;

        Place(Endpoint endpoint, Party first) {
            this.endpoint = endpoint;
            parties = new Party[] {first};
        }
    }

    private final LongTable<Place> places;
    private final long secret;

    /** Mostly the next datagram comes from the same source, and transports reuse the object. */
    private Endpoint lastSource;

    private Place lastPlace;

    Places(long secret) {
        this.secret = secret;
        places = new LongTable<>(secret);
    }

    /** Returns the place of an address and port; null if no member is there. */
    Place find(Endpoint source) {
        if (source != lastSource) {
            lastPlace = findIn(places.get(keyOf(source)), source);
            lastSource = source;
        }
        return lastPlace;
    }

    private static Place findIn(Place first, Endpoint source) {
        Place place = first;
        while (place != null && !place.endpoint.sameRemote(source)) {
            place = place.next;
        }
        return place;
    }

    /** Moves a member to an address; members of other nodes there lose it. */
    void move(Party party, Endpoint endpoint) {
        if (endpoint.sameRemote(party.endpoint)) {
            party.endpoint = endpoint; // the local address may have changed
            return;
        }
        leave(party);
        long key = keyOf(endpoint);
        Place first = places.get(key);
        Place place = findIn(first, endpoint);
        party.endpoint = endpoint;
        if (place == null) {
            place = new Place(endpoint, party);
            place.next = first;
            places.put(key, place);
        } else if (place.parties[0].member.id() == party.member.id()) {
            Party[] more = new Party[place.parties.length + 1];
            System.arraycopy(place.parties, 0, more, 0, place.parties.length);
            more[place.parties.length] = party;
            place.parties = more;
        } else {
            for (Party other : place.parties) {
                other.endpoint = null;
            }
            place.parties = new Party[] {party};
        }
    }

    /** Takes a member from its address. */
    void leave(Party party) {
        lastSource = null;
        lastPlace = null;
        if (party.endpoint == null) {
            return;
        }
        long key = keyOf(party.endpoint);
        Place first = places.get(key);
        Place place = findIn(first, party.endpoint);
        party.endpoint = null;
        if (place.parties.length > 1) {
            Party[] fewer = new Party[place.parties.length - 1];
            int kept = 0;
            for (Party other : place.parties) {
                if (other != party) {
                    fewer[kept++] = other;
                }
            }
            place.parties = fewer;
        } else if (place != first) {
            Place before = first;
            while (before.next != place) {
                before = before.next;
            }
            before.next = place.next;
        } else if (place.next != null) {
            places.put(key, place.next);
        } else {
            places.remove(key);
        }
    }

    /** An IPv4 address and port exactly, an IPv6 address and port mixed with the secret. */
    private long keyOf(Endpoint endpoint) {
        if (!endpoint.ipv6()) {
            return endpoint.low() << 16 | endpoint.port();
        }
        long mixed = (endpoint.high() ^ secret) * 0x9e37_79b9_7f4a_7c15L;
        mixed = (mixed ^ mixed >>> 29 ^ endpoint.low()) * 0xd6e8_feb8_6659_fd93L;
        return (mixed ^ mixed >>> 31 ^ endpoint.port()) * 0x9e37_79b9_7f4a_7c15L
                + endpoint.scopeId();
    }
}
