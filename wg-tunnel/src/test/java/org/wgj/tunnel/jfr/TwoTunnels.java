// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.jfr;

import org.wgj.crypto.PrivateKey;
import org.wgj.protocol.IpPrefix;
import org.wgj.tun.MemoryTun;
import org.wgj.tunnel.Tunnel;
import org.wgj.tunnel.TunnelEvent;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/** Two tunnels of this process that have a session with each other; also a program of its own. */
final class TwoTunnels implements AutoCloseable {
    private final PrivateKey aliceKey = PrivateKey.generate();
    private final PrivateKey bobKey = PrivateKey.generate();
    final String alicesPeer = bobKey.publicKey().toBase64();
    final Tunnel alice;
    final Tunnel bob;

    /** Waits for so many handshakes. */
    TwoTunnels(int handshakes) throws Exception {
        CountDownLatch connected = new CountDownLatch(handshakes);
        bob =
                Tunnel.builder(new MemoryTun("bob", 1420))
                        .privateKey(bobKey)
                        .peer(
                                aliceKey.publicKey(),
                                peer -> peer.allowedIp(IpPrefix.parse("10.0.0.1/32")))
                        .start();
        int port = bob.status().join().listenPort();
        alice =
                Tunnel.builder(new MemoryTun("alice", 1420))
                        .privateKey(aliceKey)
                        .rekeyAfter(Duration.ofSeconds(5))
                        .listener(
                                event -> {
                                    if (event instanceof TunnelEvent.HandshakeCompleted) {
                                        connected.countDown();
                                    }
                                })
                        .peer(
                                bobKey.publicKey(),
                                peer ->
                                        peer.endpoint(
                                                        new InetSocketAddress(
                                                                InetAddress.getLoopbackAddress(),
                                                                port))
                                                .persistentKeepalive(1)
                                                .allowedIp(IpPrefix.parse("10.0.0.2/32")))
                        .start();
        connected.await();
    }

    public static void main(String[] arguments) throws Exception {
        try (TwoTunnels _ = new TwoTunnels(1)) {
            System.out.println("connected");
        }
        System.exit(0);
    }

    @Override
    public void close() {
        alice.close();
        bob.close();
    }
}
