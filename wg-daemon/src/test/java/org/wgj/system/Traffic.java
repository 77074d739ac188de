// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import org.wgj.lab.Await;
import org.wgj.lab.Command;
import org.wgj.lab.Machine;

import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Pings and TCP streams between machines. */
final class Traffic {
    private static final Pattern INTERVAL =
            Pattern.compile("\"sum\":\\s*\\{[^}]*?\"bytes\":\\s*(\\d+)");

    /**
     * Between two clients the server closes its listener for a moment, and a client that waits
     * there is reset.
     */
    private static final Pattern SERVER_BETWEEN_TESTS =
            Pattern.compile("Connection reset|Connection refused|server is busy");

    /** The bytes that wait to be sent and their limit, as ss writes them. */
    private static final Pattern SOCKET_MEMORY = Pattern.compile("skmem:\\(.*?,t(\\d+),tb(\\d+),");

    private static final Pattern ANSWER = Pattern.compile("bytes from .*icmp_seq=(\\d+)");

    private Traffic() {}

    /** Pings until two pings are answered; the first may have to wait for a handshake. */
    static void ping(Machine from, String address) {
        from.sh("ping -c 2 -i 0.2 -w 10 " + address); // without -w one answer would do
    }

    /**
     * Counts how many of the first pings are answered, in what ping printed without -q. A test that
     * needs an exact count lets more pings follow: ping waits for the last answer only as long as
     * twice the round trip, or an interval.
     */
    static int answered(String report, int first) {
        return (int)
                ANSWER.matcher(report)
                        .results()
                        .map((MatchResult answer) -> Integer.valueOf(answer.group(1)))
                        .filter(number -> number <= first)
                        .distinct()
                        .count();
    }

    /** Sends datagrams of 1,300 bytes that get no answer, as a rule 2 MB a second. */
    static void flood(Machine from, int seconds, String address) {
        from.sh(
                """
                datagram=$(printf %%1300d 0)
                end=$((SECONDS + %d))
                while [ $SECONDS -lt $end ]; do
                    for i in {1..20}; do printf "$datagram" >/dev/udp/%s/9; done 2>/dev/null
                    sleep 0.01
                done
                """,
                seconds, address);
    }

    /** True if one ping is answered within a second. */
    static boolean reaches(Machine from, String address) {
        return from.run("ping -c 1 -W 1 " + address).exit() == 0;
    }

    /**
     * Sends more through a tunnel than the wire outside takes, until the daemon's socket is full.
     * It fills in no time, and from then on it holds at least half of what it may until it wants
     * more (sock_writeable of the kernel).
     */
    static void fill(Machine from, String address) {
        Await.until(
                "the socket is full",
                () -> {
                    from.run("ping -q -i 0.001 -c 500 -s 60000 -w 1 " + address);
                    Matcher memory = SOCKET_MEMORY.matcher(from.sh("ss -4 -u -a -n -m -H"));
                    return memory.find()
                            && Long.parseLong(memory.group(1))
                                    >= Long.parseLong(memory.group(2)) * 3 / 4;
                });
    }

    /** Starts an iperf3 server that serves until the machine ends. */
    static void serve(Machine machine) {
        machine.sh("iperf3 -s -D");
        // 5201, listening.
        Await.until(
                "iperf3 listens",
                () ->
                        machine.run("grep -q ':1451 .* 0A ' /proc/net/tcp6 /proc/net/tcp").exit()
                                == 0);
    }

    /** Streams TCP to a machine that serves; some must arrive. */
    static void tcp(Machine from, String address, int seconds) {
        stream(from, address, seconds, "");
    }

    /** Streams TCP from the server to this machine; some must arrive. */
    static void tcpBack(Machine from, String address, int seconds) {
        stream(from, address, seconds, "-R");
    }

    /** Streams TCP and returns the bytes of each second. */
    static List<Long> stream(Machine from, String address, int seconds, String options) {
        String command = "iperf3 -J -t %d %s -c %s".formatted(seconds, options, address);
        AtomicReference<String> report = new AtomicReference<>();
        Await.until(
                "iperf3's server takes the next client",
                () -> {
                    report.set(from.run(Command.DEADLINE.plusSeconds(seconds), command).out());
                    return !SERVER_BETWEEN_TESTS.matcher(report.get()).find();
                });
        String json = report.get();
        List<Long> bytes =
                INTERVAL.matcher(json)
                        .results()
                        .map((MatchResult result) -> Long.valueOf(result.group(1)))
                        .toList();
        if (bytes.stream().mapToLong(Long::longValue).sum() == 0) {
            throw new AssertionError("no TCP from " + from + " to " + address + ": " + json);
        }
        return bytes;
    }
}
