// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.netsoak;

import java.util.ArrayList;
import java.util.List;

/** What a process found so far. Any thread may add. */
final class SoakFindings {
    private static final int MOST = 50;

    private final List<String> lines = new ArrayList<>();

    synchronized void add(String where, Throwable why) {
        if (lines.size() < MOST) {
            StackTraceElement[] trace = why.getStackTrace();
            lines.add(where + ": " + why + (trace.length == 0 ? "" : " at " + trace[0]));
        }
    }

    /** Returns what was added since the last call. */
    synchronized List<String> take() {
        List<String> taken = List.copyOf(lines);
        lines.clear();
        return taken;
    }
}
