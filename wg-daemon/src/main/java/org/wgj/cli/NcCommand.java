// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import org.wgj.process.Hardening;
import org.wgj.proxy.TunnelAccess;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;

/** {@code wgj nc}: netcat through a tunnel. */
@Command(
        name = "nc",
        mixinStandardHelpOptions = true,
        description = {
            "Connects standard input and output to a host in a WireGuard network, without root and"
                    + " without an interface.",
            TunnelFile.SHARES,
            "The end of the input ends that direction alone. The command ends when the host has"
                    + " ended, with 0; if there is no connection, or it fails, with 1."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  echo hello | wgj nc -c wg0.conf 10.0.0.1 7",
            "  ssh -o ProxyCommand=\"wgj nc -c wg0.conf %%h %%p\" user@10.0.0.1"
        })
final class NcCommand implements Callable<Integer> {
    @Option(
            names = {"-c", TunnelFile.OPTION},
            paramLabel = "FILE",
            description = TunnelFile.DESCRIPTION)
    private String config;

    @Option(
            names = {"-w", "--wait"},
            paramLabel = "SECONDS",
            defaultValue = "30",
            description = "How long the connection may take; by default ${DEFAULT-VALUE}.")
    private int seconds;

    @Option(names = TunnelFile.ANYWAY, description = TunnelFile.ANYWAY_DESCRIPTION)
    private boolean anyway;

    @Parameters(
            index = "0",
            paramLabel = "HOST",
            description =
                    "An address, or a name, which is resolved in the tunnel by the servers of DNS;"
                            + " without DNS in the file, by the system.")
    private String host;

    @Parameters(index = "1", paramLabel = "PORT", description = "A TCP port.")
    private int port;

    @Override
    public Integer call() throws IOException {
        TunnelFile.requireHost(host);
        Hardening.protectSecrets();
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("expected a port from 1 to 65535");
        }
        if (seconds < 1) {
            throw new IllegalArgumentException("--wait: expected seconds from 1 on");
        }
        Duration patience = Duration.ofSeconds(seconds);
        try (TunnelAccess client = TunnelFile.open(config, "-c", "wgj nc", patience, anyway)) {
            client.carry(
                    host,
                    port,
                    patience,
                    new FileInputStream(FileDescriptor.in),
                    new FileOutputStream(FileDescriptor.out));
        }
        return 0;
    }
}
