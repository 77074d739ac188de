// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import org.wgj.netstack.proxy.HostAndPort;
import org.wgj.process.Hardening;
import org.wgj.proxy.ProxyConfig;
import org.wgj.proxy.ProxyFile;
import org.wgj.proxy.ProxyPaths;
import org.wgj.proxy.ProxyService;
import org.wgj.quick.Output;
import org.wgj.run.ServiceManager;
import org.wgj.tun.linux.ErrnoException;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;

/** {@code wgj proxy}: what wireproxy does, and more. */
@Command(
        name = "proxy",
        versionProvider = Version.class,
        description = {
            "Reaches a WireGuard network through SOCKS5 and HTTP proxies and forwards, without root"
                    + " and without an interface.",
            "FILE is a file of wireproxy, whose sections and options mean the same here, or of"
                + " wg-quick. For a file of wg-quick without --socks or --http it opens SOCKS5 on"
                + " 127.0.0.1:1080 and HTTP on 127.0.0.1:8080, with a random password that it"
                + " prints.",
            "With SIGHUP it reads the file again and applies changes; connections continue.",
            "Names are resolved in the tunnel by the servers of DNS; without DNS in the file, by"
                    + " the system outside of it. A target that no AllowedIPs covers is refused."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  wgj proxy wg0.conf --socks 127.0.0.1:1080 --http 127.0.0.1:8080",
            "  wgj proxy -c wireproxy.conf -i 127.0.0.1:9080"
        })
final class ProxyCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Parameters(
            paramLabel = "FILE",
            arity = "0..1",
            description = {
                "A file of wireproxy or wg-quick, or an interface's name (wg0 for"
                    + " /etc/wireguard/wg0.conf). By default /etc/wireproxy/wireproxy.conf, then"
                    + " ~/.config/wireproxy.conf."
            })
    private String file;

    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            description = "The same as FILE.")
    private String config;

    @Option(
            names = {"-s", "--silent"},
            description = "Print nothing but errors.")
    private boolean silent;

    @Option(
            names = {"-d", "--daemon"},
            description = "Continue in the background once everything listens.")
    private boolean background;

    @Option(
            names = {"-i", "--info"},
            paramLabel = "HOST:PORT",
            description = "Answer GET /readyz and GET /metrics here.")
    private String info;

    @Option(
            names = {"-n", "--configtest"},
            description = "Only check the file.")
    private boolean check;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help message and exit.")
    private boolean help;

    // Not the mixin of the other commands, because wireproxy has -v.
    @Option(
            names = {"-v", "-V", "--version"},
            versionHelp = true,
            description = "Print version information and exit.")
    private boolean version;

    @Option(
            names = "--socks",
            paramLabel = "HOST:PORT",
            description = "Also open a SOCKS5 proxy without password here.")
    private String socks;

    @Option(
            names = "--http",
            paramLabel = "HOST:PORT",
            description = "Also open an HTTP proxy without password here.")
    private String http;

    @Option(
            names = "--outside",
            paramLabel = "refuse|direct",
            description =
                    "What to do with targets that no AllowedIPs covers: refuse them, or reach them"
                            + " without the tunnel. By default what [Resolve] Outside says, or"
                            + " refuse.")
    private String outside;

    @Option(names = TunnelFile.ANYWAY, description = TunnelFile.ANYWAY_DESCRIPTION)
    private boolean anyway;

    @Override
    public Integer call() throws IOException {
        Hardening.protectSecrets();
        if (file != null && config != null) {
            throw new IllegalArgumentException("name the file once, as FILE or with --config");
        }
        Path path =
                ProxyPaths.find(file == null ? config : file, System.getenv(), "wgj proxy FILE");
        ProxyService.Additions additions =
                new ProxyService.Additions(
                        address("--socks", socks),
                        address("--http", http),
                        rule(),
                        address("--info", info),
                        anyway);
        if (check) {
            ProxyConfig read = ProxyFile.read(path, System.getenv());
            read.wipe();
            read.warnings().forEach(output()::warn);
            spec.commandLine().getOut().println("Config OK");
            return 0;
        }
        boolean detached = Background.isDetached();
        if (background && !detached) {
            return Background.start();
        }
        if (detached) {
            Background.leaveSession();
        }
        new ProxyService(
                        detached ? path.toAbsolutePath() : path, // it leaves this directory
                        additions,
                        output(),
                        new ServiceManager(System.getenv("NOTIFY_SOCKET")),
                        new FileInputStream(FileDescriptor.in),
                        new FileOutputStream(FileDescriptor.out),
                        System.getenv(),
                        detached ? ProxyCommand::detach : () -> {})
                .run();
        return 0;
    }

    private static void detach() {
        try {
            Background.tellReady();
        } catch (ErrnoException e) {
            throw new IllegalStateException(e);
        }
    }

    static HostAndPort address(String option, String textOrNull) {
        try {
            return textOrNull == null ? null : ProxyFile.bindAddress(textOrNull);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(option + ": " + e.getMessage(), e);
        }
    }

    private ProxyConfig.Outside rule() {
        return switch (outside == null ? "" : outside.toLowerCase(Locale.ROOT)) {
            case "" -> null;
            case "refuse" -> ProxyConfig.Outside.REFUSE;
            case "direct" -> ProxyConfig.Outside.DIRECT;
            default -> throw new IllegalArgumentException("--outside: expected refuse or direct");
        };
    }

    /** Standard output belongs to the data of [STDIOTunnel], so this is standard error. */
    private Output output() {
        Output visible = Output.to(spec.commandLine().getErr());
        return silent ? new Silence(visible) : visible;
    }

    /** Leaves out all but errors. */
    record Silence(Output visible) implements Output {
        @Override
        public void step(String command) {
            // not wanted
        }

        @Override
        public void warn(String message) {
            // not wanted
        }

        @Override
        public void error(String message) {
            visible.error(message);
        }
    }
}
