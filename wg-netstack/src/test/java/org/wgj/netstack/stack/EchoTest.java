// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.stack;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.netstack.stack.StackBench.own;
import static org.wgj.netstack.stack.StackBench.peer;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.wgj.netstack.ip.PacketDropReason;
import org.wgj.netstack.stack.EchoHandler.Failure;
import org.wgj.netstack.wire.IpAddress;
import org.wgj.netstack.wire.RawPacket;

import java.util.ArrayList;
import java.util.List;

class EchoTest {
    private final StackBench bench = new StackBench();
    private final List<Object> heard = new ArrayList<>();
    private final EchoHandler handler =
            new EchoHandler() {
                @Override
                public void answered(long rttNs) {
                    heard.add(rttNs);
                }

                @Override
                public void failed(Failure reason) {
                    heard.add(reason);
                }
            };

    private static byte[] request(boolean ipv6, String to, int length) {
        int type = ipv6 ? 128 : 8;
        return RawPacket.icmpPacket(peer(ipv6), to, type, 0, 0x1234_5678, RawPacket.data(length));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aRequestIsAnsweredFromTheAddressThatWasAsked(boolean ipv6) {
        for (int length : new int[] {0, 1, 56, 1372}) {
            byte[] answer = bench.answer(request(ipv6, own(ipv6), length));
            assertNotNull(answer);
            assertEquals(own(ipv6), from(answer));
            assertEquals(peer(ipv6), to(answer));
            assertTrue(RawPacket.isIntact(answer));
            byte[] expected =
                    RawPacket.icmp(
                            own(ipv6),
                            peer(ipv6),
                            ipv6 ? 129 : 0,
                            0,
                            0x1234_5678,
                            RawPacket.data(length));
            assertArrayEquals(expected, RawPacket.payload(answer));
        }
    }

    private static String from(byte[] packet) {
        return IpAddress.parse(RawPacket.from(packet)).equals(IpAddress.parse("fd00::1"))
                ? "fd00::1"
                : RawPacket.from(packet);
    }

    private static String to(byte[] packet) {
        return IpAddress.parse(RawPacket.to(packet)).equals(IpAddress.parse("fd00::2"))
                ? "fd00::2"
                : RawPacket.to(packet);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void noAnswerIfItIsSwitchedOff(boolean ipv6) {
        StackBench quiet = new StackBench(StackOptions.DEFAULT.withEcho(false));
        assertNull(quiet.answer(request(ipv6, own(ipv6), 56)));
        assertEquals(1, quiet.drops(PacketDropReason.ICMP_IGNORED));
    }

    @Test
    void aForwardingStackAnswersForItsOwnAddressesOnly() {
        StackBench forwarder = new StackBench(StackOptions.DEFAULT.withAnyDestination(true));
        assertNull(forwarder.answer(request(false, "8.8.8.8", 56)));
        assertNull(forwarder.answer(request(true, "2001:db8::8", 56)));
        assertNotNull(forwarder.answer(request(false, own(false), 56)));
    }

    @Test
    void noAnswerToABroadcastOrMulticast() {
        for (String to : List.of("10.0.0.255", "255.255.255.255", "224.0.0.1")) {
            assertNull(bench.answer(request(false, to, 56)), to);
        }
        assertNull(bench.answer(request(true, "ff02::1", 56)));
        assertEquals(4, bench.drops(PacketDropReason.MULTICAST));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aWrongChecksumIsNotAnswered(boolean ipv6) {
        byte[] request = request(ipv6, own(ipv6), 56);
        request[request.length - 1] ^= 1;
        assertNull(bench.answer(request));
        assertEquals(1, bench.drops(PacketDropReason.BAD_TRANSPORT_CHECKSUM));
    }

    private byte[] pinged(boolean ipv6) {
        bench.stack
                .echo()
                .ping(
                        IpAddress.parse(peer(ipv6)),
                        RawPacket.data(56),
                        bench.nowNs + 2_000_000_000L,
                        handler,
                        bench.nowNs);
        List<byte[]> sent = bench.sent();
        assertEquals(1, sent.size());
        assertTrue(RawPacket.isIntact(sent.getFirst()));
        return sent.getFirst();
    }

    private static byte[] reply(boolean ipv6, byte[] request) {
        byte[] message = RawPacket.payload(request);
        return RawPacket.icmpPacket(
                peer(ipv6),
                own(ipv6),
                ipv6 ? 129 : 0,
                0,
                RawPacket.get32(message, 4),
                RawPacket.data(message.length - 8));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aPingIsAnsweredOnce(boolean ipv6) {
        byte[] request = pinged(ipv6);
        bench.nowNs += 5_000_000;
        byte[] reply = reply(ipv6, request);
        bench.receive(reply, reply);
        assertEquals(List.of(5_000_000L), heard);
        bench.sleep(10_000_000_000L);
        assertEquals(1, heard.size());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aPingThatNobodyAnswersEndsAtItsDeadline(boolean ipv6) {
        pinged(ipv6);
        bench.sleep(1_999_999_999L);
        assertEquals(List.of(), heard);
        bench.sleep(1);
        assertEquals(List.of(Failure.TIMED_OUT), heard);
        assertEquals(Long.MAX_VALUE, bench.stack.nextDeadlineNs());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anAnswerOfAnotherAddressOrWithOtherDataIsNone(boolean ipv6) {
        byte[] request = pinged(ipv6);
        byte[] message = RawPacket.payload(request);
        int rest = RawPacket.get32(message, 4);
        String other = ipv6 ? "fd00::3" : "10.0.0.3";
        int type = ipv6 ? 129 : 0;
        bench.receive(
                RawPacket.icmpPacket(other, own(ipv6), type, 0, rest, RawPacket.data(56)),
                RawPacket.icmpPacket(peer(ipv6), own(ipv6), type, 0, rest, new byte[56]),
                RawPacket.icmpPacket(peer(ipv6), own(ipv6), type, 0, rest, RawPacket.data(55)),
                RawPacket.icmpPacket(peer(ipv6), own(ipv6), type, 0, rest + 1, RawPacket.data(56)));
        assertEquals(List.of(), heard);
        assertEquals(4, bench.drops(PacketDropReason.ICMP_IGNORED));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aPingEndsWhenTheAddressCannotBeReached(boolean ipv6) {
        byte[] request = pinged(ipv6);
        int type = ipv6 ? 1 : 3;
        int code = ipv6 ? 3 : 1;
        // The source is the address itself, as WireGuard's device answers for it.
        bench.receive(RawPacket.icmpPacket(peer(ipv6), own(ipv6), type, code, 0, request));
        assertEquals(List.of(Failure.UNREACHABLE), heard);
    }

    @Test
    void aPingToTheOwnAddressIsAnsweredWithoutAPacket() {
        bench.stack
                .echo()
                .ping(
                        IpAddress.parse(StackBench.OWN6),
                        RawPacket.data(3000),
                        Long.MAX_VALUE,
                        handler,
                        bench.nowNs);
        assertEquals(List.of(), bench.sent());
        assertEquals(List.of(0L), heard);
        assertEquals(6, bench.stack.counters().looped);
    }

    @Test
    void closingEndsPings() {
        pinged(false);
        bench.stack.close(bench.nowNs);
        assertEquals(List.of(Failure.CLOSED), heard);
    }
}
