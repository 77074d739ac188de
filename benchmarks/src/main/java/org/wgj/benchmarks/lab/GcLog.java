// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.lab;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The content of a log of -Xlog:gc.
 *
 * @param collections how many there were
 * @param allocatedBytes in between them; what came after the last is not known
 * @param pauseMilliseconds of all together
 */
public record GcLog(int collections, double allocatedBytes, double pauseMilliseconds) {
    /** For example: [1.234s][info][gc] GC(3) Pause Young (Allocation Failure) 5M->1M(15M) 0.9ms. */
    private static final Pattern PAUSE =
            Pattern.compile("GC\\(\\d+\\) Pause .* (\\d+)M->(\\d+)M\\(\\d+M\\) ([0-9.]+)ms");

    /**
     * @param from how many characters of it to leave out of the sums, being older
     */
    public static GcLog of(String log, int from) {
        int collections = 0;
        double allocated = 0;
        double pauses = 0;
        long left = -1; // after the collection before
        Matcher pause = PAUSE.matcher(log);
        while (pause.find()) {
            if (pause.start() >= from) {
                collections++;
                pauses += Double.parseDouble(pause.group(3));
                if (left >= 0) {
                    allocated += (Long.parseLong(pause.group(1)) - left) * 1_048_576.0;
                }
            }
            left = Long.parseLong(pause.group(2));
        }
        return new GcLog(collections, allocated, pauses);
    }

    /**
     * As a line of the report.
     *
     * @param packets that passed meanwhile, as large as the tunnel carries them
     */
    public String describe(double seconds, double packets) {
        return String.format(
                Locale.ROOT,
                "%d collections in %.0f s of TCP, %.1f ms of pauses; at least %,.0f bytes allocated"
                        + " a second, %.2f a packet",
                collections,
                seconds,
                pauseMilliseconds,
                allocatedBytes / seconds,
                allocatedBytes / packets);
    }
}
