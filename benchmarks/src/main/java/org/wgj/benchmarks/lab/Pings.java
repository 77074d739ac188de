// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.lab;

import org.wgj.lab.Host;

import java.io.IOException;
import java.util.regex.Pattern;

/** Round trips through a tunnel. */
public final class Pings {
    private static final Pattern TIME = Pattern.compile(" time=([0-9.]+) ms");
    private static final int PER_SECOND = 40;

    private Pings() {}

    /** The median of round trips on an idle tunnel, in milliseconds. */
    public static double idle(MeasuredTunnel tunnel, int seconds) throws IOException {
        return median(tunnel.near().sh(seconds + 20 * Host.PATIENCE, pings(seconds)));
    }

    /** The same while TCP streams into the tunnel. */
    public static double underLoad(MeasuredTunnel tunnel, int seconds) throws IOException {
        String load = Iperf.client(tunnel, MeasuredTunnel.FAR_4, seconds + 2, ">/dev/null");
        return median(
                tunnel.near()
                        .sh(
                                seconds + 30 * Host.PATIENCE,
                                // The stream has a second to get up to speed and ends last.
                                "%s & sleep 1; %s; wait $!".formatted(load, pings(seconds))));
    }

    private static String pings(int seconds) {
        return "ping -n -c %d -i %s -W 2 %s"
                .formatted(seconds * PER_SECOND, 1.0 / PER_SECOND, MeasuredTunnel.FAR_4);
    }

    /** The median of the times that ping printed. */
    public static double median(String output) throws IOException {
        double[] times =
                TIME.matcher(output)
                        .results()
                        .mapToDouble(result -> Double.parseDouble(result.group(1)))
                        .toArray();
        if (times.length == 0) {
            throw new IOException("no ping was answered: " + output);
        }
        return Spread.of(times).median();
    }
}
