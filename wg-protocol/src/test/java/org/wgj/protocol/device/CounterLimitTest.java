// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.wgj.protocol.device.TestNet.SECOND;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.wgj.crypto.PacketLayout;
import org.wgj.protocol.DropReason;
import org.wgj.protocol.Seeds;
import org.wgj.protocol.device.Datagram.Kind;
import org.wgj.protocol.session.Keypair;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;

/** Large counters: unsigned, 64 bits, with a limit (whitepaper 6.1 and 6.2). */
@ExtendWith(Seeds.class)
class CounterLimitTest {
    /** 2^64 - 2^13 - 1. */
    private static final long REJECT_AFTER = 0xffff_ffff_ffff_dfffL;

    private final TwoPeers net = TwoPeers.connected();

    private Keypair keypair(Node node) {
        return node.peer(net.other(node)).sendingKeypair(net.nowNs());
    }

    private void sendThree(Node node) {
        for (String text : List.of("one", "two", "three")) {
            node.send(text);
        }
        net.settle();
    }

    @Test
    void countersPass32Bits() {
        keypair(net.alice).setSendCounter((1L << 32) - 2);
        sendThree(net.alice);
        assertEquals(List.of("one", "two", "three"), net.bob.texts());
        assertEquals(
                List.of((1L << 32) - 2, (1L << 32) - 1, 1L << 32),
                net.sent(net.alice, Kind.DATA).stream().map(Datagram::counter).toList());
    }

    @Test
    void equalPacketsAreDifferentDatagramsAlso32BitsApart() {
        keypair(net.alice).setSendCounter(5);
        net.alice.send("same");
        keypair(net.alice).setSendCounter(5 + (1L << 32));
        net.alice.send("same");
        List<Datagram> sent = net.sent(net.alice, Kind.DATA);
        assertFalse(
                Arrays.equals(
                        sent.get(0).bytes(),
                        16,
                        sent.get(0).bytes().length,
                        sent.get(1).bytes(),
                        16,
                        sent.get(1).bytes().length));
    }

    @Test
    void countersPass63Bits() {
        keypair(net.alice).setSendCounter(Long.MAX_VALUE - 1);
        sendThree(net.alice);
        assertEquals(List.of("one", "two", "three"), net.bob.texts());
        net.bob.receive(net.last(net.alice, Kind.DATA));
        assertEquals(1, net.bob.drops(DropReason.REPLAYED));
    }

    @Test
    void bothSidesRenewAfter2To60Messages() {
        for (Node node : List.of(net.alice, net.bob)) {
            TwoPeers fresh = TwoPeers.connected();
            Node sender = node == net.alice ? fresh.alice : fresh.bob;
            Peer peer = sender.peer(fresh.other(sender));
            fresh.run(10 * SECOND);
            peer.sendingKeypair(fresh.nowNs()).setSendCounter((1L << 60) - 1);
            sender.send("the 2^60th");
            assertEquals(0, fresh.sent(sender, Kind.INITIATION).size());
            sender.send("one more");
            assertEquals(1, fresh.sent(sender, Kind.INITIATION).size());
            fresh.settle();
            assertEquals(List.of("the 2^60th", "one more"), fresh.other(sender).texts());
        }
    }

    @Test
    void nothingIsSentFromTheLimitOnAndANewSessionCarriesTheRest() {
        net.run(10 * SECOND);
        net.forgetBeginnings();
        keypair(net.alice).setSendCounter(REJECT_AFTER - 1);
        net.lose(d -> d.isHandshake());
        sendThree(net.alice);
        List<Datagram> data = net.sent(net.alice, Kind.DATA);
        assertEquals(1, data.size());
        assertEquals(REJECT_AFTER - 1, data.getFirst().counter());
        assertEquals(List.of("one"), net.bob.texts());

        net.heal();
        net.run(10 * SECOND);
        assertEquals(List.of("one", "two", "three"), net.bob.texts());
        assertEquals(0, net.last(net.alice, Kind.DATA).counter() >>> 8);
    }

    @Test
    void aBatchWithoutEnoughCountersWaitsForANewSessionAsAWhole() {
        net.run(10 * SECOND);
        net.forgetBeginnings();
        keypair(net.alice).setSendCounter(REJECT_AFTER - 2);
        byte[][] packets = new byte[3][];
        for (int i = 0; i < 3; i++) {
            packets[i] = InnerPacket.text(net.alice.ipv4, net.bob.ipv4, "packet " + i);
        }
        net.alice.send(packets);
        assertEquals(0, net.sent(net.alice, Kind.DATA).size());
        net.settle();
        assertEquals(List.of("packet 0", "packet 1", "packet 2"), net.bob.texts());
    }

    @Test
    void aKeepaliveThatHasNoCounterLeftAsksForANewSession() {
        net.run(20 * SECOND);
        net.forgetBeginnings();
        keypair(net.bob).setSendCounter(REJECT_AFTER);
        net.alice.send("data");
        net.run(11 * SECOND);
        assertEquals(1, net.sent(net.bob, Kind.INITIATION).size());
        List<Datagram> keepalives = net.sent(net.bob, Kind.KEEPALIVE);
        assertEquals(1, keepalives.size(), "that of the new session");
        assertEquals(0, keepalives.getFirst().counter());
    }

    @Test
    void nothingIsReceivedFromTheLimitOn() {
        net.run(10 * SECOND);
        net.forgetBeginnings();
        Keypair bob = keypair(net.bob);
        Keypair alice = keypair(net.alice);
        assertEquals(
                List.of(true, true, false, false, false),
                List.of(0L, REJECT_AFTER - 1, REJECT_AFTER, REJECT_AFTER + 1, -1L).stream()
                        .map(counter -> accepted(alice, bob, counter))
                        .toList());
        assertEquals(3, net.bob.drops(DropReason.SESSION_EXPIRED));
    }

    /** Returns whether Bob accepts a keepalive with this counter, sealed with Alice's key. */
    private boolean accepted(Keypair alice, Keypair bob, long counter) {
        long before = net.bob.peer(net.alice).status().receivedBytes();
        if (counter == 0) {
            counter = alice.sendCounter();
        }
        byte[] datagram = new byte[32];
        MemorySegment segment = Arena.ofAuto().allocate(32, 8);
        ValueLayout.OfLong le =
                ValueLayout.JAVA_LONG_UNALIGNED.withOrder(java.nio.ByteOrder.LITTLE_ENDIAN);
        segment.set(le, 0, 4 | (long) alice.remoteIndex() << 32);
        segment.set(le, 8, counter);
        alice.sendKey()
                .seal(counter, PacketLayout.inPlace(segment, new int[] {16}, new int[] {0}), 0, 1);
        MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, 0, datagram, 0, 32);
        assertEquals(bob.localIndex(), alice.remoteIndex());
        net.bob.receive(
                new Datagram(null, 0, 0, net.alice.address, net.bob.address, (byte) 0, datagram));
        return net.bob.peer(net.alice).status().receivedBytes() == before + 32;
    }

    @Test
    void takingCountersIsUnsignedAndNeverWraps() {
        Keypair keypair = keypair(net.alice);
        keypair.setSendCounter(REJECT_AFTER - 10);
        assertEquals(-1, keypair.takeCounters(11));
        assertEquals(REJECT_AFTER - 10, keypair.takeCounters(10));
        assertEquals(-1, keypair.takeCounters(1));
        assertEquals(REJECT_AFTER, keypair.sendCounter());
    }
}
