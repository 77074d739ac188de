// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.tun.linux.ErrnoException.check;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.wgj.tun.linux.Libc;

import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.FutureTask;

/** Uses offloads with the kernel's own TCP and UDP at both ends. */
@Tag("root")
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LinuxTunOffloadTest {
    private static final int PATIENCE_MS = 20_000;
    private static final int BYTES = 20_000_000;

    /* bits/socket.h, netinet/udp.h */
    private static final int AF_INET = 2;
    private static final int SOCK_DGRAM = 2;
    private static final int SOL_UDP = 17;
    private static final int UDP_SEGMENT = 103;

    @AfterEach
    void switchOn() {
        System.clearProperty("wgj.tun.offload");
        System.clearProperty("wgj.tun.uso");
    }

    private static void transfer(Netns from, Netns to, String address) throws Exception {
        byte[] sent = new byte[BYTES];
        new Random(1).nextBytes(sent);
        InetAddress host = InetAddress.ofLiteral(address);
        try (ServerSocket listening = to.call(() -> new ServerSocket(0, 1, host));
                Socket client = from.call(() -> new Socket(host, listening.getLocalPort()));
                Socket server = listening.accept()) {
            server.setSoTimeout(PATIENCE_MS);
            FutureTask<byte[]> received =
                    new FutureTask<>(
                            () -> {
                                try (InputStream in = server.getInputStream()) {
                                    return in.readAllBytes();
                                }
                            });
            Thread.ofPlatform().start(received);
            try (OutputStream out = client.getOutputStream()) {
                out.write(sent);
            }
            assertTrue(
                    Arrays.equals(sent, received.get()),
                    "the received bytes differ from the sent ones");
        }
    }

    @ParameterizedTest
    @CsvSource({"on, on", "on, off", "off, on"})
    void tcpArrivesWholeInBothDirectionsWithEachOffloadOnAndOff(String offload, String uso)
            throws Exception {
        System.setProperty("wgj.tun.offload", offload);
        System.setProperty("wgj.tun.uso", uso);
        try (JoinedTuns tuns = new JoinedTuns()) {
            transfer(tuns.near, tuns.far, "10.9.0.2");
            transfer(tuns.far, tuns.near, "10.9.0.1");
            transfer(tuns.near, tuns.far, "fd09::2");
            assertTrue(tuns.packetsSeen.get() > 3 * BYTES / 1420);
            double size = JoinedTuns.bytesPerReceivedPacket(tuns.far);
            boolean on = offload.equals("on");
            assertTrue(on ? size > 3000 : size <= 1420, "received in packets of " + size);
            assertEquals(
                    on,
                    tuns.nearTun.offloads().contains(TunOffload.COALESCE_TCP),
                    "no superpacket was refused");
            assertEquals(0, tuns.nearTun.malformedReads() + tuns.farTun.malformedReads());
        }
    }

    @Test
    void offloadsReturnsWhatTheSwitchesAllow() throws Exception {
        try (Netns netns = new Netns()) {
            Set<TunOffload> all = EnumSet.allOf(TunOffload.class);
            Set<TunOffload> tcp = EnumSet.of(TunOffload.SPLIT_TCP, TunOffload.COALESCE_TCP);
            try (LinuxTun tun = netns.call(() -> LinuxTun.create("wg0", 1420))) {
                // Linux before 6.2 has no offloads for UDP.
                assertTrue(tun.offloads().equals(all) || tun.offloads().equals(tcp));
            }
            System.setProperty("wgj.tun.uso", "off");
            try (LinuxTun tun = netns.call(() -> LinuxTun.create("wg0", 1420))) {
                assertEquals(tcp, tun.offloads());
            }
            System.setProperty("wgj.tun.offload", "off");
            try (LinuxTun tun = netns.call(() -> LinuxTun.create("wg0", 1420))) {
                assertEquals(Set.of(), tun.offloads());
                String shown = netns.run("ip", "-d", "link", "show", "dev", "wg0");
                assertTrue(shown.contains("vnet_hdr off"), shown);
            }
        }
    }

    /** Sends one buffer, which the kernel cuts into datagrams of that size. */
    private static void sendSegmented(Netns netns, int port, byte[] payload, int segmentSize)
            throws Exception {
        int fd = netns.call(() -> check("socket", Libc.socket(AF_INET, SOCK_DGRAM, 0)));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = arena.allocate(16, 4);
            address.set(JAVA_SHORT, 0, (short) AF_INET);
            byte[] portAndHost = {(byte) (port >> 8), (byte) port, 10, 9, 0, 2};
            MemorySegment.copy(portAndHost, 0, address, JAVA_BYTE, 2, portAndHost.length);
            check("connect", Libc.connect(fd, address.address(), 16));
            MemorySegment size = arena.allocateFrom(JAVA_INT, segmentSize);
            check("UDP_SEGMENT", Libc.setsockopt(fd, SOL_UDP, UDP_SEGMENT, size.address(), 4));
            MemorySegment buffer = arena.allocateFrom(JAVA_BYTE, payload);
            assertEquals(payload.length, Libc.send(fd, buffer.address(), payload.length, 0));
        } finally {
            Libc.close(fd);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"on", "off"})
    void whatAUdpSenderSegmentsArrivesAsDatagrams(String uso) throws Exception {
        System.setProperty("wgj.tun.uso", uso);
        byte[] sent = new byte[30 * 1200 + 77];
        new Random(2).nextBytes(sent);
        try (JoinedTuns tuns = new JoinedTuns();
                DatagramSocket receiver =
                        tuns.far.call(
                                () -> new DatagramSocket(new InetSocketAddress("10.9.0.2", 0)))) {
            receiver.setSoTimeout(PATIENCE_MS);
            sendSegmented(tuns.near, receiver.getLocalPort(), sent, 1200);
            for (int from = 0; from < sent.length; from += 1200) {
                DatagramPacket datagram = new DatagramPacket(new byte[2000], 2000);
                receiver.receive(datagram);
                byte[] expected =
                        Arrays.copyOfRange(sent, from, Math.min(from + 1200, sent.length));
                assertArrayEquals(
                        expected, Arrays.copyOf(datagram.getData(), datagram.getLength()));
            }
            if (tuns.farTun.offloads().contains(TunOffload.COALESCE_UDP)) {
                assertTrue(JoinedTuns.bytesPerReceivedPacket(tuns.far) > 10_000);
            }
            assertEquals(0, tuns.nearTun.malformedReads());
        }
    }

    @Test
    void packetsThatDoNotFitAreKeptForTheNextRead() throws Exception {
        byte[] payload = new byte[20 * 1000];
        Packets packets = new Packets();
        try (Netns netns = new Netns();
                LinuxTun tun = netns.call(() -> LinuxTun.create("wg0", 1420))) {
            netns.run("ip", "link", "set", "wg0", "addrgenmode", "none");
            netns.run("ip", "link", "set", "wg0", "up");
            netns.run("ip", "address", "add", "10.9.0.1/24", "dev", "wg0");
            while (packets.readFrom(tun) > 0) {
                continue;
            }
            sendSegmented(netns, 4242, payload, 1000);
            int[] few = new int[7];
            int[] lengths = new int[7];
            for (int expected : new int[] {7, 7, 6, 0}) {
                assertEquals(expected, tun.read(packets.slab, 16, 16, few, lengths));
                for (int i = 0; i < expected; i++) {
                    assertEquals(1028, lengths[i]);
                    assertEquals(16 + i * 1072, few[i]); // 16 + 1028 + 16, aligned
                }
            }
        }
    }

    @Test
    void aPersistentInterfaceForgetsTheOffloadsOfTheEarlierProgram() throws Exception {
        try (Netns netns = new Netns()) {
            netns.run("ip", "tuntap", "add", "dev", "wg0", "mode", "tun");
            netns.call(() -> LinuxTun.create("wg0", 1420)).close();
            System.setProperty("wgj.tun.offload", "off");
            try (LinuxTun tun = netns.call(() -> LinuxTun.create("wg0", 1420))) {
                netns.run("ip", "link", "set", "wg0", "addrgenmode", "none");
                netns.run("ip", "link", "set", "wg0", "up");
                netns.run("ip", "address", "add", "10.9.0.1/24", "dev", "wg0");
                Packets packets = new Packets();
                while (packets.readFrom(tun) > 0) {
                    continue;
                }
                sendSegmented(netns, 4242, new byte[5000], 1000);
                assertEquals(5, packets.readFrom(tun));
            }
        }
    }
}
