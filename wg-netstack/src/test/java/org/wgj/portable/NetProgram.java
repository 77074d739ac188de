// SPDX-License-Identifier: Apache-2.0
package org.wgj.portable;

import org.wgj.crypto.PrivateKey;
import org.wgj.netstack.TunnelNet;
import org.wgj.protocol.IpPrefix;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;

/**
 * A program of an embedder: two networks that exchange a few bytes over TCP. Its package is not one
 * of the library's, so that it can use the library's modules.
 */
public final class NetProgram {
    private NetProgram() {}

    public static void main(String[] arguments) throws Exception {
        PrivateKey nearKey = PrivateKey.generate();
        PrivateKey farKey = PrivateKey.generate();
        try (TunnelNet far =
                        TunnelNet.builder()
                                .address(InetAddress.ofLiteral("10.0.0.2"))
                                .tunnel(
                                        tunnel ->
                                                tunnel.privateKey(farKey)
                                                        .peer(
                                                                nearKey.publicKey(),
                                                                peer ->
                                                                        peer.allowedIp(
                                                                                IpPrefix.parse(
                                                                                        "10.0.0.1/32"))))
                                .open();
                TunnelNet near =
                        TunnelNet.builder()
                                .address(InetAddress.ofLiteral("10.0.0.1"))
                                .tunnel(
                                        tunnel ->
                                                tunnel.privateKey(nearKey)
                                                        .peer(
                                                                farKey.publicKey(),
                                                                peer ->
                                                                        peer.endpoint(loopback(far))
                                                                                .allowedIp(
                                                                                        IpPrefix
                                                                                                .parse(
                                                                                                        "10.0.0.2/32"))))
                                .open();
                ServerSocket listening = far.listen(7);
                Socket client = near.connect("10.0.0.2", 7, Duration.ofSeconds(30));
                Socket server = listening.accept()) {
            client.setKeepAlive(true);
            client.getOutputStream().write("carried".getBytes());
            System.out.println(new String(server.getInputStream().readNBytes(7)));
        }
        System.out.println("closed");
    }

    private static InetSocketAddress loopback(TunnelNet net) {
        return new InetSocketAddress(
                InetAddress.getLoopbackAddress(), net.tunnel().status().join().listenPort());
    }
}
