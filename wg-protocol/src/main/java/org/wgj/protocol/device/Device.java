// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import org.wgj.protocol.PacketBatch;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.DropReason;
import org.wgj.crypto.PresharedKey;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.crypto.TransportAead;
import org.wgj.protocol.noise.StaticIdentity;
import org.wgj.protocol.routing.CryptokeyRoutingTable;

import java.time.InstantSource;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * A WireGuard interface without the interface: all of the protocol and nothing else. Packets and
 * datagrams, time and chance go in; packets, datagrams and the next deadline come out.
 *
 * <p>It performs no I/O and reads no clock. Inputs are methods that take the time, in nanoseconds
 * since any fixed moment of a clock that goes on while the machine sleeps, never negative and never
 * going back. Consequences are calls of the {@link DeviceOutput} before the method returns. After
 * any input {@link #nextDeadlineNs} says when to call {@link #handleTimeouts}; calling that
 * earlier, or late, is harmless.
 *
 * <p>Not thread safe: owned by one thread at a time. All fields of keys are wiped when no longer
 * needed; what the JVM copied meanwhile cannot be.
 */
public final class Device {
    /** The largest MTU of which every packet can be carried; beyond it, long ones are refused. */
    public static final int MAX_MTU = OutboundPath.MAX_PADDED_LENGTH;

    /** As many as wireguard-go allows. */
    public static final int MAX_PEERS = 1 << 16;

    private final RandomGenerator random;
    private final InstantSource wallClock;
    private final DeviceOutput output;
    private final TransportAead aead;
    private final Outbox outbox;
    private final IndexTable indices;
    private final DeadlineQueue deadlines = new DeadlineQueue();
    private final CryptokeyRoutingTable<Peer> routes = new CryptokeyRoutingTable<>();
    private final HandshakeReceiver handshakes;
    private final InboundPath inbound;
    private final OutboundPath outbound;
    private final Map<PublicKey, Peer> peers = new LinkedHashMap<>();
    private final DeviceGroup group;
    private final StagingBudget.Share staging;
    private final long[] drops = new long[DropReason.values().length];

    private StaticIdentity identity;
    private int mtu;
    private boolean up;
    private long rekeyAfterNs = Limits.REKEY_AFTER_TIME;
    private long rekeyTimeoutNs = Limits.REKEY_TIMEOUT;

    /** When a turn last left handshake messages waiting. */
    private long waitingSinceNs;

    /** The same of a device that has nothing in common with others. */
    public Device(
            RandomGenerator random,
            InstantSource wallClock,
            TransportAead aead,
            DeviceOutput output) {
        this(random, wallClock, aead, output, new DeviceGroup());
    }

    /**
     * A device that is down, without key and peers.
     *
     * @param random for keys, indices and jitter; a {@link java.security.SecureRandom} where it
     *     matters
     * @param wallClock for the timestamps of initiations and the times shown to people
     * @param aead seals and opens transport data
     * @param group what all devices of the process have in common
     */
    public Device(
            RandomGenerator random,
            InstantSource wallClock,
            TransportAead aead,
            DeviceOutput output,
            DeviceGroup group) {
        this.random = random;
        this.wallClock = wallClock;
        this.output = output;
        this.aead = aead;
        this.group = group;
        staging = group.staging().share();
        outbox = new Outbox(output);
        indices = new IndexTable(random);
        handshakes = new HandshakeReceiver(this, random);
        inbound = new InboundPath(this, routes, handshakes);
        outbound = new OutboundPath(this, routes);
    }

    // --- configuration

    /**
     * Gives the device another identity, or none with null. Sessions may still receive for a while,
     * but send no more. A peer with the same public key is removed. Does nothing when it is the key
     * already.
     */
    public void setPrivateKey(PrivateKey keyOrNull) {
        if (identity == null ? keyOrNull == null : identity.privateKey().equals(keyOrNull)) {
            return;
        }
        StaticIdentity old = identity;
        identity = keyOrNull == null ? null : new StaticIdentity(keyOrNull);
        if (identity != null) {
            removePeer(identity.publicKey());
        }
        handshakes.setIdentity(identity);
        for (Peer peer : peers.values()) {
            peer.setIdentity(identity);
        }
        if (old != null) {
            old.wipe();
        }
    }

    /** A copy, the caller's to wipe; null when there is none. */
    public PrivateKey privateKey() {
        return identity == null ? null : identity.privateKey().copy();
    }

    /** Null when there is no private key. */
    public PublicKey publicKey() {
        return identity == null ? null : identity.publicKey();
    }

    /** The peer of that key, or null. */
    public Peer peer(PublicKey key) {
        return peers.get(key);
    }

    /** All peers in the order they were added. Not to be kept. */
    public Collection<Peer> peers() {
        return Collections.unmodifiableCollection(peers.values());
    }

    /**
     * The peer of that key, made if there is none.
     *
     * @throws IllegalArgumentException when it is the device's own key, or there are {@link
     *     #MAX_PEERS}
     */
    public Peer addPeer(PublicKey key) {
        if (peers.size() >= MAX_PEERS && !peers.containsKey(key)) {
            throw new IllegalArgumentException("a device has at most " + MAX_PEERS + " peers");
        }
        if (key.equals(publicKey())) {
            throw new IllegalArgumentException("a device cannot be its own peer");
        }
        return peers.computeIfAbsent(key, k -> new Peer(this, k, identity, staging));
    }

    /** Ends the session with the peer and forgets it; does nothing when there is none. */
    public void removePeer(PublicKey key) {
        Peer peer = peers.remove(key);
        if (peer != null) {
            removeAllowedIps(peer);
            peer.wipe();
        }
    }

    /** Removes every peer. */
    public void removePeers() {
        List.copyOf(peers.keySet()).forEach(this::removePeer);
    }

    /** Mixed into the next handshakes with the peer. Keeps a copy. */
    public void setPresharedKey(Peer peer, PresharedKey key) {
        peer.setPresharedKey(key);
    }

    /** Sends to there until the peer is heard from elsewhere. */
    public void setEndpoint(Peer peer, Endpoint endpoint) {
        peer.setEndpoint(endpoint);
    }

    /**
     * @param seconds 0, which is off, to 65,535
     */
    public void setPersistentKeepalive(Peer peer, int seconds) {
        if (seconds < 0 || seconds > 0xffff) {
            throw new IllegalArgumentException("keepalive interval must be 0 to 65535 seconds");
        }
        peer.setPersistentKeepalive(seconds);
    }

    /**
     * Routes a range to a peer and accepts packets from there with these source addresses. Each
     * range has one peer: another peer that had exactly this range loses it.
     *
     * @param peer a peer of this device
     * @param range the addresses
     * @return the other peer that has lost the range; null if there was none
     */
    public Peer addAllowedIp(Peer peer, IpPrefix range) {
        Peer before = routes.insert(range, peer);
        if (before != null) {
            before.forgetAllowedIp(range);
        }
        peer.rememberAllowedIp(range);
        return before == peer ? null : before;
    }

    /**
     * Takes exactly this range away from a peer.
     *
     * @param peer a peer of this device
     * @param range the addresses
     * @return false, and nothing has changed, if the peer does not have this range
     */
    public boolean removeAllowedIp(Peer peer, IpPrefix range) {
        boolean removed = routes.remove(range, peer);
        if (removed) {
            peer.forgetAllowedIp(range);
        }
        return removed;
    }

    /** Takes all ranges away from the peer. */
    public void removeAllowedIps(Peer peer) {
        for (IpPrefix range : List.copyOf(peer.allowedIps())) {
            removeAllowedIp(peer, range);
        }
    }

    /**
     * To be called when a change of a peer is complete: sends what it makes possible, such as a
     * first keepalive.
     */
    public void peerConfigured(Peer peer, long nowNs) {
        if (peers.get(peer.publicKey()) == peer) {
            peer.configured(nowNs);
            outbox.flush();
        }
    }

    /** The largest packet of the interface; 0 for no limit. */
    public void setMtu(int mtu) {
        this.mtu = mtu;
    }

    /**
     * Renews sessions more often than after 120 s.
     *
     * @param ns more than 0; at least 5 s lie between two handshakes in any case
     */
    public void setRekeyAfter(long ns) {
        if (ns <= 0 || ns > Limits.REKEY_AFTER_TIME) {
            throw new IllegalArgumentException("a session must be renewed within 120 s");
        }
        rekeyAfterNs = ns;
    }

    /** Lets handshakes follow one another sooner than the protocol does: for tests alone. */
    void setRekeyTimeout(long ns) {
        rekeyTimeoutNs = ns;
    }

    /**
     * The system no longer lets us send from the addresses that endpoints remember: forget them.
     */
    public void forgetSources() {
        peers.values().forEach(Peer::forgetSource);
    }

    /** The same for the peers that have exactly this endpoint. */
    public void forgetSource(Endpoint endpoint) {
        for (Peer peer : peers.values()) {
            if (endpoint.equals(peer.endpoint())) {
                peer.forgetSource();
            }
        }
    }

    /** The interface is up: peers with a persistent keepalive are called. */
    public void up(long nowNs) {
        if (!up) {
            up = true;
            staging.open();
            peers.values().forEach(peer -> peer.configured(nowNs));
            outbox.flush();
        }
    }

    /** The interface is down: sessions end, nothing is sent or received. */
    public void down() {
        up = false;
        handshakes.clear();
        peers.values().forEach(Peer::down);
        staging.close();
    }

    public boolean isUp() {
        return up;
    }

    // --- packets and time

    /** Packets from the system. Uses the batch up: its packets become datagrams in place. */
    public void send(PacketBatch packets, long nowNs) {
        if (!up) {
            count(DropReason.NOT_READY, packets.count());
            return;
        }
        outbound.send(packets, nowNs);
        outbox.flush();
    }

    /**
     * Datagrams from the network, each with its source. Uses the batch up: its datagrams become
     * packets in place.
     */
    public void receive(PacketBatch datagrams, long nowNs) {
        if (!up) {
            count(DropReason.NOT_READY, datagrams.count());
            return;
        }
        boolean data = inbound.receive(datagrams, nowNs);
        if (data) {
            // More may be there already: it goes first, and handshakes have the timeouts' turn.
            waitingSinceNs = nowNs;
        } else {
            workOnHandshakes(nowNs);
        }
        outbox.flush();
    }

    /** Does all that is due at this time. */
    public void handleTimeouts(long nowNs) {
        for (Peer peer = deadlines.first();
                peer != null && peer.queuedDeadlineNs <= nowNs;
                peer = deadlines.first()) {
            peer.handleTimeout(nowNs);
        }
        workOnHandshakes(nowNs);
        outbox.flush();
    }

    private void workOnHandshakes(long nowNs) {
        handshakes.work(nowNs);
        waitingSinceNs = nowNs;
    }

    /** When to call {@link #handleTimeouts} next; {@link Long#MAX_VALUE} for never. */
    public long nextDeadlineNs() {
        long next = deadlines.nextDeadlineNs();
        return handshakes.isIdle() ? next : Math.min(next, waitingSinceNs);
    }

    /** How many datagrams and packets were dropped for that reason. */
    public long drops(DropReason reason) {
        return drops[reason.ordinal()];
    }

    /** The same for every reason. */
    public Map<DropReason, Long> drops() {
        Map<DropReason, Long> all = new EnumMap<>(DropReason.class);
        for (DropReason reason : DropReason.values()) {
            all.put(reason, drops(reason));
        }
        return all;
    }

    /** Removes all peers and the private key and wipes their secrets. */
    public void wipe() {
        down();
        removePeers();
        setPrivateKey(null);
    }

    // --- for the parts of the device

    void count(DropReason reason, int times) {
        drops[reason.ordinal()] += times;
    }

    RandomGenerator random() {
        return random;
    }

    InstantSource wallClock() {
        return wallClock;
    }

    TransportAead aead() {
        return aead;
    }

    DeviceOutput output() {
        return output;
    }

    Outbox outbox() {
        return outbox;
    }

    IndexTable indices() {
        return indices;
    }

    DeviceGroup group() {
        return group;
    }

    CryptokeyRoutingTable<Peer> routes() {
        return routes;
    }

    DeadlineQueue deadlines() {
        return deadlines;
    }

    int mtu() {
        return mtu;
    }

    long rekeyAfterNs() {
        return rekeyAfterNs;
    }

    long rekeyTimeoutNs() {
        return rekeyTimeoutNs;
    }
}
