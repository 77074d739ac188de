// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.relay;

import com.sun.management.OperatingSystemMXBean;

import java.lang.management.ManagementFactory;

/**
 * Counts datagrams from the end of a warm-up, which the first datagram begins, for a number of
 * seconds, and the processor time of this process meanwhile. Used by one thread.
 */
final class Window {
    private static final long SECOND_NS = 1_000_000_000L;

    private final OperatingSystemMXBean system =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    private final long warmUpNs;
    private final long measuredNs;
    private long firstNs;
    private long openedNs;
    private long cpuNs;
    private long count;
    private boolean seen;
    private boolean open;
    private boolean over;

    Window(int warmUpSeconds, int seconds) {
        warmUpNs = warmUpSeconds * SECOND_NS;
        measuredNs = seconds * SECOND_NS;
    }

    /** Counts datagrams that have just come; prints the result once it is complete. */
    void add(int datagrams) {
        if (over) {
            return;
        }
        long nowNs = System.nanoTime();
        if (!seen) {
            seen = true;
            firstNs = nowNs;
        }
        if (!open && nowNs - firstNs >= warmUpNs) {
            open = true;
            openedNs = nowNs;
            cpuNs = system.getProcessCpuTime();
        } else if (open) {
            count += datagrams;
            if (nowNs - openedNs >= measuredNs) {
                over = true;
                System.out.println(
                        "measured "
                                + count
                                + " "
                                + (nowNs - openedNs)
                                + " "
                                + (system.getProcessCpuTime() - cpuNs));
            }
        }
    }
}
