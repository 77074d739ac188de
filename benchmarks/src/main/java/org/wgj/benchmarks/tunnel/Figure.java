// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.tunnel;

/** The measured figures, in their order: the method of the benchmark and its counter. */
enum Figure implements ReportRow {
    PING_IDLE("pingIdle", "milliseconds", "ping, idle", "ms", false),
    TCP_1("tcp1", "gigabitsPerSecond", "TCP, 1 stream", "Gbit/s", true),
    CPU(
            "tcp1",
            "cpuSecondsPerGigabyte",
            "processor time of both daemons, TCP, 1 stream",
            "s/GB",
            false),
    TCP_4("tcp4", "gigabitsPerSecond", "TCP, 4 streams", "Gbit/s", true),
    REVERSE("tcpReverse", "gigabitsPerSecond", "TCP, reverse", "Gbit/s", true),
    BOTH("tcpBoth", "gigabitsPerSecond", "TCP, both directions, sum", "Gbit/s", true),
    TCP_IPV6("tcpIpv6", "gigabitsPerSecond", "TCP, inner IPv6", "Gbit/s", true),
    UDP_1372("udp1372", "packetsPerSecond", "UDP, 1372 B, received", "packets/s", true),
    UDP_200("udp200", "packetsPerSecond", "UDP, 200 B, received", "packets/s", true),
    PING_LOAD("pingUnderLoad", "milliseconds", "ping, under load", "ms", false),
    MEMORY("memory", "megabytes", "peak resident memory", "MB", false),
    START("start", "milliseconds", "start to an answering socket", "ms", false);

    private final String method;
    private final String counter;
    private final Text text;

    Figure(String method, String counter, String title, String unit, boolean moreIsBetter) {
        this.method = method;
        this.counter = counter;
        text = new Text(method + "." + counter, title, unit, moreIsBetter);
    }

    /** The method of {@link TunnelBenchmark} that measures it. */
    String method() {
        return method;
    }

    /** The method's counter that it is reported in. */
    String counter() {
        return counter;
    }

    @Override
    public Text text() {
        return text;
    }

    /** Returns whether it is one of a process. */
    boolean needsDaemon() {
        return this == CPU || this == MEMORY || this == START;
    }
}
