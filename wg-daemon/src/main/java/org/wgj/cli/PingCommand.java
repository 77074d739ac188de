// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import org.wgj.process.Hardening;
import org.wgj.process.Signals;
import org.wgj.protocol.IpText;
import org.wgj.proxy.TunnelAccess;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** {@code wgj ping}: pings a host through a tunnel. */
@Command(
        name = "ping",
        mixinStandardHelpOptions = true,
        description = {
            "Pings a host in a WireGuard network, without root and without an interface.",
            TunnelFile.SHARES,
            "The first answer takes longer, because it waits for the handshake. Exits with 1 if no"
                    + " answer came."
        },
        footerHeading = "%nExample:%n",
        footer = {"  wgj ping --config wg0.conf -c 3 10.0.0.1"})
final class PingCommand implements Callable<Integer> {
    private static final int BYTES = 64; // of an echo message with 56 bytes of data

    @Spec private CommandSpec spec;

    @Option(names = TunnelFile.OPTION, paramLabel = "FILE", description = TunnelFile.DESCRIPTION)
    private String config;

    @Option(
            names = {"-c", "--count"},
            paramLabel = "COUNT",
            description = "How many pings; by default until SIGINT.")
    private Integer count;

    @Option(
            names = {"-i", "--interval"},
            paramLabel = "SECONDS",
            defaultValue = "1",
            description = "The time between two pings; by default ${DEFAULT-VALUE}.")
    private double interval;

    @Option(
            names = {"-W", "--timeout"},
            paramLabel = "SECONDS",
            defaultValue = "5",
            description = "How long to wait for an answer; by default ${DEFAULT-VALUE}.")
    private double timeout;

    @Option(names = TunnelFile.ANYWAY, description = TunnelFile.ANYWAY_DESCRIPTION)
    private boolean anyway;

    @Parameters(
            paramLabel = "HOST",
            description =
                    "An address, or a name, which is resolved in the tunnel by the servers of DNS;"
                            + " without DNS in the file, by the system.")
    private String host;

    private final CountDownLatch interrupted = new CountDownLatch(1);

    @Override
    public Integer call() throws IOException {
        TunnelFile.requireHost(host);
        Hardening.protectSecrets();
        if (count != null && count < 1) {
            throw new IllegalArgumentException("--count: expected a number from 1 on");
        }
        Duration pause = seconds("--interval", interval);
        Duration patience = seconds("--timeout", timeout);
        try {
            Signals.handle(Signals.Signal.INT, interrupted::countDown);
        } catch (IllegalStateException e) {
            // With -Xrs, SIGINT ends the process without statistics.
        }
        try (TunnelAccess client =
                TunnelFile.open(config, TunnelFile.OPTION, "wgj ping", patience, anyway)) {
            InetAddress address = client.resolve(host).getFirst();
            PingStatistics statistics = new PingStatistics();
            PrintWriter out = spec.commandLine().getOut();
            out.printf("PING %s (%s): 56 data bytes%n", host, IpText.format(address));
            out.flush();
            for (int sequence = 1; count == null || sequence <= count; sequence++) {
                long begin = System.nanoTime();
                out.println(ping(client, address, sequence, patience, statistics));
                out.flush();
                boolean last = count != null && sequence == count;
                long leftNs = last ? 0 : pause.toNanos() - (System.nanoTime() - begin);
                if (interrupted.await(leftNs, TimeUnit.NANOSECONDS)) {
                    break;
                }
            }
            out.printf("%n--- %s ping statistics ---%n%s", host, statistics.text());
            out.flush();
            return statistics.received() > 0 ? 0 : 1;
        } catch (InterruptedException e) {
            throw new IllegalStateException("nothing interrupts this thread", e);
        }
    }

    private static String ping(
            TunnelAccess client,
            InetAddress address,
            int sequence,
            Duration patience,
            PingStatistics statistics) {
        String from = IpText.format(address);
        try {
            Duration time = client.ping(address, patience);
            statistics.add(time);
            return String.format(
                    Locale.ROOT,
                    "%d bytes from %s: seq=%d time=%.3f ms",
                    BYTES,
                    from,
                    sequence,
                    time.toNanos() / 1e6);
        } catch (SocketTimeoutException e) {
            statistics.addLost();
            return "no answer from " + from + ": seq=" + sequence;
        } catch (IOException e) {
            statistics.addLost();
            return e.getMessage() + ": seq=" + sequence;
        }
    }

    private static Duration seconds(String option, double value) {
        if (!(value >= 0.001 && value <= 86_400)) {
            throw new IllegalArgumentException(option + ": expected seconds from 0.001 to 86400");
        }
        return Duration.ofNanos((long) (value * 1e9));
    }
}
