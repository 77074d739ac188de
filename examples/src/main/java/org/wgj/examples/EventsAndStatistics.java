// SPDX-License-Identifier: Apache-2.0
package org.wgj.examples;

import org.wgj.crypto.PrivateKey;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.PeerStatus;
import org.wgj.tun.MemoryTun;
import org.wgj.tun.PacketOutcome;
import org.wgj.tunnel.Tunnel;
import org.wgj.tunnel.TunnelEvent;
import org.wgj.tunnel.TunnelStatus;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Shows what a tunnel reports: events as they happen, and counters when it is asked.
 *
 * <p>To run it, see the package's description. It prints:
 *
 * <pre>
 * peer added
 * handshake started
 * handshake completed
 * handshake time known: true
 * bytes sent to the peer: 212
 * datagrams sent and received: 2 and 1
 * packets refused because they are no IP packets: 1
 * closed: REQUESTED
 * </pre>
 */
public final class EventsAndStatistics {
    private static final byte[] PACKET = {
        0x45, 0, 0, 20, 0, 0, 0, 0, 64, (byte) 253, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2
    };

    private EventsAndStatistics() {}

    public static void main(String[] arguments) throws Exception {
        PrivateKey nearKey = PrivateKey.generate();
        PrivateKey farKey = PrivateKey.generate();
        MemoryTun near = new MemoryTun("near", 1420);
        MemoryTun far = new MemoryTun("far", 1420);

        // A listener runs on the tunnel's thread and must not wait, so it only notes the event.
        BlockingQueue<TunnelEvent> events = new LinkedBlockingQueue<>();

        try (Tunnel farTunnel =
                        Tunnel.builder(far)
                                .privateKey(farKey)
                                .peer(
                                        nearKey.publicKey(),
                                        peer -> peer.allowedIp(IpPrefix.parse("10.0.0.1/32")))
                                .start();
                Tunnel nearTunnel =
                        Tunnel.builder(near)
                                .privateKey(nearKey)
                                .peer(
                                        farKey.publicKey(),
                                        peer ->
                                                peer.endpoint(loopback(farTunnel))
                                                        .allowedIp(IpPrefix.parse("10.0.0.2/32")))
                                .listener(events::add)
                                .start()) {
            near.offer(PACKET);
            far.receive(30, TimeUnit.SECONDS);
            near.offer(new byte[20]); // refused: the first byte names no version of IP

            printUntilHandshakeCompleted(events);
            TunnelStatus status = nearTunnel.status().join();
            PeerStatus peer = status.peers().getFirst();
            System.out.println("handshake time known: " + (peer.lastHandshake() != null));
            System.out.println("bytes sent to the peer: " + peer.sentBytes());
            System.out.printf(
                    "datagrams sent and received: %d and %d%n",
                    status.udp().sent(), status.udp().received());
            System.out.println(
                    "packets refused because they are no IP packets: "
                            + near.sendCounts().get(PacketOutcome.NOT_IP));
        }
        while (!events.isEmpty()) {
            System.out.println(describe(events.take()));
        }
    }

    private static void printUntilHandshakeCompleted(BlockingQueue<TunnelEvent> events)
            throws InterruptedException {
        TunnelEvent event;
        do {
            event = events.take();
            System.out.println(describe(event));
        } while (!(event instanceof TunnelEvent.HandshakeCompleted));
    }

    /** The compiler knows all kinds of events, so a new kind cannot be forgotten here. */
    private static String describe(TunnelEvent event) {
        return switch (event) {
            case TunnelEvent.HandshakeStarted _ -> "handshake started";
            case TunnelEvent.HandshakeUnanswered _ -> "the peer does not answer yet";
            case TunnelEvent.HandshakeFailed _ -> "the peer did not answer";
            case TunnelEvent.HandshakeCompleted _ -> "handshake completed";
            case TunnelEvent.SessionExpired _ -> "session expired";
            case TunnelEvent.EndpointChanged changed -> "peer is at " + changed.endpoint();
            case TunnelEvent.PeerAdded _ -> "peer added";
            case TunnelEvent.PeerRemoved _ -> "peer removed";
            case TunnelEvent.AllowedIpMoved moved -> moved.range() + " has another peer";
            case TunnelEvent.Closed closed -> "closed: " + closed.reason();
        };
    }

    private static InetSocketAddress loopback(Tunnel tunnel) {
        return new InetSocketAddress(
                InetAddress.getLoopbackAddress(), tunnel.status().join().listenPort());
    }
}
