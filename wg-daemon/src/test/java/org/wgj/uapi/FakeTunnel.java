// SPDX-License-Identifier: Apache-2.0
package org.wgj.uapi;

import org.wgj.crypto.PresharedKey;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.protocol.DropReason;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.HandshakeCounters;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.PeerStatus;
import org.wgj.tun.TunOffload;
import org.wgj.tun.linux.Errno;
import org.wgj.tun.linux.ErrnoException;
import org.wgj.tunnel.Configurable;
import org.wgj.tunnel.DataPathInfo;
import org.wgj.tunnel.StatusWithKeys;
import org.wgj.tunnel.TunCounters;
import org.wgj.tunnel.TunnelChange;
import org.wgj.tunnel.TunnelCounters;
import org.wgj.tunnel.TunnelEditor;
import org.wgj.tunnel.TunnelStatus;
import org.wgj.tunnel.udp.UdpCounters;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** A tunnel that only keeps its configuration, on its own thread. */
final class FakeTunnel implements Configurable, AutoCloseable {
    /** The port that another program uses. */
    static final int BUSY_PORT = 51;

    /** The port that the system chooses. */
    static final int CHOSEN_PORT = 40_000;

    final AtomicInteger changes = new AtomicInteger();
    final AtomicInteger addPeerCalls = new AtomicInteger();

    /** All configurations that were requested. */
    final Queue<StatusWithKeys> configurations = new ConcurrentLinkedQueue<>();

    /** True if a configuration arrives with its private key wiped. */
    volatile boolean wipesEarly;

    /** Changes wait until this completes. */
    volatile CompletableFuture<?> gate = CompletableFuture.completedFuture(null);

    /** Configurations wait until this completes. */
    volatile CompletableFuture<?> configurationGate = CompletableFuture.completedFuture(null);

    static final UdpCounters UDP = new UdpCounters(1, 2, 3, 4, 5, 6, 7);
    static final TunnelCounters COUNTERS =
            new TunnelCounters(
                    new HandshakeCounters(11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21),
                    new TunCounters(31, 32, 33, 34),
                    41,
                    42);
    static final Duration LOOP_DELAY = Duration.ofNanos(51);

    private final ExecutorService thread = Executors.newSingleThreadExecutor();
    private final Map<PublicKey, FakePeer> peers = new LinkedHashMap<>();
    private final Map<IpPrefix, FakePeer> owners = new HashMap<>();
    private PrivateKey privateKey;
    private int listenPort;
    private int fwmark;
    private boolean acceptsMistakes; // during one change

    /** The settings of a peer. */
    private final class FakePeer implements TunnelEditor.PeerEditor {
        final PublicKey key;
        final Set<IpPrefix> allowedIps = new LinkedHashSet<>();
        PresharedKey presharedKey = PresharedKey.NONE;
        Endpoint endpoint;
        int keepalive;
        Instant lastHandshake;
        long received;
        long sent;

        FakePeer(PublicKey key) {
            this.key = key;
        }

        @Override
        public FakePeer presharedKey(PresharedKey newKey) {
            presharedKey = newKey.copy();
            return this;
        }

        @Override
        public FakePeer endpoint(InetSocketAddress address) {
            checkAccepted(address.getPort() == 0);
            endpoint = Endpoint.of(address);
            return this;
        }

        @Override
        public FakePeer managedEndpoint(boolean managed) {
            throw new AssertionError("not in the configuration protocol");
        }

        @Override
        public FakePeer standsInFor(PublicKey otherOrNull) {
            throw new AssertionError("not in the configuration protocol");
        }

        @Override
        public FakePeer handshakesAllowed(boolean allowed) {
            throw new AssertionError("not in the configuration protocol");
        }

        @Override
        public FakePeer handshakeEndpoints(List<InetSocketAddress> addresses) {
            throw new AssertionError("not in the configuration protocol");
        }

        @Override
        public FakePeer initiate() {
            throw new AssertionError("not in the configuration protocol");
        }

        @Override
        public FakePeer persistentKeepalive(int seconds) {
            keepalive = seconds;
            return this;
        }

        @Override
        public FakePeer allowedIp(IpPrefix range) {
            if (key.equals(ownKey())) {
                return this;
            }
            FakePeer before = owners.put(range, this);
            if (before != null && before != this) {
                before.allowedIps.remove(range);
            }
            allowedIps.add(range);
            return this;
        }

        @Override
        public FakePeer removeAllowedIp(IpPrefix range) {
            if (allowedIps.remove(range)) {
                owners.remove(range);
            }
            return this;
        }

        @Override
        public FakePeer removeAllowedIps() {
            allowedIps.forEach(owners::remove);
            allowedIps.clear();
            return this;
        }

        PeerStatus status() {
            return new PeerStatus(
                    key,
                    endpoint,
                    lastHandshake,
                    received,
                    sent,
                    keepalive,
                    List.copyOf(allowedIps));
        }
    }

    private final TunnelEditor editor =
            new TunnelEditor() {
                @Override
                public void acceptMistakes() {
                    acceptsMistakes = true;
                }

                @Override
                public void privateKey(PrivateKey keyOrNull) {
                    privateKey = copyOf(keyOrNull);
                    if (keyOrNull != null) {
                        removePeer(ownKey());
                    }
                }

                @Override
                public void renewPrivateKey(PrivateKey key) {
                    throw new AssertionError("not in the configuration protocol");
                }

                @Override
                public void listenPort(int port) throws IOException {
                    if (port == BUSY_PORT) {
                        throw new ErrnoException("bind UDP port", Errno.EADDRINUSE);
                    }
                    listenPort = port == 0 ? CHOSEN_PORT : port;
                }

                @Override
                public void fwmark(int mark) {
                    if (mark == 0xdead) {
                        throw new IllegalStateException("secret in a message");
                    }
                    fwmark = mark;
                }

                @Override
                public Optional<PeerEditor> peer(PublicKey key) {
                    return Optional.ofNullable(peers.get(key));
                }

                @Override
                public PeerEditor addPeer(PublicKey key) {
                    addPeerCalls.incrementAndGet();
                    checkAccepted(key.equals(ownKey()));
                    return key.equals(ownKey())
                            ? new FakePeer(key)
                            : peers.computeIfAbsent(key, FakePeer::new);
                }

                @Override
                public void removePeer(PublicKey key) {
                    FakePeer removed = peers.remove(key);
                    if (removed != null) {
                        removed.removeAllowedIps();
                    }
                }

                @Override
                public void removePeers() {
                    peers.clear();
                    owners.clear();
                }
            };

    private void checkAccepted(boolean mistake) {
        if (mistake && !acceptsMistakes) {
            throw new IllegalArgumentException("thrown by a test");
        }
    }

    private static PrivateKey copyOf(PrivateKey keyOrNull) {
        return keyOrNull == null ? null : PrivateKey.of(keyOrNull.bytes());
    }

    private PublicKey ownKey() {
        return privateKey == null ? null : privateKey.publicKey();
    }

    @Override
    public CompletableFuture<TunnelStatus> status() {
        return CompletableFuture.supplyAsync(this::statusNow, thread);
    }

    private TunnelStatus statusNow() {
        List<PeerStatus> list = new ArrayList<>();
        peers.values().forEach(peer -> list.add(peer.status()));
        return new TunnelStatus(
                "wg0",
                ownKey(),
                listenPort,
                fwmark,
                list,
                Map.of(),
                UdpCounters.ZERO,
                TunnelCounters.ZERO);
    }

    @Override
    public CompletableFuture<StatusWithKeys> statusWithKeys() {
        return configurationGate.thenApplyAsync(
                _ -> {
                    Map<PublicKey, PresharedKey> presharedKeys = new HashMap<>();
                    for (FakePeer peer : peers.values()) {
                        if (!peer.presharedKey.isNone()) {
                            presharedKeys.put(peer.key, peer.presharedKey.copy());
                        }
                    }
                    StatusWithKeys withKeys =
                            new StatusWithKeys(statusNow(), copyOf(privateKey), presharedKeys);
                    configurations.add(withKeys);
                    if (wipesEarly) {
                        withKeys.privateKey().wipe();
                    }
                    return withKeys;
                },
                thread);
    }

    @Override
    public CompletableFuture<DataPathInfo> dataPath() {
        return CompletableFuture.completedFuture(
                new DataPathInfo(
                        "fake",
                        3,
                        EnumSet.of(TunOffload.SPLIT_TCP, TunOffload.COALESCE_UDP),
                        true,
                        false,
                        Map.of(DropReason.NO_PEER, 3L),
                        UDP,
                        COUNTERS,
                        LOOP_DELAY));
    }

    @Override
    public CompletableFuture<Void> configure(TunnelChange change) {
        changes.incrementAndGet();
        return gate.thenComposeAsync(
                _ -> {
                    try {
                        acceptsMistakes = false;
                        change.apply(editor);
                        return CompletableFuture.completedFuture(null);
                    } catch (IOException | RuntimeException e) {
                        return CompletableFuture.failedFuture(e);
                    }
                },
                thread);
    }

    /** Sets the handshake and traffic of a peer. */
    void heardFrom(PublicKey key, Instant handshake, long received, long sent) {
        CompletableFuture.runAsync(
                        () -> {
                            FakePeer peer = peers.get(key);
                            peer.lastHandshake = handshake;
                            peer.received = received;
                            peer.sent = sent;
                        },
                        thread)
                .join();
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
