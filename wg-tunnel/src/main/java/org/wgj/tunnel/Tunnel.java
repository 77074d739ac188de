// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.crypto.TransportAead;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.PeerStatus;
import org.wgj.protocol.PeersOnDemand;
import org.wgj.protocol.device.Device;
import org.wgj.tun.Tun;
import org.wgj.tunnel.config.EndpointResolver;
import org.wgj.tunnel.config.HostPort;
import org.wgj.tunnel.config.NameWatch;
import org.wgj.tunnel.udp.UdpTransportFactory;
import org.wgj.tunnel.udp.UdpTransports;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * A WireGuard tunnel. It carries packets between a {@link Tun}, which is an interface of the system
 * or one in memory, and its peers.
 *
 * <pre>{@code
 * MemoryTun packets = new MemoryTun("wg0", 1420);
 * try (Tunnel tunnel = Tunnel.builder(packets)
 *         .privateKey(key)
 *         .peer(serverKey, peer -> peer
 *                 .endpoint(new InetSocketAddress("192.0.2.1", 51820))
 *                 .allowedIp(IpPrefix.parse("10.0.0.0/24")))
 *         .listener(event -> System.out.println(event))
 *         .start()) {
 *     packets.offer(ipPacket);
 *     byte[] answer = packets.receive(5, TimeUnit.SECONDS);
 * }
 * }</pre>
 *
 * <p>All methods may be called from any thread. The tunnel works on the thread of an event loop
 * that it shares with others ({@link TunnelLoops}); there, changes are applied and listeners are
 * called. Code that runs there must not wait for a tunnel.
 */
public final class Tunnel implements Configurable, AutoCloseable {
    /** The longest payload of a UDP datagram over IPv4. */
    private static final int MAX_DATAGRAM = 65_507;

    private final TunnelLoop loop;
    private final EndpointResolver resolver;
    private final Duration rekeyAfter; // null for the protocol's time
    private NameWatch watch; // guarded by this; null until there is a name

    private Tunnel(TunnelLoop loop, EndpointResolver resolver, Duration rekeyAfterOrNull) {
        this.loop = loop;
        this.resolver = resolver;
        rekeyAfter = rekeyAfterOrNull;
    }

    /**
     * Begins to describe a tunnel.
     *
     * @param tun where packets come from and go to; the tunnel owns it from {@link Builder#start}
     *     on, and closes it
     * @return a builder for one tunnel
     * @throws IllegalStateException if Netty is older than 4.2
     */
    public static Builder builder(Tun tun) {
        NettyVersion.check();
        return new Builder(tun);
    }

    /**
     * Returns the interface's name.
     *
     * @return the name now; the system may rename the interface
     */
    public String name() {
        return loop.name();
    }

    @Override
    public CompletableFuture<TunnelStatus> status() {
        return loop.submit(loop.snapshots()::status);
    }

    /**
     * Takes a snapshot of one peer, which costs less than that of a tunnel with many.
     *
     * @param key the peer's public key
     * @return the snapshot; empty if there is no such peer
     */
    public CompletableFuture<Optional<PeerStatus>> peer(PublicKey key) {
        Objects.requireNonNull(key, "key");
        return loop.submit(() -> loop.snapshots().peer(key));
    }

    @Override
    public CompletableFuture<StatusWithKeys> statusWithKeys() {
        return loop.submit(loop.snapshots()::statusWithKeys, StatusWithKeys::wipe);
    }

    @Override
    public CompletableFuture<DataPathInfo> dataPath() {
        long asked = System.nanoTime();
        return loop.submit(
                () -> loop.snapshots().dataPath(Duration.ofNanos(System.nanoTime() - asked)));
    }

    @Override
    public CompletableFuture<Void> configure(TunnelChange change) {
        Objects.requireNonNull(change, "change");
        return loop.submit(
                () -> {
                    loop.apply(change);
                    return null;
                });
    }

    /**
     * Watches the host names of the peers' endpoints, instead of those that it watched so far:
     * before {@link #configure} with peers of a changed file, for example, so that an answer for a
     * name of the old file that comes late cannot replace an endpoint of the new one. A name is
     * resolved while its peer has no endpoint, and while the peer does not answer; then the peer
     * gets the address. The tunnel watches the names of {@link Builder#config} without this call.
     *
     * @param peersOfTunnel all peers; those without an endpoint or with an address as endpoint have
     *     nothing to watch
     * @throws IllegalArgumentException if the endpoint of a peer has port 0
     */
    public void watchNames(List<TunnelConfig.Peer> peersOfTunnel) {
        Map<PublicKey, HostPort> names = new HashMap<>();
        for (TunnelConfig.Peer peer : peersOfTunnel) {
            if (peer.endpoint() != null) {
                HostPort endpoint = checkedEndpoint(peer);
                if (endpoint.isName()) {
                    names.put(peer.publicKey(), endpoint);
                }
            }
        }
        watchNames(names);
    }

    /** Returns the endpoint of a peer that has one. */
    private static HostPort checkedEndpoint(TunnelConfig.Peer peer) {
        HostPort endpoint = peer.endpoint().hostPort();
        if (endpoint.port() == 0) {
            throw new IllegalArgumentException("endpoint " + endpoint + " has port 0");
        }
        return endpoint;
    }

    private synchronized void watchNames(Map<PublicKey, HostPort> names) {
        if (watch != null) {
            watch.setNames(names);
        } else if (!names.isEmpty()) {
            watch = EndpointNames.watch(this, names, resolver, rekeyAfter);
        }
    }

    /**
     * Sends one packet to a peer in its current session, to its endpoint or elsewhere. It passes by
     * the interface and the allowed IPs, changes no endpoint and begins no handshake.
     *
     * @param peer the peer's public key
     * @param innerPacket an IPv4 or IPv6 packet that fits into a datagram; copied
     * @param viaOrNull where to send it; null for the peer's endpoint
     * @return whether it was sent; false without such a peer, a session or an endpoint, or while
     *     the interface is down
     * @throws IllegalArgumentException if the packet is too long, or the address is not resolved or
     *     its port is 0
     */
    public CompletableFuture<Boolean> sendVia(
            PublicKey peer, byte[] innerPacket, InetSocketAddress viaOrNull) {
        Objects.requireNonNull(peer, "peer");
        if (innerPacket.length > Device.MAX_MTU) {
            throw new IllegalArgumentException(
                    "a packet of "
                            + innerPacket.length
                            + " bytes is longer than "
                            + Device.MAX_MTU);
        }
        byte[] copy = innerPacket.clone();
        Endpoint via = viaOrNull == null ? null : Endpoint.of(Arguments.endpoint(viaOrNull));
        return loop.submit(() -> loop.sendVia(peer, copy, via));
    }

    /**
     * Sends a datagram from the tunnel's port as it is, to open a path through a NAT, for example.
     *
     * @param datagram 1 to 65,507 bytes; copied
     * @param to its destination
     * @return whether the sockets were open
     * @throws IllegalArgumentException if the length is out of range, or the address is not
     *     resolved or its port is 0
     */
    public CompletableFuture<Boolean> sendRaw(byte[] datagram, InetSocketAddress to) {
        if (datagram.length == 0 || datagram.length > MAX_DATAGRAM) {
            throw new IllegalArgumentException(
                    "a datagram of "
                            + datagram.length
                            + " bytes cannot be sent; it must have 1 to "
                            + MAX_DATAGRAM);
        }
        byte[] copy = datagram.clone();
        Endpoint endpoint = Endpoint.of(Arguments.endpoint(to));
        return loop.submit(() -> loop.sendRaw(copy, endpoint));
    }

    /**
     * Adds a listener, which gets the events from now on; see {@link Builder#listener}.
     *
     * @param listener called on the tunnel's event loop
     */
    public void addListener(Consumer<TunnelEvent> listener) {
        loop.addListener(Objects.requireNonNull(listener, "listener"));
    }

    /**
     * Removes a listener. An event that is being reported may still reach it.
     *
     * @param listener the one that was added; does nothing if there is no such listener
     */
    public void removeListener(Consumer<TunnelEvent> listener) {
        loop.removeListener(Objects.requireNonNull(listener, "listener"));
    }

    /**
     * Tells when the tunnel is closed, and why. Each call returns a future of its own: completing
     * or cancelling it does not close the tunnel.
     *
     * @return completed, never exceptionally, once everything is released and the listeners know
     */
    public CompletableFuture<TunnelEvent.Closed> whenClosed() {
        return loop.whenClosed();
    }

    /**
     * Ends all sessions, wipes all keys, frees the port, closes the TUN, and waits until that is
     * done. In a listener it does not wait. Does nothing the second time except wait.
     */
    @Override
    public void close() {
        loop.close();
    }

    @Override
    public String toString() {
        return "tunnel(" + name() + ")";
    }

    /**
     * Describes a tunnel before it starts. {@link Tunnel#configure} can change the key, the port,
     * the mark and the peers later.
     *
     * <p>Every method checks its arguments at once, on the caller's thread, and throws a {@link
     * NullPointerException} or an {@link IllegalArgumentException} that names the one at fault. For
     * use by one thread.
     */
    public static final class Builder {
        private static final Duration LONGEST_REKEY = Duration.ofSeconds(120);
        private static final int DEFAULT_STAGED_PACKETS = 128;
        private static final int MAX_STAGED_PACKETS = 65_536;

        private final Tun tun;
        private final List<TunnelChange> changes = new ArrayList<>();
        private final List<Consumer<TunnelEvent>> listeners = new ArrayList<>();
        private final Set<PublicKey> peers = new HashSet<>();
        private final Map<PublicKey, HostPort> names = new HashMap<>();
        private EndpointResolver resolver = EndpointNames::resolve;
        private PublicKey ownKey;
        private TunnelLoops loops;
        private UdpTransportFactory transports = UdpTransports::create;
        private SharedPort port;
        private TransportAead aead;
        private RandomGenerator random;
        private InstantSource wallClock = InstantSource.system();
        private LongSupplier clock;
        private Duration rekeyAfter;
        private int stagedPackets = DEFAULT_STAGED_PACKETS;
        private boolean recorded = true;
        private DatagramFilter filter;
        private PacketFilter packetFilter;
        private InitiationHandler unknownInitiators;
        private PeersOnDemand peersOnDemand;
        private IntPredicate reservedIndices;

        private Builder(Tun tun) {
            this.tun = Objects.requireNonNull(tun, "tun");
        }

        /**
         * Gives the tunnel its identity. A tunnel without a key is allowed, as WireGuard allows it:
         * no handshake succeeds until {@link TunnelEditor#privateKey} gives it one.
         *
         * @param key not changed and not wiped; it must not be wiped before {@link #start} returns
         * @return this builder
         */
        public Builder privateKey(PrivateKey key) {
            ownKey = key.publicKey();
            return change(editor -> editor.privateKey(key));
        }

        /**
         * Binds the UDP port, the same for IPv4 and IPv6.
         *
         * @param port 0 to 65535; with 0, the default, the system chooses a port
         * @return this builder
         */
        public Builder listenPort(int port) {
            Arguments.port(port);
            return change(editor -> editor.listenPort(port));
        }

        /**
         * Marks outgoing datagrams for the firewall and policy routing (SO_MARK); Linux only, and
         * it needs CAP_NET_ADMIN.
         *
         * @param mark 32 bits, unsigned; 0, the default, for none
         * @return this builder
         */
        public Builder fwmark(int mark) {
            return change(editor -> editor.fwmark(mark));
        }

        /**
         * Adds a peer.
         *
         * @param key the peer's public key
         * @param settings called once, now, with the peer's settings
         * @return this builder
         * @throws IllegalArgumentException if a setting is not allowed: an endpoint that is not
         *     resolved or has port 0, for example
         */
        public Builder peer(PublicKey key, Consumer<TunnelEditor.PeerEditor> settings) {
            Objects.requireNonNull(key, "key");
            RecordedPeer recorded = new RecordedPeer();
            settings.accept(recorded);
            peers.add(key);
            return change(editor -> recorded.applyTo(editor.addPeer(key)));
        }

        /**
         * Adds everything that a configuration file says of a tunnel: key, port, mark and peers.
         * Addresses, name servers and MTU belong to the interface, which the program makes.
         *
         * <p>An endpoint may be a host name. It is resolved once the tunnel has started, and again
         * while the peer does not answer. Packets for a peer whose name was never resolved are
         * refused (ICMP).
         *
         * @param config its keys must not be wiped before {@link #start} returns
         * @return this builder
         * @throws IllegalArgumentException if an endpoint has port 0
         */
        public Builder config(TunnelConfig config) {
            if (config.privateKey() != null) {
                privateKey(config.privateKey());
            }
            config.listenPort().ifPresent(this::listenPort);
            config.fwmark().ifPresent(this::fwmark);
            config.peers().forEach(peer -> peer(peer.publicKey(), editor -> set(peer, editor)));
            return this;
        }

        private void set(TunnelConfig.Peer peer, TunnelEditor.PeerEditor editor) {
            if (peer.presharedKey() != null) {
                editor.presharedKey(peer.presharedKey());
            }
            if (peer.endpoint() != null) {
                HostPort endpoint = checkedEndpoint(peer);
                if (endpoint.isName()) {
                    names.put(peer.publicKey(), endpoint);
                } else {
                    editor.endpoint(
                            new InetSocketAddress(
                                    InetAddress.ofLiteral(endpoint.host()), endpoint.port()));
                }
            }
            peer.persistentKeepalive().ifPresent(editor::persistentKeepalive);
            peer.allowedIps().forEach(editor::allowedIp);
        }

        /** Resolves names by other means than the system's, in tests. */
        Builder resolver(EndpointResolver resolver) {
            this.resolver = resolver;
            return this;
        }

        /**
         * Adds any change of the configuration. Changes are applied in the order in which they were
         * added, before the tunnel runs.
         *
         * @param change called on the tunnel's event loop during {@link #start}
         * @return this builder
         */
        public Builder change(TunnelChange change) {
            changes.add(Objects.requireNonNull(change, "change"));
            return this;
        }

        /**
         * Adds a listener; there may be several. Each gets every event, on the thread of the
         * tunnel's event loop, and must be short and must not block. An exception of a listener is
         * logged.
         *
         * @param listener takes the events
         * @return this builder
         */
        public Builder listener(Consumer<TunnelEvent> listener) {
            listeners.add(Objects.requireNonNull(listener, "listener"));
            return this;
        }

        /**
         * Renews sessions more often than every 120 s. That a peer does not answer is noticed
         * sooner then, and the host name of its endpoint resolved again.
         *
         * @param interval more than 0 and at most 120 s; at least 5 s lie between two handshakes in
         *     any case
         * @return this builder
         */
        public Builder rekeyAfter(Duration interval) {
            if (!interval.isPositive() || interval.compareTo(LONGEST_REKEY) > 0) {
                throw new IllegalArgumentException(
                        "rekeyAfter " + interval + " must be more than 0 and at most 120 s");
            }
            rekeyAfter = interval;
            return this;
        }

        /**
         * Sets how many packets for one peer wait while there is no session with it. Further ones
         * displace the oldest, and so do packets of more than 1 MiB together. All tunnels of a
         * process have 32 MiB for such packets.
         *
         * @param packets 1 to 65,536; 128 by default, as in Linux
         * @return this builder
         * @throws IllegalArgumentException if the number is out of range
         */
        public Builder stagedPackets(int packets) {
            if (packets < 1 || packets > MAX_STAGED_PACKETS) {
                throw new IllegalArgumentException(
                        "stagedPackets " + packets + " must be 1 to " + MAX_STAGED_PACKETS);
            }
            stagedPackets = packets;
            return this;
        }

        /**
         * Lets Flight Recorder learn what happens to the tunnel, or not, such as for a rehearsal.
         *
         * @param recorded true by default
         * @return this builder
         */
        public Builder recorded(boolean recorded) {
            this.recorded = recorded;
            return this;
        }

        /**
         * Runs the tunnel on one of these event loops.
         *
         * @param loops {@link TunnelLoops#shared} by default; the tunnel does not close them
         * @return this builder
         */
        public Builder loops(TunnelLoops loops) {
            this.loops = Objects.requireNonNull(loops, "loops");
            return this;
        }

        /**
         * Sends and receives through other transports than UDP sockets of the system.
         *
         * @param factory makes the transports
         * @return this builder
         */
        public Builder transports(UdpTransportFactory factory) {
            transports = Objects.requireNonNull(factory, "factory");
            return this;
        }

        /**
         * Sends and receives on a port that other tunnels use too, in place of transports of its
         * own, and on the port's event loop. Each of them needs another key, none can have a mark,
         * and {@link #listenPort} must be the same for all.
         *
         * @param port the tunnel does not close it
         * @return this builder
         */
        public Builder sharedPort(SharedPort port) {
            this.port = Objects.requireNonNull(port, "port");
            return this;
        }

        /**
         * Seals and opens packets with this implementation.
         *
         * @param aead {@link TransportAead#best} by default
         * @return this builder
         */
        public Builder aead(TransportAead aead) {
            this.aead = Objects.requireNonNull(aead, "aead");
            return this;
        }

        /**
         * Lets a filter see received datagrams before the tunnel does.
         *
         * @param filter called for each batch; by default there is none
         * @return this builder
         */
        public Builder filter(DatagramFilter filter) {
            this.filter = Objects.requireNonNull(filter, "filter");
            return this;
        }

        /**
         * Lets a filter see received packets before the interface does.
         *
         * @param filter called for each batch; by default there is none
         * @return this builder
         */
        public Builder packetFilter(PacketFilter filter) {
            packetFilter = Objects.requireNonNull(filter, "filter");
            return this;
        }

        /**
         * Hands handshake initiations to the program whose sender claims a key of no peer. By
         * default they are dropped.
         *
         * @param handler called for each after the checks of mac1, cookie and rate
         * @return this builder
         */
        public Builder unknownInitiators(InitiationHandler handler) {
            unknownInitiators = Objects.requireNonNull(handler, "handler");
            return this;
        }

        /**
         * Adds peers when a packet or an initiation asks for them, as {@link TunnelEvent.PeerAdded}
         * tells. The program removes them when they are not needed.
         *
         * @param source knows them; called on the tunnel's event loop, and must not block
         * @return this builder
         */
        public Builder peersOnDemand(PeersOnDemand source) {
            peersOnDemand = Objects.requireNonNull(source, "source");
            return this;
        }

        /**
         * Keeps the tunnel from choosing certain indices for its handshakes and sessions, because
         * something else uses them on the same port.
         *
         * @param reserved called on the tunnel's event loop for each new index, and true for few of
         *     the 2^32: after 100 refusals the tunnel uses one all the same
         * @return this builder
         */
        public Builder reservedIndices(IntPredicate reserved) {
            reservedIndices = Objects.requireNonNull(reserved, "reserved");
            return this;
        }

        /**
         * Takes keys, indices and jitter from this source. For tests: the default is a {@link
         * SecureRandom}, and anything else makes the tunnel insecure.
         *
         * @param random called on the tunnel's event loop
         * @return this builder
         */
        public Builder random(RandomGenerator random) {
            this.random = Objects.requireNonNull(random, "random");
            return this;
        }

        /**
         * Times the protocol by this clock, which is read every 10 ms. For tests: by default the
         * tunnel has a clock that also counts while the machine sleeps, and is woken by it.
         *
         * @param nanoseconds the time in nanoseconds, never negative, never decreasing; called on
         *     the tunnel's event loop
         * @return this builder
         */
        public Builder clock(LongSupplier nanoseconds) {
            clock = Objects.requireNonNull(nanoseconds, "nanoseconds");
            return this;
        }

        /**
         * Takes the timestamps of initiations and of status from this clock. For tests: the default
         * is the system's.
         *
         * @param wallClock called on the tunnel's event loop
         * @return this builder
         */
        public Builder wallClock(InstantSource wallClock) {
            this.wallClock = Objects.requireNonNull(wallClock, "wallClock");
            return this;
        }

        private TunnelLoops loops() {
            if (port != null) {
                return port.loops();
            }
            return loops == null ? TunnelLoops.shared() : loops;
        }

        /**
         * Starts the tunnel; it carries packets as soon as its interface is up. Waits until the
         * configuration is applied. To be called once.
         *
         * @return the running tunnel
         * @throws java.net.BindException if another socket has the port; the TUN is closed then, as
         *     it is after every exception except IllegalArgumentException
         * @throws IOException if the configuration cannot be applied for another reason
         * @throws IllegalArgumentException if a peer has the tunnel's own public key
         */
        public Tunnel start() throws IOException {
            if (ownKey != null && peers.contains(ownKey)) {
                throw Arguments.ownKeyAsPeer(ownKey);
            }
            TunnelOptions options =
                    new TunnelOptions(
                            loops(),
                            listeners,
                            transports,
                            port,
                            aead == null ? TransportAead.best() : aead,
                            random == null ? new SecureRandom() : random,
                            wallClock,
                            clock,
                            rekeyAfter,
                            stagedPackets,
                            recorded,
                            new TunnelOptions.Hooks(
                                    filter,
                                    packetFilter,
                                    unknownInitiators,
                                    peersOnDemand,
                                    reservedIndices));
            Tunnel tunnel =
                    new Tunnel(TunnelLoop.start(tun, changes, options), resolver, rekeyAfter);
            tunnel.watchNames(names);
            return tunnel;
        }
    }
}
