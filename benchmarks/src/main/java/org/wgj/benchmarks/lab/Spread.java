// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.lab;

import java.util.Arrays;

/** The middle and the ends of a handful of figures. */
public record Spread(double median, double least, double most, int count) {
    /**
     * @throws IllegalArgumentException if there are none
     */
    public static Spread of(double... values) {
        if (values.length == 0) {
            throw new IllegalArgumentException("no figures");
        }
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        double median =
                sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Spread(median, sorted[0], sorted[sorted.length - 1], sorted.length);
    }
}
