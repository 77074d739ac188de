// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.timing;

import java.util.Arrays;

/**
 * Welch's t of two samples of durations, as in Reparaz, Balasch and Verbauwhede, "dude, is my code
 * constant time?" (2016): also of what is left when the slowest measurements, which interrupts and
 * the collector made slow, are cropped at several percentiles of both together. The largest of
 * these counts; above 4.5 the durations are taken to differ.
 */
final class WelchTest {
    static final double THRESHOLD = 4.5;

    private static final double[] KEPT = {1, 0.99, 0.95, 0.9, 0.75, 0.5};

    private WelchTest() {}

    /**
     * @param durations of both classes, in the order measured
     * @param second whether a duration is of the second class
     * @return the largest t, without its sign
     */
    static double largest(long[] durations, boolean[] second) {
        long[] sorted = durations.clone();
        Arrays.sort(sorted);
        double largest = 0;
        for (double kept : KEPT) {
            long limit = sorted[(int) Math.ceil(kept * sorted.length) - 1];
            largest = Math.max(largest, Math.abs(t(durations, second, limit)));
        }
        return largest;
    }

    /**
     * Returns t of the durations up to a limit; 0 if a class has too few of them or nothing varies.
     */
    static double t(long[] durations, boolean[] second, long limit) {
        double[] count = new double[2];
        double[] mean = new double[2];
        double[] squares = new double[2]; // Welford's sums of squared differences
        for (int i = 0; i < durations.length; i++) {
            if (durations[i] <= limit) {
                int c = second[i] ? 1 : 0;
                count[c]++;
                double difference = durations[i] - mean[c];
                mean[c] += difference / count[c];
                squares[c] += difference * (durations[i] - mean[c]);
            }
        }
        if (count[0] < 2 || count[1] < 2) {
            return 0;
        }
        double error = 0;
        for (int c = 0; c < 2; c++) {
            error += squares[c] / (count[c] - 1) / count[c];
        }
        return error == 0 ? 0 : (mean[0] - mean[1]) / Math.sqrt(error);
    }
}
