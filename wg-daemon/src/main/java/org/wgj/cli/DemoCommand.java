// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.PeerStatus;
import org.wgj.tun.MemoryTun;
import org.wgj.tunnel.Tunnel;
import org.wgj.tunnel.TunnelStatus;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/**
 * The {@code wgj demo} without root: two tunnels of this process do a handshake over UDP on
 * loopback and carry pings between two interfaces in memory. As root, the launcher runs a larger
 * demo in network namespaces instead.
 */
@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        description = {
            "Shows a working tunnel and changes nothing on this machine.",
            "Without root: two tunnels in one process, over UDP on the loopback interface, with"
                    + " interfaces in memory.",
            "As root, bin/wgj installs missing programs, creates two hosts as network namespaces,"
                    + " connects them by a tunnel, measures it and cleans up."
        },
        footerHeading = "%nExamples:%n",
        footer = {"  bin/wgj demo", "  sudo bin/wgj demo"})
final class DemoCommand implements Callable<Integer> {
    private static final int PINGS = 5;
    private static final int PING_BYTES = 84; // as ping(8) sends them
    private static final int IP_HEADER = 20;
    private static final int ECHO_REPLY = 0;
    private static final int ECHO_REQUEST = 8;
    private static final long PATIENCE_SECONDS = 5;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() throws IOException, InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        PrivateKey keyA = PrivateKey.generate();
        PrivateKey keyB = PrivateKey.generate();
        MemoryTun a = new MemoryTun("a", 1420);
        MemoryTun b = new MemoryTun("b", 1420);
        try (Tunnel tunnelB = start(b, keyB, keyA.publicKey(), "10.0.0.1/32", null);
                Tunnel tunnelA =
                        start(a, keyA, keyB.publicKey(), "10.0.0.2/32", loopback(tunnelB))) {
            out.println("==> two tunnels in this process, each with an interface in memory");
            out.printf("    a: 10.0.0.1, UDP port %d%n", loopback(tunnelA).getPort());
            out.printf("    b: 10.0.0.2, UDP port %d%n", loopback(tunnelB).getPort());
            out.println(
                    "==> ping through the tunnel, a to b; the first one waits for the handshake");
            ping(a, b, 1, 2);
            out.println("==> ping through the tunnel, b to a");
            ping(b, a, 2, 1);
            out.println("==> the status of the tunnels");
            describe("a", tunnelA.status().join());
            describe("b", tunnelB.status().join());
            out.println(
                    "This demo needed no root and created no interface. With root, \"sudo bin/wgj"
                        + " demo\" creates real interfaces in two network namespaces and runs ping,"
                        + " iperf3 and wg show.");
        } finally {
            keyA.wipe();
            keyB.wipe();
        }
        return 0;
    }

    private static Tunnel start(
            MemoryTun tun,
            PrivateKey key,
            PublicKey peerKey,
            String peerAddress,
            InetSocketAddress endpointOrNull)
            throws IOException {
        return Tunnel.builder(tun)
                .privateKey(key)
                .peer(
                        peerKey,
                        peer -> {
                            peer.allowedIp(IpPrefix.parse(peerAddress));
                            if (endpointOrNull != null) {
                                peer.endpoint(endpointOrNull);
                            }
                        })
                .start();
    }

    private static InetSocketAddress loopback(Tunnel tunnel) {
        return new InetSocketAddress(
                InetAddress.getLoopbackAddress(), tunnel.status().join().listenPort());
    }

    private void ping(MemoryTun from, MemoryTun to, int source, int target)
            throws IOException, InterruptedException {
        for (int sequence = 1; sequence <= PINGS; sequence++) {
            long begin = System.nanoTime();
            byte[] request = echo(ECHO_REQUEST, source, target, sequence);
            carry(request, from, to);
            byte[] reply = echo(ECHO_REPLY, target, source, sequence);
            carry(reply, to, from);
            spec.commandLine()
                    .getOut()
                    .printf(
                            "    %d bytes from 10.0.0.%d: seq=%d time=%.2f ms%n",
                            reply.length - IP_HEADER,
                            target,
                            sequence,
                            (System.nanoTime() - begin) / 1e6);
        }
    }

    private static void carry(byte[] packet, MemoryTun from, MemoryTun to)
            throws IOException, InterruptedException {
        from.offer(packet);
        byte[] received = to.receive(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (!Arrays.equals(packet, received)) {
            throw new IOException(
                    "the demo failed: a packet from "
                            + from.name()
                            + " to "
                            + to.name()
                            + (received == null ? " did not arrive" : " arrived changed")
                            + " (does a firewall block UDP on the loopback interface?)");
        }
    }

    private void describe(String name, TunnelStatus status) {
        PeerStatus peer = status.peers().getFirst();
        spec.commandLine()
                .getOut()
                .printf(
                        "    %s: peer %s at %s, %d B received, %d B sent%n",
                        name,
                        peer.publicKey().toBase64(),
                        peer.endpoint(),
                        peer.receivedBytes(),
                        peer.sentBytes());
    }

    /** An ICMP echo packet (RFC 792) from 10.0.0.SOURCE to 10.0.0.TARGET. */
    static byte[] echo(int type, int source, int target, int sequence) {
        ByteBuffer packet =
                ByteBuffer.allocate(PING_BYTES)
                        .putInt(0x4500_0000 | PING_BYTES)
                        .putInt(0)
                        .putInt(0x4001_0000) // 64 hops, ICMP
                        .putInt(0x0a00_0000 | source)
                        .putInt(0x0a00_0000 | target)
                        .putShort((short) (type << 8))
                        .putShort((short) 0)
                        .putShort((short) 1)
                        .putShort((short) sequence);
        packet.putShort(10, checksum(packet, 0, IP_HEADER));
        packet.putShort(IP_HEADER + 2, checksum(packet, IP_HEADER, PING_BYTES));
        return packet.array();
    }

    /** The Internet checksum (RFC 1071) of an even number of bytes. */
    private static short checksum(ByteBuffer packet, int start, int end) {
        int sum = 0;
        for (int i = start; i < end; i += 2) {
            sum += packet.getShort(i) & 0xffff;
        }
        sum = (sum & 0xffff) + (sum >>> 16);
        return (short) ~(sum + (sum >>> 16));
    }
}
