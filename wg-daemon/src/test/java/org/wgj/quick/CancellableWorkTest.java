// SPDX-License-Identifier: Apache-2.0
package org.wgj.quick;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;

class CancellableWorkTest {
    private final CancellableWork work = new CancellableWork();

    @Test
    void aRunningTaskIsInterruptedAndLaterCodeIsNot() throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(1);
        Thread other =
                Thread.ofPlatform()
                        .start(
                                () -> {
                                    try {
                                        begun.await();
                                    } catch (InterruptedException e) {
                                        throw new AssertionError(e);
                                    }
                                    work.cancel();
                                });
        assertThrows(
                InterruptedException.class,
                () ->
                        work.run(
                                () -> {
                                    begun.countDown();
                                    try {
                                        Thread.sleep(60_000);
                                    } catch (InterruptedException e) {
                                        Thread.currentThread().interrupt();
                                        throw new IOException("given up", e);
                                    }
                                }));
        assertFalse(Thread.interrupted());
        other.join();
    }

    @Test
    void afterCancellingNoTaskRunsAndNoThreadIsInterrupted() {
        work.cancel();
        assertThrows(
                InterruptedException.class,
                () ->
                        work.run(
                                () -> {
                                    throw new AssertionError("begun");
                                }));
        assertFalse(Thread.interrupted());
    }

    @Test
    void aFailureOfTheTaskIsPassedOn() {
        IOException failure =
                assertThrows(
                        IOException.class,
                        () ->
                                work.run(
                                        () -> {
                                            throw new IOException("no such name");
                                        }));
        assertEquals("no such name", failure.getMessage());
    }

    @Test
    void aTaskCancelledAtItsEndCountsAsCancelled() {
        assertThrows(InterruptedException.class, () -> work.run(work::cancel));
        assertFalse(Thread.interrupted());
    }
}
