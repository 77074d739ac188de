// SPDX-License-Identifier: Apache-2.0
package org.wgj.show;

import java.util.Arrays;

/**
 * The rate of one direction in the last minute, in columns of 2 s. A sample that spans several
 * columns counts for each by its share of the time. Used by one thread.
 */
final class SparkLine {
    static final int COLUMNS = 30;
    static final long COLUMN_NS = 2_000_000_000L;

    /** From no traffic to the most of the minute. */
    static final String BARS = "▁▂▃▄▅▆▇█";

    /** For a character set that has no bars. */
    static final String ASCII = "_.:-=+*#";

    private final double[] bytes = new double[COLUMNS];
    private final double[] seenNs = new double[COLUMNS]; // how much of the column was sampled
    private long newest; // the number of the last column
    private boolean begun;

    /**
     * Adds a sample.
     *
     * @param count bytes
     * @param fromNs when the sample before was taken
     * @param toNs later than that
     */
    void add(double count, long fromNs, long toNs) {
        advance(Math.floorDiv(toNs - 1, COLUMN_NS));
        long first = Math.max(Math.floorDiv(fromNs, COLUMN_NS), newest - COLUMNS + 1);
        for (long column = first; column <= newest; column++) {
            long begin = Math.max(fromNs, column * COLUMN_NS);
            long end = Math.min(toNs, (column + 1) * COLUMN_NS);
            int place = place(column);
            bytes[place] += count * (end - begin) / (toNs - fromNs);
            seenNs[place] += end - begin;
        }
    }

    private void advance(long column) {
        if (!begun || column - newest >= COLUMNS) {
            Arrays.fill(bytes, 0);
            Arrays.fill(seenNs, 0);
        } else {
            for (long next = newest + 1; next <= column; next++) {
                bytes[place(next)] = 0;
                seenNs[place(next)] = 0;
            }
        }
        begun = true;
        newest = column;
    }

    private static int place(long column) {
        return Math.floorMod(column, COLUMNS);
    }

    /**
     * Draws the minute, the present at the right. A column that was not sampled is a blank.
     *
     * @param bars eight characters, the lowest first
     * @return as many characters as columns
     */
    String draw(String bars) {
        double most = 0;
        for (int i = 0; i < COLUMNS; i++) {
            most = Math.max(most, rate(i));
        }
        StringBuilder out = new StringBuilder();
        for (long column = newest - COLUMNS + 1; column <= newest; column++) {
            int place = place(column);
            double rate = rate(place);
            if (seenNs[place] == 0) {
                out.append(' ');
            } else if (rate == 0) {
                out.append(bars.charAt(0));
            } else {
                int steps = bars.length() - 1;
                out.append(bars.charAt((int) Math.clamp(Math.ceil(rate / most * steps), 1, steps)));
            }
        }
        return out.toString();
    }

    private double rate(int place) {
        return seenNs[place] == 0 ? 0 : bytes[place] / seenNs[place];
    }
}
