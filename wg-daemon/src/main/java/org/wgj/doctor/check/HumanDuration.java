// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.check;

import java.time.Duration;

/** Durations as people say them. */
final class HumanDuration {
    private HumanDuration() {}

    /** Formats a duration with its two largest units, such as {@code 2 minutes, 5 seconds}. */
    static String text(Duration age) {
        long seconds = Math.max(0, age.toSeconds());
        if (seconds < 60) {
            return unit(seconds, "second");
        }
        if (seconds < 3600) {
            return unit(seconds / 60, "minute") + ", " + unit(seconds % 60, "second");
        }
        if (seconds < 86_400) {
            return unit(seconds / 3600, "hour") + ", " + unit(seconds / 60 % 60, "minute");
        }
        return unit(seconds / 86_400, "day") + ", " + unit(seconds / 3600 % 24, "hour");
    }

    private static String unit(long count, String name) {
        return count + " " + name + (count == 1 ? "" : "s");
    }
}
