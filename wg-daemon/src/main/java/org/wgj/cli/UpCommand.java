// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import org.wgj.cli.option.MetricsOptions;
import org.wgj.quick.Output;
import org.wgj.quick.ProcessStarter;
import org.wgj.quick.Quick;
import org.wgj.tunnel.config.ConfigFile;
import org.wgj.tunnel.config.EndpointResolver;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;

/** {@code wgj up}: brings up the interfaces of configuration files, all of them or none. */
@Command(
        name = "up",
        mixinStandardHelpOptions = true,
        description = {
            "Brings interfaces up from their configuration files, like wg-quick, each in its own"
                    + " process.",
            "It reads all files first. If one interface fails, it takes the others of this call"
                    + " down again. It does not need wg, ip, resolvconf or a packet filter."
        },
        footerHeading = "%nEnvironment:%n",
        footer = {
            "  WG_QUICK_USERSPACE_IMPLEMENTATION  another program that creates the interface",
            "  WG_ENDPOINT_RESOLUTION_RETRIES     how often to retry the host name of an endpoint",
            "  LOG_LEVEL                          verbose, error: the daemon logs to this terminal",
            "",
            "Example:",
            "  wgj up wg0                  brings up the interface of /etc/wireguard/wg0.conf",
            "  wgj up ./wg0.conf ./wg1.conf",
            "  wgj up --metrics 127.0.0.1:9586 wg0"
        })
final class UpCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Parameters(
            arity = "1..*",
            paramLabel = "FILE|INTERFACE",
            description = "A file INTERFACE.conf, or a name: then /etc/wireguard/NAME.conf.")
    private List<String> names;

    @Mixin private MetricsOptions metrics;

    UpCommand() {}

    @Override
    public Integer call() throws IOException {
        Output output = Output.to(spec.commandLine().getErr());
        List<ConfigFile> files = new ArrayList<>();
        List<Quick> done = new ArrayList<>();
        List<String> serving = metrics.words();
        if (!serving.isEmpty() && names.size() > 1) {
            throw new IllegalArgumentException(
                    "--metrics is for one interface, since each runs in its own process: call up"
                            + " for each with an address of its own, or use \"wgj run\"");
        }
        Interruption interruption = new Interruption(output, "undoing what was done");
        try {
            for (String name : names) {
                files.add(ConfigFile.read(name));
            }
            refuseSameName(files);
            for (ConfigFile file : files) {
                Quick quick =
                        new Quick(
                                file,
                                new ProcessStarter(daemonOptions(serving, file)),
                                EndpointResolver.system(output::warn),
                                interruption.work(),
                                output);
                bringUp(quick, done, output);
            }
        } catch (IOException | RuntimeException e) {
            if (!interruption.hasCome()) {
                throw e;
            }
            output.warn("interrupted, and everything undone: " + e.getMessage());
            return interruption.exitCode();
        } finally {
            files.forEach(file -> file.device().wipe());
        }
        return 0;
    }

    /** The daemon would look for names of peers in /etc/wireguard alone. */
    private static List<String> daemonOptions(List<String> serving, ConfigFile file) {
        if (serving.isEmpty()) {
            return List.of();
        }
        List<String> options = new ArrayList<>(serving);
        options.add("--metrics-names");
        options.add(file.path().toAbsolutePath().toString());
        return options;
    }

    private static void refuseSameName(List<ConfigFile> files) {
        Set<String> names = new HashSet<>();
        for (ConfigFile file : files) {
            if (!names.add(file.interfaceName())) {
                throw new IllegalArgumentException(
                        file.path()
                                + ": two of the files are for the interface "
                                + file.interfaceName()
                                + ": name each interface once");
            }
        }
    }

    private static void bringUp(Quick quick, List<Quick> done, Output output) throws IOException {
        try {
            quick.up();
            done.add(quick);
        } catch (IOException | RuntimeException e) {
            for (Quick before : done.reversed()) {
                try {
                    before.down();
                } catch (IOException failure) {
                    output.warn(failure.getMessage());
                }
            }
            throw e;
        }
    }
}
