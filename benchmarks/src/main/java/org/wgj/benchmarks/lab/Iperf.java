// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.lab;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.wgj.lab.Host;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;

/** Streams between the hosts of a tunnel, each with a server of its own at a port of its own. */
public final class Iperf {
    private static final AtomicInteger NEXT_PORT = new AtomicInteger(5_201);

    /** The time for connecting and for the exchange of results, beside the streams. */
    private static final int SLACK_SECONDS = 20 * Host.PATIENCE;

    private Iperf() {}

    /** Streams and returns what arrived; `options` as for iperf3's client. */
    public static Stream run(MeasuredTunnel tunnel, String address, int seconds, String options)
            throws IOException {
        String client = client(tunnel, address, seconds, options + " -J");
        return Stream.of(tunnel.near().sh(seconds + SLACK_SECONDS, client));
    }

    /** Streams TCP and returns what was sent in each second, in Gbit/s. */
    public static double[] perSecond(MeasuredTunnel tunnel, String address, int seconds)
            throws IOException {
        String client = client(tunnel, address, seconds, "-i 1 -J");
        return perSecond(tunnel.near().sh(seconds + SLACK_SECONDS, client), seconds);
    }

    /** Reads the intervals of iperf3's report; a rest of less than half a second is left out. */
    static double[] perSecond(String json, int seconds) throws IOException {
        double[] rates =
                Stream.report(json).getAsJsonArray("intervals").asList().stream()
                        .map(interval -> interval.getAsJsonObject().getAsJsonObject("sum"))
                        .filter(sum -> Stream.number(sum, "seconds") >= 0.5)
                        .mapToDouble(sum -> Stream.number(sum, "bits_per_second") / 1e9)
                        .limit(seconds)
                        .toArray();
        if (rates.length < seconds) {
            throw new IOException("iperf3 tells of %d s only".formatted(rates.length));
        }
        return rates;
    }

    /** Starts a server in the far host and returns the command of its client in the near one. */
    public static String client(MeasuredTunnel tunnel, String address, int seconds, String options)
            throws IOException {
        int port = NEXT_PORT.getAndIncrement();
        tunnel.far()
                .sh(
                        """
                        timeout %2$d iperf3 -s -1 -p %1$d </dev/null >/dev/null 2>&1 &
                        until ss -Hltn 'sport = :%1$d' | grep -q .; do sleep 0.02; done\
                        """
                                .formatted(port, seconds + SLACK_SECONDS));
        return "iperf3 -c %s -p %d -t %d %s".formatted(address, port, seconds, options);
    }

    /**
     * The data that arrived, both directions together.
     *
     * @param packets datagrams, if it was UDP
     */
    public record Stream(double seconds, double bytes, double packets) {
        /** Reads iperf3's report. */
        public static Stream of(String json) throws IOException {
            JsonObject report = report(json);
            JsonObject end = report.getAsJsonObject("end");
            JsonObject there = end.getAsJsonObject("sum_received");
            double bytes = number(there, "bytes");
            if (end.has("sum_received_bidir_reverse")) {
                bytes += number(end.getAsJsonObject("sum_received_bidir_reverse"), "bytes");
            }
            // The packets of "sum_received" are all that were sent, except the last few.
            double packets =
                    there.has("packets")
                            ? number(there, "packets") - number(there, "lost_packets")
                            : 0;
            if (bytes <= 0) {
                throw new IOException("nothing arrived");
            }
            return new Stream(number(there, "seconds"), bytes, packets);
        }

        private static JsonObject report(String json) throws IOException {
            JsonObject report = JsonParser.parseString(json).getAsJsonObject();
            if (report.has("error")) {
                throw new IOException("iperf3: " + report.get("error").getAsString());
            }
            return report;
        }

        private static double number(JsonObject object, String name) {
            return object.get(name).getAsDouble();
        }

        public double gigabitsPerSecond() {
            return bytes * 8 / seconds / 1e9;
        }

        public double packetsPerSecond() {
            return packets / seconds;
        }
    }
}
