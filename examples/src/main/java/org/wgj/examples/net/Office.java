// SPDX-License-Identifier: Apache-2.0
package org.wgj.examples.net;

import org.wgj.crypto.PrivateKey;
import org.wgj.netstack.TunnelNet;
import org.wgj.protocol.IpPrefix;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;

/**
 * A gateway and its office network for the examples to connect to, with a tunnel from here to
 * there. All of it is in this JVM, so that the examples need nothing else; the packets between both
 * ends are those of WireGuard, on loopback.
 *
 * <p>The gateway has the address 10.0.0.1 and the name "server.office", which only its own DNS
 * server knows.
 */
final class Office implements AutoCloseable {
    static final String SERVER = "server.office";
    static final String ADDRESS = "10.0.0.1";

    private final TunnelNet gateway;
    private final TunnelNet net;

    private Office(TunnelNet gateway, TunnelNet net) {
        this.gateway = gateway;
        this.net = net;
    }

    static Office open() throws IOException {
        PrivateKey gatewayKey = PrivateKey.generate();
        PrivateKey key = PrivateKey.generate();
        InetAddress gatewayAddress = InetAddress.ofLiteral(ADDRESS);
        TunnelNet gateway =
                TunnelNet.builder()
                        .address(gatewayAddress)
                        .tunnel(
                                tunnel ->
                                        tunnel.privateKey(gatewayKey)
                                                .peer(
                                                        key.publicKey(),
                                                        peer -> peer.allowedIp(prefix("10.0.0.2"))))
                        .open();
        int port = gateway.tunnel().status().join().listenPort();
        InetSocketAddress endpoint = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        TunnelNet net =
                TunnelNet.builder()
                        .address(InetAddress.ofLiteral("10.0.0.2"))
                        .dns(gatewayAddress)
                        .tunnel(
                                tunnel ->
                                        tunnel.privateKey(key)
                                                .peer(
                                                        gatewayKey.publicKey(),
                                                        peer ->
                                                                peer.endpoint(endpoint)
                                                                        .allowedIp(
                                                                                prefix(ADDRESS))))
                        .open();
        Office office = new Office(gateway, net);
        DatagramSocket names = gateway.datagram(53);
        Thread.startVirtualThread(() -> answerNames(names));
        return office;
    }

    private static IpPrefix prefix(String address) {
        return IpPrefix.parse(address + "/32");
    }

    /** This end of the tunnel: what the examples are about. */
    TunnelNet net() {
        return net;
    }

    /** The other end. */
    TunnelNet gateway() {
        return gateway;
    }

    /** Makes a server on loopback reachable in the tunnel: the gateway forwards its port. */
    void publish(int port, InetSocketAddress server) throws IOException {
        ServerSocket listener = gateway.listen(port);
        Thread.startVirtualThread(
                () -> {
                    while (!listener.isClosed()) {
                        try {
                            Socket client = listener.accept();
                            Thread.startVirtualThread(() -> forward(client, server));
                        } catch (IOException e) {
                            // The office closes.
                        }
                    }
                });
    }

    private static void forward(Socket client, InetSocketAddress server) {
        try (client;
                Socket target = new Socket(server.getAddress(), server.getPort())) {
            Thread back = Thread.startVirtualThread(() -> copy(target, client));
            copy(client, target);
            back.join();
        } catch (IOException | InterruptedException e) {
            // The client sees a closed connection.
        }
    }

    /** Copies one direction to its end; the other may go on. */
    private static void copy(Socket from, Socket to) {
        try {
            from.getInputStream().transferTo(to.getOutputStream());
            to.shutdownOutput();
        } catch (IOException e) {
            close(from);
            close(to);
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // Nothing is left to do.
        }
    }

    /** A DNS server of one host: the address of every name is the gateway's (RFC 1035 4.1). */
    private static void answerNames(DatagramSocket socket) {
        byte[] buffer = new byte[512];
        while (!socket.isClosed()) {
            try {
                DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
                socket.receive(packet);
                byte[] answer = answer(Arrays.copyOf(buffer, packet.getLength()));
                socket.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
            } catch (IOException e) {
                // The office closes.
            }
        }
    }

    private static byte[] answer(byte[] query) {
        int end = 12;
        while (query[end] != 0) {
            end += 1 + query[end];
        }
        end += 5; // the root, the type, the class
        byte[] address = {(byte) 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 0, 0, 1};
        byte[] answer = Arrays.copyOf(query, end + address.length);
        System.arraycopy(address, 0, answer, end, address.length);
        answer[2] = (byte) 0x81; // a response; recursion was desired
        answer[3] = (byte) 0x80; // and is available
        answer[7] = 1; // one answer
        answer[11] = 0; // no additional record
        return answer;
    }

    @Override
    public void close() {
        net.close();
        gateway.close();
    }
}
