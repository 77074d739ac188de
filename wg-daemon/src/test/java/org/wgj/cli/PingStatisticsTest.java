// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.time.Duration;

/** Tests the lines that ping(8) prints at its end. */
class PingStatisticsTest {
    @Test
    void theSpreadIsThatOfTheAnswers() {
        PingStatistics statistics = new PingStatistics();
        statistics.addLost();
        assertEquals("1 packets transmitted, 0 received, 100% packet loss\n", statistics.text());
        for (int ms : new int[] {2, 4, 6}) {
            statistics.add(Duration.ofMillis(ms));
        }
        assertEquals(
                "4 packets transmitted, 3 received, 25% packet loss\n"
                        + "rtt min/avg/max/mdev = 2.000/4.000/6.000/1.633 ms\n",
                statistics.text());
    }
}
