// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import java.time.Duration;
import java.util.Locale;

/** The summary that ping(8) prints at its end. */
final class PingStatistics {
    private int sent;
    private int received;
    private double leastMs = Double.MAX_VALUE;
    private double mostMs;
    private double sumMs;
    private double squares;

    void add(Duration time) {
        double ms = time.toNanos() / 1e6;
        sent++;
        received++;
        leastMs = Math.min(leastMs, ms);
        mostMs = Math.max(mostMs, ms);
        sumMs += ms;
        squares += ms * ms;
    }

    void addLost() {
        sent++;
    }

    int received() {
        return received;
    }

    String text() {
        double lost = sent == 0 ? 0 : 100.0 * (sent - received) / sent;
        String text =
                String.format(
                        Locale.ROOT,
                        "%d packets transmitted, %d received, %.0f%% packet loss%n",
                        sent,
                        received,
                        lost);
        if (received == 0) {
            return text;
        }
        double mean = sumMs / received;
        double deviation = Math.sqrt(Math.max(0, squares / received - mean * mean));
        return text
                + String.format(
                        Locale.ROOT,
                        "rtt min/avg/max/mdev = %.3f/%.3f/%.3f/%.3f ms%n",
                        leastMs,
                        mean,
                        mostMs,
                        deviation);
    }
}
