// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli.mesh;

import org.wgj.coordinator.registry.NodeInfo;
import org.wgj.coordinator.registry.Registry;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.protocol.IpPrefix;
import org.wgj.tun.MemoryTun;
import org.wgj.tunnel.Tunnel;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * The part of the training run that relays: two peers of another implementation, which reach each
 * other only through the coordinator. Otherwise a relay would copy its first packets by code that
 * is not compiled yet.
 */
final class RelayTraining implements AutoCloseable {
    /** More time than the sessions take; a relay that was not trained only starts slower. */
    private static final Duration AT_MOST = Duration.ofSeconds(4);

    /** Long enough for the JVM to profile and compile what copies a packet. */
    private static final Duration TRAFFIC = Duration.ofMillis(500);

    private static final int PAUSE_MS = 20;
    private static final int PACKET_BYTES = 1_280;

    /** Packets under way at once; MemoryTun holds that many without loss. */
    private static final int WINDOW = 64;

    private final PublicKey coordinator;
    private final InetSocketAddress place;
    private final Peer a;
    private final Peer b;

    /** One of the two. */
    private static final class Peer {
        final PrivateKey key = PrivateKey.generate();
        final MemoryTun packets;
        final InetAddress address;
        Tunnel tunnel;

        Peer(String name, Registry registry) throws IOException {
            packets = new MemoryTun(name, PACKET_BYTES);
            NodeInfo node = registry.addStock(name, key.publicKey(), "training");
            address = node.planes().firstEntry().getValue().addresses().getFirst();
        }
    }

    /**
     * Adds the two to a mesh and starts their tunnels.
     *
     * @param place where the coordinator is
     */
    RelayTraining(Registry registry, PublicKey coordinator, InetSocketAddress place)
            throws IOException {
        this.coordinator = coordinator;
        this.place = place;
        a = new Peer("relayed-a", registry);
        b = new Peer("relayed-b", registry);
        try {
            start(a, b);
            start(b, a);
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    private void start(Peer peer, Peer other) throws IOException {
        peer.tunnel =
                Tunnel.builder(peer.packets)
                        .privateKey(peer.key)
                        .peer(coordinator, relay -> relay.endpoint(place))
                        .peer(
                                other.key.publicKey(),
                                far -> far.endpoint(place).allowedIp(IpPrefix.host(other.address)))
                        .start();
    }

    /**
     * Sends packets both ways for a while, if they get through.
     *
     * @return how many did
     */
    long run() throws InterruptedException {
        long endNs = System.nanoTime() + AT_MOST.toNanos();
        if (!meets(a, endNs) || !meets(b, endNs)) {
            return 0;
        }
        byte[] there = packet(a.address, b.address);
        byte[] back = packet(b.address, a.address);
        do { // the first of the packets makes the session
            a.packets.offer(there);
        } while (b.packets.receive(PAUSE_MS, TimeUnit.MILLISECONDS) == null
                && System.nanoTime() < endNs);
        long arrived = 0;
        long until = Math.min(endNs, System.nanoTime() + TRAFFIC.toNanos());
        while (System.nanoTime() < until) {
            arrived += exchange(a, there, b) + exchange(b, back, a);
        }
        return arrived;
    }

    /** Makes a session with the relay, which serves only those that have one. */
    private boolean meets(Peer peer, long endNs) throws InterruptedException {
        while (System.nanoTime() < endNs) {
            boolean met =
                    peer.tunnel.status().join().peers().stream()
                            .anyMatch(
                                    status ->
                                            status.publicKey().equals(coordinator)
                                                    && status.lastHandshake() != null);
            if (met) {
                return true;
            }
            peer.tunnel
                    .configure(
                            editor -> editor.peer(coordinator).ifPresent(relay -> relay.initiate()))
                    .join();
            Thread.sleep(PAUSE_MS);
        }
        return false;
    }

    private static int exchange(Peer from, byte[] packet, Peer to) throws InterruptedException {
        for (int i = 0; i < WINDOW; i++) {
            from.packets.offer(packet);
        }
        for (int i = 0; i < WINDOW; i++) {
            if (to.packets.receive(PAUSE_MS, TimeUnit.MILLISECONDS) == null) {
                return i; // the socket or the relay's limits have dropped the rest
            }
        }
        return WINDOW;
    }

    /** Returns an IPv4 packet of an experimental protocol. */
    private static byte[] packet(InetAddress from, InetAddress to) {
        return ByteBuffer.allocate(PACKET_BYTES)
                .putInt(0x4500_0000 | PACKET_BYTES)
                .putInt(0)
                .putInt(0x40fd_0000)
                .put(from.getAddress())
                .put(to.getAddress())
                .array();
    }

    @Override
    public void close() {
        for (Peer peer : new Peer[] {a, b}) {
            if (peer.tunnel != null) {
                peer.tunnel.close();
            }
        }
    }
}
