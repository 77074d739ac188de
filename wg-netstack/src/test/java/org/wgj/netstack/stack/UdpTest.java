// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.stack;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.netstack.stack.StackBench.OWN4;
import static org.wgj.netstack.stack.StackBench.OWN6;
import static org.wgj.netstack.stack.StackBench.PEER4;
import static org.wgj.netstack.stack.StackBench.PEER6;
import static org.wgj.netstack.stack.StackBench.own;
import static org.wgj.netstack.stack.StackBench.peer;
import static org.wgj.netstack.wire.RawPacket.bytes;
import static org.wgj.netstack.wire.RawPacket.data;
import static org.wgj.netstack.wire.RawPacket.udp;
import static org.wgj.netstack.wire.RawPacket.udpPacket;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.wgj.netstack.ip.OutgoingFlow;
import org.wgj.netstack.ip.OutgoingFlows;
import org.wgj.netstack.ip.PacketDropReason;
import org.wgj.netstack.udp.UdpLayer;
import org.wgj.netstack.udp.UdpPort;
import org.wgj.netstack.wire.IpAddress;
import org.wgj.netstack.wire.RawPacket;

import java.io.IOException;
import java.net.BindException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** UDP (RFC 768, RFC 1122 4.1, RFC 8200 8.1). */
class UdpTest {
    private final StackBench bench = new StackBench();
    private final UdpLayer layer = bench.stack.udp();
    private final UdpSink sink = new UdpSink();

    private static IpAddress address(String literal) {
        return IpAddress.parse(literal);
    }

    private boolean send(UdpPort port, String to, int length, boolean whole) throws IOException {
        return port.send(address(to), 9, data(length), 0, length, whole, bench.nowNs);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anEmptyDatagramIsDeliveredAndPaddingIsNot(boolean ipv6) throws Exception {
        layer.bind(null, 7, sink);
        byte[] datagram = udp(peer(ipv6), own(ipv6), 1000, 7, data(5));
        bench.receive(
                udpPacket(peer(ipv6), own(ipv6), 1000, 7, new byte[0]),
                RawPacket.ip(peer(ipv6), own(ipv6), 17, bytes(datagram, data(3))));
        assertEquals(0, sink.payloads.getFirst().length);
        assertArrayEquals(data(5), sink.payloads.getLast());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void badHeadersAreDropped(boolean ipv6) throws Exception {
        layer.bind(null, 7, sink);
        String from = peer(ipv6);
        String to = own(ipv6);
        byte[] tooLong = udp(from, to, 1000, 7, data(5));
        tooLong[5]++;
        byte[] tooShort = udp(from, to, 1000, 7, data(5));
        tooShort[5] = 7;
        bench.receive(
                RawPacket.ip(from, to, 17, data(7)),
                RawPacket.ip(from, to, 17, tooLong),
                RawPacket.ip(from, to, 17, tooShort),
                udpPacket(from, to, 0, 7, data(5)),
                udpPacket(from, to, 1000, 0, data(5)));
        assertEquals(5, bench.drops(PacketDropReason.BAD_TRANSPORT_HEADER));
        assertEquals(List.of(), bench.sent());
        assertEquals(0, sink.payloads.size());
    }

    @Test
    void aMissingChecksumIsAllowedInIpv4Only() throws Exception {
        layer.bind(null, 7, sink);
        for (boolean ipv6 : new boolean[] {false, true}) {
            byte[] datagram = udp(peer(ipv6), own(ipv6), 1000, 7, data(5));
            datagram[6] = 0;
            datagram[7] = 0;
            bench.receive(RawPacket.ip(peer(ipv6), own(ipv6), 17, datagram));
        }
        assertEquals(1, sink.payloads.size());
        assertEquals(1, bench.drops(PacketDropReason.BAD_TRANSPORT_CHECKSUM));
    }

    @Test
    void theBestPortOfSeveralGetsTheDatagram() throws Exception {
        UdpSink four = new UdpSink();
        UdpSink six = new UdpSink();
        UdpSink other = new UdpSink();
        layer.bind(address(OWN4), 7, four);
        layer.bind(IpAddress.ANY6, 7, six);
        layer.bind(null, 71, other); // the same place in the table
        bench.receive(
                udpPacket(PEER4, OWN4, 1000, 7, data(4)),
                udpPacket(PEER6, OWN6, 1000, 7, data(6)),
                udpPacket(PEER6, OWN6, 1000, 71, data(7)));
        assertArrayEquals(data(4), four.payloads.getFirst());
        assertArrayEquals(data(6), six.payloads.getFirst());
        assertArrayEquals(data(7), other.payloads.getFirst());
        assertEquals(3, four.payloads.size() + six.payloads.size() + other.payloads.size());
    }

    @Test
    void aConnectedPortHearsOnlyItsPeer() throws Exception {
        UdpPort port = layer.bind(null, 7, sink);
        port.connect(address(PEER4), 1000);
        bench.receive(
                udpPacket(PEER4, OWN4, 1001, 7, data(1)),
                udpPacket("10.0.0.3", OWN4, 1000, 7, data(2)),
                udpPacket(PEER4, OWN4, 1000, 7, data(3)));
        assertEquals(List.of("10.0.0.2 1000"), sink.senders);
        port.disconnect();
        bench.receive(udpPacket(PEER4, OWN4, 1001, 7, data(1)));
        assertEquals(2, sink.senders.size());
    }

    @Test
    void aPortIsTakenByOverlappingAddressesOnly() throws Exception {
        UdpPort four = layer.bind(address(OWN4), 7, sink);
        layer.bind(address(OWN6), 7, sink);
        for (IpAddress local : new IpAddress[] {null, IpAddress.ANY4, address(OWN4)}) {
            BindException taken =
                    assertThrows(BindException.class, () -> layer.bind(local, 7, sink));
            assertTrue(taken.getMessage().startsWith("Address already in use"));
        }
        four.close();
        four.close();
        layer.bind(IpAddress.ANY4, 7, sink);
        assertThrows(BindException.class, () -> layer.bind(address(PEER4), 8, sink));
        assertEquals(2, layer.bound());
    }

    @Test
    void freePortsComeFromTheEphemeralRangeAtRandom() throws Exception {
        Set<Integer> ports = new HashSet<>();
        boolean ascending = true;
        int before = 0;
        for (int i = 0; i < 28_232; i++) {
            int port = layer.bind(null, 0, sink).port();
            assertTrue(port >= 32768 && port <= 60999, port + "");
            assertTrue(ports.add(port));
            ascending &= i > 10 || port > before;
            before = port;
        }
        assertFalse(ascending);
        assertThrows(BindException.class, () -> layer.bind(null, 0, sink));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theGreatestPayloadLeavesAndALongerOneDoesNot(boolean ipv6) throws Exception {
        UdpPort port = layer.bind(null, 7, sink);
        int most = ipv6 ? 65_527 : 65_507;
        assertTrue(send(port, peer(ipv6), most, false));
        assertTrue(bench.sent().size() > 40);
        SocketException tooLong =
                assertThrows(SocketException.class, () -> send(port, peer(ipv6), most + 1, false));
        assertEquals("Message too long", tooLong.getMessage());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void dontFragmentFailsInsteadOfFragments(boolean ipv6) throws Exception {
        UdpPort port = layer.bind(null, 7, sink);
        int most = 1420 - (ipv6 ? 48 : 28);
        assertTrue(send(port, peer(ipv6), most, true));
        assertEquals(1, bench.sent().size());
        assertThrows(SocketException.class, () -> send(port, peer(ipv6), most + 1, true));
        assertEquals(0, bench.sent().size());
    }

    @Test
    void aFullQueueRefusesAndTellsWhenThereIsRoom() throws Exception {
        UdpPort port = layer.bind(null, 7, sink);
        int taken = fill(port, 1000);
        assertTrue(taken > 200 && taken * 1000 < OutgoingFlow.MAX_BYTES);
        assertFalse(send(port, PEER4, 60_000, false)); // nor a part of it
        assertEquals(0, sink.writable);
        assertEquals(taken, bench.sent().size());
        assertEquals(1, sink.writable);
        assertTrue(send(port, PEER4, 60_000, false));
        bench.sent();
        assertEquals(1, sink.writable, "nothing was refused since");
    }

    private int fill(UdpPort port, int length) throws IOException {
        int taken = 0;
        while (send(port, PEER4, length, false)) {
            taken++;
        }
        return taken;
    }

    private static int sourcePort(byte[] packet) {
        return (packet[20] & 0xff) << 8 | packet[21] & 0xff;
    }

    @Test
    void aBusyPortNeitherDelaysNorDropsAnothersDatagrams() throws Exception {
        fill(layer.bind(null, 7, sink), 1000);
        UdpPort quiet = layer.bind(null, 8, sink);
        for (int i = 0; i < 20; i++) {
            assertTrue(send(quiet, PEER4, 100, false));
        }
        List<byte[]> first = bench.sent().subList(0, 30);
        assertEquals(20, first.stream().filter(packet -> sourcePort(packet) == 8).count());
    }

    @Test
    void busyPortsGetEqualSharesOfBytes() throws Exception {
        fill(layer.bind(null, 7, sink), 1372);
        fill(layer.bind(null, 8, sink), 172);
        fill(layer.bind(null, 9, sink), 30_000); // in fragments
        Map<Integer, Integer> bytes = new TreeMap<>();
        Map<Integer, Integer> portOfFragment = new TreeMap<>();
        int all = 0;
        for (byte[] packet : bench.sent()) {
            boolean later = ((packet[6] & 0x1f) << 8 | packet[7] & 0xff) != 0;
            int id = (packet[4] & 0xff) << 8 | packet[5] & 0xff;
            int port = later ? portOfFragment.get(id) : sourcePort(packet);
            portOfFragment.put(id, port);
            bytes.merge(port, packet.length, Integer::sum);
            all += packet.length;
            if (all > 300_000) {
                break;
            }
        }
        assertEquals(Set.of(7, 8, 9), bytes.keySet());
        bytes.forEach((_, sent) -> assertEquals(100_000, sent, 4_000, bytes::toString));
    }

    @Test
    void manyBusyPortsAreBoundedAndDoNotShutOutOthers() throws Exception {
        List<UdpPort> busy = new ArrayList<>();
        long waiting = 0;
        for (int i = 0; i < 40; i++) {
            UdpPort port = layer.bind(null, 100 + i, sink);
            busy.add(port);
            waiting += fill(port, 1000);
        }
        assertTrue(waiting * 1028 < OutgoingFlows.MAX_BYTES + 40 * 1028, "waiting " + waiting);
        UdpPort quiet = layer.bind(null, 99, sink);
        assertTrue(send(quiet, PEER4, 1000, false));
        assertFalse(send(quiet, PEER4, 1000, false));
        quiet.close(); // what it has queued still leaves
        List<byte[]> sent = bench.sent();
        assertEquals(waiting + 1, sent.size());
        int place = 0;
        while (sourcePort(sent.get(place)) != 99) {
            place++;
        }
        assertTrue(place < 3 * 41, "sent as number " + place);
        assertEquals(41, sink.writable);
        for (UdpPort port : busy) {
            assertTrue(send(port, PEER4, 1000, false));
        }
        // Even ports that are closed with a datagram each have a bound.
        busy.forEach(UdpPort::close);
        int closed = 0;
        while (true) {
            UdpPort port = layer.bind(null, 7, sink);
            boolean taken = send(port, PEER4, 60_000, false);
            port.close();
            if (!taken) {
                break;
            }
            closed++;
        }
        assertTrue(closed * 60_000L < 2 * OutgoingFlows.MAX_BYTES, "closed " + closed);
    }

    @Test
    void aPortThatWasGivenBackSendsFromItsOwnAddressOnly() throws Exception {
        UdpPort port = layer.bind(address(OWN4), 7, sink);
        port.release();
        UdpPort next = layer.bind(address(OWN4), 7, sink);
        assertEquals(1, layer.bound());
        assertTrue(send(port, PEER4, 1, false));
        assertEquals(1, bench.sent().size());
        bench.stack.setAddresses(List.of(address(OWN6)));
        assertEquals(0, layer.bound());
        assertThrows(NoRouteToHostException.class, () -> send(port, PEER4, 1, false));
        port.close();
        next.close();
        assertThrows(SocketException.class, () -> send(port, PEER4, 1, false));
        assertEquals(0, layer.bound());
    }

    @Test
    void anAddressWithoutAWayIsRefused() throws Exception {
        bench.stack.setAddresses(List.of(address(OWN4)));
        UdpPort port = layer.bind(null, 7, sink);
        assertThrows(NoRouteToHostException.class, () -> send(port, PEER6, 1, false));
        assertThrows(NoRouteToHostException.class, () -> send(port, "0.0.0.0", 1, false));
        UdpPort four = layer.bind(IpAddress.ANY4, 8, sink);
        assertThrows(SocketException.class, () -> send(four, PEER6, 1, false));
        port.close();
        assertThrows(SocketException.class, () -> send(port, PEER4, 1, false));
    }

    @Test
    void theSourceIsTheNearestOwnAddress() throws Exception {
        bench.stack.setAddresses(
                List.of(
                        address("10.0.0.1"),
                        address("192.168.1.1"),
                        address("fd00::1"),
                        address("2001:db8::1"),
                        address("fe80::1")));
        UdpPort port = layer.bind(null, 7, sink);
        String[][] pairs = {
            {"10.9.9.9", "10.0.0.1"},
            {"192.168.200.1", "192.168.1.1"},
            {"2001:db8:1::9", "2001:db8:0:0:0:0:0:1"},
            {"fd77::1", "fd00:0:0:0:0:0:0:1"},
            {"fe80::77", "fe80:0:0:0:0:0:0:1"},
            {"2600::1", "2001:db8:0:0:0:0:0:1"}
        };
        for (String[] pair : pairs) {
            send(port, pair[0], 10, false);
            assertEquals(pair[1], RawPacket.from(bench.sent().getFirst()));
        }
        UdpPort bound = layer.bind(address("192.168.1.1"), 8, sink);
        send(bound, "10.9.9.9", 10, false);
        assertEquals("192.168.1.1", RawPacket.from(bench.sent().getFirst()));
    }

    @Test
    void aChecksumThatComesToZeroIsSentAsItsComplement() throws Exception {
        UdpPort port = layer.bind(null, 7, sink);
        byte[] payload = new byte[2];
        // The payload's word runs through all values, so the checksum does.
        for (int i = 0; i < 65_536; i++) {
            payload[0] = (byte) (i >> 8);
            payload[1] = (byte) i;
            port.send(address(PEER4), 9, payload, 0, 2, false, bench.nowNs);
            if (i % 128 == 127) {
                for (byte[] packet : bench.sent()) {
                    assertTrue(RawPacket.get16(packet, 26) != 0);
                    assertTrue(RawPacket.isIntact(packet));
                }
            }
        }
    }

    @Test
    void aPortWhoseAddressIsRemovedIsClosed() throws Exception {
        UdpSink wildcard = new UdpSink();
        layer.bind(address(OWN4), 7, sink);
        layer.bind(null, 8, wildcard);
        bench.stack.setAddresses(List.of(address(OWN6)), bench.nowNs);
        assertEquals(1, sink.closes);
        assertEquals(0, wildcard.closes);
        assertEquals(1, layer.bound());
        bench.stack.close(bench.nowNs);
        bench.stack.close(bench.nowNs);
        assertEquals(1, wildcard.closes);
        assertEquals(0, layer.bound());
    }

    @Test
    void aDatagramToAnOwnAddressArrivesWithoutThePeers() throws Exception {
        UdpPort port = layer.bind(null, 7, sink);
        port.send(address(OWN4), 7, data(5000), 0, 5000, false, bench.nowNs);
        assertTrue(bench.stack.hasOutput());
        assertEquals(List.of(), bench.sent());
        assertArrayEquals(data(5000), sink.payloads.getFirst());
        assertEquals("10.0.0.1 7", sink.senders.getFirst());
        assertFalse(bench.stack.hasOutput());
    }

    // --- port unreachable

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aPortThatIsNotBoundIsUnreachable(boolean ipv6) {
        byte[] packet = udpPacket(peer(ipv6), own(ipv6), 1000, 7, data(50));
        byte[] answer = bench.answer(packet);
        assertNotNull(answer);
        assertTrue(RawPacket.isIntact(answer));
        byte[] message = RawPacket.payload(answer);
        assertEquals(ipv6 ? 0x0104 : 0x0303, RawPacket.get16(message, 0));
        assertArrayEquals(packet, java.util.Arrays.copyOfRange(message, 8, message.length));
        assertEquals(1, bench.drops(PacketDropReason.NO_PORT));
        assertNull(bench.answer(udpPacket(peer(ipv6), own(ipv6), 1000, 0, data(50))));
    }
}
