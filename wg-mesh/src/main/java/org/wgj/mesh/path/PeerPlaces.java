// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.path;

import org.wgj.mesh.map.Membership;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/** The places to which one peer's packets can be sent: its own, and relays. */
final class PeerPlaces {
    /** The number of places kept that the map does not know. */
    private static final int MAX_SEEN = 2;

    private List<Place> direct = new ArrayList<>();
    private List<Place> relays = new ArrayList<>();
    private boolean onlyOwnRoutes;

    /** The places of relays that must not carry this peer's packets; null if they may. */
    private List<InetSocketAddress> barredOrNull;

    /** The peer's own places, at most {@link Membership#MAX_CANDIDATES} and a few more. */
    List<Place> direct() {
        return direct;
    }

    /** The relays, the preferred one first. */
    List<Place> relays() {
        return relays;
    }

    boolean hasRelay() {
        return !relays.isEmpty();
    }

    /** Returns whether the peer has candidates, and all of them lie behind the mesh itself. */
    boolean areOnlyInOwnRoutes() {
        return onlyOwnRoutes;
    }

    /**
     * Chooses from the peer's candidates. A place that stays keeps its results.
     *
     * @return whether a place is new or has another rank
     */
    boolean choose(PlaceRules rules, Membership peer, Membership own) {
        PlaceRules.Choice choice = rules.choose(peer, own);
        onlyOwnRoutes = choice.onlyOwnRoutes();
        List<Place> chosen = new ArrayList<>();
        boolean changed = false;
        for (Place place : choice.places()) {
            Place known = find(direct, place.endpoint);
            changed |= known == null || known.rank != place.rank;
            if (known != null) {
                known.rank = place.rank;
            }
            chosen.add(known == null ? place : known);
        }
        for (Place place : direct) {
            if (!chosen.contains(place)
                    && place.rank == Place.Rank.SEEN
                    && rules.mayTry(place.endpoint)) {
                chosen.add(place);
            }
        }
        direct = chosen;
        return changed;
    }

    /**
     * Takes the relays.
     *
     * @param allowed false if the packets of one of the two ends must not pass through a relay
     */
    void setRelays(List<RelayPlace> now, boolean allowed) {
        if (!allowed) {
            barredOrNull = now.stream().map(RelayPlace::endpoint).toList();
            relays = new ArrayList<>();
            direct.removeIf(place -> place.rank == Place.Rank.SEEN && isBarred(place.endpoint));
            return;
        }
        barredOrNull = null;
        List<Place> all = new ArrayList<>();
        for (RelayPlace relay : now) {
            Place known = find(relays, relay.endpoint());
            all.add(known == null ? new Place(relay.endpoint(), Place.Rank.RELAY) : known);
        }
        relays = all;
    }

    /** Returns whether no relay may carry this peer's packets. */
    boolean areDirectOnly() {
        return barredOrNull != null;
    }

    /** Returns whether an endpoint is a relay's that must not carry this peer's packets. */
    boolean isBarred(InetSocketAddress endpoint) {
        return barredOrNull != null && barredOrNull.contains(endpoint);
    }

    /** Lets another relay be the preferred one, if there is one. */
    void putLast(Place relay) {
        if (relays.remove(relay)) {
            relays.add(relay);
        }
    }

    List<Place> relaysBut(Place relay) {
        return relays.stream().filter(place -> place != relay).limit(2).toList();
    }

    boolean isRelay(InetSocketAddress endpoint) {
        return find(relays, endpoint) != null;
    }

    /** Returns the place of an endpoint; null if it is unknown. */
    Place find(InetSocketAddress endpoint) {
        Place relay = find(relays, endpoint);
        return relay == null ? find(direct, endpoint) : relay;
    }

    /**
     * Returns the place of an endpoint. One that the map does not know is kept for a while.
     *
     * @param usedOrNull the place in use, which is kept in any case
     */
    Place findOrAdd(InetSocketAddress endpoint, Place usedOrNull) {
        Place known = find(endpoint);
        if (known != null) {
            return known;
        }
        Place added = new Place(endpoint, Place.Rank.SEEN);
        List<Place> seen =
                direct.stream().filter(p -> p.rank == Place.Rank.SEEN && p != usedOrNull).toList();
        if (seen.size() >= MAX_SEEN) {
            direct.remove(seen.getFirst());
        }
        direct.add(added);
        return added;
    }

    private static Place find(List<Place> places, InetSocketAddress endpoint) {
        for (Place place : places) {
            if (place.endpoint.equals(endpoint)) {
                return place;
            }
        }
        return null;
    }
}
