// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;

/**
 * Measures how busy the machine was over a time, and how much of it its host gave to other
 * machines.
 */
public final class MachineLoad {
    /**
     * The columns of /proc/stat that the processors do nothing in, and the stolen time (proc(5)).
     */
    private static final int IDLE = 3;

    private static final int WAITING = 4;
    private static final int STOLEN = 7;

    /** Those after it are parts of the first ones. */
    private static final int COLUMNS = 8;

    private final long[] begin;

    private MachineLoad(long[] begin) {
        this.begin = begin;
    }

    /** Begins to watch. */
    public static MachineLoad begin() throws IOException {
        return new MachineLoad(read());
    }

    /** Says what happened since then. */
    public String sinceThen() throws IOException {
        return describe(begin, read());
    }

    static String describe(long[] begin, long[] end) {
        long all = 0;
        for (int i = 0; i < COLUMNS; i++) {
            all += end[i] - begin[i];
        }
        double idle = end[IDLE] - begin[IDLE] + (double) (end[WAITING] - begin[WAITING]);
        double stolen = end[STOLEN] - (double) begin[STOLEN];
        return String.format(
                Locale.ROOT,
                "processors idle %.1f %%, taken by other machines of the host %.1f %%",
                100 * idle / Math.max(1, all),
                100 * stolen / Math.max(1, all));
    }

    private static long[] read() throws IOException {
        return parse(Files.readString(Path.of("/proc/stat")));
    }

    /** Reads the line "cpu", the sum over all processors. */
    static long[] parse(String stat) {
        String[] words = stat.lines().findFirst().orElseThrow().trim().split(" +");
        return Arrays.stream(words).skip(1).mapToLong(Long::parseLong).toArray();
    }
}
