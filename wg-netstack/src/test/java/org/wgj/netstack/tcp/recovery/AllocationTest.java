// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp.recovery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;

import org.junit.jupiter.api.Test;
import org.wgj.netstack.tcp.congestion.CongestionControl;

import java.lang.management.ManagementFactory;

/** Steady traffic with losses allocates nothing. */
class AllocationTest {
    private static final int MSS = 1368;
    private static final long MS = 1_000_000L;

    private final LossRecovery recovery = new LossRecovery(CongestionControl.cubic(), MSS);
    private final AckView view = new AckView();
    private final SendRange range = new SendRange();
    private long now = 1000 * MS;

    /**
     * Sends a window, loses one segment of it or none, reports the rest selectively, sends the lost
     * one again.
     */
    private void round(boolean loss) {
        long first = recovery.next();
        for (int allowed = recovery.newDataAllowance(MSS, now);
                allowed > 0;
                allowed = recovery.newDataAllowance(MSS, now)) {
            recovery.sent(recovery.next(), recovery.next() + allowed, false, now);
        }
        long end = recovery.next();
        now += 10 * MS;
        for (long to = first + 2 * MSS; loss && to <= end; to += MSS) {
            view.set(first, now - 10 * MS, false, false).block(first + MSS, to);
            recovery.acked(view, now);
            while (recovery.nextRetransmission(range, Long.MAX_VALUE, MSS, true)) {
                recovery.sent(range.from(), range.to(), true, now);
            }
        }
        now += 10 * MS;
        view.set(end, now - 10 * MS, false, false);
        recovery.acked(view, now);
        if (recovery.deadlineNs() <= now) {
            recovery.handleTimeout(now);
        }
    }

    @Test
    void steadyTrafficAllocatesNothing() {
        recovery.setWindowLimit(64L * MSS);
        recovery.established(MSS, 20 * MS, false, true, true, now);
        for (int i = 0; i < 5000; i++) {
            round(i % 20 == 0);
        }
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long empty = threads.getCurrentThreadAllocatedBytes();
        empty = threads.getCurrentThreadAllocatedBytes() - empty;
        long segments = recovery.next() / MSS;
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 5000; i++) {
            round(i % 20 == 0);
        }
        long bytes = threads.getCurrentThreadAllocatedBytes() - before - empty;
        segments = recovery.next() / MSS - segments;
        assertTrue(segments > 50_000, "segments " + segments);
        assertTrue(recovery.retransmissions() >= 400, "again " + recovery.retransmissions());
        // The compiler itself may charge a few bytes to this thread; a byte a segment would be
        // 50,000.
        assertTrue(bytes < 5_000, bytes + " bytes for " + segments + " segments");
        assertEquals(0, recovery.inFlight());
    }
}
