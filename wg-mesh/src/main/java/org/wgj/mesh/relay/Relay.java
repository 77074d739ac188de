// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.relay;

import org.wgj.crypto.PublicKey;
import org.wgj.mesh.relay.Entries.Entry;
import org.wgj.mesh.relay.Places.Place;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.message.HandshakeMessage;
import org.wgj.protocol.message.MessageType;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * Decides what becomes of each datagram on the port of a tunnel that also relays: it is the
 * tunnel's, it goes unchanged to one member, or it is dropped. Performs no I/O, reads no clock and
 * has no key but public ones.
 *
 * <p>A member is served while its own session with the relay's tunnel is younger than 180 s, and is
 * where that session has last proved it to be ({@link #learned}). A relayed datagram changes no
 * address. An initiation is matched by its mac1 to the member it is for; the indices in it and in
 * its response are the whole state of a session. The first one to use an index keeps it. No
 * datagram is answered, and each one causes one datagram at most.
 *
 * <p>Data allocate nothing. Owned by one thread; times are nanoseconds that never decrease.
 */
public final class Relay {
    /**
     * The time for which a session with the relay proves where a member is: as long as it may be
     * used.
     */
    static final long SESSION_NS = 180_000_000_000L;

    private static final long SECOND_NS = 1_000_000_000L;

    /** The life of a session between members, and some time for the clocks of all three. */
    private static final long PAIR_NS = SESSION_NS + 10 * SECOND_NS;

    private static final long HALF_NS = 10 * SECOND_NS;
    private static final int MAX_HALVES = 50;
    private static final int MAX_COOKIES = 4;
    private static final int INITIATIONS_AT_ONCE = 3;
    private static final long INITIATIONS_NS = INITIATIONS_AT_ONCE * 2 * SECOND_NS;
    private static final long SEEK_NS = 5 * SECOND_NS;

    private record Node(long id, String plane) {
        static Node of(RelayMember member) {
            return new Node(member.id(), member.plane());
        }
    }

    /** The decision about a datagram. */
    public enum Verdict {
        /** It is not the relay's. */
        TUNNEL,
        /** It goes to {@link Relay#target}. */
        FORWARD,
        /** It goes nowhere, and is counted. */
        DROP
    }

    private final RelayHost host;
    private final RelayLimits limits;
    private final Bucket totalOrNull;
    private final Map<PublicKey, Party> byKey = new HashMap<>();
    private final Map<Node, Party> parties = new HashMap<>();
    private final Map<String, List<Party>> planes = new HashMap<>();
    private final Places places;
    private final Entries entries;
    private final LongTable<Bucket> initiations;
    private final long[] drops = new long[RelayDrop.values().length];
    private final byte[] handshake = new byte[HandshakeMessage.MAX_LENGTH];

    private List<Mac1> own = List.of();
    private RelayPolicy policy = RelayPolicy.ALL;
    private List<Endpoint> otherRelays = List.of();
    private boolean writable = true;
    private int nextNumber;
    private Endpoint target;
    private long forwardedPackets;
    private long forwardedBytes;
    private long forwardedInitiations;

    /**
     * Creates a relay without members.
     *
     * @param host the tunnel on the same port
     * @param limits what it grants at most
     * @param random for the secrets of its tables
     */
    public Relay(RelayHost host, RelayLimits limits, RandomGenerator random) {
        this.host = host;
        this.limits = limits;
        totalOrNull =
                limits.totalBytesPerSecond() == 0
                        ? null
                        : Bucket.perSecond(limits.totalBytesPerSecond());
        places = new Places(random.nextLong());
        entries = new Entries(random.nextLong());
        initiations = new LongTable<>(random.nextLong());
    }

    // --- members

    /**
     * Sets the keys of the tunnel: initiations and responses to them are the tunnel's.
     *
     * @param keys one to four public keys
     */
    public void setOwnKeys(Collection<PublicKey> keys) {
        own = keys.stream().map(Mac1::new).toList();
    }

    /**
     * Sets all members; those that it has already keep their sessions. Sessions of members that are
     * no longer there end. A node that changes its key keeps them, if one of its keys stays or it
     * gets the new one in the same call.
     *
     * @param members one for each node and plane, and another for a key that replaces the first
     * @throws IllegalArgumentException if two have the same key
     */
    public void setMembers(Collection<RelayMember> members) {
        Set<RelayMember> wanted = new HashSet<>(members);
        Set<Node> nodes = new HashSet<>();
        wanted.forEach(member -> nodes.add(Node.of(member)));
        if (wanted.stream().map(RelayMember::key).distinct().count() < wanted.size()) {
            throw new IllegalArgumentException("two members of the relay have the same key");
        }
        List<Party> gone =
                parties.values().stream()
                        .filter(party -> !nodes.contains(Node.of(party.member)))
                        .toList();
        gone.forEach(this::forget);
        // Keys may change their nodes: first none has a key that it should not have.
        Map<Party, List<PublicKey>> old = new HashMap<>();
        byKey.forEach(
                (key, party) -> {
                    Node node = Node.of(party.member);
                    if (!wanted.contains(new RelayMember(node.id, node.plane, key))) {
                        old.computeIfAbsent(party, any -> new ArrayList<>()).add(key);
                    }
                });
        old.values().forEach(keys -> keys.forEach(byKey::remove));
        wanted.forEach(this::add);
        old.forEach((party, keys) -> keys.forEach(party::remove));
        if (!gone.isEmpty()) {
            removeEntriesOfRemoved();
        }
    }

    /**
     * Adds a member, or a further key of one; does nothing if it has the key.
     *
     * @param member whose key no other member has
     * @throws IllegalArgumentException if another member has the key
     */
    public void add(RelayMember member) {
        Party there = byKey.get(member.key());
        if (there != null) {
            if (!there.has(member)) {
                throw new IllegalArgumentException(
                        "node " + there.member.id() + " has the key of node " + member.id());
            }
            return;
        }
        Party party = parties.get(Node.of(member));
        if (party == null) {
            party = new Party(member, nextNumber++, limits.memberBytesPerSecond());
            parties.put(Node.of(member), party);
            planes.computeIfAbsent(member.plane(), plane -> new ArrayList<>()).add(party);
        } else {
            party.add(member.key());
        }
        byKey.put(member.key(), party);
    }

    /**
     * Removes a node from all planes and ends its sessions.
     *
     * @param id the node's id
     */
    public void remove(long id) {
        List<Party> gone =
                parties.values().stream().filter(party -> party.member.id() == id).toList();
        gone.forEach(this::forget);
        removeEntriesOfRemoved();
    }

    private void forget(Party party) {
        party.removed = true;
        places.leave(party);
        parties.remove(Node.of(party.member));
        byKey.keySet().removeAll(party.keys());
        List<Party> plane = planes.get(party.member.plane());
        plane.remove(party);
        if (plane.isEmpty()) {
            planes.remove(party.member.plane());
        }
    }

    private void removeEntriesOfRemoved() {
        entries.removeIf(entry -> entry.from.removed || entry.to.removed);
        for (Party party : parties.values()) {
            if (party.lastDestination != null && party.lastDestination.removed) {
                party.lastDestination = null;
            }
        }
    }

    /**
     * Sets which members of a plane may reach each other, and ends the sessions of those that no
     * longer may.
     *
     * @param policy {@link RelayPolicy#ALL} at first
     */
    public void setPolicy(RelayPolicy policy) {
        this.policy = policy;
        entries.removeIf(entry -> !policy.allows(entry.from.member, entry.to.member));
    }

    /**
     * Learns where a member is. Call it when the tunnel's own session with the member has proved an
     * address: a handshake was completed, or transport data came from elsewhere.
     *
     * @param key the member's public key; ignored if it is no member
     * @param endpoint where it is, with the local address that it used
     * @param nowNs the time now
     */
    public void learned(PublicKey key, Endpoint endpoint, long nowNs) {
        Party party = byKey.get(key);
        if (party == null) {
            return;
        }
        party.proved(key);
        if (isOtherRelay(endpoint)) {
            places.leave(party);
        } else {
            places.move(party, endpoint);
            party.provedNs = nowNs;
        }
    }

    /**
     * Sets where other relays are. A member that is heard from such a place is behind that relay:
     * it is not served until it proves a place of its own, since relays do not use one another.
     *
     * @param endpoints of all other relays of the mesh
     */
    public void setOtherRelays(Collection<Endpoint> endpoints) {
        otherRelays = List.copyOf(endpoints);
        for (Party party : parties.values()) {
            if (isOtherRelay(party.endpoint)) {
                places.leave(party);
            }
        }
    }

    private boolean isOtherRelay(Endpoint endpointOrNull) {
        for (Endpoint other : otherRelays) {
            if (other.sameRemote(endpointOrNull)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Stops serving a member until it is learned again: its session with the tunnel has ended.
     * Nothing happens if a session under another key of the node has proved its place since.
     *
     * @param key the member's public key; ignored if it is no member
     */
    public void lost(PublicKey key) {
        Party party = byKey.get(key);
        if (party != null && party.member.key().equals(key)) {
            places.leave(party);
        }
    }

    /**
     * Tells whether the system takes datagrams now. If not, all that would be forwarded are
     * dropped.
     *
     * @param writable true at first
     */
    public void setWritable(boolean writable) {
        this.writable = writable;
    }

    /**
     * Returns whether members use an index among themselves, which the tunnel must then not choose.
     *
     * @param index a receiver index
     * @return whether the relay has it
     */
    public boolean isRelayed(int index) {
        return entries.has(index);
    }

    // --- datagrams

    /**
     * Decides what becomes of a datagram. Does not change it.
     *
     * @param slab where it is
     * @param offset where it begins
     * @param length its length in bytes
     * @param source where it came from
     * @param nowNs the time now
     * @return the decision
     */
    public Verdict decide(MemorySegment slab, int offset, int length, Endpoint source, long nowNs) {
        Place place = places.find(source);
        MessageType type = MessageType.of(slab, offset, length);
        return switch (type) {
            case TRANSPORT_DATA, COOKIE_REPLY, RESPONSE ->
                    addressed(type, slab, offset, length, place, source, nowNs);
            case INITIATION ->
                    place == null ? Verdict.TUNNEL : initiation(slab, offset, length, place, nowNs);
            case INVALID -> place == null ? Verdict.TUNNEL : drop(RelayDrop.BAD_LENGTH);
        };
    }

    /**
     * Returns where the last datagram goes, after {@link Verdict#FORWARD}.
     *
     * @return the member's endpoint, with the local address to send from
     */
    public Endpoint target() {
        return target;
    }

    private Verdict addressed(
            MessageType type,
            MemorySegment slab,
            int offset,
            int length,
            Place placeOrNull,
            Endpoint source,
            long nowNs) {
        int index = type.receiverIndex(slab, offset);
        Entry entry = placeOrNull == null ? null : entryAt(placeOrNull, index, nowNs);
        if (entry == null) {
            return stranger(index, placeOrNull != null, source, nowNs);
        }
        if (!entry.from.isLive(nowNs)) {
            return drop(RelayDrop.UNKNOWN_SOURCE);
        }
        return switch (type) {
            case TRANSPORT_DATA ->
                    entry.session
                            ? forward(entry.from, entry.to, length, nowNs)
                            : drop(RelayDrop.NO_ENTRY);
            case COOKIE_REPLY -> cookieReply(entry, length, nowNs);
            default -> response(entry, slab, offset, length, nowNs);
        };
    }

    private Entry entryAt(Place place, int index, long nowNs) {
        for (Party party : place.parties) {
            Entry entry = entries.find(party, index, nowNs);
            if (entry != null) {
                return entry;
            }
        }
        return null;
    }

    /** A datagram of a source that has no entry for its index. */
    private Verdict stranger(int index, boolean member, Endpoint source, long nowNs) {
        Entry other = entries.anyWith(index, nowNs);
        if (other == null) {
            return Verdict.TUNNEL;
        }
        if (member) {
            return drop(RelayDrop.NO_ENTRY);
        }
        Party party = other.from;
        if (nowNs >= party.seekAgainNs) {
            party.seekAgainNs = nowNs + SEEK_NS;
            host.seek(party.member, source);
        }
        return drop(RelayDrop.UNKNOWN_SOURCE);
    }

    private Verdict forward(Party from, Party to, int length, long nowNs) {
        RelayDrop refusal = refusal(from, to, length, nowNs);
        if (refusal != null) {
            return drop(refusal);
        }
        target = to.endpoint;
        forwardedPackets++;
        forwardedBytes += length;
        return Verdict.FORWARD;
    }

    /** Returns why a datagram cannot be forwarded now; null, with its bytes taken, if it can. */
    private RelayDrop refusal(Party from, Party to, int length, long nowNs) {
        if (!to.isLive(nowNs)) {
            return RelayDrop.OFFLINE;
        }
        if (to.endpoint.sameRemote(from.endpoint)) {
            return RelayDrop.NOT_ALLOWED; // never back to the source
        }
        if (!writable) {
            return RelayDrop.QUEUE_FULL;
        }
        // Both first: what one limit refuses must not use up the other.
        if (!Bucket.has(from.bytesOrNull, length, nowNs)
                || !Bucket.has(totalOrNull, length, nowNs)) {
            return RelayDrop.RATE;
        }
        Bucket.take(from.bytesOrNull, length);
        Bucket.take(totalOrNull, length);
        return null;
    }

    private Verdict cookieReply(Entry entry, int length, long nowNs) {
        if (entry.cookies >= MAX_COOKIES) {
            return drop(RelayDrop.RATE);
        }
        entry.cookies++;
        return forward(entry.from, entry.to, length, nowNs);
    }

    private Verdict response(Entry half, MemorySegment slab, int offset, int length, long nowNs) {
        if (half.session) {
            return drop(RelayDrop.NO_ENTRY); // the initiation has been answered
        }
        MemorySegment.copy(slab, ValueLayout.JAVA_BYTE, offset, handshake, 0, length);
        if (!half.to.matches(handshake, HandshakeMessage.mac1Offset(length))) {
            return drop(RelayDrop.BAD_MAC);
        }
        int sender = HandshakeMessage.senderIndex(slab, offset);
        Party responder = half.from;
        Party initiator = half.to;
        if (isTaken(initiator, sender, nowNs)) {
            return drop(RelayDrop.INDEX_CONFLICT);
        }
        if (!hasRoom(half.cause)) {
            return drop(RelayDrop.RATE);
        }
        Verdict verdict = forward(responder, initiator, length, nowNs);
        if (verdict == Verdict.FORWARD) {
            long expiresNs = nowNs + PAIR_NS;
            entries.add(new Entry(responder, initiator, half.index, initiator, true, expiresNs));
            entries.add(new Entry(initiator, responder, sender, initiator, true, expiresNs));
        }
        return verdict;
    }

    private Verdict initiation(
            MemorySegment slab, int offset, int length, Place place, long nowNs) {
        MemorySegment.copy(slab, ValueLayout.JAVA_BYTE, offset, handshake, 0, length);
        int mac1Offset = HandshakeMessage.mac1Offset(length);
        for (Mac1 mine : own) {
            if (mine.matches(handshake, mac1Offset)) {
                return Verdict.TUNNEL;
            }
        }
        RelayDrop reason = RelayDrop.UNKNOWN_SOURCE;
        for (Party source : place.parties) {
            if (!source.isLive(nowNs)) {
                continue;
            }
            Party destination = source.lastDestination;
            if (destination == null || !destination.matches(handshake, mac1Offset)) {
                List<Party> plane = planes.get(source.member.plane());
                if (!source.macs.take(plane.size(), nowNs)) {
                    reason = RelayDrop.RATE;
                    continue;
                }
                destination = search(plane, source, mac1Offset);
            }
            if (destination != null) {
                source.lastDestination = destination;
                return initiation(source, destination, slab, offset, length, nowNs);
            }
            reason = RelayDrop.BAD_MAC;
        }
        return drop(reason);
    }

    /** Finds the member of the plane that the handshake message is for; null if there is none. */
    private Party search(List<Party> plane, Party source, int mac1Offset) {
        for (Party candidate : plane) {
            if (candidate != source && candidate.matches(handshake, mac1Offset)) {
                return candidate;
            }
        }
        return null;
    }

    private Verdict initiation(
            Party source,
            Party destination,
            MemorySegment slab,
            int offset,
            int length,
            long nowNs) {
        if (!policy.allows(source.member, destination.member)) {
            return drop(RelayDrop.NOT_ALLOWED);
        }
        if (!destination.isLive(nowNs)) {
            return drop(RelayDrop.OFFLINE);
        }
        int sender = HandshakeMessage.senderIndex(slab, offset);
        if (isTaken(destination, sender, nowNs)) {
            return drop(RelayDrop.INDEX_CONFLICT);
        }
        if (source.halves >= MAX_HALVES
                || !hasRoom(source)
                || !pairLimit(source, destination).take(1, nowNs)) {
            return drop(RelayDrop.RATE);
        }
        Verdict verdict = forward(source, destination, length, nowNs);
        if (verdict == Verdict.FORWARD) {
            forwardedInitiations++;
            entries.add(new Entry(destination, source, sender, source, false, nowNs + HALF_NS));
        }
        return verdict;
    }

    /**
     * Returns whether datagrams with this index from where the member is mean something already:
     * for the tunnel, or for another session.
     */
    private boolean isTaken(Party from, int index, long nowNs) {
        Place place = from.endpoint == null ? null : places.find(from.endpoint);
        return host.ownsIndex(index)
                || (place == null
                        ? entries.find(from, index, nowNs) != null
                        : entryAt(place, index, nowNs) != null);
    }

    private boolean hasRoom(Party cause) {
        return entries.size() + 1 < limits.entries() && cause.entries < limits.memberEntries();
    }

    private Bucket pairLimit(Party source, Party destination) {
        long key = (long) source.number << 32 | destination.number;
        Bucket limit = initiations.get(key);
        if (limit == null) {
            limit = new Bucket(INITIATIONS_AT_ONCE, INITIATIONS_NS);
            initiations.put(key, limit);
        }
        return limit;
    }

    private Verdict drop(RelayDrop reason) {
        drops[reason.ordinal()]++;
        return Verdict.DROP;
    }

    // --- time and state

    /**
     * Forgets what has expired. Call it every few seconds; what has expired has no effect anyway.
     *
     * @param nowNs the time now
     */
    public void sweep(long nowNs) {
        entries.removeIf(entry -> entry.expiresNs <= nowNs);
        initiations.removeIf(limit -> limit.isFull(nowNs));
    }

    /**
     * Writes down which indices go where and where members were last, without any key, for a relay
     * that takes over after a restart.
     *
     * @param nowNs the time now
     * @param wallMillis the same time of the wall clock, in milliseconds since 1970
     * @return the bytes for {@link #restore}
     */
    public byte[] snapshot(long nowNs, long wallMillis) {
        return RelaySnapshot.write(parties.values(), entries, nowNs, wallMillis);
    }

    /**
     * Takes over the sessions between members from a snapshot. Members are served again once they
     * are {@link #learned}; so the caller begins a handshake with each at its old address. Sessions
     * of nodes that are no longer members are left out.
     *
     * @param snapshot from {@link #snapshot}, not older than a few minutes to be of use
     * @param nowNs the time now
     * @param wallMillis the same time of the wall clock, in milliseconds since 1970
     * @return the members with the addresses that they had when the snapshot was made
     * @throws IllegalArgumentException if the bytes are not a whole snapshot of this version;
     *     nothing has changed then
     */
    public Map<RelayMember, Endpoint> restore(byte[] snapshot, long nowNs, long wallMillis) {
        Map<RelayMember, Endpoint> seen =
                RelaySnapshot.read(snapshot, nowNs, wallMillis, limits.entries())
                        .into(parties.values(), entries, host);
        setPolicy(policy); // it may have changed since the snapshot
        return seen;
    }

    /**
     * Returns what the relay has done and holds.
     *
     * @param nowNs the time now
     * @return a snapshot
     */
    public RelayStatistics statistics(long nowNs) {
        Map<RelayDrop, Long> byReason = new EnumMap<>(RelayDrop.class);
        for (RelayDrop reason : RelayDrop.values()) {
            byReason.put(reason, drops[reason.ordinal()]);
        }
        int live = 0;
        for (Party party : parties.values()) {
            live += party.isLive(nowNs) ? 1 : 0;
        }
        return new RelayStatistics(
                forwardedPackets,
                forwardedBytes,
                forwardedInitiations,
                byReason,
                parties.size(),
                live,
                entries.halves(),
                (entries.size() - entries.halves()) / 2);
    }
}
