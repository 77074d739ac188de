// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.stack;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.wgj.netstack.stack.StackBench.OWN4;
import static org.wgj.netstack.stack.StackBench.PEER4;
import static org.wgj.netstack.wire.RawPacket.bytes;
import static org.wgj.netstack.wire.RawPacket.data;
import static org.wgj.netstack.wire.RawPacket.ipv4;
import static org.wgj.netstack.wire.RawPacket.udp;
import static org.wgj.netstack.wire.RawPacket.udpPacket;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.wgj.netstack.ip.OwnAddress;
import org.wgj.netstack.ip.PacketDropReason;
import org.wgj.netstack.wire.IpAddress;
import org.wgj.netstack.wire.RawPacket;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** RFC 791, RFC 1122 3.2.1: what is accepted; everything else is dropped and counted. */
class Ipv4InputTest {
    private final StackBench bench = new StackBench();
    private final UdpSink sink = new UdpSink();

    @BeforeEach
    void bind() throws Exception {
        bench.stack.udp().bind(null, 7, sink);
    }

    private byte[] good() {
        return udpPacket(PEER4, OWN4, 1000, 7, data(100));
    }

    private void dropped(PacketDropReason reason, byte[] packet) {
        long before = bench.drops(reason);
        assertNull(bench.answer(packet), () -> "an answer to " + StackBench.show(packet));
        assertEquals(before + 1, bench.drops(reason), () -> bench.stack.counters().drops() + "");
        assertEquals(0, sink.payloads.size());
    }

    @Test
    void aGoodPacketArrivesAndWhatIsBehindItDoesNotCount() {
        bench.receive(good(), Arrays.copyOf(good(), good().length + 9));
        assertEquals(2, sink.payloads.size());
        assertArrayEquals(data(100), sink.payloads.get(0));
        assertArrayEquals(data(100), sink.payloads.get(1));
        assertEquals(List.of("10.0.0.2 1000", "10.0.0.2 1000"), sink.senders);
        assertEquals(Map.of(), bench.stack.counters().drops());
    }

    @Test
    void everyCutIsDropped() {
        byte[] good = good();
        for (int length = 0; length < good.length; length++) {
            dropped(PacketDropReason.TRUNCATED, Arrays.copyOf(good, length));
        }
    }

    @Test
    void everyFlippedBitOfTheHeaderIsDropped() {
        for (int bit = 0; bit < 160; bit++) {
            byte[] packet = good();
            packet[bit / 8] ^= (byte) (0x80 >> bit % 8);
            assertNull(bench.answer(packet), "bit " + bit);
        }
        assertEquals(0, sink.payloads.size());
        assertEquals(160, bench.stack.counters().drops().values().stream().mapToLong(n -> n).sum());
    }

    @Test
    void everyFlippedBitOfTheDatagramIsDropped() {
        byte[] good = good();
        for (int bit = 160; bit < 8 * good.length; bit++) {
            byte[] packet = good();
            packet[bit / 8] ^= (byte) (0x80 >> bit % 8);
            bench.receive(packet);
        }
        assertEquals(0, sink.payloads.size());
    }

    @Test
    void aHeaderLengthBelowFiveOrBehindTheEnd() {
        byte[] packet = good();
        packet[0] = 0x44;
        dropped(PacketDropReason.BAD_HEADER_LENGTH, packet);
        byte[] shorter = ipv4(PEER4, OWN4, 17, new byte[0], 0, 0, new byte[0]);
        shorter[0] = 0x46;
        dropped(PacketDropReason.BAD_HEADER_LENGTH, shorter);
    }

    @Test
    void anotherVersion() {
        byte[] packet = good();
        packet[0] = 0x55;
        dropped(PacketDropReason.BAD_VERSION, packet);
        dropped(PacketDropReason.BAD_VERSION, new byte[40]);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0.0.0.0",
                "0.1.2.3",
                "127.0.0.1",
                "224.0.0.5",
                "240.0.0.1",
                "255.255.255.255",
                "10.0.0.255"
            })
    void aSourceThatIsNoHost(String source) {
        dropped(PacketDropReason.BAD_SOURCE, udpPacket(source, OWN4, 1000, 7, data(10)));
        // Nor is it told that the port has no listener.
        dropped(PacketDropReason.BAD_SOURCE, udpPacket(source, OWN4, 1000, 8, data(10)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"224.0.0.1", "239.1.1.1", "255.255.255.255", "10.0.0.255"})
    void aMulticastOrBroadcastReachesNoSocket(String destination) {
        dropped(PacketDropReason.MULTICAST, udpPacket(PEER4, destination, 1000, 7, data(10)));
        dropped(PacketDropReason.MULTICAST, udpPacket(PEER4, destination, 1000, 8, data(10)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.3", "127.0.0.1", "0.0.0.0", "8.8.8.8"})
    void anAddressThatIsNotOurs(String destination) {
        dropped(PacketDropReason.NOT_OURS, udpPacket(PEER4, destination, 1000, 7, data(10)));
    }

    @Test
    void theBroadcastOfANetworkOf32BitsIsAHost() throws Exception {
        bench.stack.setOwnAddresses(
                List.of(
                        OwnAddress.of(IpAddress.parse("10.0.0.255")),
                        new OwnAddress(IpAddress.parse("10.1.0.1"), 31)));
        bench.receive(
                udpPacket(PEER4, "10.0.0.255", 1000, 7, data(1)),
                udpPacket("10.1.0.0", "10.1.0.1", 1000, 7, data(2)));
        assertEquals(2, sink.payloads.size());
    }

    @Test
    void allOwnAddressesReceive() {
        bench.stack.setAddresses(
                List.of(IpAddress.parse("10.0.0.1"), IpAddress.parse("192.168.7.7")));
        bench.receive(
                udpPacket(PEER4, "10.0.0.1", 1000, 7, data(1)),
                udpPacket(PEER4, "192.168.7.7", 1000, 7, data(2)));
        assertEquals(2, sink.payloads.size());
    }

    @Test
    void aForwardingStackTakesPacketsToAnybody() throws Exception {
        StackBench forwarder = new StackBench(StackOptions.DEFAULT.withAnyDestination(true));
        forwarder.stack.udp().bind(null, 7, sink);
        forwarder.receive(
                udpPacket(PEER4, "8.8.8.8", 1000, 7, data(1)),
                udpPacket(PEER4, "127.0.0.1", 1000, 7, data(1)),
                udpPacket(PEER4, "224.0.0.1", 1000, 7, data(1)));
        assertEquals(1, sink.payloads.size());
    }

    @Test
    void aLandPacketIsDropped() {
        dropped(PacketDropReason.OWN_SOURCE, udpPacket(OWN4, OWN4, 7, 7, data(10)));
        byte[] syn = bytes(0, 80, 0, 80, new byte[8], 0x50, 2, 0xff, 0xff, new byte[4]);
        dropped(PacketDropReason.OWN_SOURCE, RawPacket.ip(OWN4, OWN4, 6, syn));
    }

    private static byte[] withOptions(Object... options) {
        byte[] field = Arrays.copyOf(bytes(options), (bytes(options).length + 3) / 4 * 4);
        byte[] datagram = udp(PEER4, OWN4, 1000, 7, data(10));
        return ipv4(PEER4, OWN4, 17, datagram, 0, 0, field);
    }

    @Test
    void sourceRoutesAndBrokenOptionsAreDropped() {
        dropped(PacketDropReason.BAD_OPTION, withOptions(131, 7, 4, 1, 2, 3, 4));
        dropped(PacketDropReason.BAD_OPTION, withOptions(1, 137, 3, 4));
        dropped(PacketDropReason.BAD_OPTION, withOptions(68, 0, 5, 0));
        dropped(PacketDropReason.BAD_OPTION, withOptions(68, 1, 5, 0));
        dropped(PacketDropReason.BAD_OPTION, withOptions(68, 9, 5, 0, 0, 0, 0, 0));
        dropped(PacketDropReason.BAD_OPTION, withOptions(1, 1, 1, 68));
    }

    @Test
    void otherOptionsAreIgnored() {
        bench.receive(
                withOptions(1, 1, 1, 1),
                withOptions(7, 7, 4, 0, 0, 0, 0, 0), // record route
                withOptions(148, 4, 0, 0), // router alert
                withOptions(0, 131, 3, 4)); // behind the end
        assertEquals(4, sink.payloads.size());
    }

    @Test
    void theTimeToLiveDoesNotCount() {
        byte[] packet = good();
        packet[8] = 0;
        packet[10] += 64; // the checksum
        bench.receive(packet);
        assertEquals(1, sink.payloads.size(), () -> bench.stack.counters().drops() + "");
    }

    @Test
    void anUnknownProtocolIsToldToTheSender() {
        byte[] packet = RawPacket.ip(PEER4, OWN4, 132, data(20));
        byte[] answer = bench.answer(packet);
        assertNotNull(answer);
        byte[] message = RawPacket.payload(answer);
        assertEquals(0x0302, RawPacket.get16(message, 0));
        assertArrayEquals(packet, Arrays.copyOfRange(message, 8, message.length));
        assertEquals(1, bench.drops(PacketDropReason.UNKNOWN_PROTOCOL));
    }
}
