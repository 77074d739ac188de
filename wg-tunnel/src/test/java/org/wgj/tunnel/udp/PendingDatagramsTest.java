// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.udp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import org.junit.jupiter.api.Test;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.PacketBatch;

import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

class PendingDatagramsTest {
    private static final Endpoint TO = Party.endpoint("192.0.2.1", 1);

    @Test
    void itBehavesLikeABoundedList() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        PendingDatagrams pending = new PendingDatagrams();
        List<byte[]> twin = new ArrayList<>();
        for (int round = 0; round < 3000; round++) {
            byte[][] some = new byte[random.nextInt(20)][];
            int maxBytes =
                    round % 200 < 100 ? 60 : 20_000; // now the number, now the bytes are the limit
            for (int i = 0; i < some.length; i++) {
                some[i] = new byte[random.nextInt(maxBytes)];
                random.nextBytes(some[i]);
            }
            int lost = 0;
            for (byte[] one : some) {
                int waiting = twin.stream().mapToInt(data -> data.length).sum();
                if (lost > 0 || twin.size() == 1024 || waiting + one.length > 1_048_576) {
                    lost++;
                } else {
                    twin.add(one);
                }
            }
            assertEquals(lost, pending.append(Party.batch(TO, 5, some), 0, false), "seed " + seed);
            int leave =
                    Math.min(
                            twin.size(),
                            random.nextInt(19)); // fewer than come, so that it fills up
            if (round % 500 == 499) {
                leave = twin.size();
            }
            for (int i = 0; i < leave; i++) {
                assertFirstIs(twin.removeFirst(), pending);
                pending.leaveUpTo(pending.first() + 1);
            }
            assertEquals(twin.isEmpty(), pending.isEmpty(), "seed " + seed);
            assertEquals(
                    twin.stream().mapToInt(data -> data.length).sum(),
                    pending.bytes(),
                    "seed " + seed);
        }
    }

    private static void assertFirstIs(byte[] data, PendingDatagrams pending) {
        PacketBatch batch = pending.batch();
        int i = pending.first();
        assertArrayEquals(
                data,
                batch.slab()
                        .asSlice(batch.offsets()[i], batch.lengths()[i])
                        .toArray(ValueLayout.JAVA_BYTE));
        assertEquals(5, batch.trafficClasses()[i]);
        assertSame(TO, batch.endpoints()[i]);
    }

    @Test
    void theOtherFamilysDatagramsAreNotTaken() {
        PendingDatagrams pending = new PendingDatagrams();
        assertEquals(0, pending.append(Party.batch(TO, 5, new byte[2][1]), 0, true));
        assertEquals(true, pending.isEmpty());
    }
}
