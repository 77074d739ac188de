// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.netsoak;

import org.wgj.benchmarks.lab.Carrier;
import org.wgj.benchmarks.lab.Environment;
import org.wgj.benchmarks.lab.MeasuredTunnel;
import org.wgj.lab.Host;
import org.wgj.lab.KeyPair;
import org.wgj.lab.Repository;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/**
 * Two processes whose sockets are in user space, with churn, rekeys and faults for a long time, and
 * a report: bin/netstack-soak.
 */
@Command(
        name = "netstack-soak",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Runs sockets in user space with churn, rekeys and faults, and reports.")
public final class NetSoak implements Callable<Integer> {
    private static final String FILE = "/run/soak.conf";
    private static final int FAULT_DEADLINE_SECONDS = 60;

    @Option(names = "--minutes", description = "How long (default: ${DEFAULT-VALUE}).")
    private int minutes = 60;

    @Option(
            names = "--seconds",
            description = "Traffic before each fault, and with it (default: ${DEFAULT-VALUE}).")
    private int seconds = 15;

    @Option(
            names = "--rekey-seconds",
            description =
                    "How often sessions are renewed, 120 by the protocol (default:"
                            + " ${DEFAULT-VALUE}).")
    private int rekeySeconds = 7;

    @Option(names = "--seed", description = "Of the traffic (default: ${DEFAULT-VALUE}).")
    private long seed = 1;

    @Option(
            names = "--output",
            paramLabel = "FOLDER",
            description =
                    "Where netstack-soak.md goes, anew after each fault (default: target/soak).")
    private Path output = Repository.folder().resolve("target/soak");

    private NetSoak() {}

    /**
     * Runs it.
     *
     * @param arguments see --help
     */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new NetSoak()).execute(arguments));
    }

    @Override
    public Integer call() throws IOException {
        Files.createDirectories(output);
        Map<String, String> environment = Environment.describe();
        environment.remove("wireguard-go");
        environment.remove("iperf3");
        environment.put(
                "settings",
                "%d s of traffic before each fault and with it, new sessions every %d s, seed %d"
                        .formatted(seconds, rekeySeconds, seed));
        NetReport report = new NetReport(environment);
        try (MeasuredTunnel hosts = MeasuredTunnel.open(Carrier.NONE)) {
            writeFiles(hosts);
            run(hosts, report);
        }
        Files.writeString(output.resolve("netstack-soak.md"), report.markdown());
        System.out.printf("%n%s%nin %s: netstack-soak.md%n", report.markdown(), output);
        return report.findings().isEmpty() ? 0 : 1;
    }

    private static void writeFiles(MeasuredTunnel hosts) {
        List<Host> both = List.of(hosts.near(), hosts.far());
        List<KeyPair> keys = List.of(KeyPair.generate(), KeyPair.generate());
        for (int i = 0; i < 2; i++) {
            both.get(i)
                    .file(
                            "soak.conf",
                            """
                            [Interface]
                            PrivateKey = %1$s
                            ListenPort = 51820
                            Address = 10.9.0.%2$d/24, fd09::%2$d/64
                            DNS = 10.9.0.2
                            MTU = 1420
                            [Peer]
                            PublicKey = %3$s
                            Endpoint = 192.0.2.%4$d:51820
                            AllowedIPs = 10.9.0.%4$d/32, fd09::%4$d/128
                            """
                                    .formatted(
                                            keys.get(i).privateKey(),
                                            i + 1,
                                            keys.get(1 - i).publicKey(),
                                            2 - i));
        }
    }

    private void run(MeasuredTunnel hosts, NetReport report) throws IOException {
        EndProcess far = new EndProcess(hosts.far(), FILE, rekeySeconds);
        try (EndProcess near = new EndProcess(hosts.near(), FILE, rekeySeconds)) {
            long begin = System.nanoTime();
            for (int i = 0; System.nanoTime() - begin < minutes * 60_000_000_000L; i++) {
                NetFault fault = NetFault.values()[i % NetFault.values().length];
                near.order("traffic %d %d NOTHING".formatted(seed + 2 * i, seconds));
                take(near, report, i, "near");
                near.order("traffic %d %d %s".formatted(seed + 2 * i + 1, seconds, fault.excuse()));
                far = strike(fault, hosts, far);
                take(near, report, i, "near");
                near.order("recover");
                double recovery = Double.parseDouble(take(near, report, i, "recovered"));
                near.order("vitals");
                far.order("vitals");
                NetVitals ofNear = NetVitals.parse(take(near, report, i, "vitals"));
                NetVitals ofFar = NetVitals.parse(take(far, report, i, "vitals"));
                double hours = (System.nanoTime() - begin) / 3.6e12;
                report.add(new NetCycle(hours, fault, recovery, ofNear, ofFar));
                System.out.printf(
                        "%.3f h: %s, %.1f s, quiet after %.1f s; heap %.1f MB, %d connections%n",
                        hours,
                        fault.title(),
                        recovery,
                        ofNear.quietSeconds(),
                        ofNear.heapMegabytes(),
                        ofNear.opened());
                Files.writeString(output.resolve("netstack-soak.md"), report.markdown());
            }
        } catch (IOException | AssertionError e) {
            report.fail("it ended early: " + e.getMessage());
        } finally {
            far.close();
        }
    }

    /** Returns the far process after the fault. */
    private EndProcess strike(NetFault fault, MeasuredTunnel hosts, EndProcess far)
            throws IOException {
        Streams.sleep(2_000); // the traffic shall be under way
        hosts.near().sh(FAULT_DEADLINE_SECONDS, "set -e\n" + fault.near());
        hosts.far().sh(FAULT_DEADLINE_SECONDS, "set -e\n" + fault.far(far.pid()));
        if (fault == NetFault.FAR_KILLED) {
            far.kill();
            return new EndProcess(hosts.far(), FILE, rekeySeconds);
        }
        return far;
    }

    /** Takes an answer apart; returns the words after the one that is looked for. */
    private static String take(EndProcess end, NetReport report, int cycle, String wanted)
            throws IOException {
        String found = "";
        for (String line : end.answer()) {
            String[] words = line.split(" ");
            if (line.startsWith("found ")) {
                report.fail("cycle %d: %s".formatted(cycle, line.substring(6)));
            } else if (words[0].equals("tally")) {
                report.tally(
                        Kind.valueOf(words[1]),
                        new NetReport.Tally(
                                Long.parseLong(words[2]),
                                Long.parseLong(words[3]),
                                Long.parseLong(words[4])));
            } else if (words[0].equals(wanted)) {
                found = line.substring(wanted.length() + 1);
            } else {
                System.err.println(line); // what the JVM or the log says
            }
        }
        return found;
    }
}
