// SPDX-License-Identifier: Apache-2.0
package org.wgj.lab;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Polls for the effect of another process, up to a bound. */
public final class Await {
    /** When to give up, even on a busy machine; no statement about how long things should take. */
    public static final Duration BOUND = Duration.ofSeconds(45L * LabProperties.patience());

    private Await() {}

    public static void until(String what, BooleanSupplier condition) {
        until(what, BOUND, condition);
    }

    public static void until(String what, Duration bound, BooleanSupplier condition) {
        long end = System.nanoTime() + bound.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - end >= 0) {
                throw new AssertionError("not within " + bound + ": " + what);
            }
            pause();
        }
    }

    private static void pause() {
        try {
            Thread.sleep(50);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting", e);
        }
    }
}
