// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;

import org.junit.jupiter.api.Test;

import java.lang.management.ManagementFactory;

class BootClockTest {
    @Test
    void itStartsAtZeroAndNeverGoesBack() {
        BootClock clock = new BootClock();
        long last = clock.nowNs();
        assertTrue(last >= 0 && last < 10_000_000_000L, last + " ns");
        for (int i = 0; i < 10_000; i++) {
            long now = clock.nowNs();
            assertTrue(now >= last, last + " then " + now);
            last = now;
        }
        assertTrue(last > 0);
    }

    @Test
    void itRunsAsFastAsTheMonotonicClockWhileAwake() {
        BootClock clock = new BootClock();
        long boot = clock.nowNs();
        long monotonic = System.nanoTime();
        while (System.nanoTime() - monotonic < 50_000_000) {
            Thread.onSpinWait();
        }
        long bootTook = clock.nowNs() - boot;
        long monotonicTook = System.nanoTime() - monotonic;
        assertTrue(bootTook >= 50_000_000, bootTook + " ns");
        assertTrue(
                bootTook - monotonicTook < 1_000_000_000,
                bootTook + " ns instead of " + monotonicTook);
    }

    @Test
    void aReadingAllocatesNothing() {
        BootClock clock = new BootClock();
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long sum = 0;
        for (int i = 0; i < 20_000; i++) {
            sum += clock.nowNs();
        }
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 20_000; i++) {
            sum += clock.nowNs();
        }
        long each = (threads.getCurrentThreadAllocatedBytes() - before) / 20_000;
        assertTrue(each < 8 && sum > 0, each + " bytes a reading");
    }
}
