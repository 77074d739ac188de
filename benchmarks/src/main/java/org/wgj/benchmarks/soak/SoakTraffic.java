// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.soak;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.wgj.benchmarks.lab.Iperf;
import org.wgj.benchmarks.lab.MeasuredTunnel;

import java.io.IOException;

/** The traffic between two faults. */
enum SoakTraffic {
    TCP("TCP, 1 stream", MeasuredTunnel.FAR_4, "", 1),
    TCP_BOTH("TCP, both directions", MeasuredTunnel.FAR_4, "--bidir", 2),
    TCP_REVERSE_IPV6("TCP, reverse, IPv6", MeasuredTunnel.FAR_6, "-R", 1),
    UDP_FULL("UDP, 1372 B", MeasuredTunnel.FAR_4, "-u -l 1372", 1),
    UDP_SMALL("UDP, 200 B", MeasuredTunnel.FAR_4, "-u -l 200", 10),
    TCP_MANY("TCP, 8 streams", MeasuredTunnel.FAR_4, "-P 8", 8);

    private final String title;
    private final String address;
    private final String options;

    /** By what the rate is divided: streams, or a cost per packet that is higher. */
    private final int share;

    SoakTraffic(String title, String address, String options, int share) {
        this.title = title;
        this.address = address;
        this.options = options;
        this.share = share;
    }

    String title() {
        return title;
    }

    /**
     * The result of one spell of traffic.
     *
     * @param lost of UDP's packets; not a number for TCP
     */
    record Result(
            SoakTraffic traffic, double seconds, double megabytes, double packets, double lost) {}

    /**
     * @param megabits a second, all streams together; a tenth of it for small packets
     */
    Result run(MeasuredTunnel tunnel, int seconds, int megabits) throws IOException {
        String json =
                tunnel.near()
                        .sh(
                                seconds + 20,
                                Iperf.client(
                                        tunnel,
                                        address,
                                        seconds,
                                        "-J %s -b %dK"
                                                .formatted(options, megabits * 1_000 / share)));
        Iperf.Stream stream = Iperf.Stream.of(json);
        JsonObject sum =
                JsonParser.parseString(json)
                        .getAsJsonObject()
                        .getAsJsonObject("end")
                        .getAsJsonObject("sum_received");
        double lost = sum.has("lost_packets") ? sum.get("lost_packets").getAsDouble() : Double.NaN;
        return new Result(this, stream.seconds(), stream.bytes() / 1e6, stream.packets(), lost);
    }
}
