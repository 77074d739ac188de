// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.stack;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.netstack.stack.StackBench.own;
import static org.wgj.netstack.stack.StackBench.peer;
import static org.wgj.netstack.wire.RawPacket.data;
import static org.wgj.netstack.wire.RawPacket.icmpPacket;
import static org.wgj.netstack.wire.RawPacket.udpPacket;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.wgj.netstack.ip.PacketDropReason;
import org.wgj.netstack.udp.UdpPort;
import org.wgj.netstack.wire.IpAddress;
import org.wgj.netstack.wire.RawPacket;

import java.util.Arrays;
import java.util.List;

/** ICMP errors that are sent, and those that are believed (RFC 1122 3.2.2, RFC 4443 2.4). */
class IcmpErrorsTest {
    private static final long SECOND = 1_000_000_000L;

    private final StackBench bench = new StackBench();
    private final UdpSink sink = new UdpSink();

    // --- sending

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anErrorQuotesAsMuchAsFits(boolean ipv6) {
        byte[] packet = udpPacket(peer(ipv6), own(ipv6), 1000, 7, data(1372));
        byte[] answer = bench.answer(packet);
        assertEquals(ipv6 ? 1280 : 576, answer.length);
        byte[] message = RawPacket.payload(answer);
        assertArrayEquals(
                Arrays.copyOf(packet, message.length - 8),
                Arrays.copyOfRange(message, 8, message.length));
        assertTrue(RawPacket.isIntact(answer));
    }

    @Test
    void anErrorFitsASmallTunnel() {
        StackBench small = new StackBench(StackOptions.DEFAULT.withMtu(300));
        byte[] answer = small.answer(udpPacket(peer(false), own(false), 1000, 7, data(200)));
        assertEquals(20 + 8 + 228, answer.length);
        small.receive(RawPacket.ip(peer(false), own(false), 132, data(400)));
        assertEquals(300, small.sent().getFirst().length);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aBurstOfErrorsIsLimitedAndTheLimitVaries(boolean ipv6) {
        byte[] packet = udpPacket(peer(ipv6), own(ipv6), 1000, 7, data(10));
        boolean varies = false;
        int before = -1;
        for (int round = 0; round < 20; round++) {
            int answers = 0;
            for (int i = 0; i < 200; i++) {
                bench.receive(packet);
                answers += bench.sent().size();
            }
            assertTrue(answers <= 50 && answers >= 45, answers + " answers");
            varies |= before >= 0 && answers != before;
            before = answers;
            bench.sleep(SECOND);
        }
        assertTrue(varies);
        assertTrue(bench.drops(PacketDropReason.ICMP_LIMITED) >= 20 * 150);
        int answers = 0;
        for (int i = 0; i < 10_000; i++) { // 10 s
            bench.sleep(1_000_000);
            bench.receive(packet);
            answers += bench.sent().size();
        }
        assertTrue(answers <= 1050 && answers >= 900, answers + " answers in 10 s");
    }

    // --- receiving

    private UdpPort port(boolean ipv6) throws Exception {
        UdpPort port = bench.stack.udp().bind(null, 7, sink);
        port.connect(IpAddress.parse(peer(ipv6)), 53);
        return port;
    }

    private byte[] send(UdpPort port, boolean ipv6, int length) throws Exception {
        port.send(IpAddress.parse(peer(ipv6)), 53, data(length), 0, length, false, bench.nowNs);
        return bench.sent().getFirst();
    }

    private byte[] error(boolean ipv6, int type, int code, int rest, byte[] quoted) {
        String router = ipv6 ? "fd00::99" : "10.0.0.99";
        return icmpPacket(router, own(ipv6), type, code, rest, quoted);
    }

    @ParameterizedTest
    @CsvSource({
        "false, 3, 0", "false, 3, 1", "false, 3, 2", "false, 3, 3", "false, 3, 13",
        "true, 1, 0", "true, 1, 1", "true, 1, 3", "true, 1, 4", "true, 4, 1"
    })
    void aConnectedPortHearsThatItsPeerIsUnreachable(boolean ipv6, int type, int code)
            throws Exception {
        byte[] sent = send(port(ipv6), ipv6, 100);
        int least = (ipv6 ? 40 : 20) + 8;
        bench.receive(error(ipv6, type, code, 0, Arrays.copyOf(sent, least)));
        assertEquals(1, sink.unreachable.size());
        assertEquals(IpAddress.parse(peer(ipv6)) + " 53", sink.unreachable.getFirst());
        assertEquals(1, bench.stack.counters().icmpErrorsAccepted);
        bench.receive(error(ipv6, type, code, 0, Arrays.copyOf(sent, least - 1)));
        assertEquals(1, sink.unreachable.size());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aPortThatIsNotConnectedHearsNothing(boolean ipv6) throws Exception {
        UdpPort port = port(ipv6);
        port.disconnect();
        byte[] sent = send(port, ipv6, 100);
        bench.receive(error(ipv6, ipv6 ? 1 : 3, ipv6 ? 4 : 3, 0, sent));
        assertEquals(List.of(), sink.unreachable);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aForgedQuoteChangesNothing(boolean ipv6) throws Exception {
        UdpPort port = port(ipv6);
        byte[] sent = send(port, ipv6, 1300);
        int unreachable = ipv6 ? 1 : 3;
        int header = ipv6 ? 40 : 20;
        int[] places = {
            ipv6 ? 23 : 15, // own address
            ipv6 ? 39 : 19, // the peer's
            ipv6 ? 6 : 9, // protocol
            header + 1, // own port
            header + 3, // the peer's
            0 // version
        };
        for (int place : places) {
            byte[] forged = sent.clone();
            forged[place] ^= 0x15;
            bench.receive(
                    error(ipv6, unreachable, ipv6 ? 4 : 3, 0, forged),
                    ipv6 ? error(true, 2, 0, 1290, forged) : error(false, 3, 4, 600, forged));
        }
        assertEquals(List.of(), sink.unreachable);
        assertEquals(1420, mtu(ipv6));
        assertEquals(0, bench.stack.counters().icmpErrorsAccepted);
        // Nor does an answer to an ICMP error leave, whatever it is about.
        assertEquals(List.of(), bench.sent());
    }

    @ParameterizedTest
    @CsvSource({"false, 11, 0", "false, 11, 1", "true, 3, 0", "true, 3, 1"})
    void aDatagramThatTookTooLongSaysNothingAboutTheNext(boolean ipv6, int type, int code)
            throws Exception {
        byte[] sent = send(port(ipv6), ipv6, 100);
        bench.receive(error(ipv6, type, code, 0, sent));
        assertEquals(List.of(), sink.unreachable);
        assertEquals(1, bench.drops(PacketDropReason.ICMP_IGNORED));
    }

    @Test
    void anErrorAboutALaterFragmentIsNotBelieved() throws Exception {
        UdpPort port = port(false);
        port.send(IpAddress.parse(peer(false)), 53, data(3000), 0, 3000, false, bench.nowNs);
        byte[] second = bench.sent().get(1);
        bench.receive(error(false, 3, 3, 0, second));
        assertEquals(List.of(), sink.unreachable);
        assertEquals(1, bench.drops(PacketDropReason.ICMP_FORGED));
    }

    @ParameterizedTest
    @CsvSource({"false, 4", "false, 5", "false, 13", "false, 12", "true, 137", "true, 134"})
    void messagesThatNeedNoAnswerGetNone(boolean ipv6, int type) throws Exception {
        byte[] sent = send(port(ipv6), ipv6, 100);
        assertNull(bench.answer(error(ipv6, type, 0, 0, sent)));
        assertEquals(1, bench.drops(PacketDropReason.ICMP_IGNORED));
        assertEquals(List.of(), sink.unreachable);
    }

    // --- path MTU

    private int mtu(boolean ipv6) {
        return bench.stack.routes().mtu(IpAddress.parse(peer(ipv6)));
    }

    private void tooBig(boolean ipv6, int mtu, byte[] quoted) {
        bench.receive(ipv6 ? error(true, 2, 0, mtu, quoted) : error(false, 3, 4, mtu, quoted));
    }

    @ParameterizedTest
    @CsvSource({
        "false, 1300, 1300",
        "false, 1419, 1419",
        "false, 1420, 1420",
        "false, 9000, 1420",
        "false, 552, 552",
        "false, 68, 552",
        "false, 1, 552",
        "false, 0, 1006", // the next plateau
        "true, 1300, 1300",
        "true, 1280, 1280",
        "true, 1279, 1420",
        "true, 0, 1420",
        "true, 9000, 1420",
        "true, -1, 1420"
    })
    void aTooBigLowersThePathMtuToWhatCanBe(boolean ipv6, int told, int expected) throws Exception {
        byte[] sent = send(port(ipv6), ipv6, 1420 - (ipv6 ? 48 : 28));
        assertEquals(1420, sent.length);
        tooBig(ipv6, told, sent);
        assertEquals(expected, mtu(ipv6));
        assertEquals(
                1420, bench.stack.routes().mtu(IpAddress.parse(ipv6 ? "fd00::3" : "10.0.0.3")));
        assertEquals(List.of(), sink.unreachable);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aTooBigAboutAShorterPacketIsNotBelieved(boolean ipv6) throws Exception {
        byte[] sent = send(port(ipv6), ipv6, 1300 - (ipv6 ? 48 : 28));
        tooBig(ipv6, 1300, sent);
        assertEquals(1420, mtu(ipv6));
        tooBig(ipv6, 1299, sent);
        assertEquals(1299, mtu(ipv6));
    }

    @Test
    void plateausGoDownStepByStep() throws Exception {
        UdpPort port = port(false);
        for (int expected : new int[] {1006, 552}) {
            byte[] sent = send(port, false, mtu(false) - 28);
            tooBig(false, 0, sent);
            assertEquals(expected, mtu(false));
        }
        tooBig(false, 0, send(port, false, 552 - 28));
        assertEquals(552, mtu(false));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aPathMtuIsForgottenAfterTenMinutes(boolean ipv6) throws Exception {
        UdpPort port = port(ipv6);
        tooBig(ipv6, 1300, send(port, ipv6, 1372));
        bench.sleep(300 * SECOND);
        tooBig(ipv6, 1290, send(port, ipv6, 1300 - (ipv6 ? 48 : 28)));
        bench.sleep(599 * SECOND);
        assertEquals(1290, mtu(ipv6));
        bench.sleep(SECOND);
        assertEquals(1420, mtu(ipv6));
        assertEquals(Long.MAX_VALUE, bench.stack.nextDeadlineNs());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aDatagramGoesInFragmentsThatFitThePath(boolean ipv6) throws Exception {
        UdpPort port = port(ipv6);
        tooBig(ipv6, 1300, send(port, ipv6, 1372));
        port.send(IpAddress.parse(peer(ipv6)), 53, data(1372), 0, 1372, false, bench.nowNs);
        List<byte[]> sent = bench.sent();
        assertEquals(2, sent.size());
        assertTrue(sent.getFirst().length <= 1300 && sent.getFirst().length > 1290);
        assertNotEquals(0x4000, ipv6 ? 0 : RawPacket.get16(sent.getFirst(), 6));
    }

    @Test
    void theCacheIsBounded() throws Exception {
        UdpPort port = bench.stack.udp().bind(null, 9, sink);
        for (int i = 0; i < 5000; i++) {
            String to = "10.1." + i / 250 + "." + (1 + i % 250);
            port.send(IpAddress.parse(to), 53, data(1392), 0, 1392, false, bench.nowNs);
            tooBig(false, 1000, bench.sent().getFirst());
            assertEquals(1000, bench.stack.routes().mtu(IpAddress.parse(to)));
        }
        int known = 0;
        for (int i = 0; i < 5000; i++) {
            String to = "10.1." + i / 250 + "." + (1 + i % 250);
            known += bench.stack.routes().mtu(IpAddress.parse(to)) == 1000 ? 1 : 0;
        }
        assertEquals(1024, known);
    }
}
