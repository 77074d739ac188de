// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.stack;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.netstack.stack.StackBench.own;
import static org.wgj.netstack.stack.StackBench.peer;
import static org.wgj.netstack.wire.RawPacket.bytes;
import static org.wgj.netstack.wire.RawPacket.data;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.wgj.netstack.ip.PacketDropReason;
import org.wgj.netstack.udp.UdpPort;
import org.wgj.netstack.wire.IpAddress;
import org.wgj.netstack.wire.RawPacket;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Reassembly (RFC 791, RFC 8200 4.5, RFC 5722) and fragmentation. */
class FragmentsTest {
    private static final long SECOND = 1_000_000_000L;

    private final StackBench bench = new StackBench();
    private final UdpSink sink = new UdpSink();
    private UdpPort port;

    @BeforeEach
    void bind() throws Exception {
        port = bench.stack.udp().bind(null, 7, sink);
    }

    private static byte[] datagram(boolean ipv6, int length) {
        return RawPacket.udp(peer(ipv6), own(ipv6), 1000, 7, data(length));
    }

    private static byte[] fragment(
            boolean ipv6, int protocol, int id, int offset, boolean more, byte[] data) {
        return ipv6
                ? RawPacket.ipv6(
                        peer(true),
                        own(true),
                        44,
                        RawPacket.fragment6(protocol, id, offset, more, data))
                : RawPacket.ipv4(
                        peer(false),
                        own(false),
                        protocol,
                        data,
                        id,
                        offset / 8 | (more ? 0x2000 : 0),
                        new byte[0]);
    }

    private static List<byte[]> cut(boolean ipv6, int id, byte[] datagram, int part) {
        List<byte[]> fragments = new ArrayList<>();
        for (int at = 0; at < datagram.length; at += part) {
            int end = Math.min(at + part, datagram.length);
            byte[] data = Arrays.copyOfRange(datagram, at, end);
            fragments.add(fragment(ipv6, 17, id, at, end < datagram.length, data));
        }
        return fragments;
    }

    private long evicted() {
        return bench.drops(PacketDropReason.REASSEMBLY_EVICTED);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void fragmentsInAnyOrderGiveTheDatagram(boolean ipv6) {
        Random random = new Random(7);
        for (int round = 0; round < 100; round++) {
            int length = 1 + random.nextInt(round < 90 ? 6000 : 65_000);
            List<byte[]> fragments =
                    cut(ipv6, round, datagram(ipv6, length), 8 * (70 + random.nextInt(90)));
            Collections.shuffle(fragments, random);
            sink.payloads.clear();
            for (byte[] fragment : fragments) {
                assertEquals(0, sink.payloads.size());
                bench.receive(fragment);
            }
            assertEquals(1, sink.payloads.size());
            assertArrayEquals(data(length), sink.payloads.getFirst());
        }
        assertEquals(100, sink.senders.size());
        assertEquals(Long.MAX_VALUE, bench.stack.nextDeadlineNs());
        assertEquals(0, bench.stack.reassemblyMemory());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void datagramsOfDifferentNumbersAndSendersDoNotMix(boolean ipv6) {
        List<byte[]> one = cut(ipv6, 1, datagram(ipv6, 2000), 1000);
        List<byte[]> other = cut(ipv6, 2, datagram(ipv6, 2500), 1000);
        for (int i = 0; i < 3; i++) {
            if (i < one.size()) {
                bench.receive(one.get(i));
            }
            bench.receive(other.get(i));
        }
        assertEquals(2, sink.payloads.size());
        assertArrayEquals(data(2000), sink.payloads.getFirst());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aRepeatedFragmentIsIgnored(boolean ipv6) {
        List<byte[]> fragments = cut(ipv6, 1, datagram(ipv6, 2500), 1000);
        bench.receive(fragments.get(0), fragments.get(0), fragments.get(2), fragments.get(2));
        bench.receive(fragments.get(1));
        assertEquals(1, sink.payloads.size());
        assertEquals(2, bench.drops(PacketDropReason.BAD_FRAGMENT));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anOverlapVoidsTheDatagramForEver(boolean ipv6) {
        byte[] datagram = datagram(ipv6, 2500);
        int[][] overlaps = {{992, 1000}, {1008, 8}, {0, 1000}, {0, 1008}, {500 & -8, 2000}};
        for (int i = 0; i < overlaps.length; i++) {
            List<byte[]> fragments = cut(ipv6, i, datagram, 1000);
            bench.receive(fragments.get(0), fragments.get(1));
            byte[] forged = new byte[overlaps[i][1]];
            bench.receive(fragment(ipv6, 17, i, overlaps[i][0], true, forged));
            assertEquals(1, bench.drops(PacketDropReason.FRAGMENT_OVERLAP) - 4L * i);
            bench.receive(fragments.get(0), fragments.get(1), fragments.get(2));
        }
        assertEquals(0, sink.payloads.size());
        // Silently: neither at once nor later.
        bench.sleep(61 * SECOND);
        assertEquals(0, bench.sent().size());
        bench.receive(cut(ipv6, 0, datagram, 1000).toArray(byte[][]::new));
        assertEquals(1, sink.payloads.size());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anEndThatContradictsAnotherVoidsTheDatagram(boolean ipv6) {
        byte[] part = data(1000);
        bench.receive(
                fragment(ipv6, 17, 1, 2000, false, part), // ends at 3000
                fragment(ipv6, 17, 1, 1000, false, part),
                fragment(ipv6, 17, 2, 2000, true, part), // goes on behind 3000
                fragment(ipv6, 17, 2, 1000, false, part),
                fragment(ipv6, 17, 3, 2000, false, part),
                fragment(ipv6, 17, 3, 3000, true, part));
        assertEquals(3, bench.drops(PacketDropReason.FRAGMENT_OVERLAP));
    }

    @Test
    void anImpossibleIpv4FragmentIsDropped() {
        bench.receive(
                fragment(false, 17, 1, 8, true, data(1001)), // no multiple of 8
                fragment(false, 17, 1, 65528, false, data(8)), // longer than a packet can be
                fragment(false, 17, 1, 64000, false, data(1520)),
                fragment(false, 17, 1, 8, false, new byte[0]),
                fragment(false, 6, 1, 8, true, data(16))); // would write over TCP's flags
        assertEquals(5, bench.drops(PacketDropReason.BAD_FRAGMENT));
        assertEquals(0, bench.stack.reassemblyMemory());
    }

    @Test
    void anIpv4DatagramOfTheGreatestLengthArrivesButNotALongerOne() {
        byte[] datagram = datagram(false, 65_507);
        bench.receive(cut(false, 1, datagram, 1400).toArray(byte[][]::new));
        assertArrayEquals(data(65_507), sink.payloads.getFirst());
        // The first fragment has options, so the sum is too long although each fragment is not.
        List<byte[]> fragments = cut(false, 2, datagram, 1400);
        byte[] options = {1, 1, 1, 1};
        byte[] first = Arrays.copyOf(datagram, 1400);
        fragments.set(0, RawPacket.ipv4(peer(false), own(false), 17, first, 2, 0x2000, options));
        bench.receive(fragments.toArray(byte[][]::new));
        assertEquals(1, sink.payloads.size());
        assertEquals(1, bench.drops(PacketDropReason.BAD_FRAGMENT));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theSenderHearsOfATimeoutIfTheFirstFragmentCame(boolean ipv6) {
        byte[] first = cut(ipv6, 1, datagram(ipv6, 2500), 1000).getFirst();
        long timeout = (ipv6 ? 60 : 30) * SECOND;
        bench.receive(first);
        bench.sleep(timeout - 1);
        assertEquals(0, bench.sent().size());
        bench.sleep(1);
        List<byte[]> sent = bench.sent();
        assertEquals(1, sent.size());
        assertTrue(RawPacket.isIntact(sent.getFirst()));
        byte[] message = RawPacket.payload(sent.getFirst());
        assertEquals(ipv6 ? 0x0301 : 0x0b01, RawPacket.get16(message, 0));
        int quoted = Math.min(first.length, ipv6 ? 1232 : 548);
        assertEquals(8 + quoted, message.length);
        assertArrayEquals(Arrays.copyOf(first, quoted), Arrays.copyOfRange(message, 8, 8 + quoted));
        assertEquals(1, bench.drops(PacketDropReason.REASSEMBLY_TIMEOUT));
        assertEquals(0, bench.stack.reassemblyMemory());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void nobodyHearsOfATimeoutWithoutTheFirstFragmentOrOfAnIcmpError(boolean ipv6) {
        List<byte[]> fragments = cut(ipv6, 1, datagram(ipv6, 2500), 1000);
        byte[] error = RawPacket.icmp(peer(ipv6), own(ipv6), ipv6 ? 1 : 3, 3, 0, data(1592));
        bench.receive(
                fragments.get(1),
                fragments.get(2),
                fragment(ipv6, ipv6 ? 58 : 1, 2, 0, true, Arrays.copyOf(error, 800)));
        bench.sleep(61 * SECOND);
        assertEquals(0, bench.sent().size());
        assertEquals(2, bench.drops(PacketDropReason.REASSEMBLY_TIMEOUT));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void thousandsOfIncompleteDatagramsKeepToTheBudget(boolean ipv6) {
        for (int id = 0; id < 20_000; id++) {
            bench.receive(fragment(ipv6, 17, id, 1000, true, data(1000)));
            assertTrue(bench.stack.reassemblyMemory() <= 1 << 20);
        }
        assertEquals(20_000 - 64, evicted());
        // The newest is not the one that gave way.
        bench.receive(cut(ipv6, 30_000, datagram(ipv6, 2500), 1000).toArray(byte[][]::new));
        assertEquals(1, sink.payloads.size());
        bench.sleep(61 * SECOND);
        assertEquals(0, bench.stack.reassemblyMemory());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void longIncompleteDatagramsKeepToTheBudget(boolean ipv6) {
        for (int id = 0; id < 100; id++) {
            for (int at = 0; at < 60_000; at += 1400) {
                bench.receive(fragment(ipv6, 17, id, at + 1400, true, data(1400)));
                assertTrue(bench.stack.reassemblyMemory() <= 1 << 20);
            }
        }
        assertTrue(evicted() > 80);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aDatagramOfThousandsOfTinyFragmentsIsGivenUp(boolean ipv6) {
        for (int i = 8000; i > 0; i--) {
            bench.receive(fragment(ipv6, 17, 1, 8 * i, true, data(8)));
            assertTrue(bench.stack.reassemblyMemory() < 64 << 10);
        }
        assertEquals(8000 - 256, bench.drops(PacketDropReason.FRAGMENT_OVERLAP));
    }

    // --- sending

    private List<byte[]> send(boolean ipv6, int length) throws Exception {
        IpAddress remote = IpAddress.parse(peer(ipv6));
        assertTrue(port.send(remote, 1000, data(length), 0, length, false, bench.nowNs));
        return bench.sent();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aLongDatagramLeavesInFragmentsThatFitTheTunnel(boolean ipv6) throws Exception {
        int whole = 1420 - (ipv6 ? 48 : 28);
        for (int length : new int[] {0, whole, whole + 1, 5000, ipv6 ? 65_527 : 65_507}) {
            List<byte[]> sent = send(ipv6, length);
            assertEquals(length > whole, sent.size() > 1);
            int header = ipv6 ? 40 : 20;
            int before = header + (sent.size() > 1 && ipv6 ? 8 : 0);
            byte[] message = {};
            int id = -1;
            for (byte[] packet : sent) {
                assertTrue(packet.length <= 1420);
                boolean last = packet == sent.getLast();
                if (!ipv6) {
                    assertTrue(RawPacket.get16(packet, 10) != 0);
                    int bits = message.length / 8 | (last ? 0 : 0x2000);
                    boolean alone = sent.size() == 1;
                    assertEquals(alone ? 0x4000 : bits, RawPacket.get16(packet, 6));
                } else if (sent.size() > 1) {
                    assertEquals(44, RawPacket.get8(packet, 6));
                    assertEquals(17, RawPacket.get8(packet, 40));
                    assertEquals(message.length | (last ? 0 : 1), RawPacket.get16(packet, 42));
                }
                if (sent.size() > 1) {
                    int number = ipv6 ? RawPacket.get32(packet, 44) : RawPacket.get16(packet, 4);
                    assertTrue(id == -1 || id == number);
                    id = number;
                }
                message = bytes(message, Arrays.copyOfRange(packet, before, packet.length));
            }
            assertArrayEquals(RawPacket.udp(own(ipv6), peer(ipv6), 7, 1000, data(length)), message);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theNumbersOfDatagramsDiffer(boolean ipv6) throws Exception {
        int at = ipv6 ? 44 : 4;
        byte[] one = send(ipv6, 2000).getFirst();
        byte[] other = send(ipv6, 2000).getFirst();
        assertNotEquals(
                RawPacket.get16(one, at + (ipv6 ? 2 : 0)),
                RawPacket.get16(other, at + (ipv6 ? 2 : 0)));
    }

    @Test
    void aLongEchoRequestIsAnsweredInFragments() {
        for (boolean ipv6 : new boolean[] {false, true}) {
            int protocol = ipv6 ? 58 : 1;
            byte[] request =
                    RawPacket.icmp(peer(ipv6), own(ipv6), ipv6 ? 128 : 8, 0, 77, data(20_000));
            for (int at = 0; at < request.length; at += 1200) {
                int end = Math.min(at + 1200, request.length);
                byte[] part = Arrays.copyOfRange(request, at, end);
                bench.receive(fragment(ipv6, protocol, 9, at, end < request.length, part));
            }
            List<byte[]> sent = bench.sent();
            int length = 0;
            for (byte[] packet : sent) {
                length += packet.length - (ipv6 ? 48 : 20);
            }
            assertEquals(20_008, length);
        }
    }
}
