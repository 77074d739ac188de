// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.flood;

import org.wgj.benchmarks.lab.Iperf;
import org.wgj.benchmarks.lab.MeasuredTunnel;
import org.wgj.benchmarks.lab.Pings;
import org.wgj.lab.Host;

import java.io.IOException;

/**
 * The service that the legitimate peer got for a while: a paced TCP stream into the tunnel, and
 * pings.
 *
 * @param pingMilliseconds the median
 * @param unanswered share of the pings
 * @param cpu of the victim, in processors
 */
record Phase(double megabitsPerSecond, double pingMilliseconds, double unanswered, double cpu) {
    private static final int PINGS_PER_SECOND = 20;
    private static final String BETWEEN = "-- pings --";

    static Phase run(MeasuredTunnel tunnel, int seconds, int megabits) throws IOException {
        double cpu = tunnel.farDaemon().cpuSeconds();
        long beginNs = System.nanoTime();
        String client =
                Iperf.client(tunnel, MeasuredTunnel.FAR_4, seconds, "-J -b " + megabits + "M");
        int pings = seconds * PINGS_PER_SECOND;
        String[] out =
                tunnel.near()
                        .sh(
                                seconds + 20 * Host.PATIENCE,
                                """
                                %s >/run/iperf.json &
                                ping -n -c %d -i %s -W 2 %s >/run/pings
                                wait $!; cat /run/iperf.json; echo '%s'; cat /run/pings\
                                """
                                        .formatted(
                                                client,
                                                pings,
                                                1.0 / PINGS_PER_SECOND,
                                                MeasuredTunnel.FAR_4,
                                                BETWEEN))
                        .split(BETWEEN);
        double elapsed = (System.nanoTime() - beginNs) / 1e9;
        long answered = out[1].lines().filter(line -> line.contains(" time=")).count();
        return new Phase(
                Iperf.Stream.of(out[0]).gigabitsPerSecond() * 1e3,
                Pings.median(out[1]),
                1 - (double) answered / pings,
                (tunnel.farDaemon().cpuSeconds() - cpu) / elapsed);
    }
}
