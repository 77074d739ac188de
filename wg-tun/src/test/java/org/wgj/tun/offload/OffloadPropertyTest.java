// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.offload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Writes many flows with random headers in one call. Each flow must come out byte for byte and in
 * its order, and packets without a recognizable flow keep their place among all others.
 */
class OffloadPropertyTest {
    private final FakeKernel kernel = new FakeKernel();

    /** A sender whose packets are mostly full and continue one another. */
    private static final class Sender {
        private final Random random;
        private final TestPacket packet;
        private final int size;
        private final boolean counts;

        /** ACK, and perhaps ECE. */
        private final int flags;

        Sender(Random random, int number) {
            this.random = random;
            packet = TestPacket.of(random.nextBoolean() ? 4 : 6, random.nextBoolean() ? 6 : 17);
            packet.sourcePort += number / 2; // two senders share a port and may differ elsewhere
            packet.sequence = random.nextInt();
            packet.fragment = random.nextInt(4) == 0 ? 0 : 0x4000;
            packet.tcpOptions = TestPacket.random(random, 4 * random.nextInt(4));
            size = 1 + random.nextInt(random.nextInt(5) == 0 ? 9000 : 700);
            counts = random.nextInt(5) != 0;
            packet.reserved = random.nextInt(2); // AE
            flags = random.nextBoolean() ? 0x50 : 0x10;
        }

        byte[] next() {
            int length = random.nextInt(12) == 0 ? random.nextInt(size + 10) : size;
            packet.payload(TestPacket.random(random, length));
            packet.flags = random.nextInt(15) == 0 ? flags | 0x08 : flags;
            byte[] built = random.nextInt(15) == 0 ? odd() : packet.build();
            packet.sequence += length;
            if (counts) {
                packet.id++;
            }
            return built;
        }

        /** Changes something, for this packet or from now on. */
        private byte[] odd() {
            switch (random.nextInt(15)) {
                case 0 -> packet.tos = random.nextInt(256);
                case 1 -> packet.ttl = 1 + random.nextInt(255);
                case 2 -> packet.acknowledgement += 100;
                case 3 -> packet.window = random.nextInt(0x10000);
                case 4 -> packet.sequence += random.nextInt(3000) - 1500;
                case 5 -> packet.flags = random.nextInt(256);
                case 6 -> packet.tcpOptions = TestPacket.random(random, 4 * random.nextInt(11));
                case 7 -> packet.id = random.nextInt(0x10000);
                case 8 -> packet.urgent = random.nextInt(0x10000);
                case 9 -> packet.flowLabel = random.nextInt(1 << 20);
                case 10 -> {
                    byte[] packet = this.packet.build();
                    return TestPacket.damaged(packet, random.nextInt(packet.length));
                }
                case 11 -> {
                    byte[] packet = this.packet.build();
                    return Arrays.copyOf(packet, random.nextInt(packet.length + 20));
                }
                case 12 -> packet.reserved = random.nextInt(16);
                case 13 -> {
                    return withExtensions();
                }
                default -> {
                    int before = packet.fragment;
                    packet.fragment = random.nextInt(0x10000);
                    byte[] fragment = packet.build();
                    packet.fragment = before;
                    return fragment;
                }
            }
            return packet.build();
        }

        private byte[] withExtensions() {
            packet.ipOptions = new byte[4];
            packet.firstExtension = 60;
            packet.extensions = new byte[] {(byte) packet.protocol, 0, 1, 4, 0, 0, 0, 0};
            byte[] built = packet.build();
            packet.ipOptions = packet.extensions = new byte[0];
            return built;
        }
    }

    @Test
    void coalescingKeepsEveryFlow() throws Exception {
        int writes = 0;
        int count = 0;
        for (int seed = 0; seed < 1500; seed++) {
            Random random = new Random(seed);
            Sender[] senders = new Sender[1 + random.nextInt(random.nextInt(5) == 0 ? 40 : 6)];
            for (int i = 0; i < senders.length; i++) {
                senders[i] = new Sender(random, i);
            }
            List<byte[]> packets = new ArrayList<>();
            int sender = 0;
            while (packets.size() < 128) {
                sender = random.nextInt(3) == 0 ? random.nextInt(senders.length) : sender;
                packets.add(senders[sender].next());
            }
            kernel.clear();
            assertEquals(128, FakeKernel.write(new Coalescer(kernel, true, true), packets));
            Flows.assertSame(packets, kernel.packets, "seed " + seed);
            writes += kernel.runs.size();
            count += 128;
        }
        assertTrue(writes < count / 2, writes + " writes of " + count + " packets");
    }

    @Test
    void splitPacketsAreWrittenAsOneSuperpacketAgain() throws Exception {
        Random random = new Random(5);
        for (int i = 0; i < 500; i++) {
            TestPacket packet =
                    TestPacket.of(random.nextBoolean() ? 4 : 6, random.nextBoolean() ? 6 : 17);
            packet.tcpOptions = TestPacket.random(random, 4 * random.nextInt(11));
            packet.sequence = random.nextInt();
            packet.fragment = 0x4000;
            packet.reserved = random.nextInt(2);
            packet.flags = 0x10 | random.nextInt(2) << 6 | random.nextInt(2) << 3; // ECE, PSH
            int size = 1 + random.nextInt(1400);
            packet.payload(TestPacket.random(random, size * random.nextInt(1, 46) + 1));
            int transport = packet.version == 4 ? 20 : 40;
            List<byte[]> split = SlowSplitter.split(packet.build(), transport, size);
            kernel.clear();
            FakeKernel.write(new Coalescer(kernel, true, true), split);
            assertEquals(List.of(split.size()), kernel.runs, "case " + i);
            Flows.assertSame(split, kernel.packets, "case " + i);
        }
    }
}
