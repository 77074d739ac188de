// SPDX-License-Identifier: Apache-2.0
package org.wgj.show;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.util.StringJoiner;

/** Formats times and volumes as {@code wg show} does, with the units in cyan. */
final class HumanUnits {
    private static final long MINUTE = 60;
    private static final long HOUR = 60 * MINUTE;
    private static final long DAY = 24 * HOUR;
    private static final long YEAR = 365 * DAY;
    private static final String[] BINARY = {"KiB", "MiB", "GiB", "TiB"};

    private HumanUnits() {}

    /** Compares whole seconds. */
    static String ago(Instant then, Instant now) {
        long seconds = now.getEpochSecond() - then.getEpochSecond();
        if (seconds == 0) {
            return "Now";
        }
        if (seconds < 0) {
            return "("
                    + ShowText.RED
                    + "System clock wound backward; connection problems may ensue."
                    + ShowText.RESET
                    + ")";
        }
        return duration(seconds) + " ago";
    }

    static String duration(long seconds) {
        StringJoiner parts = new StringJoiner(", ");
        part(parts, seconds / YEAR, "year");
        part(parts, seconds % YEAR / DAY, "day");
        part(parts, seconds % DAY / HOUR, "hour");
        part(parts, seconds % HOUR / MINUTE, "minute");
        part(parts, seconds % MINUTE, "second");
        return parts.toString();
    }

    private static void part(StringJoiner parts, long count, String unit) {
        if (count != 0) {
            parts.add(
                    count + " " + ShowText.CYAN + unit + (count == 1 ? "" : "s") + ShowText.RESET);
        }
    }

    /**
     * @param bytes unsigned
     */
    static String bytes(long bytes) {
        if (bytes >= 0 && bytes < 1024) {
            return bytes + " " + ShowText.CYAN + "B" + ShowText.RESET;
        }
        double value = bytes >= 0 ? bytes : 2.0 * (bytes >>> 1);
        int unit = -1;
        do {
            value /= 1024;
            unit++;
        } while (value >= 1024 && unit < BINARY.length - 1);
        // Rounds like C's printf: the exact value of the double, and a tie to the even digit.
        BigDecimal rounded = new BigDecimal(value).setScale(2, RoundingMode.HALF_EVEN);
        return rounded.toPlainString() + " " + ShowText.CYAN + BINARY[unit] + ShowText.RESET;
    }
}
