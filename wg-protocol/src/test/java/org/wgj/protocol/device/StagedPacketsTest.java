// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.protocol.device.TestNet.SECOND;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.wgj.protocol.DropReason;
import org.wgj.protocol.Seeds;
import org.wgj.protocol.device.Datagram.Kind;

import java.util.List;
import java.util.stream.IntStream;

/** Staged packets: how many, which, and in which order they leave. */
@ExtendWith(Seeds.class)
class StagedPacketsTest {
    private static final int SILENT = 40;

    /** The number of large packets for each of them, and how many one peer may have staged. */
    private static final int FLOOD = 20;

    private static final int OF_ONE = (1 << 20) / 60_024;

    private final TwoPeers net = new TwoPeers();

    private static List<String> numbered(int from, int to) {
        return IntStream.range(from, to).mapToObj(i -> "packet " + i).toList();
    }

    @Test
    void theLast128StagedPacketsArePreserved() {
        net.lose(d -> true);
        numbered(0, 200).forEach(net.alice::send);
        assertEquals(200 - 128, net.alice.drops(DropReason.STAGED_DROPPED));
        net.heal();
        net.run(6 * SECOND);
        assertEquals(numbered(200 - 128, 200), net.bob.texts());
    }

    @Test
    void asManyAreStagedAsTheDeviceIsTold() {
        net.alice.device.setStagedPackets(1000);
        net.lose(d -> true);
        numbered(0, 1100).forEach(net.alice::send);
        assertEquals(100, net.alice.drops(DropReason.STAGED_DROPPED));
        net.alice.device.setStagedPackets(10);
        net.alice.send("packet 1100");
        assertEquals(1101 - 10, net.alice.drops(DropReason.STAGED_DROPPED));
        net.heal();
        net.run(6 * SECOND);
        assertEquals(numbered(1101 - 10, 1101), net.bob.texts());
        assertThrows(IllegalArgumentException.class, () -> net.alice.device.setStagedPackets(0));
        assertThrows(
                IllegalArgumentException.class, () -> net.alice.device.setStagedPackets(65_537));
    }

    @Test
    void stagedPacketsOfOneBatchArePreservedToo() {
        byte[][] packets =
                numbered(0, 200).stream()
                        .map(text -> InnerPacket.text(net.alice.ipv4, net.bob.ipv4, text))
                        .toArray(byte[][]::new);
        net.alice.send(packets);
        net.settle();
        assertEquals(numbered(72, 200), net.bob.texts());
    }

    @Test
    void stagedPacketsLeaveBeforeLaterOnes() {
        net.alice.send("packet 0");
        net.alice.send("packet 1");
        net.run(2 * net.latencyNs);
        net.alice.send("packet 2");
        net.settle();
        assertEquals(numbered(0, 3), net.bob.texts());
    }

    @Test
    void largePacketsLeaveInSeveralGoes() {
        net.alice.device.setMtu(65_000);
        for (int i = 0; i < 100; i++) {
            net.alice.send(InnerPacket.ofLength(net.alice.ipv4, net.bob.ipv4, 9000 + i));
        }
        net.settle();
        assertEquals(
                IntStream.range(9000, 9100).boxed().toList(),
                net.bob.received.stream().map(p -> p.length).toList());
    }

    @Test
    void allPeersTogetherStageNoMoreThan32MiB() {
        TestNet other = new TestNet(Seeds.next());
        List<Node> silent = silent(other);
        Node sender = other.node("sender");
        silent.forEach(sender::meetAtItsAddress);
        silent.forEach(node -> flood(sender, node));
        int fitting = (32 << 20) / 60_000;
        assertEquals(fitting, staged(sender, SILENT * FLOOD));

        // Everything that was given back may be used again.
        other.run(200 * SECOND);
        assertEquals(0, staged(sender, SILENT * FLOOD));
        flood(sender, silent.get(3));
        assertEquals(OF_ONE, staged(sender, (SILENT + 1) * FLOOD));
    }

    @Test
    void eightDevicesTogetherStageNoMoreThan32MiBAndEachItsShare() {
        TestNet other = new TestNet(Seeds.next());
        List<Node> silent = silent(other);
        DeviceGroup one = new DeviceGroup();
        other.process = () -> one;
        List<Node> senders = IntStream.range(0, 8).mapToObj(i -> other.node("sender")).toList();
        senders.forEach(sender -> silent.forEach(sender::meetAtItsAddress));
        senders.forEach(sender -> silent.forEach(node -> flood(sender, node)));
        long eighth = (4 << 20) / 60_000;
        senders.forEach(sender -> assertEquals(eighth, staged(sender, SILENT * FLOOD)));

        // The room of the others is free for those that stay up.
        senders.subList(1, 8).forEach(sender -> sender.device.down());
        Node last = senders.getFirst();
        silent.forEach(node -> flood(last, node));
        assertEquals((32 << 20) / 60_000, staged(last, 2 * SILENT * FLOOD));

        // A device keeps what it has when another comes up, which has to wait.
        Node late = senders.getLast();
        late.up();
        flood(late, silent.getFirst());
        assertEquals(0, staged(late, (SILENT + 1) * FLOOD));
        last.device.down();
        flood(late, silent.getFirst());
        assertEquals(OF_ONE, staged(late, (SILENT + 2) * FLOOD));
    }

    @Test
    void aSilentPeerWithLargePacketsKeepsTheNewestUpTo1MiB() {
        net.alice.device.setMtu(65_000);
        net.alice.device.setStagedPackets(4096);
        net.lose(d -> true);
        for (int i = 0; i < 1000; i++) {
            net.alice.send(InnerPacket.ofLength(net.alice.ipv4, net.bob.ipv4, 9000 + i));
        }
        net.heal();
        net.run(6 * SECOND);
        List<Integer> arrived = net.bob.received.stream().map(p -> p.length).toList();
        int fitting = arrived.size();
        assertEquals(IntStream.range(10_000 - fitting, 10_000).boxed().toList(), arrived);
        assertEquals(1000 - fitting, net.alice.drops(DropReason.STAGED_DROPPED));
        int bytes = arrived.stream().mapToInt(StagingBudget::cost).sum();
        assertTrue(bytes <= 1 << 20, "bytes " + bytes);
        assertTrue(bytes + StagingBudget.cost(9999 - fitting) > 1 << 20, "bytes " + bytes);
    }

    @Test
    void sixSilentPeersWithBulkDataLeaveRoomForTheFirstPacketsOfAnother() {
        TestNet other = new TestNet(Seeds.next());
        Node sender = other.node("sender");
        sender.device.setStagedPackets(4096);
        other.lose(d -> true);
        for (int i = 0; i < 6; i++) {
            Node silent = other.node("silent " + i);
            sender.meetAtItsAddress(silent);
            byte[] packet = InnerPacket.ofLength(sender.ipv4, silent.ipv4, 1420);
            for (int j = 0; j < 4096; j++) {
                sender.send(packet);
            }
        }
        Node live = other.node("live");
        sender.meetAtItsAddress(live);
        long before = sender.drops(DropReason.STAGED_DROPPED);
        byte[] syn = InnerPacket.ofLength(sender.ipv4, live.ipv4, 60);
        for (int i = 0; i < 4096; i++) {
            sender.send(syn);
        }
        assertEquals(before, sender.drops(DropReason.STAGED_DROPPED));
    }

    /** Its first packet is lost, but begins the handshake: the next one needs no room. */
    @Test
    void fortySilentPeersThatUseAllRoomDoNotKeepAnotherFromItsSession() {
        TestNet other = new TestNet(Seeds.next());
        List<Node> silent = silent(other);
        Node sender = other.node("sender");
        silent.forEach(sender::meetAtItsAddress);
        silent.forEach(node -> flood(sender, node));
        sender.device.setStagedPackets(4096);
        Node last = other.node("last");
        sender.meetAtItsAddress(last);
        byte[] small = InnerPacket.ofLength(sender.ipv4, last.ipv4, 20);
        long large = sender.drops(DropReason.STAGED_DROPPED);
        while (sender.drops(DropReason.STAGED_DROPPED) == large) {
            sender.send(small); // into what the large ones have left
        }
        Node live = other.node("live");
        sender.meetAtItsAddress(live);
        live.meetAtItsAddress(sender);
        other.lose(d -> d.from() != live && !d.destination().equals(live.address));
        long before = sender.drops(DropReason.STAGED_DROPPED);
        sender.send(InnerPacket.text(sender.ipv4, live.ipv4, "lost"));
        assertEquals(before + 1, sender.drops(DropReason.STAGED_DROPPED));
        other.run(SECOND);
        sender.send(InnerPacket.text(sender.ipv4, live.ipv4, "sent again"));
        other.run(SECOND);
        assertEquals(List.of("sent again"), live.texts());
    }

    /** So many peers that their packets would need more than 32 MiB. */
    private static List<Node> silent(TestNet net) {
        net.lose(d -> true);
        return IntStream.range(0, SILENT).mapToObj(i -> net.node("silent " + i)).toList();
    }

    private static void flood(Node sender, Node silent) {
        for (int i = 0; i < FLOOD; i++) {
            sender.send(InnerPacket.ofLength(sender.ipv4, silent.ipv4, 60_000));
        }
    }

    /** Returns how many of the packets that it sent are staged. */
    private static long staged(Node sender, int sent) {
        return sent - sender.drops(DropReason.STAGED_DROPPED);
    }

    @Test
    void theMemoryOverheadOfSmallPacketsCountsToo() {
        StagingBudget.Share share = new StagingBudget().share();
        share.open();
        int taken = 0;
        while (share.take(20)) {
            taken++;
        }
        assertEquals((32 << 20) / 44, taken);
    }

    @Test
    void stagedPacketsAreDroppedWithThePeerAndWhenTheDeviceGoesDown() {
        net.lose(d -> true);
        net.alice.send("one");
        net.alice.device.removePeer(net.bob.publicKey());
        assertEquals(1, net.alice.drops(DropReason.STAGED_DROPPED));
        net.bob.send("two");
        net.bob.device.down();
        assertEquals(1, net.bob.drops(DropReason.STAGED_DROPPED));
    }

    @Test
    void stagedPacketsLeaveWhenThePeerBeginsASession() {
        net.lose(d -> d.from() == net.alice && d.is(Kind.INITIATION));
        net.alice.send("packet 0");
        net.alice.send("packet 1");
        net.run(SECOND);
        net.bob.send("hello");
        net.settle();
        assertEquals(numbered(0, 2), net.bob.texts());
        assertEquals(List.of("hello"), net.alice.texts());
    }
}
