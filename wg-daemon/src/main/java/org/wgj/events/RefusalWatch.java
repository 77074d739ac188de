// SPDX-License-Identifier: Apache-2.0
package org.wgj.events;

import org.wgj.protocol.DropReason;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/**
 * Makes few reports of the counters of what was dropped: a flood becomes one report a minute for
 * each reason. Each has the number since the one before, so no datagram is left out. Used by one
 * thread.
 */
final class RefusalWatch {
    static final long REPORTS_APART_NS = 60_000_000_000L;

    /** Takes what was found out. */
    interface Findings {
        /**
         * @param count at least 1
         */
        void refused(DropReason reason, long count);
    }

    private static final class Reason {
        long reported; // the counter at the last report
        long reportedNs;
        boolean everReported;
    }

    /**
     * The reasons that come from the network. The rest is of this system, such as packets for no
     * peer, and stays a counter: a new interface gets some of them from the kernel itself.
     */
    private static final Set<DropReason> REPORTED =
            EnumSet.complementOf(
                    EnumSet.of(
                            DropReason.NOT_READY,
                            DropReason.TOO_LONG,
                            DropReason.NO_PEER,
                            DropReason.NO_ENDPOINT,
                            DropReason.LOOPED,
                            DropReason.STAGED_DROPPED));

    private final Findings findings;
    private final Map<DropReason, Reason> reasons = new EnumMap<>(DropReason.class);

    RefusalWatch(Findings findings) {
        this.findings = findings;
    }

    /** Begins with counters that are not reported. */
    void begin(Map<DropReason, Long> counters) {
        counters.forEach((reason, count) -> of(reason).reported = count);
    }

    private Reason of(DropReason reason) {
        return reasons.computeIfAbsent(reason, _ -> new Reason());
    }

    /** Compares the counters with those of the last reports. */
    void check(Map<DropReason, Long> counters, long nowNs) {
        counters.forEach(
                (reason, count) -> {
                    Reason one = of(reason);
                    boolean due = !one.everReported || nowNs - one.reportedNs >= REPORTS_APART_NS;
                    if (count != one.reported && due && REPORTED.contains(reason)) {
                        long since = count - one.reported;
                        one.reported = count;
                        one.reportedNs = nowNs;
                        one.everReported = true;
                        findings.refused(reason, since);
                    }
                });
    }
}
