// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.udp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.PacketBatch;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Which datagrams go together, without any socket. */
class OutgoingMessagesTest {
    private static final Endpoint ONE = Party.endpoint("192.0.2.1", 51820);
    private static final Endpoint TWO = Party.endpoint("192.0.2.2", 51820);
    private static final Endpoint SIX = Party.endpoint("2001:db8::1", 51820);

    private final OutgoingMessages messages = new OutgoingMessages(SocketFamily.IPV4);
    private final RefusedRuns refused = new RefusedRuns();

    private static PacketBatch lengths(int... lengths) {
        PacketBatch batch = new PacketBatch(1, lengths.length);
        for (int i = 0; i < lengths.length; i++) {
            batch.offsets()[i] = 16 + i * 2000; // never next to each other
            batch.lengths()[i] = lengths[i];
            batch.endpoints()[i] = ONE;
        }
        batch.setCount(lengths.length);
        return batch;
    }

    private static PacketBatch same(int count, int length) {
        int[] lengths = new int[count];
        java.util.Arrays.fill(lengths, length);
        return lengths(lengths);
    }

    /** The messages as "first-last" indices. */
    private List<String> fill(PacketBatch batch, int from, int runsFrom, int expectedNext) {
        assertEquals(expectedNext, messages.fill(batch, from, runsFrom, refused));
        List<String> made = new ArrayList<>();
        for (int i = 0; i < messages.count(); i++) {
            int last = messages.end(i) - 1;
            assertEquals(last > messages.first(i), messages.isRun(i));
            made.add(messages.first(i) + (messages.isRun(i) ? "-" + last : ""));
        }
        return made;
    }

    private List<String> fill(PacketBatch batch) {
        return fill(batch, 0, 0, batch.count());
    }

    @Test
    void equalLengthsGoTogetherAndAShorterOneEndsTheRun() {
        assertEquals(List.of("0-3", "4-5", "6"), fill(lengths(9, 9, 9, 5, 5, 3, 4)));
        assertEquals(List.of("0", "1", "2-4"), fill(lengths(1, 2, 3, 3, 3)));
    }

    @Test
    void emptyDatagramsGoAlone() {
        assertEquals(List.of("0", "1", "2-3", "4", "5"), fill(lengths(0, 0, 7, 7, 0, 7)));
    }

    @Test
    void aRunHasAtMost64Segments() {
        assertEquals(List.of("0-63", "64-127", "128-129"), fill(same(130, 100)));
        assertEquals(List.of("0-63", "64"), fill(same(65, 100)));
    }

    @Test
    void aRunHasAtMost65507Bytes() {
        assertEquals(List.of("0-44", "45-49"), fill(same(50, 1452)), "45 * 1452 = 65340");
        assertEquals(List.of("0-1"), fill(lengths(65_506, 1)));
        assertEquals(List.of("0", "1"), fill(lengths(65_507, 1)));
        assertEquals(List.of("0-1"), fill(lengths(32_754, 32_753)));
        assertEquals(List.of("0", "1"), fill(lengths(32_754, 32_754)));
        assertEquals(List.of("0", "1"), fill(lengths(65_508, 65_508)), "too long alone already");
    }

    @Test
    void aRunHasOnePeerAndOneTrafficClass() {
        PacketBatch batch = same(8, 100);
        batch.endpoints()[2] = TWO;
        batch.trafficClasses()[5] = 1;
        batch.trafficClasses()[6] = 1;
        batch.endpoints()[7] = new Endpoint(false, 0, ONE.low(), 51820, 0, 0, 0x0a000001, 1);
        assertEquals(List.of("0-1", "2", "3-4", "5-6", "7"), fill(batch));
        batch.endpoints()[2] = Party.endpoint("192.0.2.1", 51820);
        assertEquals("0-4", fill(batch).get(0), "an equal endpoint need not be the same object");
    }

    @Test
    void theOtherFamilyIsLeftOut() {
        PacketBatch batch = same(6, 100);
        batch.endpoints()[0] = SIX;
        batch.endpoints()[3] = SIX;
        batch.endpoints()[5] = SIX;
        assertEquals(List.of("1-2", "4"), fill(batch));
    }

    @Test
    void runsBeginWhereTheyMay() {
        assertEquals(List.of("2", "3", "4-7"), fill(same(8, 100), 2, 4, 8));
        assertEquals(List.of("5", "6", "7"), fill(same(8, 100), 5, 8, 8));
    }

    @Test
    void datagramsThatDoNotFitComeNext() {
        assertEquals(64, fill(same(100, 100), 0, 100, 64).size());
        assertEquals(List.of("64-99"), fill(same(100, 100), 64, 0, 100));
        // 64 pieces each, of which there are 1024; a message is begun only if 64 are left
        assertEquals(16, fill(same(2000, 100), 0, 0, 1024).size());
    }

    @Test
    void aRefusedRunIsNotTriedForAWhileAndShorterOnesAre() {
        refused.add(ONE, 100);
        PacketBatch batch = lengths(100, 100, 40, 99, 99, 200, 200);
        batch.endpoints()[6] = TWO;
        for (int runs = 0; runs < 500; runs++) {
            assertEquals(List.of("0", "1", "2", "3-4", "5", "6"), fill(batch), "" + runs);
        }
        assertEquals(List.of("0-2", "3-4", "5", "6"), fill(batch), "tried again");
        refused.add(ONE, 100);
        refused.add(ONE, 99);
        assertEquals(List.of("0", "1", "2", "3", "4", "5", "6"), fill(batch));
    }

    @Test
    void anyBatchIsCoveredOnceInOrderWithinTheLimits() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        int[] some = {0, 1, 100, 100, 100, 1452, 1452, 1452, 30_000};
        for (int round = 0; round < 2000; round++) {
            int[] lengths = new int[random.nextInt(400)];
            int steadiness = 1 + random.nextInt(60);
            for (int i = 0; i < lengths.length; i++) {
                lengths[i] =
                        i > 0 && random.nextInt(steadiness) > 0
                                ? lengths[i - 1]
                                : some[random.nextInt(some.length)];
            }
            PacketBatch batch = lengths(lengths);
            for (int i = 0; i < lengths.length; i++) {
                if (random.nextInt(steadiness) == 0) {
                    batch.endpoints()[i] = random.nextBoolean() ? TWO : SIX;
                }
            }
            int next = 0;
            int covered = 0;
            while (next < batch.count()) {
                int from = next;
                next = messages.fill(batch, from, 0, refused);
                assertTrue(next > from, "seed " + seed);
                for (int message = 0; message < messages.count(); message++) {
                    int first = messages.first(message);
                    int bytes = 0;
                    while (batch.endpoints()[covered] == SIX) {
                        covered++;
                    }
                    assertEquals(covered, first, "seed " + seed);
                    for (int i = first; i < messages.end(message); i++) {
                        bytes += lengths[i];
                        boolean last = i == messages.end(message) - 1;
                        assertTrue(
                                last ? lengths[i] <= lengths[first] : lengths[i] == lengths[first],
                                "seed " + seed);
                        assertEquals(batch.endpoints()[first], batch.endpoints()[i]);
                    }
                    assertTrue(bytes <= 65_507 && messages.end(message) - first <= 64);
                    covered = messages.end(message);
                }
                while (covered < next && batch.endpoints()[covered] == SIX) {
                    covered++;
                }
                assertEquals(next, covered, "seed " + seed);
            }
        }
    }
}
