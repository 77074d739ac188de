// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.generate;

import java.io.IOException;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/** Collects what is wrong with a list of nodes, so that all of it can be mended at once. */
final class Problems {
    private static final int MOST_SHOWN = 20;

    private record Problem(int line, String reason) implements Comparable<Problem> {
        @Override
        public int compareTo(Problem other) {
            int byLine = Integer.compare(line, other.line);
            return byLine != 0 ? byLine : reason.compareTo(other.reason);
        }
    }

    private final String source;
    private final SortedSet<Problem> problems = new TreeSet<>();

    Problems(String source) {
        this.source = source;
    }

    void add(int line, String reason) {
        problems.add(new Problem(line, reason));
    }

    boolean any() {
        return !problems.isEmpty();
    }

    /** Returns one line for each problem, those of the first lines first. */
    List<String> lines() {
        return problems.stream()
                .map(problem -> source + ":" + problem.line() + ": " + problem.reason())
                .toList();
    }

    /** Throws all of them as one exception, if there are any. */
    void check() throws IOException {
        if (!any()) {
            return;
        }
        List<String> lines = lines();
        String more =
                lines.size() > MOST_SHOWN
                        ? "\n... and " + (lines.size() - MOST_SHOWN) + " more"
                        : "";
        throw new IOException(
                String.join("\n", lines.subList(0, Math.min(MOST_SHOWN, lines.size()))) + more);
    }
}
