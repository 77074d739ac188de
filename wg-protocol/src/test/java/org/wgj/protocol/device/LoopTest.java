// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.protocol.device.TestNet.MILLISECOND;
import static org.wgj.protocol.device.TestNet.SECOND;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.wgj.protocol.DropReason;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.Seeds;
import org.wgj.protocol.device.Datagram.Kind;
import org.wgj.protocol.device.Node.Event;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Routes that lead our own datagrams back into the tunnel, and traffic that only looks like it. */
@ExtendWith(Seeds.class)
class LoopTest {
    private final TwoPeers net = new TwoPeers();

    private static void takeAll(Node node, Node peer) {
        node.device.addAllowedIp(node.peer(peer), IpPrefix.parse("0.0.0.0/0"));
        node.device.addAllowedIp(node.peer(peer), IpPrefix.parse("::/0"));
    }

    private static String inside(Node node, Datagram datagram) {
        return datagram.destination().ipv6() ? node.ipv6 : node.ipv4;
    }

    /** Lets the node's own system carry what it sends into the other's tunnel, not the wire. */
    private void route(Node from, Node into) {
        TestNet.Wire before = net.wire;
        net.wire =
                d -> {
                    if (d.from() != from) {
                        return before.carry(d);
                    }
                    byte[] packet = InnerPacket.udp(inside(from, d), d);
                    net.after(MILLISECOND, () -> into.send(packet));
                    return List.of();
                };
    }

    private void loopAlice() {
        takeAll(net.alice, net.bob);
        route(net.alice, net.alice);
    }

    private int sentByAlice() {
        return net.sent(net.alice).size();
    }

    @Test
    void dataThatComesBackIsDroppedAndReportedOnceAMinute() {
        net.connect();
        net.forgetBeginnings();
        loopAlice();
        for (int i = 0; i < 100; i++) {
            net.alice.send("ping");
            net.run(SECOND);
        }
        assertEquals(100, net.sent(net.alice, Kind.DATA).size());
        net.run(300 * SECOND);
        assertEquals(sentByAlice(), net.alice.drops(DropReason.LOOPED));
        assertEquals(100, net.sent(net.alice, Kind.DATA).size());
        assertTrue(net.alice.told(Event.LOOPED).size() <= 4, net.alice.told.toString());
        assertTrue(net.alice.told(Event.LOOPED).size() >= 2, net.alice.told.toString());
    }

    @Test
    void anInitiationThatComesBackDoesNotKeepTheAttemptsGoing() {
        loopAlice();
        net.alice.send("ping");
        net.run(600 * SECOND);
        assertEquals(1 + 18 + 1, net.sent(net.alice, Kind.INITIATION).size());
        assertEquals(1 + 18 + 1, sentByAlice());
        assertEquals(sentByAlice(), net.alice.drops(DropReason.LOOPED));
    }

    @Test
    void aResponseIsRecognisedToo() {
        loopAlice();
        net.bob.send("hello");
        net.run(SECOND);
        assertEquals(1, net.sent(net.alice, Kind.RESPONSE).size());
        assertEquals(1, sentByAlice());
        assertEquals(1, net.alice.drops(DropReason.LOOPED));
    }

    @Test
    void datagramsToAnIpv6EndpointAreRecognisedToo() {
        net.bob.address = TestNet.endpoint("2001:db8::2", 51820);
        net.alice.device.setEndpoint(net.alice.peer(net.bob), net.bob.address);
        net.connect();
        loopAlice();
        net.forgetLog();
        net.alice.send("ping");
        net.run(SECOND);
        assertEquals(1, sentByAlice());
        assertEquals(1, net.alice.drops(DropReason.LOOPED));
    }

    @Test
    void fragmentsOfADatagramAreRecognisedToo() {
        net.connect();
        takeAll(net.alice, net.bob);
        net.lose(d -> true);
        for (boolean ipv6 : new boolean[] {false, true}) {
            Endpoint to = TestNet.endpoint(ipv6 ? "2001:db8::2" : "192.0.2.2", 51820);
            net.alice.device.setEndpoint(net.alice.peer(net.bob), to);
            net.alice.send(InnerPacket.ofLength(net.alice.ipv4, net.bob.ipv4, 1400));
            Datagram datagram = net.last(net.alice, Kind.DATA);
            List<byte[]> fragments =
                    fragments(InnerPacket.udp(inside(net.alice, datagram), datagram));
            long before = net.alice.drops(DropReason.LOOPED);
            int sent = sentByAlice();
            net.alice.send(fragments.toArray(byte[][]::new));
            assertEquals(before + 3, net.alice.drops(DropReason.LOOPED));
            assertEquals(sent, sentByAlice());

            // Fragments of another datagram are carried.
            byte[] other = fragments.get(1).clone();
            other[ipv6 ? 47 : 5] ^= 1;
            net.alice.send(other);
            assertEquals(before + 3, net.alice.drops(DropReason.LOOPED));
            assertEquals(sent + 1, sentByAlice());
        }
    }

    /** Makes three fragments, the first with the UDP header and 16 bytes of our message. */
    private static List<byte[]> fragments(byte[] packet) {
        boolean ipv6 = packet[0] >> 4 == 6;
        int header = ipv6 ? 40 : 20;
        List<byte[]> fragments = new ArrayList<>();
        for (int at = 0; at < packet.length - header; at += 512) {
            int end = Math.min(at + 512, packet.length - header);
            boolean more = end < packet.length - header;
            byte[] part = Arrays.copyOfRange(packet, header + at, header + end);
            ByteBuffer fragment = ByteBuffer.allocate(header + (ipv6 ? 8 : 0) + part.length);
            fragment.put(packet, 0, header);
            if (ipv6) {
                fragment.put((byte) 17).put((byte) 0).putShort((short) (at | (more ? 1 : 0)));
                fragment.putInt(0x1234_5678);
                fragment.put(6, (byte) 44).putShort(4, (short) (8 + part.length));
            } else {
                fragment.putShort(2, (short) fragment.capacity()).putShort(4, (short) 0x4321);
                fragment.putShort(6, (short) (at / 8 | (more ? 0x2000 : 0)));
            }
            fragments.add(fragment.put(part).array());
        }
        return fragments;
    }

    @Test
    void theTunnelOfAClientBehindUsToTheSameServerIsCarried() {
        net.connect();
        takeAll(net.alice, net.bob);
        Node client = net.node("client");
        client.meetAtItsAddress(net.bob);
        net.bob.meet(client);
        client.send("by myself");
        net.settle();
        assertEquals(List.of("first", "by myself"), net.bob.texts());

        // From now on through Alice's tunnel.
        route(client, net.alice);
        client.send("by way of Alice");
        net.run(20 * SECOND);
        byte[] carried = InnerPacket.udp(client.ipv4, net.last(client, Kind.DATA));
        assertEquals(0, net.alice.drops(DropReason.LOOPED));
        // Bob refuses it: the client's address is not among Alice's allowed IPs.
        assertTrue(net.bob.drops(DropReason.SOURCE_NOT_ALLOWED) > 0);
        assertEquals(client.ipv4, "10.0.0." + carried[15]);
    }

    @Test
    void aTunnelWithinATunnelOfTheSameProcessGoesOn() {
        TestNet one = new TestNet(Seeds.next());
        DeviceGroup process = new DeviceGroup();
        Node server = one.node("server");
        one.process = () -> process;
        Node outer = one.node("outer");
        Node inner = one.node("inner");
        outer.meetAtItsAddress(server);
        server.meet(outer);
        takeAll(outer, server);
        Node far = one.node("far");
        inner.meetAtItsAddress(far);
        far.meet(inner);
        server.device.addAllowedIp(server.peer(outer), IpPrefix.parse("0.0.0.0/0"));
        // The server forwards what comes out of the outer tunnel to the end of the inner one.
        server.onDelivered =
                packet -> {
                    byte[] bytes = Arrays.copyOfRange(packet, 28, packet.length);
                    one.after(0, () -> far.receive(datagramFrom(inner, far, bytes)));
                };
        one.wire =
                d -> {
                    if (d.from() == inner) {
                        byte[] packet = InnerPacket.udp(outer.ipv4, d);
                        one.after(0, () -> outer.send(packet));
                        return List.of();
                    }
                    return List.of(d);
                };
        for (int i = 0; i < 100; i++) {
            inner.send("packet " + i);
            one.run(100 * MILLISECOND);
        }
        assertEquals(100, far.received.size());
        assertEquals(0, outer.drops(DropReason.LOOPED));
        assertEquals(0, inner.drops(DropReason.LOOPED));
    }

    private static Datagram datagramFrom(Node from, Node to, byte[] bytes) {
        return new Datagram(from, 0, 0, from.address, to.address, (byte) 0, bytes);
    }

    @Test
    void twoTunnelsOfOneProcessEachWithinTheOtherStop() {
        DeviceGroup process = new DeviceGroup();
        TestNet one = new TestNet(Seeds.next());
        Node server = one.node("server");
        Node other = one.node("other");
        one.process = () -> process;
        Node first = one.node("first");
        Node second = one.node("second");
        first.meetAtItsAddress(server);
        server.meet(first);
        second.meetAtItsAddress(other);
        other.meet(second);
        takeAll(first, server);
        takeAll(second, other);
        first.send("a session");
        second.send("a session");
        one.settle();
        one.forgetLog();
        one.wire =
                d -> {
                    Node into = d.from() == first ? second : first;
                    byte[] packet = InnerPacket.udp(into.ipv4, d);
                    one.after(MILLISECOND, () -> into.send(packet));
                    return List.of();
                };
        first.send("ping");
        one.run(SECOND);
        long looped = first.drops(DropReason.LOOPED) + second.drops(DropReason.LOOPED);
        assertEquals(1, looped);
        assertEquals(5, one.sent(Kind.DATA).size());
        for (int i = 0; i < 50; i++) {
            second.send("ping");
            second.send("pong");
            one.run(10 * MILLISECOND);
        }
        assertEquals(5 + 100 * 5, one.sent(Kind.DATA).size());
    }

    @Test
    void aPeerMayBeReachedThroughAnotherOfTheSameTunnelButNotThatOneThroughTheFirst() {
        Node carol = net.node("carol");
        net.alice.meetAtItsAddress(carol);
        carol.meet(net.alice);
        takeAll(net.alice, carol);
        net.connect();
        net.alice.sendTo(carol, "first");
        net.settle();
        net.forgetBeginnings();
        carol.received.clear();
        net.wire =
                d -> {
                    if (!d.destination().sameRemote(net.bob.address)) {
                        return List.of(d);
                    }
                    byte[] packet = InnerPacket.udp(net.alice.ipv4, d);
                    net.after(MILLISECOND, () -> net.alice.send(packet));
                    return List.of();
                };
        net.alice.send("by way of Carol");
        net.settle();
        assertEquals(1, carol.received.size());
        assertEquals(0, net.alice.drops(DropReason.LOOPED));

        net.forgetLog();
        net.alice.device.addAllowedIp(net.alice.peer(net.bob), IpPrefix.parse("192.0.2.3/32"));
        net.wire = TestNet.Wire.HONEST;
        route(net.alice, net.alice);
        net.alice.send("by way of Carol, by way of Bob, by way of Carol");
        net.settle();
        assertEquals(5, net.sent(net.alice, Kind.DATA).size());
        assertEquals(1, net.alice.drops(DropReason.LOOPED));
    }
}
