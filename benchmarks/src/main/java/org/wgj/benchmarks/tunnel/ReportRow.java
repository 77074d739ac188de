// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.tunnel;

/** A line of the report. */
interface ReportRow {
    /**
     * The names of the figure and its unit.
     *
     * @param key its name in JSON
     */
    record Text(String key, String title, String unit, boolean moreIsBetter) {}

    Text text();

    /** Its name in JSON. */
    default String key() {
        return text().key();
    }

    default String title() {
        return text().title();
    }

    default String unit() {
        return text().unit();
    }

    default boolean moreIsBetter() {
        return text().moreIsBetter();
    }
}
