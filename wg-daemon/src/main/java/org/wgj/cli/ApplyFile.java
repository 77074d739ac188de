// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import org.wgj.request.SetRequests;
import org.wgj.tunnel.StatusWithKeys;
import org.wgj.tunnel.config.DeviceConfig;
import org.wgj.tunnel.config.EndpointResolver;
import org.wgj.uapi.SetCommand;
import org.wgj.uapi.UapiClient;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code wgj setconf}, {@code addconf} and {@code syncconf}. */
abstract class ApplyFile implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Parameters(
            index = "0",
            paramLabel = "INTERFACE",
            description = "Name of the interface, such as wg0.")
    private String name;

    @Parameters(
            index = "1",
            paramLabel = "FILE",
            description =
                    "A configuration without the keys of wg-quick (see wgj strip), or /dev/stdin.")
    private Path file;

    /** {@code wgj setconf}. */
    @Command(
            name = "setconf",
            mixinStandardHelpOptions = true,
            description = "Replaces the configuration of an interface by that of a file.",
            footerHeading = "%nExample:%n",
            footer = {"  wgj setconf wg0 wg0.saved"})
    static final class Replace extends ApplyFile {
        @Override
        List<SetCommand> commands(DeviceConfig config, UapiClient client, EndpointResolver resolver)
                throws IOException {
            return SetRequests.setconf(config, resolver);
        }
    }

    /** {@code wgj addconf}. */
    @Command(
            name = "addconf",
            mixinStandardHelpOptions = true,
            description = "Adds the configuration of a file to that of an interface.",
            footerHeading = "%nExample:%n",
            footer = {"  wgj addconf wg0 more-peers.conf"})
    static final class Add extends ApplyFile {
        @Override
        List<SetCommand> commands(DeviceConfig config, UapiClient client, EndpointResolver resolver)
                throws IOException {
            return SetRequests.addconf(config, resolver);
        }
    }

    /** {@code wgj syncconf}. */
    @Command(
            name = "syncconf",
            mixinStandardHelpOptions = true,
            description = {
                "Replaces the configuration of an interface by that of a file, but leaves settings"
                        + " alone that are already right, so sessions continue.",
            },
            footerHeading = "%nExample:%n",
            footer = {"  wgj syncconf wg0 <(wgj strip wg0)"})
    static final class Sync extends ApplyFile {
        @Override
        List<SetCommand> commands(DeviceConfig config, UapiClient client, EndpointResolver resolver)
                throws IOException {
            StatusWithKeys current = client.statusWithKeys();
            try {
                return SetRequests.syncconf(config, current, resolver);
            } finally {
                current.wipe();
            }
        }
    }

    abstract List<SetCommand> commands(
            DeviceConfig config, UapiClient client, EndpointResolver resolver) throws IOException;

    @Override
    public Integer call() throws IOException {
        EndpointResolver resolver = EndpointResolver.system(spec.commandLine().getErr()::println);
        UapiClient client = UapiClient.of(name);
        DeviceConfig config = DeviceConfig.read(file);
        try {
            config.warning(file.toString())
                    .ifPresent(text -> spec.commandLine().getErr().println("wgj: " + text));
            client.set(commands(config, client, resolver));
        } finally {
            config.wipe();
        }
        return 0;
    }
}
