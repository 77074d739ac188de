// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.protocol.device.TestNet.MILLISECOND;
import static org.wgj.protocol.device.TestNet.SECOND;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.protocol.DropReason;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.PeerStatus;
import org.wgj.protocol.Seeds;
import org.wgj.protocol.device.Datagram.Kind;

import java.util.List;

/** Changed keys, peers removed and added again, the interface down and up. */
@ExtendWith(Seeds.class)
class DeviceLifecycleTest {
    private final TwoPeers net = TwoPeers.connected();

    @Test
    void aNewPrivateKeyEndsSendingWithTheOldSessions() {
        PrivateKey fresh = PrivateKey.generate(net.random);
        net.alice.send("on its way");
        net.bob.send("on its way");
        net.alice.device.setPrivateKey(fresh);
        net.settle();
        assertEquals(List.of("on its way"), net.alice.texts(), "what is under way still arrives");

        net.alice.send("who am I");
        assertEquals(1, net.sent(net.alice, Kind.DATA).size());
        assertEquals(1, net.sent(net.alice, Kind.INITIATION).size());
        net.run(SECOND);
        assertEquals(List.of("on its way"), net.bob.texts(), "Bob does not know the new key");

        Peer peer = net.bob.device.addPeer(fresh.publicKey());
        net.bob.device.addAllowedIp(peer, IpPrefix.parse(net.alice.ipv4));
        net.run(6 * SECOND);
        assertEquals(List.of("on its way", "who am I"), net.bob.texts());
        assertEquals(fresh.publicKey(), net.alice.device.publicKey());
        assertEquals(fresh, net.alice.device.privateKey());
    }

    @Test
    void aRenewedPrivateKeyLosesNoPacket() {
        PublicKey old = net.alice.publicKey();
        PrivateKey fresh = PrivateKey.generate(net.random);
        Peer next = net.bob.device.addPeer(fresh.publicKey());
        net.bob.device.setStandsInFor(next, old);
        Peer bob = net.alice.peer(net.bob);

        net.alice.device.renewPrivateKey(fresh);
        net.alice.send("1");
        net.bob.send("a");
        assertEquals(0, net.sent(net.alice, Kind.INITIATION).size(), "in the old session");
        net.alice.device.initiate(bob, null, net.nowNs());
        net.alice.send("2");
        net.settle();
        net.alice.send("3"); // in the new session, before the addresses move
        net.bob.send("b"); // still in the old one
        net.settle();
        net.bob.device.addAllowedIp(next, IpPrefix.parse(net.alice.ipv4));
        net.bob.send("c");
        net.settle();
        assertEquals(List.of("1", "2", "3"), net.bob.texts());
        assertEquals(List.of("a", "b", "c"), net.alice.texts());
        assertEquals(0, net.alice.drops(DropReason.STAGED_DROPPED));
        assertEquals(0, net.sent(net.bob, Kind.INITIATION).size());
    }

    @Test
    void onlyThePeerThatStandsInForAnotherHasItsAddresses() {
        PrivateKey fresh = PrivateKey.generate(net.random);
        Peer next = net.bob.device.addPeer(fresh.publicKey());
        net.alice.device.renewPrivateKey(fresh);
        net.alice.device.initiate(net.alice.peer(net.bob), null, net.nowNs());
        net.settle();
        net.alice.send("too early");
        net.settle();
        net.bob.device.setStandsInFor(next, net.bob.publicKey());
        net.alice.send("for another");
        net.settle();
        assertEquals(2, net.bob.drops(DropReason.SOURCE_NOT_ALLOWED));
        net.bob.device.setStandsInFor(next, net.alice.publicKey());
        net.alice.send("for the old key");
        net.settle();
        net.bob.device.setStandsInFor(next, null);
        net.alice.send("too late");
        net.settle();
        assertEquals(List.of("for the old key"), net.bob.texts());
        assertEquals(3, net.bob.drops(DropReason.SOURCE_NOT_ALLOWED));
    }

    @Test
    void withoutHandshakesSessionsGoOnAndNoneBegins() {
        Peer alice = net.bob.peer(net.alice);
        net.bob.device.setHandshakesAllowed(alice, false);
        net.alice.send("in the session");
        net.bob.send("so too");
        net.settle();
        assertEquals(List.of("in the session"), net.bob.texts());
        assertEquals(List.of("so too"), net.alice.texts());
        net.run(2 * SECOND);
        net.alice.device.initiate(net.alice.peer(net.bob), null, net.nowNs());
        net.bob.device.initiate(alice, null, net.nowNs());
        net.settle();
        assertEquals(0, net.sent(Kind.RESPONSE).size());
        assertEquals(0, net.sent(net.bob, Kind.INITIATION).size());
        net.run(200 * SECOND);
        assertEquals(0, net.sent(Kind.RESPONSE).size());
        net.bob.device.setHandshakesAllowed(alice, true);
        net.bob.send("again");
        net.settle();
        assertEquals("again", net.alice.texts().getLast());
    }

    @Test
    void theSamePrivateKeyChangesNothing() {
        net.alice.device.setPrivateKey(net.alice.key);
        net.alice.send("as before");
        net.settle();
        assertEquals(0, net.sent(Kind.INITIATION).size());
        assertEquals(List.of("as before"), net.bob.texts());
    }

    @Test
    void withoutAPrivateKeyNothingIsSentOrAnswered() {
        net.alice.device.setPrivateKey(null);
        net.forgetBeginnings();
        net.alice.send("nobody");
        net.run(400 * SECOND);
        net.bob.send("hello?");
        net.run(100 * SECOND);
        assertEquals(0, net.sent(net.alice).size());
        assertTrue(net.alice.drops(DropReason.NOT_READY) > 0);
        net.alice.device.setPrivateKey(net.alice.key);
        net.run(100 * SECOND);
        net.bob.send("welcome back");
        net.settle();
        assertEquals("welcome back", net.alice.texts().getLast());
    }

    @Test
    void aPeerWithTheNewOwnKeyIsRemoved() {
        assertFalse(net.alice.device.setPrivateKey(net.alice.key), "the key it has");
        assertTrue(net.alice.device.setPrivateKey(net.bob.key), "a peer was removed");
        assertNull(net.alice.peer(net.bob));
        assertEquals(0, net.alice.device.indices().size());
        assertFalse(net.alice.device.removePeer(net.bob.publicKey()), "no longer a peer");
        assertThrows(
                IllegalArgumentException.class,
                () -> net.alice.device.addPeer(net.bob.publicKey()));
        net.alice.send("nowhere");
        assertEquals(1, net.alice.drops(DropReason.NO_PEER));
    }

    @Test
    void aRemovedPeerIsForgottenAndMayComeBack() {
        net.alice.device.removePeer(net.bob.publicKey());
        net.alice.send("nowhere");
        assertEquals(1, net.alice.drops(DropReason.NO_PEER));
        net.bob.send("hello?");
        net.run(SECOND);
        assertEquals(1, net.alice.drops(DropReason.NO_SESSION));
        net.run(20 * SECOND);
        assertTrue(net.sent(net.bob, Kind.INITIATION).size() > 0);
        assertEquals(0, net.sent(net.alice).size());

        Peer again = net.alice.meetAtItsAddress(net.bob);
        assertEquals(0, again.status().receivedBytes());
        assertNull(again.status().lastHandshake());
        net.alice.send("I am back");
        net.run(10 * SECOND);
        assertTrue(net.bob.texts().contains("I am back"));
        net.alice.device.removePeer(net.bob.publicKey());
        net.alice.device.removePeer(net.bob.publicKey());
    }

    @Test
    void peersAreListedInTheOrderTheyWereAdded() {
        for (int i = 0; i < 50; i++) {
            net.alice.device.addPeer(PrivateKey.generate(net.random).publicKey());
        }
        List<Peer> peers = List.copyOf(net.alice.device.peers());
        assertSame(peers.get(0), net.alice.peer(net.bob));
        for (Peer peer : peers) {
            assertSame(peer, net.alice.device.addPeer(peer.publicKey()));
        }
        assertEquals(peers, List.copyOf(net.alice.device.peers()));
        assertEquals(51, peers.size());
        net.alice.device.removePeers();
        assertEquals(0, net.alice.device.peers().size());
    }

    @Test
    void aDeviceHasAtMost65536Peers() {
        byte[] key = new byte[32];
        for (int i = 1; i < 65_536; i++) {
            key[0] = (byte) i;
            key[1] = (byte) (i >> 8);
            net.alice.device.addPeer(PublicKey.of(key));
        }
        assertEquals(65_536, net.alice.device.peers().size());
        key[2] = 1;
        assertThrows(
                IllegalArgumentException.class, () -> net.alice.device.addPeer(PublicKey.of(key)));
        assertSame(
                net.alice.peer(net.bob),
                net.alice.device.addPeer(net.bob.publicKey()),
                "one that is there already is no further one");
        net.alice.send("still working");
        net.settle();
        assertEquals(List.of("still working"), net.bob.texts());
    }

    @Test
    void whileDownNothingGoesInOrOut() {
        net.bob.send("on its way");
        net.alice.device.down();
        assertFalse(net.alice.device.isUp());
        net.alice.send("too late");
        net.settle();
        assertEquals(List.of(), net.alice.texts());
        assertEquals(0, net.sent(net.alice).size());
        assertEquals(2, net.alice.drops(DropReason.NOT_READY));
        net.run(1000 * SECOND);
        assertEquals(0, net.sent(net.alice).size());
    }

    @Test
    void upAgainANewSessionBeginsAtOnce() {
        net.alice.device.down();
        net.alice.up();
        net.alice.send("back");
        net.settle();
        assertEquals(List.of("back"), net.bob.texts());
        assertEquals(1, net.sent(net.alice, Kind.INITIATION).size());
    }

    @Test
    void aPeerThatWasAddedLateIsServedWhenItsConfigurationIsComplete() {
        Node carol = net.node("carol");
        carol.meet(net.alice);
        Peer peer = net.alice.device.addPeer(carol.publicKey());
        net.alice.device.addAllowedIp(peer, IpPrefix.parse("10.0.0.0/24"));
        net.alice.send(InnerPacket.text(net.alice.ipv4, carol.ipv4, "no endpoint yet"));
        assertEquals(1, net.alice.drops(DropReason.NO_ENDPOINT));
        net.alice.device.setEndpoint(peer, carol.address);
        net.alice.device.peerConfigured(peer, net.nowNs());
        assertEquals(0, net.sent(net.alice).size(), "there is no reason to");
        net.alice.send(InnerPacket.text(net.alice.ipv4, carol.ipv4, "now"));
        net.settle();
        assertEquals(List.of("now"), carol.texts());
    }

    @Test
    void timesAndBytesAreCountedExactly() {
        TwoPeers fresh = new TwoPeers();
        fresh.alice.send(InnerPacket.ofLength(fresh.alice.ipv4, fresh.bob.ipv4, 100));
        fresh.settle();
        fresh.bob.send(InnerPacket.ofLength(fresh.bob.ipv4, fresh.alice.ipv4, 20));
        fresh.settle();
        // 100 bytes are padded to 112, 20 to 32; each datagram has 32 more.
        PeerStatus alice = fresh.alice.peer(fresh.bob).status();
        assertEquals(148 + 112 + 32, alice.sentBytes());
        assertEquals(92 + 32 + 32, alice.receivedBytes());
        PeerStatus bob = fresh.bob.peer(fresh.alice).status();
        assertEquals(92 + 32 + 32, bob.sentBytes());
        assertEquals(148 + 112 + 32, bob.receivedBytes());
        assertEquals(Node.BEGINNING.plusNanos(2 * fresh.latencyNs), alice.lastHandshake());
        assertEquals(Node.BEGINNING.plusNanos(3 * fresh.latencyNs), bob.lastHandshake());
        fresh.run(20 * SECOND);
        assertEquals(
                148 + 112 + 32 + 32, fresh.alice.peer(fresh.bob).status().sentBytes(), "keepalive");
    }

    @Test
    void packetsThatAreDroppedInsideCountAsReceived() {
        net.alice.send(InnerPacket.text("10.7.7.7", net.bob.ipv4, "12345678901234567890"));
        long before = net.bob.peer(net.alice).status().receivedBytes();
        net.settle();
        assertEquals(before + 80, net.bob.peer(net.alice).status().receivedBytes());
    }

    @Test
    void statusMayBeAskedAtEveryStage() {
        Peer peer = net.alice.device.addPeer(PrivateKey.generate(net.random).publicKey());
        PeerStatus status = peer.status();
        assertNull(status.endpoint());
        assertNull(status.lastHandshake());
        assertEquals(List.of(), status.allowedIps());
        assertTrue(peer.presharedKey().isNone());
        assertEquals(0, status.persistentKeepaliveSeconds());
        net.alice.device.removePeer(peer.publicKey());
        peer.status();
    }

    @Test
    void callingTooEarlyOrLateIsHarmless() {
        TwoPeers early = TwoPeers.connected();
        for (int i = 0; i < 3000; i++) {
            early.alice.device.handleTimeouts(early.nowNs());
            early.bob.device.handleTimeouts(early.nowNs());
            if (i % 100 == 0) {
                early.alice.send("tick " + i);
            }
            early.run(100 * MILLISECOND);
        }
        assertEquals(30, early.bob.received.size());
        assertEquals(2, early.sent(Kind.INITIATION).size());

        Device late = early.alice.device;
        late.handleTimeouts(early.nowNs() + 3600 * SECOND);
        assertEquals(Long.MAX_VALUE, late.nextDeadlineNs());
    }
}
