// SPDX-License-Identifier: Apache-2.0
package org.wgj.demo;

import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.netstack.TunnelNet;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.PeerStatus;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Consumer;

/** The common part of the two sides of the demo: a at 10.0.0.1 calls b at 10.0.0.2. */
final class DemoNet {
    static final InetAddress A = InetAddress.ofLiteral("10.0.0.1");
    static final InetAddress B = InetAddress.ofLiteral("10.0.0.2");
    static final int WEB_PORT = 80;

    private static final int PINGS = 5;
    private static final int ECHO_BYTES = 64; // an echo message with 56 bytes of data, as ping(8)
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private DemoNet() {}

    /**
     * Starts one side.
     *
     * @param endpointOrNull where the other side listens; null to wait for its call
     */
    static TunnelNet open(
            String name,
            InetAddress own,
            PrivateKey key,
            PublicKey peer,
            InetAddress other,
            InetSocketAddress endpointOrNull)
            throws IOException {
        return TunnelNet.builder()
                .name(name)
                .address(own)
                .tunnel(
                        tunnel ->
                                tunnel.privateKey(key)
                                        .peer(
                                                peer,
                                                one -> {
                                                    one.allowedIp(
                                                            IpPrefix.parse(
                                                                    other.getHostAddress()
                                                                            + "/32"));
                                                    if (endpointOrNull != null) {
                                                        one.endpoint(endpointOrNull);
                                                    }
                                                }))
                .open();
    }

    static int port(TunnelNet net) {
        return net.tunnel().status().join().listenPort();
    }

    /** Pings a host some times, and prints a line for each answer. */
    static void ping(TunnelNet net, InetAddress target, Consumer<String> out) throws IOException {
        for (int sequence = 1; sequence <= PINGS; sequence++) {
            Duration time = net.ping(target, PATIENCE);
            out.accept(
                    String.format(
                            Locale.ROOT,
                            "    %d bytes from %s: seq=%d time=%.2f ms",
                            ECHO_BYTES,
                            target.getHostAddress(),
                            sequence,
                            time.toNanos() / 1e6));
        }
    }

    /** A line on the only peer of a side. */
    static String describe(String name, TunnelNet net) {
        PeerStatus peer = net.tunnel().status().join().peers().getFirst();
        return String.format(
                Locale.ROOT,
                "    %s: peer %s at %s, %d B received, %d B sent",
                name,
                peer.publicKey().toBase64(),
                peer.endpoint(),
                peer.receivedBytes(),
                peer.sentBytes());
    }
}
