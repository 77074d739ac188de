// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import org.slf4j.event.Level;
import org.wgj.cli.option.MetricsOptions;
import org.wgj.metrics.Interfaces;
import org.wgj.metrics.MetricsService;
import org.wgj.process.Hardening;
import org.wgj.process.ProcessEnd;
import org.wgj.process.Signals;
import org.wgj.quick.StartPermit;
import org.wgj.run.TunnelService;
import org.wgj.tun.LinuxTun;
import org.wgj.tun.linux.Libc;
import org.wgj.tunnel.config.FileErrors;
import org.wgj.tunnel.warmup.WarmUp;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;

/**
 * The daemon: runs one interface, which {@code wg} configures. It can replace wireguard-go: command
 * line, environment and behaviour are the same.
 *
 * <p>A JVM cannot fork, so this process stays in the foreground. The launcher script puts it in the
 * background, passes a descriptor in WGJ_READY_FD, and returns after it has read a line from it.
 * Without a shell, {@code wgj up} does the same. Both leave the system calls to this process: with
 * WGJ_DETACH=1 it starts its own session and, when it is ready, releases what it inherited ({@link
 * Detachment}).
 */
@Command(
        name = "wireguard-java",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description =
                "Runs a WireGuard interface in userspace until it is deleted. Configure it with"
                        + " wg(8).",
        footerHeading = "%nEnvironment:%n",
        footer = {
            "  LOG_LEVEL              verbose (or debug), error (default) or silent",
            "  WG_PROCESS_FOREGROUND  1: stay in the foreground, as with -f",
            "  WG_TUN_FD              an open TUN descriptor to use instead of creating INTERFACE",
            "  WG_UAPI_FD             a listening socket to use as the configuration socket",
            "  WGJ_PRIVILEGES         all: keep all capabilities and system calls",
            "  WGJ_JAVA_OPTS          further options for the JVM",
            "",
            "Example:",
            "  wireguard-java wg0 && wg setconf wg0 /etc/wireguard/wg0.conf && ip link set wg0 up"
        })
public final class WireguardJava implements Callable<Integer> {
    @Option(
            names = {"-f", "--foreground"},
            description = "Stay in the foreground.")
    private boolean foreground; // used by the launcher; listed here for the help

    @Parameters(
            paramLabel = "INTERFACE",
            description = "Name of the interface to create, such as wg0.")
    private String name;

    @Mixin private LogOptions logOptions = new LogOptions();

    @Mixin private MetricsOptions metrics = new MetricsOptions();

    @Option(
            names = "--metrics-names",
            paramLabel = "FILE",
            description =
                    "Where the names of peers are; by default /etc/wireguard/INTERFACE.conf, if it"
                            + " can be read.")
    private Path namesOrNull;

    private WireguardJava() {}

    public static void main(String[] arguments) {
        Logging.configure(System.getenv("LOG_LEVEL"));
        Preparation.begin();
        WireguardJava daemon = new WireguardJava();
        daemon.name = nameAlone(arguments);
        System.exit(daemon.name == null ? commandLine().execute(arguments) : daemon.call());
    }

    /**
     * Returns the interface if the command line has only its name and perhaps -f; null if it needs
     * the parser. Daemons are usually started so, and the start takes a quarter less time without
     * the parser.
     */
    private static String nameAlone(String[] arguments) {
        boolean foreground =
                arguments.length == 2
                        && (arguments[0].equals("-f") || arguments[0].equals("--foreground"));
        String last = arguments.length == 1 || foreground ? arguments[arguments.length - 1] : "-";
        return last.startsWith("-") || last.startsWith("@") ? null : last;
    }

    static CommandLine commandLine() {
        return new CommandLine(new WireguardJava()).setParameterExceptionHandler(new Mistakes());
    }

    @Override
    public Integer call() {
        Duration summaryEvery = logOptions.apply();
        Logging.ofEvents(false);
        Hardening.protectSecrets();
        boolean detach = "1".equals(System.getenv("WGJ_DETACH"));
        if (detach) {
            Libc.setsid(); // fails if this process already leads a group, which is sufficient
        }
        try {
            Integer tun = Launcher.descriptor("WG_TUN_FD");
            Integer socket = Launcher.descriptor("WG_UAPI_FD");
            LinuxTun device = tun == null ? makeInterface() : LinuxTun.attach(tun);
            Logging.awaitReady(); // this thread creates its first loggers below
            TunnelService served = TunnelService.start(device, socket);
            served.logEvents(summaryEvery);
            MetricsService serviceOrNull;
            try {
                serviceOrNull = serveMetrics(served);
            } catch (IOException | RuntimeException e) {
                served.close();
                throw e;
            }
            ProcessEnd.atEnd(ProcessEnd.BOUND, () -> closeAndHalt(served, serviceOrNull));
            Hardening.denySystemCallsAndPrograms();
            Signals.endInAnyCase();
            // If the launcher has died, this ends too: nothing would manage the interface.
            Launcher.tellReady();
            if (detach) {
                Detachment.letGo();
            }
            WarmUp.begin();
            served.whenEnded().join();
            return 0; // the hook cleans up
        } catch (IOException e) {
            Logging.tell(Level.ERROR, "wireguard-java: " + FileErrors.text(e));
            return 1;
        } catch (IllegalArgumentException | UnsupportedOperationException e) {
            Logging.tell(Level.ERROR, "wireguard-java: " + e.getMessage());
            return 1;
        }
    }

    private LinuxTun makeInterface() throws IOException {
        Optional<StartPermit> permit = StartPermit.of(name, System.getenv());
        return permit.isPresent() ? permit.get().use(this::createTun) : createTun();
    }

    private LinuxTun createTun() throws IOException {
        return LinuxTun.create(name, TunnelService.DEFAULT_MTU);
    }

    private MetricsService serveMetrics(TunnelService served) throws IOException {
        Interfaces interfaces = new Interfaces(false);
        interfaces.add(served.name(), served.tunnel(), namesOrNull);
        return metrics.startOrNull(
                interfaces, warning -> Logging.tell(Level.WARN, "wireguard-java: " + warning));
    }

    /**
     * Runs when the JVM ends for any reason. A signal is a regular end of the daemon, so the exit
     * code is 0.
     */
    private static void closeAndHalt(TunnelService served, MetricsService serviceOrNull) {
        ProcessEnd.inOrder(
                () -> {
                    if (serviceOrNull != null) {
                        serviceOrNull.close();
                    }
                },
                served::close);
        Runtime.getRuntime().halt(0);
    }
}
