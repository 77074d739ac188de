// SPDX-License-Identifier: Apache-2.0
package org.wgj.examples;

import org.wgj.crypto.PrivateKey;
import org.wgj.protocol.IpPrefix;
import org.wgj.tun.MemoryTun;
import org.wgj.tunnel.Tunnel;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/**
 * Shows changes of a tunnel that runs: it gets a peer, moves to another UDP port and loses the peer
 * again, while packets flow. The session survives the change of the port.
 *
 * <p>To run it, see the package's description. It prints:
 *
 * <pre>
 * peer added: packets arrive
 * port changed: the peer knows the new port
 * peer removed: no packet arrives
 * </pre>
 */
public final class ReconfigureLive {
    private static final byte[] PACKET = {
        0x45, 0, 0, 20, 0, 0, 0, 0, 64, (byte) 253, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2
    };

    private ReconfigureLive() {}

    public static void main(String[] arguments) throws Exception {
        PrivateKey nearKey = PrivateKey.generate();
        PrivateKey farKey = PrivateKey.generate();
        MemoryTun near = new MemoryTun("near", 1420);
        MemoryTun far = new MemoryTun("far", 1420);

        try (Tunnel nearTunnel = Tunnel.builder(near).privateKey(nearKey).start();
                Tunnel farTunnel =
                        Tunnel.builder(far)
                                .privateKey(farKey)
                                .peer(
                                        nearKey.publicKey(),
                                        peer -> peer.allowedIp(IpPrefix.parse("10.0.0.1/32")))
                                .start()) {
            Thread.startVirtualThread(() -> sendUntilClosed(near));

            // The change runs on the tunnel's own thread: ask the other tunnel before, not in it.
            InetSocketAddress farEndpoint = loopback(portOf(farTunnel));
            nearTunnel
                    .configure(
                            editor ->
                                    editor.addPeer(farKey.publicKey())
                                            .endpoint(farEndpoint)
                                            .allowedIp(IpPrefix.parse("10.0.0.2/32")))
                    .join();
            boolean arrived = far.receive(30, TimeUnit.SECONDS) != null;
            System.out.println("peer added: " + (arrived ? "packets arrive" : "lost"));

            nearTunnel.configure(editor -> editor.listenPort(0)).join(); // any other port
            while (peerPortOf(farTunnel) != portOf(nearTunnel)) {
                far.receive(1, TimeUnit.SECONDS);
            }
            System.out.println("port changed: the peer knows the new port");

            nearTunnel.configure(editor -> editor.removePeer(farKey.publicKey())).join();
            while (far.receive(500, TimeUnit.MILLISECONDS) != null) {} // those under way
            System.out.println("peer removed: no packet arrives");
        }
    }

    private static void sendUntilClosed(MemoryTun tun) {
        try {
            while (!tun.isClosed()) {
                tun.offer(PACKET);
                Thread.sleep(5);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static int portOf(Tunnel tunnel) {
        return tunnel.status().join().listenPort();
    }

    private static int peerPortOf(Tunnel tunnel) {
        return tunnel.status().join().peers().getFirst().endpoint().toSocketAddress().getPort();
    }

    private static InetSocketAddress loopback(int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }
}
