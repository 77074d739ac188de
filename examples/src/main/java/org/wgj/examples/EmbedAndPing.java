// SPDX-License-Identifier: Apache-2.0
package org.wgj.examples;

import org.wgj.crypto.PrivateKey;
import org.wgj.protocol.IpPrefix;
import org.wgj.tun.MemoryTun;
import org.wgj.tunnel.Tunnel;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;

/**
 * Shows a tunnel inside a program, without root: the program sends a ping into the tunnel as bytes,
 * and code at the other end answers it. Usually the other end is another machine.
 *
 * <p>To run it, see the package's description. It prints:
 *
 * <pre>
 * ping 10.0.0.2: answered
 * </pre>
 */
public final class EmbedAndPing {
    private EmbedAndPing() {}

    public static void main(String[] arguments) throws Exception {
        PrivateKey clientKey = PrivateKey.generate();
        PrivateKey serverKey = PrivateKey.generate();
        MemoryTun client = new MemoryTun("client", 1420);
        MemoryTun server = new MemoryTun("server", 1420);

        try (Tunnel serverTunnel =
                        Tunnel.builder(server)
                                .privateKey(serverKey)
                                .peer(
                                        clientKey.publicKey(),
                                        peer -> peer.allowedIp(IpPrefix.parse("10.0.0.1/32")))
                                .start();
                Tunnel _ =
                        Tunnel.builder(client)
                                .privateKey(clientKey)
                                .peer(
                                        serverKey.publicKey(),
                                        peer ->
                                                peer.endpoint(loopback(serverTunnel))
                                                        .allowedIp(IpPrefix.parse("10.0.0.0/24")))
                                .start()) {

            // The first packet makes the tunnel shake hands, and is sent after that.
            client.offer(echoRequest());
            server.offer(echoReply(server.receive()));

            byte[] answer = client.receive(30, TimeUnit.SECONDS);
            System.out.println("ping 10.0.0.2: " + (answer == null ? "no answer" : "answered"));
        }
    }

    /** Returns where the other tunnel listens; a server has a fixed port instead. */
    private static InetSocketAddress loopback(Tunnel tunnel) {
        return new InetSocketAddress(
                InetAddress.getLoopbackAddress(), tunnel.status().join().listenPort());
    }

    /** Makes the IPv4 packet of a ping from 10.0.0.1 to 10.0.0.2. */
    private static byte[] echoRequest() {
        byte[] packet = {
            0x45,
            0,
            0,
            28,
            0,
            0,
            0,
            0,
            64,
            1,
            0,
            0,
            10,
            0,
            0,
            1,
            10,
            0,
            0,
            2, // IPv4, ICMP
            8,
            0,
            0,
            0,
            0,
            1,
            0,
            1 // echo request
        };
        writeChecksum(packet, 0, 20, 10);
        writeChecksum(packet, 20, 28, 22);
        return packet;
    }

    /** Turns an echo request into its reply, as an operating system does. */
    private static byte[] echoReply(byte[] request) {
        byte[] reply = request.clone();
        System.arraycopy(request, 12, reply, 16, 4); // source and destination change places
        System.arraycopy(request, 16, reply, 12, 4);
        reply[20] = 0; // echo reply
        writeChecksum(reply, 20, reply.length, 22);
        return reply;
    }

    /** Writes the checksum of RFC 1071 over 16-bit words. */
    private static void writeChecksum(byte[] packet, int from, int to, int at) {
        ByteBuffer bytes = ByteBuffer.wrap(packet);
        bytes.putShort(at, (short) 0);
        int sum = 0;
        for (int i = from; i < to; i += 2) {
            sum += Short.toUnsignedInt(bytes.getShort(i));
        }
        sum = (sum & 0xffff) + (sum >>> 16);
        sum = (sum & 0xffff) + (sum >>> 16);
        bytes.putShort(at, (short) ~sum);
    }
}
