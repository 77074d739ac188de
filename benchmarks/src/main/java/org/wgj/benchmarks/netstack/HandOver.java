// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.netstack;

import java.util.Locale;
import java.util.concurrent.locks.LockSupport;

/**
 * What it costs here to wake another thread: two threads park and unpark each other. A request and
 * its response through two stacks in two processes is six such hand-overs, so this is the part of
 * it that no stack can avoid.
 */
public final class HandOver {
    private static final long SECOND = 1_000_000_000L;

    private volatile int turn;
    private volatile boolean over;

    private HandOver() {}

    private void play(int me, Thread other) {
        while (!over) {
            while (turn != me && !over) {
                LockSupport.park(this);
            }
            turn = 1 - me;
            LockSupport.unpark(other);
        }
    }

    /**
     * Measures for four seconds and prints.
     *
     * @param arguments none
     * @throws InterruptedException never
     */
    public static void main(String[] arguments) throws InterruptedException {
        HandOver game = new HandOver();
        Thread main = Thread.currentThread();
        Thread other = Thread.ofPlatform().daemon().start(() -> game.play(1, main));
        long count = 0;
        long start = System.nanoTime();
        while (System.nanoTime() - start < 4 * SECOND) {
            game.turn = 1;
            LockSupport.unpark(other);
            while (game.turn != 0) {
                LockSupport.park(game);
            }
            count += 2;
        }
        double microseconds = (System.nanoTime() - start) / 1e3 / count;
        game.over = true;
        LockSupport.unpark(other);
        System.out.printf(
                Locale.ROOT, "waking another thread (park, unpark), µs\t%.1f%n", microseconds);
    }
}
