// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import org.wgj.crypto.PrivateKey;
import org.wgj.protocol.IpPrefix;
import org.wgj.tun.MemoryTun;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * The common part of tests of tunnels: packets, addresses, and builders of two tunnels that are
 * peers.
 */
final class TestTunnels {
    static final long PATIENCE_S = 20;

    final PrivateKey aliceKey = PrivateKey.generate();
    final PrivateKey bobKey = PrivateKey.generate();
    final MemoryTun alicePackets = new MemoryTun("alice", 1420);
    final MemoryTun bobPackets = new MemoryTun("bob", 1420);

    /** Bob waits to be called. */
    Tunnel.Builder bob() {
        return Tunnel.builder(bobPackets)
                .privateKey(bobKey)
                .peer(aliceKey.publicKey(), peer -> peer.allowedIp(IpPrefix.parse("10.0.0.1/32")));
    }

    /** Alice calls Bob. */
    Tunnel.Builder alice(InetSocketAddress bobAddress) {
        return Tunnel.builder(alicePackets)
                .privateKey(aliceKey)
                .peer(
                        bobKey.publicKey(),
                        peer -> peer.endpoint(bobAddress).allowedIp(IpPrefix.parse("10.0.0.2/32")));
    }

    /** Sends a packet from Alice to Bob and waits for it. */
    void exchange() throws InterruptedException {
        alicePackets.offer(packet(1, 2));
        assertNotNull(bobPackets.receive(PATIENCE_S, TimeUnit.SECONDS), "no packet at Bob's");
    }

    static InetSocketAddress addressOf(Tunnel tunnel) {
        return new InetSocketAddress(
                InetAddress.getLoopbackAddress(), tunnel.status().join().listenPort());
    }

    /** An IPv4 packet of no protocol in particular from 10.0.0.FROM to 10.0.0.TO. */
    static byte[] packet(int from, int to) {
        return ByteBuffer.allocate(28)
                .putInt(0x4500_0000 | 28)
                .putInt(0)
                .putInt(0x40fd_0000)
                .putInt(0x0a00_0000 | from)
                .putInt(0x0a00_0000 | to)
                .array();
    }

    /** The next event of the type; others before it are passed over. */
    static <T extends TunnelEvent> T await(BlockingQueue<TunnelEvent> events, Class<T> type)
            throws InterruptedException {
        while (true) {
            TunnelEvent event = events.poll(PATIENCE_S, TimeUnit.SECONDS);
            assertNotNull(event, "no " + type.getSimpleName() + " within " + PATIENCE_S + " s");
            if (type.isInstance(event)) {
                return type.cast(event);
            }
        }
    }
}
