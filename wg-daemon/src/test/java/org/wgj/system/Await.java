// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Waits for what another process will do: asks again and again, up to a bound. */
final class Await {
    /** Says nothing of how long things may take, only when to give up, on a busy machine too. */
    static final Duration BOUND = Duration.ofSeconds(45);

    private Await() {}

    static void until(String what, BooleanSupplier condition) {
        until(what, BOUND, condition);
    }

    static void until(String what, Duration bound, BooleanSupplier condition) {
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
