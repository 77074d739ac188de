// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

class RecentTest {
    private static final long SECOND = 1_000_000_000L;

    private final AtomicLong nowNs = new AtomicLong(Long.MAX_VALUE - SECOND / 2); // overflows soon
    private final AtomicInteger made = new AtomicInteger();

    @Test
    void valueIsKeptForASecond() throws IOException {
        Recent<String, Integer> recent = new Recent<>(key -> made.incrementAndGet(), nowNs::get);

        assertEquals(1, recent.get("a"));
        nowNs.addAndGet(SECOND - 1);
        assertEquals(1, recent.get("a"));
        assertEquals(2, recent.get("b"));
        nowNs.addAndGet(1);
        assertEquals(3, recent.get("a"));
    }

    @Test
    void valueThatIsSlowToMakeIsKeptLonger() throws IOException {
        Recent<String, Integer> recent =
                new Recent<>(
                        key -> {
                            nowNs.addAndGet(2 * SECOND);
                            return made.incrementAndGet();
                        },
                        nowNs::get);

        assertEquals(1, recent.get("a"));
        nowNs.addAndGet(8 * SECOND - 1);
        assertEquals(1, recent.get("a"));
        nowNs.addAndGet(1);
        assertEquals(2, recent.get("a"));
    }

    @Test
    void failureIsNotKept() throws IOException {
        Recent<String, Integer> recent =
                new Recent<>(
                        key -> {
                            if (made.incrementAndGet() == 1) {
                                throw new IOException("the store failed");
                            }
                            return made.get();
                        },
                        nowNs::get);

        assertThrows(IOException.class, () -> recent.get("a"));
        assertEquals(2, recent.get("a"));
    }

    @Test
    @Timeout(60)
    void othersGetTheOldValueMeanwhile() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        Recent<String, Integer> recent =
                new Recent<>(
                        key -> {
                            if (made.incrementAndGet() == 2) {
                                begun.countDown();
                                await(go);
                            }
                            return made.get();
                        },
                        nowNs::get);
        assertEquals(1, recent.get("a"));
        nowNs.addAndGet(SECOND);
        Thread maker =
                Thread.ofVirtual()
                        .start(
                                () -> {
                                    try {
                                        recent.get("a");
                                    } catch (IOException e) {
                                        throw new IllegalStateException(e);
                                    }
                                });
        begun.await();

        assertEquals(1, recent.get("a"));
        go.countDown();
        maker.join();
        assertEquals(2, recent.get("a"));
    }

    @Test
    @Timeout(60)
    void aValueOfLongAgoIsNotGivenWhileAnotherIsMade() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        Recent<String, Integer> recent =
                new Recent<>(
                        key -> {
                            if (key.equals("slow")) {
                                begun.countDown();
                                await(go);
                            }
                            return made.incrementAndGet();
                        },
                        nowNs::get);
        assertEquals(1, recent.get("a"));
        nowNs.addAndGet(3_600 * SECOND);
        Thread maker = asks(recent, "slow");
        begun.await();
        Thread asker = asks(recent, "a");
        while (asker.getState() != Thread.State.WAITING) {
            Thread.onSpinWait(); // it must wait for its turn
            assertTrue(asker.isAlive(), "it got the value of an hour ago");
        }
        go.countDown();
        maker.join();
        asker.join();
        assertEquals(3, recent.get("a"));
    }

    private static Thread asks(Recent<String, Integer> recent, String key) {
        return Thread.ofPlatform()
                .start(
                        () -> {
                            try {
                                recent.get(key);
                            } catch (IOException e) {
                                throw new IllegalStateException(e);
                            }
                        });
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
