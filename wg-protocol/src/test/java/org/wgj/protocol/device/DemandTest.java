// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.protocol.DropReason;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.PeersOnDemand;
import org.wgj.protocol.Seeds;
import org.wgj.protocol.device.Datagram.Kind;

import java.net.InetAddress;
import java.util.List;

/** Peers that a device gets when a packet or an initiation asks for them. */
@ExtendWith(Seeds.class)
class DemandTest {
    private final TestNet net = new TestNet(Seeds.next());
    private final Node alice = net.node("alice");
    private final Node bob = net.node("bob");

    /** Lets a node find the other one. */
    private static void knows(Node node, Node other) {
        knows(node, other, other.address);
    }

    private static void knows(Node node, Node other, Endpoint placeOrNull) {
        PeersOnDemand.Found found =
                new PeersOnDemand.Found(
                        other.publicKey(),
                        placeOrNull,
                        List.of(IpPrefix.parse(other.ipv4), IpPrefix.parse(other.ipv6)));
        node.device.setPeersOnDemand(
                new PeersOnDemand() {
                    @Override
                    public Found byAddress(InetAddress destination) {
                        boolean its =
                                destination.equals(InetAddress.ofLiteral(other.ipv4))
                                        || destination.equals(InetAddress.ofLiteral(other.ipv6));
                        return its && placeOrNull != null ? found : null;
                    }

                    @Override
                    public Found byKey(PublicKey claimed) {
                        return claimed.equals(other.publicKey()) ? found : null;
                    }
                });
    }

    private void up() {
        alice.up();
        bob.up();
    }

    @Test
    void aPacketAndItsInitiationAddPeersAtBothEnds() {
        up();
        knows(alice, bob);
        knows(bob, alice);
        alice.sendTo(bob, "hello");
        net.settle();
        assertEquals(List.of("hello"), bob.texts());
        bob.sendTo(alice, "back");
        net.settle();
        assertEquals(List.of("back"), alice.texts());
        assertEquals(1, net.sent(Kind.INITIATION).size());
        assertEquals(1, alice.device.peers().size());
        assertEquals(1, bob.device.peers().size());
    }

    @Test
    void aPeerWhosePlaceIsUnknownCanCall() {
        alice.meetAtItsAddress(bob);
        up();
        knows(bob, alice, null);
        bob.sendTo(alice, "nowhere to send it");
        assertEquals(1, bob.drops(DropReason.NO_PEER));
        alice.sendTo(bob, "hello");
        net.settle();
        assertEquals("hello", bob.texts().getLast()); // before it, ICMP says: unreachable
        bob.sendTo(alice, "back");
        net.settle();
        assertEquals(List.of("back"), alice.texts());
        assertEquals(1, net.sent(Kind.INITIATION).size());
    }

    @Test
    void whatNobodyKnowsIsDroppedAsBefore() {
        up();
        knows(bob, alice);
        alice.sendTo(bob, "hello");
        assertEquals(1, alice.drops(DropReason.NO_PEER));
        assertEquals(0, alice.device.peers().size());
        alice.meetAtItsAddress(bob);
        bob.device.setPeersOnDemand(none());
        alice.sendTo(bob, "hello");
        net.settle();
        assertEquals(1, bob.drops(DropReason.HANDSHAKE_INVALID));
        assertEquals(0, bob.device.peers().size());
    }

    private static PeersOnDemand none() {
        return new PeersOnDemand() {
            @Override
            public Found byAddress(InetAddress destination) {
                return null;
            }

            @Override
            public Found byKey(PublicKey claimed) {
                return null;
            }
        };
    }

    @Test
    void aRecordedInitiationDoesNotBringAPeerBackThatWasRemoved() {
        alice.meetAtItsAddress(bob);
        up();
        knows(bob, alice);
        alice.sendTo(bob, "hello");
        net.settle();
        Datagram recorded = net.last(alice, Kind.INITIATION);
        assertTrue(bob.device.removePeer(alice.publicKey()));
        net.inject(again(recorded, recorded.bytes()));
        net.settle();
        assertNull(bob.peer(alice));
        assertEquals(1, bob.drops(DropReason.HANDSHAKE_INVALID));
    }

    private Datagram again(Datagram sent, byte[] bytes) {
        return new Datagram(
                null, net.nowNs(), net.nowNs(), sent.source(), sent.destination(), (byte) 0, bytes);
    }

    @Test
    void anInitiationThatOnlyClaimsAKeyTakesNoRangeFromAnotherPeer() {
        alice.meetAtItsAddress(bob);
        up();
        knows(bob, alice);
        Peer holder = bob.device.addPeer(PrivateKey.generate().publicKey());
        IpPrefix range = IpPrefix.parse(alice.ipv4);
        bob.device.addAllowedIp(holder, range);
        net.lose(d -> d.is(Kind.INITIATION));
        alice.sendTo(bob, "hello");
        net.settle();
        Datagram sent = net.last(alice, Kind.INITIATION);
        byte[] broken = sent.bytes().clone();
        broken[100] ^= 1;
        NoiseByHand.writeMac1(broken, bob.publicKey());
        net.heal();
        net.inject(again(sent, broken));
        net.settle();
        assertEquals(List.of(range), List.copyOf(holder.allowedIps()));
    }

    @Test
    void anInitiationThatOnlyClaimsAKeyLeavesNoPeer() {
        alice.meetAtItsAddress(bob);
        up();
        knows(bob, alice);
        net.lose(d -> d.is(Kind.INITIATION));
        alice.sendTo(bob, "hello");
        net.settle();
        Datagram sent = net.last(alice, Kind.INITIATION);
        byte[] broken = sent.bytes().clone();
        broken[100] ^= 1; // in the timestamp, which alice alone can seal; anyone can make mac1
        NoiseByHand.writeMac1(broken, bob.publicKey());
        net.heal();
        net.inject(again(sent, broken));
        net.settle();
        assertEquals(1, bob.drops(DropReason.HANDSHAKE_INVALID));
        assertNull(bob.peer(alice));
        assertEquals(0, net.sent(bob).size());
    }
}
