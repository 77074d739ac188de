// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.wgj.protocol.DropReason;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.Seeds;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Which peer a packet goes to, and may come from: cryptokey routing (whitepaper 2). */
@ExtendWith(Seeds.class)
class RoutingTest {
    private final TwoPeers net = new TwoPeers();
    private final Node carol = net.node("carol");

    RoutingTest() {
        net.alice.meetAtItsAddress(carol);
        carol.meetAtItsAddress(net.alice);
    }

    private void allow(Node node, Node peer, String range) {
        node.device.addAllowedIp(node.peer(peer), IpPrefix.parse(range));
    }

    private List<IpPrefix> allowed(Node node, Node peer) {
        return node.peer(peer).status().allowedIps();
    }

    private static List<IpPrefix> prefixes(String... texts) {
        return Arrays.stream(texts).map(IpPrefix::parse).toList();
    }

    @Test
    void theLongestRangeDecidesWhereAPacketGoes() {
        allow(net.alice, net.bob, "0.0.0.0/0");
        allow(net.alice, carol, "172.16.0.0/12");
        allow(net.alice, net.bob, "172.16.5.0/24");
        for (String destination :
                List.of("8.8.8.8", "172.15.255.255", "172.32.0.0", "172.16.5.9", "10.0.0.2")) {
            net.alice.send(InnerPacket.text(net.alice.ipv4, destination, destination));
        }
        for (String destination : List.of("172.16.0.0", "172.31.255.255", "172.16.6.0")) {
            net.alice.send(InnerPacket.text(net.alice.ipv4, destination, destination));
        }
        net.settle();
        assertEquals(
                List.of("8.8.8.8", "172.15.255.255", "172.32.0.0", "172.16.5.9", "10.0.0.2"),
                net.bob.texts());
        assertEquals(List.of("172.16.0.0", "172.31.255.255", "172.16.6.0"), carol.texts());
    }

    @Test
    void ipv6IsRoutedApart() {
        allow(net.alice, net.bob, "::/0");
        allow(net.alice, carol, "2001:db8::/33");
        net.alice.send(InnerPacket.text(net.alice.ipv6, "2001:db8:8000::1", "bob"));
        net.alice.send(InnerPacket.text(net.alice.ipv6, "2001:db8:7fff::1", "carol"));
        net.alice.send(InnerPacket.text(net.alice.ipv4, "8.8.8.8", "nobody"));
        net.settle();
        assertEquals(List.of("bob"), net.bob.texts());
        assertEquals(List.of("carol"), carol.texts());
        assertEquals(1, net.alice.drops(DropReason.NO_PEER));
    }

    @Test
    void packetsOfSeveralPeersInOneBatchKeepTheirOrder() {
        byte[][] packets = new byte[90][];
        List<String> bobs = new ArrayList<>();
        List<String> carols = new ArrayList<>();
        for (int i = 0; i < packets.length; i++) {
            int to = net.random.nextInt(4);
            String destination = to == 0 ? "9.9.9.9" : to == 1 ? carol.ipv4 : net.bob.ipv4;
            packets[i] = InnerPacket.text(net.alice.ipv4, destination, "packet " + i);
            if (to > 0) {
                (to == 1 ? carols : bobs).add("packet " + i);
            }
        }
        for (int round = 0; round < 2; round++) {
            net.alice.send(packets); // first staged, then sealed in place
            net.settle();
            assertEquals(bobs, net.bob.texts());
            assertEquals(carols, carol.texts());
            net.bob.received.clear();
            carol.received.clear();
        }
    }

    @Test
    void aSourceThatBelongsToAnotherPeerIsRefused() {
        net.connect();
        net.forgetBeginnings();
        // Alice gives a whole network to Bob, and one of its addresses to Carol.
        allow(net.alice, net.bob, "172.16.0.0/12");
        allow(net.alice, carol, "172.16.1.1/32");
        net.bob.send(InnerPacket.text("172.16.1.2", net.alice.ipv4, "Bob's"));
        net.bob.send(InnerPacket.text("172.16.1.1", net.alice.ipv4, "Carol's"));
        net.bob.send(InnerPacket.text("10.0.0.3", net.alice.ipv4, "Carol's"));
        net.bob.send(InnerPacket.text("8.8.8.8", net.alice.ipv4, "nobody's"));
        net.bob.send(InnerPacket.text("fd00::3", net.alice.ipv6, "Carol's"));
        net.bob.send(InnerPacket.text("fd00::2", net.alice.ipv6, "Bob's"));
        net.settle();
        assertEquals(List.of("Bob's", "Bob's"), net.alice.texts());
        assertEquals(4, net.alice.drops(DropReason.SOURCE_NOT_ALLOWED));
    }

    @Test
    void aRangeThatIsGivenToAnotherPeerMoves() {
        net.connect();
        allow(net.alice, carol, net.bob.ipv4 + "/32");
        assertEquals(prefixes("fd00::2/128"), allowed(net.alice, net.bob));
        assertEquals(
                prefixes("10.0.0.3/32", "fd00::3/128", "10.0.0.2/32"), allowed(net.alice, carol));
        net.forgetBeginnings();
        net.alice.sendTo(net.bob, "now Carol's");
        net.bob.send("no longer mine");
        net.settle();
        assertEquals(List.of("now Carol's"), carol.texts());
        assertEquals(List.of(), net.alice.texts());
        assertEquals(1, net.alice.drops(DropReason.SOURCE_NOT_ALLOWED));
    }

    @Test
    void onlyTheOwnerCanLoseARange() {
        Device device = net.alice.device;
        IpPrefix bobs = IpPrefix.parse("10.0.0.2/32");
        assertFalse(device.removeAllowedIp(net.alice.peer(carol), bobs));
        assertFalse(device.removeAllowedIp(net.alice.peer(net.bob), IpPrefix.parse("10.0.0.0/31")));
        assertTrue(device.removeAllowedIp(net.alice.peer(net.bob), bobs));
        assertFalse(device.removeAllowedIp(net.alice.peer(net.bob), bobs));
        net.alice.sendTo(net.bob, "nowhere");
        assertEquals(1, net.alice.drops(DropReason.NO_PEER));
    }

    @Test
    void allRangesOfOnePeerMayBeTakenAway() {
        net.alice.device.removeAllowedIps(net.alice.peer(net.bob));
        assertEquals(List.of(), allowed(net.alice, net.bob));
        assertEquals(prefixes("10.0.0.3/32", "fd00::3/128"), allowed(net.alice, carol));
    }

    @Test
    void aRemovedPeersRangesAreFree() {
        net.alice.device.removePeer(net.bob.publicKey());
        net.alice.send(InnerPacket.text(net.alice.ipv4, net.bob.ipv4, "nowhere"));
        assertEquals(1, net.alice.drops(DropReason.NO_PEER));
        allow(net.alice, carol, net.bob.ipv4);
        net.alice.send(InnerPacket.text(net.alice.ipv4, net.bob.ipv4, "to Carol"));
        net.settle();
        assertEquals(List.of("to Carol"), carol.texts());
    }

    @Test
    void aHundredThousandRangesAreNoProblem() {
        for (int i = 0; i < 130_561; i++) {
            net.alice.device.addAllowedIp(
                    net.alice.peer(i % 2 == 0 ? net.bob : carol),
                    new IpPrefix(false, 0, 0x0b00_0000L + i, 32));
        }
        assertEquals(130_561 / 2 + 1 + 2, allowed(net.alice, net.bob).size());
        net.alice.send(InnerPacket.text(net.alice.ipv4, "11.1.254.0", "the last"));
        net.settle();
        assertEquals(List.of("the last"), net.bob.texts());
        net.alice.device.removePeer(net.bob.publicKey());
        net.alice.device.removePeer(carol.publicKey());
        net.alice.send(InnerPacket.text(net.alice.ipv4, "11.1.254.0", "nowhere"));
        assertEquals(1, net.alice.drops(DropReason.NO_PEER));
    }
}
