// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.protocol.device.TestNet.MILLISECOND;
import static org.wgj.protocol.device.TestNet.SECOND;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.wgj.crypto.PresharedKey;
import org.wgj.crypto.PublicKey;
import org.wgj.protocol.DropReason;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.Seeds;
import org.wgj.protocol.device.Datagram.Kind;
import org.wgj.protocol.device.Node.Event;
import org.wgj.protocol.message.InitiationMessage;
import org.wgj.protocol.noise.Handshake;
import org.wgj.protocol.noise.StaticIdentity;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/** Which messages complete a handshake and which do not (whitepaper 5.1 and 5.4). */
@ExtendWith(Seeds.class)
class HandshakeRulesTest {
    private final TwoPeers net = new TwoPeers();

    private Datagram initiation() {
        net.alice.send("hello");
        return net.last(net.alice, Kind.INITIATION);
    }

    @Test
    void aReplayedInitiationIsNotAnswered() {
        Datagram first = initiation();
        net.settle();
        net.run(SECOND);
        net.forgetBeginnings();
        net.bob.receive(first);
        net.settle();
        assertEquals(0, net.sent(net.bob).size());
        assertEquals(1, net.bob.drops(DropReason.HANDSHAKE_INVALID));
    }

    @Test
    void anOlderInitiationIsNotAnswered() {
        net.lose(d -> true);
        Datagram old = initiation();
        net.run(6 * SECOND);
        Datagram newer = net.last(net.alice, Kind.INITIATION);
        net.bob.receive(newer);
        assertEquals(1, net.sent(net.bob, Kind.RESPONSE).size());
        net.run(SECOND);
        net.bob.receive(old);
        assertEquals(1, net.sent(net.bob, Kind.RESPONSE).size());
    }

    @Test
    void initiationsLessThan20MillisecondsApartAreAFlood() {
        List<Datagram> three = new ArrayList<>();
        net.lose(d -> true);
        for (int i = 0; i < 3; i++) {
            three.add(initiation());
            net.alice.device.down();
            net.run(SECOND);
            net.alice.up();
        }
        net.bob.receive(three.get(0));
        net.run(20 * MILLISECOND - 1);
        net.bob.receive(three.get(1));
        assertEquals(1, net.sent(net.bob, Kind.RESPONSE).size());
        net.run(1);
        net.bob.receive(three.get(2));
        assertEquals(2, net.sent(net.bob, Kind.RESPONSE).size());
        net.run(20 * MILLISECOND);
        net.bob.receive(three.get(1));
        assertEquals(2, net.sent(net.bob, Kind.RESPONSE).size(), "older by now");
    }

    @Test
    void theTimestampNeverGoesBackThoughTheWallClockDoes() {
        net.connect();
        for (Duration error :
                List.of(Duration.ofDays(-1), Duration.ofDays(1), Duration.ofDays(-400))) {
            net.alice.wallClockError = error;
            net.run(180 * SECOND);
            net.forgetBeginnings();
            net.alice.send("after the clock was set");
            net.settle();
            assertEquals(List.of("after the clock was set"), net.bob.texts());
        }
    }

    @Test
    void initiationsAtOneMomentOfTheWallClockHaveGrowingTimestamps() {
        net.connect();
        for (int i = 0; i < 100; i++) {
            net.run(180 * SECOND);
            net.alice.wallClockError = Duration.ofNanos(-net.nowNs());
            net.forgetBeginnings();
            net.alice.send("no time has passed");
            net.settle();
            assertEquals(1, net.bob.received.size());
        }
    }

    @Test
    void theTimestampIsWhitened() {
        Handshake handshake = new Handshake(net.bob.publicKey());
        handshake.setIdentity(new StaticIdentity(net.alice.key));
        StaticIdentity bob = new StaticIdentity(net.bob.key);
        for (int i = 0; i < 20; i++) {
            Instant instant =
                    Instant.ofEpochSecond(1_800_000_000L + i, net.random.nextInt(1_000_000_000));
            InitiationMessage message = handshake.createInitiation(1, net.random, instant);
            byte[] timestamp = NoiseByHand.timestampOf(message.bytes(), bob);
            int nanos = java.nio.ByteBuffer.wrap(timestamp).getInt(8);
            assertEquals(0, nanos & 0xff_ffff, "coarser than 2^24 ns");
            assertTrue(nanos <= instant.getNano() && instant.getNano() - nanos < 1 << 24);
        }
    }

    @Test
    void aHandshakeNeedsTheSamePresharedKeyOnBothSides() {
        PresharedKey key = PresharedKey.generate(net.random);
        net.alice.device.setPresharedKey(net.alice.peer(net.bob), key);
        net.alice.send("with a key");
        net.run(60 * SECOND);
        assertEquals(0, net.alice.told(Event.HANDSHAKE_COMPLETED).size());
        assertEquals(0, net.sent(net.alice, Kind.DATA).size());
        assertTrue(net.alice.drops(DropReason.HANDSHAKE_INVALID) > 0, "the responses");

        net.bob.device.setPresharedKey(net.bob.peer(net.alice), key);
        net.run(10 * SECOND);
        assertEquals(List.of("with a key"), net.bob.texts());
    }

    @Test
    void anotherPresharedKeyCountsFromTheNextHandshakeOn() {
        net.connect();
        PresharedKey key = PresharedKey.generate(net.random);
        net.alice.device.setPresharedKey(net.alice.peer(net.bob), key);
        net.alice.send("the session goes on");
        net.settle();
        assertEquals("the session goes on", net.bob.texts().getLast());

        net.run(180 * SECOND);
        net.alice.send("needs a new one");
        net.run(SECOND);
        assertEquals("the session goes on", net.bob.texts().getLast());

        net.bob.device.setPresharedKey(net.bob.peer(net.alice), key);
        net.run(6 * SECOND);
        assertEquals("needs a new one", net.bob.texts().getLast());

        net.alice.device.setPresharedKey(net.alice.peer(net.bob), PresharedKey.NONE);
        net.bob.device.setPresharedKey(net.bob.peer(net.alice), PresharedKey.NONE);
        net.run(180 * SECOND);
        net.alice.send("without again");
        net.settle();
        assertEquals("without again", net.bob.texts().getLast());
        assertTrue(net.alice.peer(net.bob).presharedKey().isNone());
    }

    @Test
    void aPeerWithAKeyOfLowOrderIsNeverSentAnything() {
        // The seven points of RFC 7748's curve whose order divides 8, and another encoding of the
        // first.
        List<String> lowOrder =
                List.of(
                        "0000000000000000000000000000000000000000000000000000000000000000",
                        "0100000000000000000000000000000000000000000000000000000000000000",
                        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
                        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
                        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                        "0000000000000000000000000000000000000000000000000000000000000080");
        for (String hex : lowOrder) {
            PublicKey key = PublicKey.fromHex(hex);
            Peer peer = net.alice.device.addPeer(key);
            net.alice.device.setEndpoint(peer, net.bob.address);
            net.alice.device.addAllowedIp(peer, IpPrefix.parse("10.1.0.0/16"));
            net.alice.device.setPersistentKeepalive(peer, 5);
            net.alice.device.peerConfigured(peer, net.nowNs());
            net.alice.send(InnerPacket.text(net.alice.ipv4, "10.1.2.3", "hello"));
            net.run(100 * SECOND);
            assertEquals(0, net.sent(net.alice).size(), hex);
            assertEquals(0, net.alice.device.indices().size());
        }
    }

    @Test
    void anEphemeralKeyOfLowOrderIsNotAnswered() {
        for (String hex :
                List.of(
                        "0000000000000000000000000000000000000000000000000000000000000000",
                        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")) {
            byte[] bytes = initiation().bytes().clone();
            System.arraycopy(HexFormat.of().parseHex(hex), 0, bytes, 8, 32);
            NoiseByHand.writeMac1(bytes, net.bob.publicKey());
            net.bob.receive(net.last(net.alice, Kind.INITIATION).withBytes(bytes));
            assertEquals(0, net.sent(net.bob).size());
        }
        assertEquals(2, net.bob.drops(DropReason.HANDSHAKE_INVALID));
    }

    @Test
    void anInitiationOfAStrangerIsNotAnswered() {
        Node mallory = net.node("mallory");
        mallory.meetAtItsAddress(net.bob);
        mallory.sendTo(net.bob, "let me in");
        net.run(SECOND);
        assertEquals(0, net.sent(net.bob).size());
        assertEquals(1, net.bob.drops(DropReason.HANDSHAKE_INVALID));
    }

    @Test
    void anInitiationForAnotherIsDroppedAtMac1() {
        Node carol = net.node("carol");
        carol.meetAtItsAddress(net.alice);
        carol.receive(initiation());
        assertEquals(1, carol.drops(DropReason.MAC1_INVALID));
        assertEquals(0, net.sent(carol).size());
    }

    @Test
    void aResponseToAnOlderInitiationIsRefused() {
        net.lose(d -> d.is(Kind.RESPONSE));
        initiation();
        net.settle();
        Datagram late = net.last(net.bob, Kind.RESPONSE);
        net.run(5 * SECOND + SECOND / 3);
        net.alice.receive(late);
        assertEquals(0, net.alice.told(Event.HANDSHAKE_COMPLETED).size());
        net.heal();
        net.run(6 * SECOND);
        assertEquals(List.of("hello"), net.bob.texts());
    }

    @Test
    void indicesAreRandom() {
        Set<Integer> seen = new HashSet<>();
        int topBits = 0;
        for (int i = 0; i < 64; i++) {
            TwoPeers other = new TwoPeers();
            other.connect();
            for (Datagram d : other.sent()) {
                if (d.isHandshake()) {
                    assertTrue(seen.add(d.senderIndex()));
                    topBits += d.senderIndex() >>> 31;
                }
            }
        }
        assertEquals(128, seen.size());
        assertTrue(topBits > 32 && topBits < 96, topBits + " of 128 in the upper half");
    }

    @Test
    void handshakesAreMarkedWithDscpAf41AndNoEcn() {
        net.connect();
        for (Datagram d : net.sent()) {
            assertEquals(d.isHandshake() ? (byte) 0x88 : 0, d.trafficClass());
        }
    }

    @Test
    void theClockMayStartAnywhere() {
        for (long start : new long[] {0, 1, SECOND, Long.MAX_VALUE / 4}) {
            TwoPeers late = new TwoPeers();
            late.startAt(start);
            boolean[] lost = {false};
            late.wire = d -> lost[0] ? List.of(d) : List.of();
            late.after(SECOND, () -> lost[0] = true);
            late.alice.send("first");
            late.run(200 * SECOND);
            assertEquals(List.of("first"), late.bob.texts());
            assertEquals(2, late.sent(Kind.INITIATION).size());
        }
    }
}
