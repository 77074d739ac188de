// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import org.slf4j.event.Level;
import org.wgj.cli.option.MetricsOptions;
import org.wgj.log.Log;
import org.wgj.metrics.Interfaces;
import org.wgj.metrics.MetricsService;
import org.wgj.netstack.proxy.HostAndPort;
import org.wgj.process.Hardening;
import org.wgj.proxy.ProxySection;
import org.wgj.proxy.UserspaceRun;
import org.wgj.quick.Output;
import org.wgj.run.Foreground;
import org.wgj.run.ServiceManager;
import org.wgj.tunnel.config.FileErrors;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

@Command(
        name = "run",
        mixinStandardHelpOptions = true,
        description = {
            "Runs interfaces in this one process, for containers and service managers. Takes them"
                    + " down on SIGTERM or SIGINT.",
            "",
            "With \"wgj reload\" or SIGHUP it reads the files again and applies changes, except DNS"
                + " and hooks; sessions continue. It resolves host names of endpoints again until"
                + " it succeeds, and after handshakes have failed for 135 seconds.",
            "",
            "A wrong file, or an interface that does not come up, does not stop the others; a"
                    + " reload tries it again. The command fails only if no interface comes up.",
            "",
            "It logs one line each when a peer connects, goes silent or changes its endpoint, and"
                    + " when something is refused, unless LOG_LEVEL is silent."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  wgj run wg0 wg1          # or: wgj run /etc/wireguard",
            "  wgj run --metrics 127.0.0.1:9586 wg0",
            "  wgj run --userspace wg0.conf --socks 127.0.0.1:1080"
        })
final class RunCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Parameters(
            paramLabel = "FILE",
            arity = "1..*",
            description =
                    "Configuration files, names of interfaces (wg0 for /etc/wireguard/wg0.conf), or"
                            + " directories of files.")
    private List<String> sources;

    @Option(
            names = "--user",
            paramLabel = "NAME",
            description = {
                "Run as this user, with the capabilities NET_ADMIN and NET_BIND_SERVICE. The user"
                    + " must be able to read the files and to open /dev/net/tun. State and sockets"
                    + " are in /run/wgj-UID, which belongs to the user; links in /var/run/wireguard"
                    + " point there."
            })
    private String user;

    @Mixin private LogOptions logOptions;

    @Mixin private MetricsOptions metrics;

    @Option(
            names = "--userspace",
            description = {
                "For machines without /dev/net/tun or the capability NET_ADMIN: run the tunnels"
                    + " inside this process, without interfaces, routes and hooks. The files may"
                    + " have the sections of \"wgj proxy\", whose proxies and forwards lead into"
                    + " the tunnels."
            })
    private boolean userspace;

    @Option(
            names = "--socks",
            paramLabel = "HOST:PORT",
            description = "With --userspace and one file: a SOCKS5 proxy without password here.")
    private String socks;

    @Option(
            names = "--http",
            paramLabel = "HOST:PORT",
            description = "With --userspace and one file: an HTTP proxy without password here.")
    private String http;

    @Override
    public Integer call() throws IOException {
        Duration summaryEvery = logOptions.apply();
        Logging.ofEvents(true);
        if (!Log.isForPrograms()) {
            run(Output.to(spec.commandLine().getErr()), summaryEvery);
            return 0;
        }
        try {
            run(Logging.outputForPrograms(), summaryEvery);
            return 0;
        } catch (IOException | IllegalArgumentException e) {
            String reason = e instanceof IOException file ? FileErrors.text(file) : e.getMessage();
            Logging.tell(Level.ERROR, "wgj: " + reason);
            return 1;
        }
    }

    private void run(Output output, Duration summaryEvery) throws IOException {
        String ours = System.getProperty("user.name");
        if (user != null && !user.equals(ours)) {
            throw new IOException(
                    "--user is for bin/wgj, which starts Java as "
                            + user
                            + "; this Java was started as "
                            + ours);
        }
        Hardening.protectSecrets();
        if (!userspace && (socks != null || http != null)) {
            throw new IllegalArgumentException("--socks and --http need --userspace");
        }
        ServiceManager manager = new ServiceManager(System.getenv("NOTIFY_SOCKET"));
        Interfaces observed = new Interfaces(true);
        MetricsService serviceOrNull = metrics.startOrNull(observed, output::warn);
        try {
            if (userspace) {
                new UserspaceRun(
                                sources,
                                additions(),
                                output,
                                manager,
                                System.getenv(),
                                summaryEvery,
                                observed)
                        .run();
            } else {
                new Foreground(
                                sources,
                                output,
                                manager,
                                summaryEvery,
                                observed,
                                () -> close(serviceOrNull))
                        .run();
            }
        } finally {
            close(serviceOrNull);
        }
    }

    /** May run twice; the process may halt after the first time. */
    private static void close(MetricsService serviceOrNull) {
        if (serviceOrNull != null) {
            serviceOrNull.close();
        }
    }

    private List<ProxySection> additions() {
        List<ProxySection> additions = new ArrayList<>();
        if (socks != null) {
            additions.add(new ProxySection.Socks5(ProxyCommand.address("--socks", socks), null));
        }
        if (http != null) {
            HostAndPort bind = ProxyCommand.address("--http", http);
            additions.add(new ProxySection.Http(bind, null, null, null, true));
        }
        return additions;
    }
}
