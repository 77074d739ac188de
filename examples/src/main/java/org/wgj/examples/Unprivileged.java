// SPDX-License-Identifier: Apache-2.0
package org.wgj.examples;

import org.wgj.crypto.PrivateKey;
import org.wgj.protocol.IpPrefix;
import org.wgj.tun.MemoryTun;
import org.wgj.tunnel.Tunnel;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * Shows that a tunnel over a {@link MemoryTun} needs no rights: an ordinary user runs it, also in a
 * container without {@code /dev/net/tun}. Only UDP ports below 1024 and marks need rights.
 *
 * <p>To run it, see the package's description. It prints, depending on where it runs:
 *
 * <pre>
 * user nobody, /dev/net/tun is missing
 * packet arrived
 * </pre>
 */
public final class Unprivileged {
    private static final byte[] PACKET = {
        0x45, 0, 0, 20, 0, 0, 0, 0, 64, (byte) 253, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2
    };

    private Unprivileged() {}

    public static void main(String[] arguments) throws Exception {
        boolean device = Files.exists(Path.of("/dev/net/tun"));
        System.out.printf(
                "user %s, /dev/net/tun is %s%n",
                System.getProperty("user.name"), device ? "there" : "missing");

        PrivateKey nearKey = PrivateKey.generate();
        PrivateKey farKey = PrivateKey.generate();
        MemoryTun near = new MemoryTun("near", 1420);
        MemoryTun far = new MemoryTun("far", 1420);
        try (Tunnel farTunnel =
                        Tunnel.builder(far)
                                .privateKey(farKey)
                                .peer(
                                        nearKey.publicKey(),
                                        peer -> peer.allowedIp(IpPrefix.parse("10.0.0.1/32")))
                                .start();
                Tunnel _ =
                        Tunnel.builder(near)
                                .privateKey(nearKey)
                                .peer(
                                        farKey.publicKey(),
                                        peer ->
                                                peer.endpoint(loopback(farTunnel))
                                                        .allowedIp(IpPrefix.parse("10.0.0.2/32")))
                                .start()) {
            near.offer(PACKET);
            boolean arrived = far.receive(30, TimeUnit.SECONDS) != null;
            System.out.println("packet " + (arrived ? "arrived" : "lost"));
        }
    }

    private static InetSocketAddress loopback(Tunnel tunnel) {
        return new InetSocketAddress(
                InetAddress.getLoopbackAddress(), tunnel.status().join().listenPort());
    }
}
