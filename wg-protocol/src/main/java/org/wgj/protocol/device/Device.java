// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import org.wgj.crypto.PresharedKey;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.crypto.TransportAead;
import org.wgj.protocol.DropReason;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.HandshakeCounters;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.PacketBatch;
import org.wgj.protocol.PeersOnDemand;
import org.wgj.protocol.message.InitiationMessage;
import org.wgj.protocol.noise.StaticIdentity;
import org.wgj.protocol.routing.CryptokeyRoutingTable;

import java.time.InstantSource;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.random.RandomGenerator;

/**
 * A WireGuard interface without the interface: all of the protocol, and nothing else. Packets,
 * datagrams, time and randomness go in; packets, datagrams and the next deadline come out.
 *
 * <p>It performs no I/O and reads no clock. Inputs are methods that take the time: nanoseconds
 * since any fixed moment, never negative, never decreasing, of a clock that also runs while the
 * machine sleeps. The device calls its {@link DeviceOutput} before the method returns. After any
 * input, {@link #nextDeadlineNs} says when to call {@link #handleTimeouts}; an earlier or later
 * call is harmless.
 *
 * <p>Not thread-safe: owned by one thread at a time. It wipes keys that it no longer needs, but not
 * the copies that the JVM may have made.
 */
public final class Device {
    /** The largest MTU of which every packet can be carried. Longer packets may be dropped. */
    public static final int MAX_MTU = OutboundPath.MAX_PADDED_LENGTH;

    /** The most peers of a device, as in wireguard-go. */
    public static final int MAX_PEERS = 1 << 16;

    private static final int MAX_STAGED_PACKETS = 65_536;

    private final DeviceSettings settings = new DeviceSettings();
    private final DropCounters drops = new DropCounters();
    private final HandshakeTally handshakeTally = new HandshakeTally();
    private final DeadlineQueue deadlines = new DeadlineQueue();
    private final CryptokeyRoutingTable<Peer> routes = new CryptokeyRoutingTable<>();
    private final Map<PublicKey, Peer> peers = new LinkedHashMap<>();
    private final IndexTable indices;
    private final Outbox outbox;
    private final StagingBudget.Share staging;
    private final PeerContext context;
    private final Demand demand;
    private final HandshakeReceiver handshakes;
    private final InboundPath inbound;
    private final OutboundPath outbound;

    private StaticIdentity identity;

    /** When a turn last left handshake messages waiting. */
    private long waitingSinceNs;

    /**
     * Creates a device that shares nothing with other devices: down, without key and peers.
     *
     * @param random for keys, indices and jitter; a {@link java.security.SecureRandom} in
     *     production
     * @param wallClock for the timestamps of initiations and the times shown to users
     * @param aead seals and opens transport data
     * @param output sends, delivers and is told what happens
     */
    public Device(
            RandomGenerator random,
            InstantSource wallClock,
            TransportAead aead,
            DeviceOutput output) {
        this(random, wallClock, aead, output, new DeviceGroup());
    }

    /**
     * Creates a device of a group: down, without key and peers.
     *
     * @param random for keys, indices and jitter; a {@link java.security.SecureRandom} in
     *     production
     * @param wallClock for the timestamps of initiations and the times shown to users
     * @param aead seals and opens transport data
     * @param output sends, delivers and is told what happens
     * @param group what all devices of the process share
     */
    public Device(
            RandomGenerator random,
            InstantSource wallClock,
            TransportAead aead,
            DeviceOutput output,
            DeviceGroup group) {
        staging = group.staging().share();
        outbox = new Outbox(output);
        indices = new IndexTable(random);
        context =
                new PeerContext(
                        settings,
                        random,
                        wallClock,
                        aead,
                        indices,
                        deadlines,
                        outbox,
                        output,
                        drops,
                        handshakeTally,
                        group,
                        staging);
        demand = new Demand(this, output);
        handshakes = new HandshakeReceiver(peers::get, demand, indices, outbox, drops, random);
        inbound = new InboundPath(indices, routes, handshakes, output, drops);
        outbound =
                new OutboundPath(
                        settings, routes, demand, new LoopDetector(indices, group), output, drops);
    }

    // --- configuration

    /**
     * Sets what happens to initiations that claim a key of no peer. They are dropped otherwise.
     *
     * @param unknown asked on the device's thread; it must not call the device
     */
    public void setUnknownInitiators(UnknownInitiators unknown) {
        handshakes.setUnknownInitiators(unknown);
    }

    /**
     * Sets the source of peers that are added when a packet or an initiation asks for them.
     *
     * @param source asked on the device's thread, before {@link #setUnknownInitiators}
     */
    public void setPeersOnDemand(PeersOnDemand source) {
        demand.setSource(source);
    }

    /**
     * Keeps the device from choosing certain indices for its own handshakes and sessions. Indices
     * that it has already stay.
     *
     * @param reserved asked on the device's thread for each new index; it must not call the device,
     *     and must refuse few of the 2^32 indices: after 100 refusals one is used
     */
    public void reserveIndices(IntPredicate reserved) {
        indices.reserve(reserved);
    }

    /**
     * Sets the device's identity. Sessions may still receive for a while, but no longer send. Does
     * nothing if this is the key already.
     *
     * @param keyOrNull the private key, of which the device keeps a copy; null takes it away
     * @return whether a peer was removed because the key is its own
     */
    public boolean setPrivateKey(PrivateKey keyOrNull) {
        boolean changes =
                identity == null ? keyOrNull != null : !identity.privateKey().equals(keyOrNull);
        if (changes) {
            peers.values().forEach(Peer::forbidSending);
        }
        return changes && changeIdentity(keyOrNull);
    }

    /**
     * Sets the device's identity for the handshakes from now on. Sessions go on until a handshake
     * replaces them or they expire. Does nothing if this is the key already.
     *
     * @param key the private key, of which the device keeps a copy; the old one is wiped
     * @return whether a peer was removed because the key is its own
     */
    public boolean renewPrivateKey(PrivateKey key) {
        boolean changes = identity == null || !identity.privateKey().equals(key);
        return changes && changeIdentity(key);
    }

    private boolean changeIdentity(PrivateKey keyOrNull) {
        StaticIdentity old = identity;
        identity = keyOrNull == null ? null : new StaticIdentity(keyOrNull);
        boolean removed = identity != null && removePeer(identity.publicKey());
        handshakes.setIdentity(identity);
        for (Peer peer : peers.values()) {
            peer.setIdentity(identity);
        }
        if (old != null) {
            old.wipe();
        }
        return removed;
    }

    /**
     * Returns the private key.
     *
     * @return a copy that the caller must wipe; null if there is none
     */
    public PrivateKey privateKey() {
        return identity == null ? null : identity.privateKey().copy();
    }

    /**
     * Returns the public key.
     *
     * @return null if there is no private key
     */
    public PublicKey publicKey() {
        return identity == null ? null : identity.publicKey();
    }

    /**
     * Finds a peer.
     *
     * @param key the peer's public key
     * @return the peer; null if there is none with this key
     */
    public Peer peer(PublicKey key) {
        return peers.get(key);
    }

    /**
     * Returns all peers.
     *
     * @return a view, in the order in which they were added; not to be kept
     */
    public Collection<Peer> peers() {
        return Collections.unmodifiableCollection(peers.values());
    }

    /**
     * Adds a peer, unless there is one with this key.
     *
     * @param key the peer's public key
     * @return the peer, new or not
     * @throws IllegalArgumentException if it is the device's own key, or there are {@link
     *     #MAX_PEERS} already
     */
    public Peer addPeer(PublicKey key) {
        if (peers.size() >= MAX_PEERS && !peers.containsKey(key)) {
            throw new IllegalArgumentException("a device has at most " + MAX_PEERS + " peers");
        }
        if (key.equals(publicKey())) {
            throw new IllegalArgumentException("a device cannot be its own peer");
        }
        return peers.computeIfAbsent(key, k -> new Peer(k, identity, context));
    }

    /**
     * Ends the sessions with a peer and removes it.
     *
     * @param key the peer's public key
     * @return false if there is no peer with this key
     */
    public boolean removePeer(PublicKey key) {
        Peer peer = peers.remove(key);
        if (peer != null) {
            demand.removed(peer);
            removeAllowedIps(peer);
            peer.wipe();
        }
        return peer != null;
    }

    /** Removes every peer. */
    public void removePeers() {
        List.copyOf(peers.keySet()).forEach(this::removePeer);
    }

    /**
     * Sets the key that is mixed into the next handshakes with a peer.
     *
     * @param peer a peer of this device
     * @param key of which the device keeps a copy; {@link PresharedKey#NONE} for none
     */
    public void setPresharedKey(Peer peer, PresharedKey key) {
        peer.setPresharedKey(key);
    }

    /**
     * Sets where to send to, until the peer is heard from another address.
     *
     * @param peer a peer of this device
     * @param endpoint its address and port
     */
    public void setEndpoint(Peer peer, Endpoint endpoint) {
        peer.setEndpoint(endpoint);
    }

    /**
     * Sets whether a peer's endpoint is managed: by its owner, and not by every authentic packet
     * from elsewhere. It then moves by itself only to where an accepted response came from, or the
     * first transport data of a session that the peer began. Without an endpoint an initiation
     * gives it one. A response goes to where its initiation came from in any case.
     *
     * @param peer a peer of this device
     * @param managed false, as at first, to follow the peer as WireGuard does
     */
    public void setManagedEndpoint(Peer peer, boolean managed) {
        peer.setManaged(managed);
    }

    /**
     * Lets a peer stand in for another, since both are keys of one machine: packets from it are
     * accepted with the source addresses of the other. What is sent to these addresses goes to the
     * other as before, which gets the peer's endpoint if it has none.
     *
     * @param peer a peer of this device
     * @param otherOrNull the other's public key; null, as at first, for none
     */
    public void setStandsInFor(Peer peer, PublicKey otherOrNull) {
        peer.setStandsInFor(otherOrNull);
        Peer other = otherOrNull == null ? null : peers.get(otherOrNull);
        if (other != null && other.endpoint() == null && peer.endpoint() != null) {
            other.setEndpoint(peer.endpoint());
        }
    }

    /**
     * Sets whether there may be further sessions with a peer. Without, it is sent no initiation and
     * its initiations are dropped, and its sessions go on until they expire.
     *
     * @param peer a peer of this device
     * @param allowed true, as at first
     */
    public void setHandshakesAllowed(Peer peer, boolean allowed) {
        peer.setHandshakesAllowed(allowed);
    }

    /**
     * Sets further places to which each initiation for a peer is sent, with the same bytes. The
     * peer takes the copy that arrives first and drops the others as replayed.
     *
     * @param peer a peer of this device
     * @param endpoints at most {@link Peer#MAX_HANDSHAKE_ENDPOINTS}, which replace those before;
     *     empty for none
     * @throws IllegalArgumentException if there are too many
     */
    public void setHandshakeEndpoints(Peer peer, List<Endpoint> endpoints) {
        if (endpoints.size() > Peer.MAX_HANDSHAKE_ENDPOINTS) {
            throw new IllegalArgumentException(
                    "a peer has at most "
                            + Peer.MAX_HANDSHAKE_ENDPOINTS
                            + " further endpoints for handshakes");
        }
        peer.setHandshakeEndpoints(List.copyOf(endpoints));
    }

    /**
     * Begins a handshake with a peer, though there may be a session or an initiation that was not
     * answered yet. Does nothing if an initiation was sent within the last second, the interface is
     * down, or there is no place to send to.
     *
     * @param peer a peer of this device; ignored if it no longer is one
     * @param alsoTo where to send this one initiation besides; null for nowhere
     * @param nowNs the time now
     */
    public void initiate(Peer peer, Endpoint alsoTo, long nowNs) {
        if (peers.get(peer.publicKey()) == peer) {
            peer.initiateNow(alsoTo, nowNs);
            outbox.flush();
        }
    }

    /**
     * Sets the interval of persistent keepalives.
     *
     * @param peer a peer of this device
     * @param seconds 1 to 65,535; 0 for none
     * @throws IllegalArgumentException if the interval is out of range
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

    /**
     * Takes all ranges away from a peer.
     *
     * @param peer a peer of this device
     */
    public void removeAllowedIps(Peer peer) {
        for (IpPrefix range : List.copyOf(peer.allowedIps())) {
            removeAllowedIp(peer, range);
        }
    }

    /**
     * Sends what a change of a peer has made possible, such as a first keepalive. Call it when the
     * change is complete.
     *
     * @param peer the changed peer; ignored if it is no longer a peer of this device
     * @param nowNs the time now
     */
    public void peerConfigured(Peer peer, long nowNs) {
        if (peers.get(peer.publicKey()) == peer) {
            peer.configured(nowNs);
            outbox.flush();
        }
    }

    /**
     * Sets the size of the largest packet of the interface, which limits padding.
     *
     * @param mtu in bytes; 0 for no limit
     */
    public void setMtu(int mtu) {
        settings.mtu = mtu;
    }

    /**
     * Sets how many packets for one peer wait for a session; further ones displace the oldest. All
     * waiting packets of a process have 32 MiB at most.
     *
     * @param packets 1 to 65,536; 128 as long as this is not called
     * @throws IllegalArgumentException if the number is out of range
     */
    public void setStagedPackets(int packets) {
        if (packets < 1 || packets > MAX_STAGED_PACKETS) {
            throw new IllegalArgumentException(
                    packets + " staged packets: the number must be 1 to " + MAX_STAGED_PACKETS);
        }
        settings.stagedPackets = packets;
    }

    /**
     * Renews sessions sooner than after 120 s.
     *
     * @param ns the age in nanoseconds, more than 0; two handshakes are at least 5 s apart in any
     *     case
     * @throws IllegalArgumentException if the age is out of range
     */
    public void setRekeyAfter(long ns) {
        if (ns <= 0 || ns > Limits.REKEY_AFTER_TIME) {
            throw new IllegalArgumentException("a session must be renewed within 120 s");
        }
        settings.rekeyAfterNs = ns;
    }

    /** Lets handshakes follow one another sooner than the protocol does: for tests only. */
    void setRekeyTimeout(long ns) {
        settings.rekeyTimeoutNs = ns;
    }

    /** Forgets the source addresses of all endpoints: the system no longer lets us use them. */
    public void forgetSources() {
        peers.values().forEach(Peer::forgetSource);
    }

    /**
     * Forgets the source address of the peers with exactly this endpoint.
     *
     * @param endpoint with its source address
     */
    public void forgetSource(Endpoint endpoint) {
        for (Peer peer : peers.values()) {
            if (endpoint.equals(peer.endpoint())) {
                peer.forgetSource();
            }
        }
    }

    /**
     * Brings the interface up and sends a first keepalive to each peer with a persistent keepalive.
     *
     * @param nowNs the time now
     */
    public void up(long nowNs) {
        if (!settings.up) {
            settings.up = true;
            staging.open();
            peers.values().forEach(peer -> peer.configured(nowNs));
            outbox.flush();
        }
    }

    /** Takes the interface down: ends all sessions, and neither sends nor receives. */
    public void down() {
        settings.up = false;
        handshakes.clear();
        peers.values().forEach(Peer::down);
        staging.close();
    }

    /**
     * Returns whether the interface is up.
     *
     * @return true between {@link #up} and {@link #down}
     */
    public boolean isUp() {
        return settings.up;
    }

    // --- packets and time

    /**
     * Sends packets from the system to their peers.
     *
     * @param packets which become datagrams in place; its contents are undefined afterwards
     * @param nowNs the time now
     */
    public void send(PacketBatch packets, long nowNs) {
        if (!settings.up) {
            drops.add(DropReason.NOT_READY, packets.count());
            return;
        }
        outbound.send(packets, nowNs);
        outbox.flush();
    }

    /**
     * Sends one packet to a peer in its current session, past the allowed IPs, to the endpoint or
     * elsewhere. The peer's endpoint stays, and no handshake begins because a packet to elsewhere
     * is not answered.
     *
     * @param peer a peer of this device
     * @param packet an IPv4 or IPv6 packet, at most {@link #MAX_MTU} bytes
     * @param viaOrNull where to send it; null for the endpoint
     * @param nowNs the time now
     * @return false, and nothing was sent, if there is no session, no endpoint, or the interface is
     *     down
     * @throws IllegalArgumentException if the packet is too long
     */
    public boolean sendVia(Peer peer, byte[] packet, Endpoint viaOrNull, long nowNs) {
        if (packet.length > MAX_MTU) {
            throw new IllegalArgumentException(
                    "a packet of " + packet.length + " bytes is longer than " + MAX_MTU);
        }
        if (!settings.up || peers.get(peer.publicKey()) != peer) {
            return false;
        }
        boolean sent = peer.sendVia(packet, viaOrNull, nowNs);
        outbox.flush();
        return sent;
    }

    /**
     * Receives datagrams from the network, each with its source.
     *
     * @param datagrams which become packets in place; its contents are undefined afterwards
     * @param nowNs the time now
     */
    public void receive(PacketBatch datagrams, long nowNs) {
        if (!settings.up) {
            drops.add(DropReason.NOT_READY, datagrams.count());
            return;
        }
        boolean data = inbound.receive(datagrams, nowNs);
        if (data) {
            // More data may have arrived. It goes first; handshakes get the turn of the timeouts.
            waitingSinceNs = nowNs;
        } else {
            workOnHandshakes(nowNs);
        }
        outbox.flush();
    }

    /**
     * Does everything that is due.
     *
     * @param nowNs the time now
     */
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

    /**
     * Returns when to call {@link #handleTimeouts} next.
     *
     * @return the time; {@link Long#MAX_VALUE} for never
     */
    public long nextDeadlineNs() {
        long next = deadlines.nextDeadlineNs();
        return handshakes.isIdle() ? next : Math.min(next, waitingSinceNs);
    }

    /**
     * Returns whether the device is addressed by an index.
     *
     * @param index a receiver index
     * @return whether one of its handshakes or sessions has it
     */
    public boolean ownsIndex(int index) {
        return indices.lookup(index) != null;
    }

    /**
     * Returns whether an initiation is for the device, by its mac1. That proves nothing about its
     * sender, who has to know our public key only.
     *
     * @param message from the network
     * @return false also while there is no private key
     */
    public boolean isFor(InitiationMessage message) {
        return handshakes.isFor(message);
    }

    /**
     * Returns how many datagrams and packets were dropped for a reason.
     *
     * @param reason why
     * @return the number since the device was created
     */
    public long drops(DropReason reason) {
        return drops.get(reason);
    }

    /**
     * Returns how many datagrams and packets were dropped, by reason.
     *
     * @return a new map with every reason
     */
    public Map<DropReason, Long> drops() {
        return drops.all();
    }

    /**
     * Returns what the device did to agree on sessions.
     *
     * @return the counts since the device was created
     */
    public HandshakeCounters handshakes() {
        return handshakeTally.snapshot(drops.get(DropReason.COOKIE_SENT));
    }

    /**
     * Returns how much memory the packets take that wait for a session.
     *
     * @return bytes, 0 if no packet waits
     */
    public long stagedBytes() {
        return staging.taken();
    }

    /** Removes all peers and the private key, and wipes their secrets. */
    public void wipe() {
        down();
        removePeers();
        setPrivateKey(null);
    }

    // --- for tests

    IndexTable indices() {
        return indices;
    }

    CryptokeyRoutingTable<Peer> routes() {
        return routes;
    }
}
