// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.stack;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.netstack.stack.StackBench.OWN6;
import static org.wgj.netstack.stack.StackBench.PEER6;
import static org.wgj.netstack.wire.RawPacket.bytes;
import static org.wgj.netstack.wire.RawPacket.data;
import static org.wgj.netstack.wire.RawPacket.fragment6;
import static org.wgj.netstack.wire.RawPacket.icmp;
import static org.wgj.netstack.wire.RawPacket.ipv6;
import static org.wgj.netstack.wire.RawPacket.udp;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.wgj.netstack.ip.PacketDropReason;
import org.wgj.netstack.wire.RawPacket;

import java.util.Arrays;

/** RFC 8200: headers, extension headers and options, and what each kind of error leads to. */
class Ipv6InputTest {
    private static final int HOP_BY_HOP = 0;
    private static final int UDP = 17;
    private static final int ROUTING = 43;
    private static final int FRAGMENT = 44;
    private static final int NONE = 59;
    private static final int DESTINATION = 60;

    private final StackBench bench = new StackBench();
    private final UdpSink sink = new UdpSink();
    private final byte[] datagram = udp(PEER6, OWN6, 1000, 7, data(100));

    @BeforeEach
    void bind() throws Exception {
        bench.stack.udp().bind(null, 7, sink);
    }

    private static byte[] header(int next, Object... content) {
        byte[] bytes = bytes(content);
        int length = (bytes.length + 2 + 7) / 8 * 8;
        return Arrays.copyOf(bytes(next, length / 8 - 1, bytes), length);
    }

    private void delivered(byte[] packet) {
        bench.receive(packet);
        assertEquals(1, sink.payloads.size(), () -> bench.stack.counters().drops() + "");
        assertArrayEquals(data(100), sink.payloads.getFirst());
        assertEquals(0, bench.sent().size());
    }

    private void dropped(PacketDropReason reason, byte[] packet) {
        assertNull(bench.answer(packet));
        assertEquals(1, bench.drops(reason), () -> bench.stack.counters().drops() + "");
        assertEquals(0, sink.payloads.size());
    }

    private void problem(int code, int pointer, byte[] packet) {
        byte[] answer = bench.answer(packet);
        assertNotNull(answer, () -> bench.stack.counters().drops() + "");
        assertTrue(RawPacket.isIntact(answer));
        byte[] message = RawPacket.payload(answer);
        assertEquals(0x0400 | code, RawPacket.get16(message, 0));
        assertEquals(pointer, RawPacket.get32(message, 4));
        assertArrayEquals(packet, Arrays.copyOfRange(message, 8, message.length));
        assertEquals(0, sink.payloads.size());
    }

    @Test
    void everyCutIsDropped() {
        byte[] good = ipv6(PEER6, OWN6, UDP, datagram);
        for (int length = 0; length < good.length; length++) {
            bench.receive(Arrays.copyOf(good, length));
        }
        assertEquals(good.length, bench.drops(PacketDropReason.TRUNCATED));
        delivered(Arrays.copyOf(good, good.length + 3));
    }

    @ParameterizedTest
    @ValueSource(strings = {"::", "::1", "ff02::1"})
    void aSourceThatIsNoHost(String source) {
        dropped(PacketDropReason.BAD_SOURCE, ipv6(source, OWN6, UDP, datagram));
    }

    @Test
    void anIpv4MappedAddressIsNoHost() {
        byte[] packet = ipv6(PEER6, OWN6, UDP, datagram);
        Arrays.fill(packet, 8, 18, (byte) 0);
        Arrays.fill(packet, 18, 20, (byte) 0xff);
        dropped(PacketDropReason.BAD_SOURCE, packet);
    }

    @ParameterizedTest
    @CsvSource({"ff02::1, MULTICAST", "::1, NOT_OURS", "::, NOT_OURS", "fd00::3, NOT_OURS"})
    void aDestinationThatIsNotOurs(String destination, PacketDropReason reason) {
        dropped(reason, ipv6(PEER6, destination, UDP, datagram));
    }

    @Test
    void aLandPacketIsDropped() {
        dropped(PacketDropReason.OWN_SOURCE, ipv6(OWN6, OWN6, UDP, udp(OWN6, OWN6, 7, 7, data(3))));
    }

    @Test
    void headersInAnyOrderAreSkipped() {
        delivered(
                ipv6(
                        PEER6,
                        OWN6,
                        HOP_BY_HOP,
                        bytes(
                                header(DESTINATION, 5, 2, 0, 0, 1, 0), // router alert
                                header(ROUTING, 1, 0, 0x1e, 0),
                                header(DESTINATION, 0, 0, 4, 0, new byte[20]), // no segments left
                                header(UDP, 1, 4, new byte[4]),
                                datagram)));
    }

    @Test
    void aHopByHopHeaderElsewhereIsAProblem() {
        byte[] chain = bytes(header(HOP_BY_HOP, 1, 4), header(UDP, 1, 4), datagram);
        problem(1, 40, ipv6(PEER6, OWN6, DESTINATION, chain));
    }

    @Test
    void anUnknownNextHeaderIsAProblem() {
        problem(1, 6, ipv6(PEER6, OWN6, 99, data(10)));
        byte[] chain = bytes(header(DESTINATION, 1, 4), header(99, 1, 4), data(10));
        problem(1, 48, ipv6(PEER6, OWN6, DESTINATION, chain));
    }

    @Test
    void noNextHeaderIsDropped() {
        dropped(PacketDropReason.UNKNOWN_PROTOCOL, ipv6(PEER6, OWN6, NONE, data(10)));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2, 4, 200})
    void aRoutingHeaderWithSegmentsLeftIsAProblem(int type) {
        byte[] chain = bytes(header(UDP, type, 1, new byte[20]), datagram);
        problem(0, 42, ipv6(PEER6, OWN6, ROUTING, chain));
    }

    @ParameterizedTest
    @ValueSource(ints = {HOP_BY_HOP, DESTINATION})
    void anUnknownOptionsHighBitsSayWhatToDo(int where) {
        int pointer = 40 + 2 + 3; // behind a PadN of three bytes
        problem(2, pointer, ipv6(PEER6, OWN6, where, bytes(option(0x9e), datagram)));
        problem(2, pointer, ipv6(PEER6, OWN6, where, bytes(option(0xde), datagram)));
        assertEquals(2, bench.drops(PacketDropReason.BAD_EXTENSION_HEADER));
        assertNull(bench.answer(ipv6(PEER6, OWN6, where, bytes(option(0x5e), datagram))));
        assertEquals(3, bench.drops(PacketDropReason.BAD_EXTENSION_HEADER));
        delivered(ipv6(PEER6, OWN6, where, bytes(option(0x1e), datagram)));
    }

    private static byte[] option(int type) {
        return header(UDP, 1, 1, 0, type, 5, 1, 2, 3, 4, 5, 1, 0);
    }

    @Test
    void anOptionBehindTheEndIsDropped() {
        dropped(
                PacketDropReason.BAD_EXTENSION_HEADER,
                ipv6(PEER6, OWN6, DESTINATION, bytes(header(UDP, 0x1e, 5, 0, 0, 0, 0), datagram)));
    }

    @Test
    void aHeaderBehindTheEndIsDropped() {
        byte[] chain = bytes(header(UDP, 1, 4), datagram);
        chain[1] = (byte) (chain.length / 8);
        dropped(PacketDropReason.BAD_EXTENSION_HEADER, ipv6(PEER6, OWN6, DESTINATION, chain));
    }

    @Test
    void eightHeadersAndEightOptionsAreEnough() {
        byte[] chain = datagram;
        for (int i = 0; i < 8; i++) {
            chain = bytes(header(i == 0 ? UDP : DESTINATION, 1, 4), chain);
        }
        delivered(ipv6(PEER6, OWN6, DESTINATION, chain));
        assertNull(
                bench.answer(
                        ipv6(PEER6, OWN6, DESTINATION, bytes(header(DESTINATION, 1, 4), chain))));
        assertEquals(1, bench.drops(PacketDropReason.BAD_EXTENSION_HEADER));
        byte[] eight = {2, 0, 2, 0, 2, 0, 2, 0, 2, 0, 2, 0, 2, 0, 2, 0, 1, 4, 0, 0, 0, 0};
        sink.payloads.clear();
        delivered(ipv6(PEER6, OWN6, DESTINATION, bytes(header(UDP, (Object) eight), datagram)));
        sink.payloads.clear();
        byte[] nine = eight.clone();
        nine[16] = 2;
        nine[17] = 0;
        nine[18] = 1;
        nine[19] = 2;
        assertNull(
                bench.answer(
                        ipv6(
                                PEER6,
                                OWN6,
                                DESTINATION,
                                bytes(header(UDP, (Object) nine), datagram))));
        assertEquals(2, bench.drops(PacketDropReason.BAD_EXTENSION_HEADER));
        assertEquals(0, sink.payloads.size());
    }

    @Test
    void noProblemIsReportedAboutAnIcmpError() {
        byte[] error = icmp(PEER6, OWN6, 1, 0, 0, data(48));
        byte[] query = icmp(PEER6, OWN6, 128, 0, 0, data(48));
        int bad = 0x9e;
        assertNull(
                bench.answer(
                        ipv6(
                                PEER6,
                                OWN6,
                                DESTINATION,
                                bytes(header(58, bad, 4, 0, 0, 0, 0), error))));
        problem(
                2,
                42,
                ipv6(PEER6, OWN6, DESTINATION, bytes(header(58, bad, 4, 0, 0, 0, 0), query)));
        // A later fragment may be a part of an error.
        byte[] odd = fragment6(58, 1, 64, true, data(13));
        assertNull(bench.answer(ipv6(PEER6, OWN6, FRAGMENT, odd)));
    }

    @Test
    void anAtomicFragmentIsAWholePacket() {
        // Others with the same number wait, and contradict it.
        bench.receive(
                ipv6(PEER6, OWN6, FRAGMENT, fragment6(UDP, 5, 0, true, data(64))),
                ipv6(PEER6, OWN6, FRAGMENT, fragment6(UDP, 5, 64, true, data(64))));
        delivered(ipv6(PEER6, OWN6, FRAGMENT, fragment6(UDP, 5, 0, false, datagram)));
    }

    @Test
    void twoFragmentHeadersAreDropped() {
        byte[] inner = fragment6(UDP, 6, 0, false, datagram);
        dropped(
                PacketDropReason.BAD_EXTENSION_HEADER,
                ipv6(PEER6, OWN6, FRAGMENT, fragment6(FRAGMENT, 5, 0, false, inner)));
    }

    @Test
    void aFragmentOfBadLengthIsAProblem() {
        problem(0, 4, ipv6(PEER6, OWN6, FRAGMENT, fragment6(UDP, 5, 0, true, data(67))));
        problem(0, 42, ipv6(PEER6, OWN6, FRAGMENT, fragment6(UDP, 5, 65528, false, data(64))));
        assertEquals(2, bench.drops(PacketDropReason.BAD_FRAGMENT));
    }

    @Test
    void aFirstFragmentMustShowAllHeaders() {
        byte[] withoutUdp = header(UDP, 1, 12, new byte[12]);
        dropped(
                PacketDropReason.BAD_FRAGMENT,
                ipv6(PEER6, OWN6, FRAGMENT, fragment6(DESTINATION, 5, 0, true, withoutUdp)));
        assertEquals(Long.MAX_VALUE, bench.stack.nextDeadlineNs());
    }
}
