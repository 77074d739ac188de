// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.protocol.device.TestNet.SECOND;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.wgj.protocol.DropReason;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.PeerStatus;
import org.wgj.protocol.Seeds;
import org.wgj.protocol.device.Datagram.Kind;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Sends forged datagrams to a device with live sessions: no exception, no change, and afterwards
 * the genuine datagram still works.
 */
@ExtendWith(Seeds.class)
class HostileDatagramsTest {
    private final TwoPeers net = TwoPeers.connected();

    /** The visible state of a device, except its drop counters. */
    private record Snapshot(
            Endpoint endpoint,
            Instant lastHandshake,
            long receivedBytes,
            long sentBytes,
            List<IpPrefix> allowedIps,
            long deadlineNs,
            int indices,
            int received,
            int sent,
            int told) {}

    private Snapshot snapshot(Node node) {
        PeerStatus status = node.peer(net.other(node)).status();
        return new Snapshot(
                status.endpoint(),
                status.lastHandshake(),
                status.receivedBytes(),
                status.sentBytes(),
                status.allowedIps(),
                node.device.nextDeadlineNs(),
                node.device.indices().size(),
                node.received.size(),
                net.sent(node).size(),
                node.told.size());
    }

    private long dropped(Node node) {
        long sum = 0;
        for (DropReason reason : DropReason.values()) {
            sum += node.drops(reason);
        }
        return sum;
    }

    /** Sends from another address, so that a wrong change of the endpoint would show. */
    private final Endpoint elsewhere = TestNet.endpoint("203.0.113.66", 6666);

    private void assertHarmless(Node victim, Datagram hostile, String what) {
        Snapshot before = snapshot(victim);
        long droppedBefore = dropped(victim);
        victim.receive(hostile.withSource(elsewhere));
        assertEquals(before, snapshot(victim), what);
        assertEquals(droppedBefore + 1, dropped(victim), what + ": counted once");
    }

    private void assertAllVariantsHarmless(Node victim, Datagram genuine) {
        byte[] bytes = genuine.bytes();
        // Without load, mac2 is ignored.
        int checked = genuine.isHandshake() ? bytes.length - 16 : bytes.length;
        for (int bit = 0; bit < 8 * checked; bit++) {
            assertHarmless(victim, genuine.withBitFlipped(bit), "bit " + bit);
        }
        for (int length = 0; length < bytes.length; length++) {
            assertHarmless(
                    victim, genuine.withBytes(Arrays.copyOf(bytes, length)), "cut to " + length);
        }
        for (int extra : new int[] {1, 2, 15, 16, 17, 100, 1400, 65_507 - bytes.length}) {
            assertHarmless(
                    victim,
                    genuine.withBytes(Arrays.copyOf(bytes, bytes.length + extra)),
                    "longer by " + extra);
        }
    }

    @Test
    void aChangedInitiationChangesNothing() {
        net.run(180 * SECOND);
        net.lose(d -> true);
        net.alice.send("hello");
        Datagram genuine = net.last(net.alice, Kind.INITIATION);
        assertAllVariantsHarmless(net.bob, genuine);
        net.heal();
        net.bob.receive(genuine);
        net.settle();
        assertEquals(List.of("hello"), net.bob.texts());
    }

    @Test
    void aChangedResponseChangesNothing() {
        net.run(180 * SECOND);
        net.lose(d -> !d.is(Kind.INITIATION));
        net.alice.send("hello");
        net.run(net.latencyNs);
        Datagram genuine = net.last(net.bob, Kind.RESPONSE);
        assertAllVariantsHarmless(net.alice, genuine);
        net.heal();
        net.alice.receive(genuine);
        net.settle();
        assertEquals(List.of("hello"), net.bob.texts());
    }

    @Test
    void aResponseDivertedToASessionChangesNothing() {
        net.bob.send("with the old session");
        net.settle();
        int oldIndex = net.last(net.bob, Kind.DATA).receiverIndex();
        net.run(180 * SECOND);
        net.lose(d -> !d.is(Kind.INITIATION));
        net.alice.send("hello");
        net.run(net.latencyNs);
        Datagram genuine = net.last(net.bob, Kind.RESPONSE);
        // The receiver index is not part of the transcript, and an attacker can make mac1.
        byte[] diverted = genuine.bytes().clone();
        for (int i = 0; i < 4; i++) {
            diverted[8 + i] = (byte) (oldIndex >>> 8 * i);
        }
        NoiseByHand.writeMac1(diverted, net.alice.publicKey());
        assertHarmless(net.alice, genuine.withBytes(diverted), "diverted");
        net.heal();
        net.alice.receive(genuine);
        net.settle();
        assertEquals("hello", net.bob.texts().getLast());
    }

    @Test
    void aChangedCookieReplyChangesNothing() {
        net.run(180 * SECOND);
        net.lose(d -> true);
        net.alice.send("hello");
        Datagram initiation = net.last(net.alice, Kind.INITIATION);
        Datagram[] flood = new Datagram[600];
        Arrays.fill(flood, initiation.withBitFlipped(8 * 140));
        net.bob.receive(flood);
        Datagram genuine = net.last(net.bob, Kind.COOKIE_REPLY);
        assertAllVariantsHarmless(net.alice, genuine);
        long invalid = net.alice.drops(DropReason.COOKIE_INVALID);
        boolean taken = false;
        for (Datagram reply : net.sent(net.bob, Kind.COOKIE_REPLY)) {
            net.alice.receive(reply);
            taken |= net.alice.drops(DropReason.COOKIE_INVALID) == invalid;
        }
        assertTrue(taken, "one of them answers the last initiation");
    }

    @Test
    void changedDataChangesNothing() {
        net.lose(d -> true);
        net.alice.send("hello");
        Datagram genuine = net.last(net.alice, Kind.DATA);
        assertAllVariantsHarmless(net.bob, genuine);
        net.bob.receive(genuine);
        assertEquals(List.of("hello"), net.bob.texts());
    }

    @Test
    void aChangedKeepaliveChangesNothing() {
        net.lose(d -> d.is(Kind.KEEPALIVE));
        net.run(15 * SECOND);
        Datagram genuine = net.last(net.bob, Kind.KEEPALIVE);
        assertAllVariantsHarmless(net.alice, genuine);
        long before = net.alice.peer(net.bob).status().receivedBytes();
        net.alice.receive(genuine);
        assertEquals(before + 32, net.alice.peer(net.bob).status().receivedBytes());
    }

    @Test
    void junkOfEveryLengthChangesNothing() {
        for (int length = 0; length <= 1500; length++) {
            assertHarmless(net.bob, junk(length), "length " + length);
        }
        for (int length : new int[] {1501, 4096, 9000, 65_506, 65_507}) {
            assertHarmless(net.bob, junk(length), "length " + length);
        }
        net.alice.send("still working");
        net.settle();
        assertEquals(List.of("still working"), net.bob.texts());
    }

    /** Returns random bytes, often with a valid type. */
    private Datagram junk(int length) {
        byte[] bytes = new byte[length];
        net.random.nextBytes(bytes);
        if (length >= 4 && net.random.nextInt(4) > 0) {
            bytes[0] = (byte) (1 + net.random.nextInt(4));
            Arrays.fill(bytes, 1, 4, (byte) 0);
        }
        return new Datagram(null, 0, 0, elsewhere, net.bob.address, (byte) 3, bytes);
    }

    @Test
    void junkThatGuessedASessionChangesNothing() {
        net.lose(d -> true);
        net.alice.send("hello");
        byte[] header = Arrays.copyOf(net.last(net.alice, Kind.DATA).bytes(), 8);
        for (int i = 0; i < 3000; i++) {
            Datagram junk = junk(32 + net.random.nextInt(1400));
            System.arraycopy(header, 0, junk.bytes(), 0, 8);
            assertHarmless(net.bob, junk, "with the right index");
        }
        assertHarmless(
                net.bob,
                junk(65_507).withBytes(Arrays.copyOf(header, 65_507)),
                "the longest datagram");
        net.bob.receive(net.last(net.alice, Kind.DATA));
        assertEquals(List.of("hello"), net.bob.texts());
    }

    @Test
    void aGenuineDatagramThatComesBackToItsSenderChangesNothing() {
        net.lose(d -> true);
        net.alice.send("hello");
        assertHarmless(net.alice, net.last(net.alice, Kind.DATA), "reflected data");
        net.run(180 * SECOND);
        net.alice.send("new");
        assertHarmless(net.alice, net.last(net.alice, Kind.INITIATION), "reflected initiation");
    }

    @Test
    void batchesOfEverythingAtOnceDeliverTheGenuine() {
        for (int round = 0; round < 50; round++) {
            net.lose(d -> true);
            net.bob.received.clear();
            List<Datagram> batch = new ArrayList<>();
            List<String> texts = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                net.alice.send("packet " + i);
                texts.add("packet " + i);
                for (int j = net.random.nextInt(4); j > 0; j--) {
                    batch.add(junk(net.random.nextInt(200)));
                }
                batch.add(net.last(net.alice, Kind.DATA));
                for (int j = net.random.nextInt(4); j > 0; j--) {
                    batch.add(batch.getLast().withBitFlipped(net.random.nextInt(128)));
                }
            }
            net.bob.receive(batch.toArray(Datagram[]::new));
            net.run(SECOND / 100);
            assertEquals(texts, net.bob.texts());
        }
    }
}
