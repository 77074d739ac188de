// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Inner packets: lengths, padding, and invalid packets, in both directions. */
@ExtendWith(Seeds.class)
class InnerPacketsTest {
    private final TwoPeers net = TwoPeers.connected();

    private byte[] packet(int length) {
        return InnerPacket.ofLength(net.alice.ipv4, net.bob.ipv4, length);
    }

    private int sentLength(byte[] packet) {
        net.alice.send(packet);
        return net.last(net.alice, Kind.DATA).bytes().length - 32;
    }

    /** Sends bytes through the tunnel without the checks of Alice's device. */
    private void smuggle(byte[] content) {
        byte[] sealed = Smuggler.seal(net.alice, net.bob, content, net.nowNs());
        net.bob.receive(
                new Datagram(null, 0, 0, net.alice.address, net.bob.address, (byte) 0, sealed));
    }

    @Test
    void packetsArePaddedToAMultipleOf16ButNotBeyondTheMtu() {
        int[][] lengthAndPadded = {
            {20, 32}, {32, 32}, {33, 48}, {1000, 1008}, {1408, 1408}, {1409, 1420}, {1420, 1420}
        };
        for (int[] pair : lengthAndPadded) {
            assertEquals(pair[1], sentLength(packet(pair[0])), "of " + pair[0]);
        }
        net.alice.device.setMtu(1280);
        assertEquals(1280, sentLength(packet(1279)));
        net.alice.device.setMtu(0);
        assertEquals(1424, sentLength(packet(1420)));
        net.settle();
        assertEquals(
                List.of(20, 32, 33, 1000, 1408, 1409, 1420, 1279, 1420),
                net.bob.received.stream().map(p -> p.length).toList(),
                "and the padding is gone on the other side");
    }

    @Test
    void aPacketLongerThanTheMtuIsPaddedAsItsLastSegment() {
        net.alice.device.setMtu(1000);
        assertEquals(2016, sentLength(packet(2001)));
        assertEquals(3000, sentLength(packet(2999)));
        assertEquals(3000, sentLength(packet(3000)));
    }

    @Test
    void paddingIsZero() {
        byte[] padded = Arrays.copyOf(packet(33), 48);
        Keypair keypair = net.alice.peer(net.bob).sendingKeypair(net.nowNs());
        keypair.setSendCounter(7);
        net.alice.send(packet(33));
        byte[] sent = net.last(net.alice, Kind.DATA).bytes();
        MemorySegment segment = Arena.ofAuto().allocate(64);
        MemorySegment.copy(padded, 0, segment, ValueLayout.JAVA_BYTE, 0, 48);
        int[] zero = {0};
        keypair.sendKey().seal(7, PacketLayout.inPlace(segment, zero, new int[] {48}), 0, 1);
        assertArrayEquals(segment.toArray(ValueLayout.JAVA_BYTE), Arrays.copyOfRange(sent, 16, 80));
    }

    @Test
    void aDeliveredPacketHasTheLengthInItsHeader() {
        byte[] text = InnerPacket.text(net.alice.ipv4, net.bob.ipv4, "text");
        smuggle(Arrays.copyOf(text, 400));
        byte[] text6 = InnerPacket.text(net.alice.ipv6, net.bob.ipv6, "text");
        smuggle(Arrays.copyOf(text6, 400));
        assertArrayEquals(text, net.bob.received.get(0));
        assertArrayEquals(text6, net.bob.received.get(1));
    }

    @Test
    void invalidIpPacketsAreDropped() {
        List<byte[]> hostile = new ArrayList<>();
        for (int length = 1; length < 20; length++) {
            hostile.add(Arrays.copyOf(packet(20), length));
        }
        for (int version = 0; version < 16; version++) {
            if (version != 4 && version != 6) {
                byte[] packet = packet(64);
                packet[0] = (byte) (version << 4 | 5);
                hostile.add(packet);
            }
        }
        for (int stated : new int[] {0, 1, 19, 65, 1000, 0x7fff, 0x8000, 0xffff}) {
            byte[] packet = packet(64);
            packet[2] = (byte) (stated >> 8);
            packet[3] = (byte) stated;
            hostile.add(packet);
        }
        byte[] ipv6 = InnerPacket.ofLength(net.alice.ipv6, net.bob.ipv6, 64);
        for (int length = 1; length < 64; length++) {
            hostile.add(Arrays.copyOf(ipv6, length));
        }
        // From 65,496 on, adding the header wraps around in 16 bits.
        for (int stated : new int[] {25, 65_495, 65_496, 65_500, 65_519, 65_520, 65_535}) {
            byte[] packet = ipv6.clone();
            packet[4] = (byte) (stated >> 8);
            packet[5] = (byte) stated;
            hostile.add(packet);
        }
        for (byte[] packet : hostile) {
            smuggle(packet);
        }
        assertEquals(List.of(), net.bob.received);
        assertEquals(hostile.size(), net.bob.drops(DropReason.NOT_IP));

        net.forgetLog();
        for (byte[] packet : hostile) {
            net.alice.send(packet);
        }
        net.alice.send(new byte[0]);
        assertEquals(0, net.sent(net.alice).size());
        assertEquals(hostile.size() + 1, net.alice.drops(DropReason.NOT_IP));
        net.alice.send("still working");
        net.settle();
        assertEquals(List.of("still working"), net.bob.texts());
    }

    @Test
    void randomPacketsFromTheSystemDoNoHarm() {
        for (int i = 0; i < 3000; i++) {
            byte[] packet = new byte[net.random.nextInt(200)];
            net.random.nextBytes(packet);
            if (packet.length > 20 && net.random.nextBoolean()) {
                byte[] real = net.random.nextBoolean() ? packet(60) : packet(100);
                System.arraycopy(real, 0, packet, 0, 1 + net.random.nextInt(20));
            }
            net.alice.send(packet);
            smuggle(packet);
        }
        net.settle();
        net.bob.received.clear();
        net.alice.send("still working");
        net.settle();
        assertEquals(List.of("still working"), net.bob.texts());
    }

    @Test
    void theLongestPacketsPassOrAreCounted() {
        net.alice.device.setMtu(0);
        net.alice.send(packet(65_472));
        net.settle();
        assertEquals(65_472, net.bob.received.getFirst().length);
        // With header and tag it would not fit into a UDP datagram over IPv4.
        net.alice.send(packet(65_473));
        net.alice.send(packet(65_535));
        assertEquals(2, net.alice.drops(DropReason.TOO_LONG));
        net.alice.device.setMtu(65_535);
        net.alice.send(packet(65_535));
        assertEquals(3, net.alice.drops(DropReason.TOO_LONG));
        assertEquals(1, net.sent(net.alice, Kind.DATA).size());
    }

    @Test
    void aPacketTooLongIsNotStagedEither() {
        TwoPeers fresh = new TwoPeers();
        fresh.alice.device.setMtu(0);
        fresh.alice.send(packet(65_535));
        fresh.alice.send("first");
        fresh.settle();
        assertEquals(List.of("first"), fresh.bob.texts());
        assertEquals(1, fresh.alice.drops(DropReason.TOO_LONG));
    }

    @Test
    void aBatchWithBadPacketsInBetweenDeliversTheGoodOnesInOrder() {
        net.lose(d -> true);
        List<Datagram> batch = new ArrayList<>();
        List<String> good = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            net.alice.send("packet " + i);
            Datagram d = net.last(net.alice, Kind.DATA);
            switch (net.random.nextInt(4)) {
                case 0 -> batch.add(d.withBitFlipped(200));
                case 1 -> batch.add(d.withBytes(new byte[net.random.nextInt(40)]));
                default -> {
                    batch.add(d);
                    good.add("packet " + i);
                }
            }
        }
        net.bob.receive(batch.toArray(Datagram[]::new));
        assertEquals(good, net.bob.texts());
    }
}
