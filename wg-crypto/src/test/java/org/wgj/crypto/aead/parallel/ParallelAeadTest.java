// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.aead.parallel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.crypto.TestVectors.counting;

import com.sun.management.ThreadMXBean;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;
import org.wgj.crypto.PacketLayout;
import org.wgj.crypto.TransportAead;
import org.wgj.crypto.TransportKey;
import org.wgj.crypto.aead.engine.ScalarAead;
import org.wgj.crypto.primitive.ChaCha20Poly1305;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Large batches shared among workers. TransportKeyTest checks that each packet is sealed and opened
 * correctly.
 */
@ParameterizedClass
@ValueSource(ints = {2, 3, 7})
class ParallelAeadTest {
    private static final int PACKETS = 90;
    private static final int LENGTH = 1_420;
    private static final int SPACE = LENGTH + TransportKey.TAG_LENGTH;

    private final int workers;
    private final MemorySegment memory = Arena.ofAuto().allocate(PACKETS * SPACE);
    private final int[] offsets = new int[PACKETS];
    private final int[] lengths = new int[PACKETS];
    private final long[] counters = new long[PACKETS];
    private final PacketLayout layout = PacketLayout.inPlace(memory, offsets, lengths);

    ParallelAeadTest(int workers) {
        this.workers = workers;
        for (int i = 0; i < PACKETS; i++) {
            offsets[i] = i * SPACE;
            lengths[i] = LENGTH;
            counters[i] = i;
        }
    }

    private TransportAead with(FakeAead.Runs runs) {
        return new ParallelAead(new FakeAead(runs), new WorkerPool(workers));
    }

    private void seal(TransportKey key, int first, int count) {
        key.seal(1_000, layout, first, count);
    }

    private int open(TransportKey key, PacketLayout packets, boolean[] opened) {
        return key.open(counters, packets, 0, PACKETS, opened);
    }

    @Test
    void eachPartIsARunOfPacketsWithTheirCounters() {
        AtomicInteger[] times = new AtomicInteger[PACKETS];
        Arrays.setAll(times, i -> new AtomicInteger());
        AtomicInteger runs = new AtomicInteger();
        AtomicBoolean wrongCounter = new AtomicBoolean();
        TransportKey key =
                with((firstCounter, first, count) -> {
                            runs.incrementAndGet();
                            if (firstCounter != 1_000 + first - 5) {
                                wrongCounter.set(true);
                            }
                            for (int i = first; i < first + count; i++) {
                                times[i].incrementAndGet();
                            }
                        })
                        .key(new byte[32]);
        seal(key, 5, 80);
        assertFalse(wrongCounter.get());
        for (int i = 0; i < PACKETS; i++) {
            assertEquals(i >= 5 && i < 85 ? 1 : 0, times[i].get(), "packet " + i);
        }
        assertTrue(runs.get() >= 3, runs + " runs");
    }

    /**
     * Each thread waits until the caller and several workers have a part, so the test ends only if
     * they work at the same time. The last part is left for the caller: there is one part more than
     * there are workers.
     */
    @Test
    void workersTakePartsAtTheSameTimeAsTheCaller() {
        int threads = Math.min(workers + 1, 4);
        Set<Thread> seen = ConcurrentHashMap.newKeySet();
        CountDownLatch others = new CountDownLatch(threads - 1);
        CountDownLatch caller = new CountDownLatch(1);
        Thread callingThread = Thread.currentThread();
        TransportAead aead =
                with(
                        (firstCounter, first, count) -> {
                            if (seen.add(Thread.currentThread())) {
                                (Thread.currentThread() == callingThread ? caller : others)
                                        .countDown();
                            }
                            await(caller);
                            await(others);
                        });
        assertEquals(workers, aead.workers());
        seal(aead.key(new byte[32]), 0, PACKETS);
        assertTrue(seen.contains(Thread.currentThread()));
        for (Thread thread : seen) {
            if (thread != Thread.currentThread()) {
                assertTrue(thread.getName().matches("wgj-worker-[1-9]"), thread.getName());
                assertTrue(thread.isDaemon());
            }
        }
    }

    @Test
    void smallBatchesAndConfinedMemoryStayWithTheCaller() {
        Set<Thread> seen = ConcurrentHashMap.newKeySet();
        AtomicInteger runs = new AtomicInteger();
        TransportKey key =
                with((firstCounter, first, count) -> {
                            seen.add(Thread.currentThread());
                            runs.incrementAndGet();
                        })
                        .key(new byte[32]);
        seal(key, 0, 1);
        seal(key, 3, 20);
        lengths[0] = 65_535;
        seal(key, 0, 1);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment confined = arena.allocate(PACKETS * SPACE);
            key.seal(0, new PacketLayout(confined, offsets, lengths, memory, offsets), 0, PACKETS);
            key.seal(0, new PacketLayout(memory, offsets, lengths, confined, offsets), 0, PACKETS);
        }
        assertEquals(Set.of(Thread.currentThread()), seen);
        assertEquals(5, runs.get());
    }

    @Test
    void aFailureOfAnyPartReachesTheCallerWhenAllPartsAreDone() {
        AtomicInteger running = new AtomicInteger();
        AtomicInteger failing = new AtomicInteger(-1);
        IllegalArgumentException early = new IllegalArgumentException("early");
        AssertionError late = new AssertionError("late");
        TransportKey key =
                with((firstCounter, first, count) -> {
                            running.incrementAndGet();
                            try {
                                if (first <= failing.get() && failing.get() < first + count) {
                                    throw early;
                                }
                                if (failing.get() >= 0 && first + count == PACKETS) {
                                    throw late;
                                }
                            } finally {
                                running.decrementAndGet();
                            }
                        })
                        .key(new byte[32]);
        for (int round = 0; round < 200; round++) {
            failing.set(round % 20);
            Throwable thrown = assertThrows(Throwable.class, () -> seal(key, 0, PACKETS));
            assertSame(
                    early,
                    thrown); // both parts failed: the one with the earlier packets is reported
            assertEquals(0, running.get());
            failing.set(PACKETS - 1);
            boolean[] opened = new boolean[PACKETS];
            assertSame(early, assertThrows(Throwable.class, () -> open(key, layout, opened)));
            failing.set(-1);
            assertEquals(
                    PACKETS, open(key, layout, opened)); // and the next call does not report it
        }
    }

    @Test
    void moreCallersThanPlacesAllGetTheirOwnPackets() throws Exception {
        TransportAead aead = new ParallelAead(ScalarAead.INSTANCE, new WorkerPool(workers));
        List<Callable<Void>> callers = new ArrayList<>();
        for (int caller = 0; caller < 20; caller++) {
            byte number = (byte) caller;
            callers.add(
                    () -> {
                        byte[] secret = new byte[32];
                        secret[0] = number;
                        sealAndOpen(aead.key(secret), ScalarAead.INSTANCE.key(secret));
                        return null;
                    });
        }
        try (ExecutorService executor = Executors.newFixedThreadPool(callers.size())) {
            for (Future<Void> caller : executor.invokeAll(callers, 60, TimeUnit.SECONDS)) {
                caller.get();
            }
        }
    }

    private void sealAndOpen(TransportKey key, TransportKey plain) {
        MemorySegment mine = Arena.ofAuto().allocate(PACKETS * SPACE).fill((byte) 0xa5);
        MemorySegment expected = Arena.ofAuto().allocate(PACKETS * SPACE);
        int[] sealedLengths = new int[PACKETS];
        Arrays.fill(sealedLengths, SPACE);
        for (int round = 0; round < 10; round++) {
            expected.copyFrom(mine);
            key.seal(0, PacketLayout.inPlace(mine, offsets, lengths), 0, PACKETS);
            plain.seal(0, PacketLayout.inPlace(expected, offsets, lengths), 0, PACKETS);
            assertEquals(-1, mine.mismatch(expected));
            int forged = round * 9;
            long at = forged * (long) SPACE + 17;
            mine.set(ValueLayout.JAVA_BYTE, at, (byte) ~mine.get(ValueLayout.JAVA_BYTE, at));
            boolean[] opened = new boolean[PACKETS];
            assertEquals(
                    PACKETS - 1,
                    key.open(
                            counters,
                            PacketLayout.inPlace(mine, offsets, sealedLengths),
                            0,
                            PACKETS,
                            opened));
            boolean[] allButOne = new boolean[PACKETS];
            Arrays.fill(allButOne, true);
            allButOne[forged] = false;
            assertArrayEquals(allButOne, opened);
        }
    }

    @Test
    void aKeyWipedDuringACallSealsCorrectlyOrNotAtAll() throws InterruptedException {
        byte[] zeros = new byte[LENGTH];
        TransportAead aead = new ParallelAead(ScalarAead.INSTANCE, new WorkerPool(workers));
        byte[][] expected = new byte[PACKETS][];
        for (int i = 0; i < PACKETS; i++) {
            expected[i] = ChaCha20Poly1305.seal(counting(32), 1_000 + i, new byte[0], zeros);
        }
        byte[] untouched = new byte[SPACE];
        for (int round = 0; round < 30; round++) {
            TransportKey key = aead.key(counting(32));
            memory.fill((byte) 0);
            MemorySegment target = Arena.ofAuto().allocate(PACKETS * SPACE);
            CountDownLatch begun = new CountDownLatch(1);
            int delay = round * 1_000;
            Thread wiper =
                    Thread.ofPlatform()
                            .start(
                                    () -> {
                                        await(begun);
                                        for (int i = 0; i < delay; i++) {
                                            Thread.onSpinWait();
                                        }
                                        key.wipe();
                                    });
            begun.countDown();
            boolean refused = false;
            try {
                key.seal(
                        1_000,
                        new PacketLayout(memory, offsets, lengths, target, offsets),
                        0,
                        PACKETS);
            } catch (IllegalStateException e) {
                refused = true;
            }
            for (int i = 0; i < PACKETS; i++) {
                byte[] sealed = target.asSlice(offsets[i], SPACE).toArray(ValueLayout.JAVA_BYTE);
                assertTrue(
                        Arrays.equals(expected[i], sealed)
                                || refused && Arrays.equals(untouched, sealed),
                        "packet " + i);
            }
            wiper.join();
            assertThrows(IllegalStateException.class, () -> seal(key, 0, PACKETS));
            boolean[] opened = new boolean[PACKETS];
            Arrays.fill(opened, true);
            int[] sealedLengths = new int[PACKETS];
            Arrays.fill(sealedLengths, SPACE);
            assertEquals(
                    0, open(key, PacketLayout.inPlace(memory, offsets, sealedLengths), opened));
            assertArrayEquals(new boolean[PACKETS], opened);
        }
    }

    @Test
    void idleWorkersParkAndWakeForTheNextBatch() throws InterruptedException {
        Set<Thread> seen = ConcurrentHashMap.newKeySet();
        CountDownLatch[] two = {null};
        TransportKey key =
                with((firstCounter, first, count) -> {
                            if (seen.add(Thread.currentThread())) {
                                two[0].countDown();
                            }
                            await(two[0]);
                        })
                        .key(new byte[32]);
        Set<Thread> workersSeen = new HashSet<>();
        for (int round = 0; round < 5; round++) {
            seen.clear();
            two[0] = new CountDownLatch(2);
            seal(key, 0, PACKETS);
            workersSeen.addAll(seen);
            workersSeen.remove(Thread.currentThread());
            assertFalse(workersSeen.isEmpty());
            long deadline = System.nanoTime() + 10_000_000_000L;
            for (Thread worker : workersSeen) {
                while (worker.getState() != Thread.State.WAITING) {
                    assertTrue(System.nanoTime() < deadline, worker + " " + worker.getState());
                    Thread.onSpinWait();
                }
            }
        }
    }

    @Test
    void noThreadStartsBeforeTheFirstLargeBatch() {
        WorkerPool idle = new WorkerPool(workers);
        TransportKey key =
                new ParallelAead(new FakeAead((firstCounter, first, count) -> {}), idle)
                        .key(new byte[32]);
        seal(key, 0, 1);
        assertEquals(0, idle.alive());
        seal(key, 0, PACKETS);
        assertEquals(workers, idle.alive());
    }

    @Test
    void nothingIsAllocatedForABatch() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        Set<Thread> seen = ConcurrentHashMap.newKeySet();
        AtomicInteger runs = new AtomicInteger();
        TransportKey key =
                with((firstCounter, first, count) -> {
                            runs.incrementAndGet();
                            if (!seen.contains(Thread.currentThread())) {
                                seen.add(Thread.currentThread());
                            }
                        })
                        .key(new byte[32]);
        boolean[] opened = new boolean[PACKETS];
        for (int i = 0; i < 1_000; i++) {
            seal(key, 0, PACKETS);
        }
        long before = allocated(threads, seen);
        for (int i = 0; i < 10_000; i++) {
            seal(key, 0, PACKETS);
            open(key, layout, opened);
        }
        long bytes = allocated(threads, seen) - before;
        // The test itself allocates when it asks, and so does the iterator of the map.
        assertTrue(bytes < 10_000, bytes + " bytes for 20,000 batches");
        assertTrue(runs.get() > 60_000);
    }

    private static long allocated(ThreadMXBean threads, Set<Thread> seen) {
        long sum = 0;
        for (Thread thread : seen) {
            sum += threads.getThreadAllocatedBytes(thread.threadId());
        }
        return sum;
    }

    private static void await(CountDownLatch latch) {
        try {
            assertTrue(latch.await(10, TimeUnit.SECONDS), "the others did not come");
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
