// SPDX-License-Identifier: Apache-2.0
package org.wgj.examples;

import org.wgj.crypto.PrivateKey;
import org.wgj.protocol.IpPrefix;
import org.wgj.tun.MemoryTun;
import org.wgj.tunnel.Tunnel;
import org.wgj.tunnel.TunnelEvent;
import org.wgj.tunnel.TunnelLoops;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/**
 * Shows two tunnels, "home" and "work", in one JVM on one thread of the program's own. They share
 * nothing else: both may use the same inner addresses. Without loops of its own, a program gets the
 * shared ones, with one thread for each processor.
 *
 * <p>To run it, see the package's description. It prints:
 *
 * <pre>
 * home: packet arrived
 * work: packet arrived
 * threads: 1
 * home: closed, REQUESTED
 * work: closed, REQUESTED
 * </pre>
 */
public final class TwoTunnelsInOneJvm {
    private static final byte[] PACKET = {
        0x45, 0, 0, 20, 0, 0, 0, 0, 64, (byte) 253, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2
    };

    /** A tunnel of this program and, for the demonstration, its server. */
    private record Connection(
            String name, MemoryTun packets, Tunnel tunnel, MemoryTun serverPackets) {
        static Connection open(String name, TunnelLoops loops) throws IOException {
            PrivateKey key = PrivateKey.generate();
            PrivateKey serverKey = PrivateKey.generate();
            MemoryTun packets = new MemoryTun(name, 1420);
            MemoryTun serverPackets = new MemoryTun("server", 1420);
            Tunnel server =
                    Tunnel.builder(serverPackets)
                            .privateKey(serverKey)
                            .peer(
                                    key.publicKey(),
                                    peer -> peer.allowedIp(IpPrefix.parse("10.0.0.1/32")))
                            .loops(loops)
                            .start();
            int port = server.status().join().listenPort();
            Tunnel tunnel =
                    Tunnel.builder(packets)
                            .privateKey(key)
                            .peer(
                                    serverKey.publicKey(),
                                    peer ->
                                            peer.endpoint(loopback(port))
                                                    .allowedIp(IpPrefix.parse("10.0.0.0/24")))
                            .loops(loops)
                            .start();
            return new Connection(name, packets, tunnel, serverPackets);
        }

        private static InetSocketAddress loopback(int port) {
            return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        }

        void send() throws InterruptedException {
            packets.offer(PACKET);
            boolean arrived = serverPackets.receive(30, TimeUnit.SECONDS) != null;
            System.out.println(name + ": packet " + (arrived ? "arrived" : "lost"));
        }

        void printEnd() {
            TunnelEvent.Closed end = tunnel.whenClosed().join();
            System.out.println(name + ": closed, " + end.reason());
        }
    }

    private TwoTunnelsInOneJvm() {}

    public static void main(String[] arguments) throws Exception {
        Connection home;
        Connection work;
        try (TunnelLoops loops = TunnelLoops.create("vpn", 1)) {
            home = Connection.open("home", loops);
            work = Connection.open("work", loops);
            home.send();
            work.send();
            System.out.println("threads: " + threadsNamed("vpn"));
        } // closes all tunnels on these loops
        home.printEnd();
        work.printEnd();
    }

    private static long threadsNamed(String prefix) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith(prefix))
                .count();
    }
}
