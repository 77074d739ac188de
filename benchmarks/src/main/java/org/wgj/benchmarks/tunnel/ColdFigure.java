// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.tunnel;

/** The figures of daemons that have just started. */
enum ColdFigure implements ReportRow {
    FIRST_3("cold.first3", "TCP, 1 stream, first 3 s", "Gbit/s", true),
    NEXT_5("cold.next5", "TCP, 1 stream, the 5 s after", "Gbit/s", true),
    FULL_SPEED("cold.fullSpeed", "until 0.9 of the warm speed is reached", "s", false),
    AFTER_IDLING(
            "cold.afterIdling", "TCP, first second, after 3 s without traffic", "Gbit/s", true),
    SET_KEY("cold.setKey", "setting the private key, first request", "ms", false),
    IDLE_CPU("cold.idleCpu", "processor time of an idle daemon, first minute", "s", false);

    private final Text text;

    ColdFigure(String key, String title, String unit, boolean moreIsBetter) {
        text = new Text(key, title, unit, moreIsBetter);
    }

    @Override
    public Text text() {
        return text;
    }
}
