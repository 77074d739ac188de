// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack;

import org.wgj.crypto.PrivateKey;
import org.wgj.protocol.IpPrefix;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.function.Consumer;

/**
 * Two networks in one JVM that are peers over loopback: the client's calls the server's. Both have
 * an IPv4 and an IPv6 address.
 */
public final class TwoNets implements AutoCloseable {
    /** The client's addresses. */
    public static final InetAddress CLIENT4 = InetAddress.ofLiteral("10.9.0.1");

    public static final InetAddress CLIENT6 = InetAddress.ofLiteral("fd09::1");

    /** The server's addresses. */
    public static final InetAddress SERVER4 = InetAddress.ofLiteral("10.9.0.2");

    public static final InetAddress SERVER6 = InetAddress.ofLiteral("fd09::2");

    /** In the server's allowed IPs, but no node has it. */
    public static final InetAddress ABSENT = InetAddress.ofLiteral("10.9.0.99");

    /** In the allowed IPs of no peer. */
    public static final InetAddress UNROUTED = InetAddress.ofLiteral("10.8.0.1");

    public final PrivateKey clientKey = PrivateKey.generate();
    public final PrivateKey serverKey = PrivateKey.generate();
    public final TunnelNet client;
    public final TunnelNet server;

    public TwoNets() throws IOException {
        this(_ -> {}, _ -> {});
    }

    public TwoNets(Consumer<TunnelNetBuilder> ofClient, Consumer<TunnelNetBuilder> ofServer)
            throws IOException {
        server = open(ofServer, serverBuilder());
        client = open(ofClient, clientBuilder());
    }

    private static TunnelNet open(Consumer<TunnelNetBuilder> change, TunnelNetBuilder builder)
            throws IOException {
        change.accept(builder);
        return builder.open();
    }

    private TunnelNetBuilder serverBuilder() {
        return TunnelNet.builder()
                .address(SERVER4)
                .address(SERVER6)
                .tunnel(
                        tunnel ->
                                tunnel.privateKey(serverKey)
                                        .peer(
                                                clientKey.publicKey(),
                                                peer ->
                                                        peer.allowedIp(
                                                                        IpPrefix.parse(
                                                                                "10.9.0.1/32"))
                                                                .allowedIp(
                                                                        IpPrefix.parse(
                                                                                "fd09::1/128"))));
    }

    private TunnelNetBuilder clientBuilder() {
        InetSocketAddress endpoint =
                new InetSocketAddress(
                        InetAddress.getLoopbackAddress(),
                        server.tunnel().status().join().listenPort());
        return TunnelNet.builder()
                .address(CLIENT4)
                .address(CLIENT6)
                .tunnel(
                        tunnel ->
                                tunnel.privateKey(clientKey)
                                        .peer(
                                                serverKey.publicKey(),
                                                peer ->
                                                        peer.endpoint(endpoint)
                                                                .allowedIp(
                                                                        IpPrefix.parse(
                                                                                "10.9.0.0/24"))
                                                                .allowedIp(
                                                                        IpPrefix.parse(
                                                                                "fd09::/64"))));
    }

    /** Returns the statistics of a net, for conditions. */
    static NetStatistics statistics(TunnelNet net) {
        try {
            return net.statistics();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        client.close();
        server.close();
    }
}
