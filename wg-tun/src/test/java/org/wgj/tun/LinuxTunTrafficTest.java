// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.wgj.tun.linux.Cidr;
import org.wgj.tun.linux.PollFds;
import org.wgj.tun.linux.RtNetlink;

import java.lang.foreign.Arena;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Sends packets of the system itself. The far end is a mirror: it exchanges the addresses and ports
 * of a UDP packet, which keeps the checksums right and makes the packet its own answer.
 */
@Tag("root")
class LinuxTunTrafficTest {
    private static final int PATIENCE_MS = 20_000;
    private static final int UDP = 17;

    private final Packets packets = new Packets();
    private Netns netns;
    private LinuxTun tun;

    @BeforeEach
    void makeInterface() throws Exception {
        netns = new Netns();
        tun = netns.call(() -> LinuxTun.create("wg0", 1420));
        try (RtNetlink rtnetlink = netns.call(RtNetlink::open)) {
            // The system's own packets (router solicitations, multicast reports) would disturb.
            netns.run("ip", "link", "set", "wg0", "addrgenmode", "none");
            rtnetlink.setUp("wg0", true);
            rtnetlink.addAddress("wg0", Cidr.parse("10.9.0.1/24"));
            rtnetlink.addAddress("wg0", Cidr.parse("fd09::1/64"));
        }
        netns.awaitLocalRoute("fd09::1");
    }

    @AfterEach
    void deleteNamespace() throws Exception {
        if (tun != null) {
            tun.close();
        }
        netns.close();
    }

    private DatagramSocket socket(String address) throws Exception {
        DatagramSocket socket =
                netns.call(() -> new DatagramSocket(new InetSocketAddress(address, 0)));
        socket.setSoTimeout(PATIENCE_MS);
        return socket;
    }

    private static void send(DatagramSocket socket, String to, byte[] payload) throws Exception {
        socket.send(new DatagramPacket(payload, payload.length, InetAddress.ofLiteral(to), 4242));
    }

    private static byte[] payload(int number, int length) {
        byte[] payload = new byte[length];
        Arrays.fill(payload, (byte) number);
        return payload;
    }

    /** Waits for a UDP packet and returns it; skips other packets. */
    private byte[] readUdp() throws Exception {
        try (Arena arena = Arena.ofConfined()) {
            PollFds fds = new PollFds(arena, 1);
            while (true) {
                fds.watch(0, tun.descriptor(), PollFds.POLLIN);
                assertEquals(1, fds.await(PATIENCE_MS));
                int count = packets.readFrom(tun);
                for (int i = 0; i < count; i++) {
                    byte[] packet = packets.read(i);
                    if (isUdp(packet)) {
                        return packet;
                    }
                }
            }
        }
    }

    private static boolean isUdp(byte[] packet) {
        return packet[packet[0] >> 4 == 4 ? 9 : 6] == UDP;
    }

    private static byte[] mirrored(byte[] packet) {
        boolean v4 = packet[0] >> 4 == 4;
        byte[] answer = packet.clone();
        exchange(answer, v4 ? 12 : 8, v4 ? 4 : 16);
        exchange(answer, v4 ? 20 : 40, 2);
        return answer;
    }

    private static void exchange(byte[] bytes, int at, int length) {
        byte[] first = Arrays.copyOfRange(bytes, at, at + length);
        System.arraycopy(bytes, at + length, bytes, at, length);
        System.arraycopy(first, 0, bytes, at + length, length);
    }

    private void assertMirrors(String near, String far, int headers) throws Exception {
        try (DatagramSocket socket = socket(near)) {
            byte[] payload = "through the tunnel".getBytes(StandardCharsets.UTF_8);
            send(socket, far, payload);
            byte[] packet = readUdp();
            assertEquals(headers + payload.length, packet.length);
            assertEquals(1, packets.writeTo(tun, mirrored(packet)));
            DatagramPacket answer = new DatagramPacket(new byte[100], 100);
            socket.receive(answer);
            assertEquals(InetAddress.ofLiteral(far), answer.getAddress());
            assertArrayEquals(payload, Arrays.copyOf(answer.getData(), answer.getLength()));
        }
    }

    @Test
    void ipv4PacketsGoBothWays() throws Exception {
        assertMirrors("10.9.0.1", "10.9.0.2", 20 + 8);
    }

    @Test
    void ipv6PacketsGoBothWays() throws Exception {
        assertMirrors("fd09::1", "fd09::2", 40 + 8);
    }

    @Test
    void oneReadTakesAllWaitingPacketsUntilTheArraysAreFull() throws Exception {
        readUntilQuiet();
        try (DatagramSocket socket = socket("10.9.0.1")) {
            for (int i = 0; i < 70; i++) {
                send(socket, "10.9.0.2", payload(i, 100 + i));
            }
        }
        assertEquals(64, packets.readFrom(tun));
        for (int i = 0; i < 64; i++) {
            byte[] packet = packets.read(i);
            assertEquals(28 + 100 + i, packet.length);
            assertEquals(i, packet[packet.length - 1]);
            assertEquals(0, packets.offsets[i] % 16);
            if (i > 0) {
                int end = packets.offsets[i - 1] + packets.lengths[i - 1];
                assertTrue(packets.offsets[i] - end >= Packets.TAILROOM + Packets.HEADROOM);
            }
        }
        assertEquals(6, packets.readFrom(tun));
        assertEquals(0, packets.readFrom(tun));
    }

    @Test
    void aReadEndsWhenTheSlabHasNoRoomForTheLongestPacket() throws Exception {
        readUntilQuiet();
        try (DatagramSocket socket = socket("10.9.0.1")) {
            for (int i = 0; i < 3; i++) {
                send(socket, "10.9.0.2", payload(i, 100));
            }
        }
        int[] offsets = new int[8];
        int[] lengths = new int[8];
        int room = 16 + 65535 + 32;
        // Room for a record of 16 + 128 + 32 bytes, and one byte too few for the longest packet.
        assertEquals(1, tun.read(packets.slab.asSlice(0, room + 175), 16, 32, offsets, lengths));
        assertEquals(2, tun.read(packets.slab.asSlice(0, room + 176), 16, 32, offsets, lengths));
        assertEquals(16 + 128 + 32 + 16, offsets[1]);
        assertThrows(
                IllegalArgumentException.class,
                () -> tun.read(packets.slab.asSlice(0, room - 1), 16, 32, offsets, lengths));
    }

    private void readUntilQuiet() throws Exception {
        while (packets.readFrom(tun) > 0) {
            continue;
        }
    }

    @Test
    void packetsThatAreNotIpAreLostAndTheOthersTaken() throws Exception {
        try (DatagramSocket socket = socket("10.9.0.1")) {
            send(socket, "10.9.0.2", payload(1, 10));
            byte[] answer = mirrored(readUdp());
            byte[] garbage = {0x15, 1, 2, 3};
            assertEquals(2, packets.writeTo(tun, answer, garbage, new byte[0], answer));
            for (int i = 0; i < 2; i++) {
                socket.receive(new DatagramPacket(new byte[100], 100));
            }
        }
    }

    @Test
    void anInterfaceThatIsDownReadsNothingAndLosesWrites() throws Exception {
        netns.run("ip", "link", "set", "wg0", "down");
        readUntilQuiet();
        assertEquals(0, packets.writeTo(tun, Packets.packet(1, 20)));
    }

    @Test
    void packetsOutsideTheSlabAreNotTouched() {
        assertThrows(
                IndexOutOfBoundsException.class,
                () ->
                        tun.write(
                                packets.slab.asSlice(0, 100),
                                new int[] {81},
                                new int[] {20},
                                0,
                                1));
    }
}
