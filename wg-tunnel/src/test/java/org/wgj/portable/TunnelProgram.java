// SPDX-License-Identifier: Apache-2.0
package org.wgj.portable;

import org.wgj.crypto.PrivateKey;
import org.wgj.protocol.IpPrefix;
import org.wgj.tun.MemoryTun;
import org.wgj.tunnel.Tunnel;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * A program of an embedder: two tunnels in memory that send a packet over loopback. Its package is
 * not one of the library's, so that it can use the library's modules.
 */
public final class TunnelProgram {
    private TunnelProgram() {}

    public static void main(String[] arguments) throws Exception {
        PrivateKey nearKey = PrivateKey.generate();
        PrivateKey farKey = PrivateKey.generate();
        MemoryTun nearPackets = new MemoryTun("near", 1420);
        MemoryTun farPackets = new MemoryTun("far", 1420);
        try (Tunnel far =
                        Tunnel.builder(farPackets)
                                .privateKey(farKey)
                                .peer(
                                        nearKey.publicKey(),
                                        peer -> peer.allowedIp(IpPrefix.parse("10.0.0.1/32")))
                                .start();
                Tunnel _ =
                        Tunnel.builder(nearPackets)
                                .privateKey(nearKey)
                                .peer(
                                        farKey.publicKey(),
                                        peer ->
                                                peer.endpoint(loopback(far))
                                                        .allowedIp(IpPrefix.parse("10.0.0.2/32")))
                                .start()) {
            byte[] packet = new byte[100];
            byte[] header = {
                0x45, 0, 0, 100, 0, 0, 0, 0, 64, (byte) 253, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2
            };
            System.arraycopy(header, 0, packet, 0, header.length);
            nearPackets.offer(packet);
            byte[] arrived = farPackets.receive(30, TimeUnit.SECONDS);
            System.out.println(Arrays.equals(packet, arrived) ? "carried" : "lost");
        }
        System.out.println("closed");
    }

    private static InetSocketAddress loopback(Tunnel tunnel) {
        return new InetSocketAddress(
                InetAddress.getLoopbackAddress(), tunnel.status().join().listenPort());
    }
}
