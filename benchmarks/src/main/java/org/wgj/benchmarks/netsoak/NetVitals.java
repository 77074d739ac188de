// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.netsoak;

import org.wgj.netstack.NetStatistics;
import org.wgj.netstack.TunnelNet;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * The state of a process at a quiet moment.
 *
 * @param quietSeconds how long it took until the stack held nothing of any connection
 * @param heapMegabytes in use after a collection, of 1,000,000 bytes
 * @param residentMegabytes of the process
 * @param threads of the JVM, without virtual ones
 * @param descriptors open
 * @param connections of TCP, half-open ones included
 * @param timeWaiting ended less than a minute ago
 * @param tcpBytes in buffers of TCP
 * @param reassemblyBytes in incomplete datagrams
 * @param udpPorts bound
 * @param opened connections so far, from here
 * @param accepted connections so far, from the other side
 * @param retransmissions of segments so far
 * @param sessions WireGuard sessions that began so far
 */
record NetVitals(
        double quietSeconds,
        double heapMegabytes,
        double residentMegabytes,
        int threads,
        int descriptors,
        int connections,
        int timeWaiting,
        long tcpBytes,
        int reassemblyBytes,
        int udpPorts,
        long opened,
        long accepted,
        long retransmissions,
        long sessions) {
    /**
     * A lost fragment is given up after a minute at the latest (RFC 8200), a socket's read too. If
     * the peer's reset was lost and the own FIN is acknowledged, a minute in FIN-WAIT-2 follows.
     */
    private static final double QUIET_DEADLINE_SECONDS = 150;

    /** Waits until the stack is quiet, or the time is over, and looks. */
    static NetVitals of(TunnelNet net, int ownPorts, long sessions) throws IOException {
        long begin = System.nanoTime();
        while (!isQuiet(net.statistics(), ownPorts)
                && System.nanoTime() - begin < QUIET_DEADLINE_SECONDS * 1e9) {
            Streams.sleep(50);
        }
        double seconds = (System.nanoTime() - begin) / 1e9;
        System.gc();
        NetStatistics stack = net.statistics();
        return new NetVitals(
                seconds,
                ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() / 1e6,
                residentNow(),
                ManagementFactory.getThreadMXBean().getThreadCount(),
                descriptorsNow(),
                stack.tcpConnections(),
                stack.timeWaiting(),
                stack.tcpBytes(),
                stack.reassemblyBytes(),
                stack.udpPorts(),
                stack.opened(),
                stack.accepted(),
                stack.retransmissions(),
                sessions);
    }

    private static boolean isQuiet(NetStatistics stack, int ownPorts) {
        return stack.tcpConnections() == 0
                && stack.tcpBytes() == 0
                && stack.reassemblyBytes() == 0
                && stack.udpPorts() <= ownPorts;
    }

    /** Returns what a stack still holds, in words; empty if nothing. */
    String leftOver(int ownPorts) {
        StringBuilder text = new StringBuilder();
        if (connections != 0) {
            text.append(connections).append(" connections, ");
        }
        if (tcpBytes != 0) {
            text.append(tcpBytes).append(" bytes of TCP, ");
        }
        if (reassemblyBytes != 0) {
            text.append(reassemblyBytes).append(" bytes of fragments, ");
        }
        if (udpPorts > ownPorts) {
            text.append(udpPorts).append(" UDP ports, ");
        }
        return text.isEmpty() ? "" : text.substring(0, text.length() - 2);
    }

    private static double residentNow() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) * 1_024 / 1e6;
            }
        }
        throw new IOException("no VmRSS");
    }

    private static int descriptorsNow() throws IOException {
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            return (int) open.count();
        }
    }

    /** As words of a line; {@link #parse} reads it. */
    String text() {
        return String.format(
                Locale.ROOT,
                "%.1f %.1f %.1f %d %d %d %d %d %d %d %d %d %d %d",
                quietSeconds,
                heapMegabytes,
                residentMegabytes,
                threads,
                descriptors,
                connections,
                timeWaiting,
                tcpBytes,
                reassemblyBytes,
                udpPorts,
                opened,
                accepted,
                retransmissions,
                sessions);
    }

    static NetVitals parse(String text) {
        String[] words = text.split(" ");
        return new NetVitals(
                Double.parseDouble(words[0]),
                Double.parseDouble(words[1]),
                Double.parseDouble(words[2]),
                Integer.parseInt(words[3]),
                Integer.parseInt(words[4]),
                Integer.parseInt(words[5]),
                Integer.parseInt(words[6]),
                Long.parseLong(words[7]),
                Integer.parseInt(words[8]),
                Integer.parseInt(words[9]),
                Long.parseLong(words[10]),
                Long.parseLong(words[11]),
                Long.parseLong(words[12]),
                Long.parseLong(words[13]));
    }
}
