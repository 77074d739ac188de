// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import org.wgj.request.SetArguments;
import org.wgj.tunnel.config.EndpointResolver;
import org.wgj.uapi.SetCommand;
import org.wgj.uapi.UapiClient;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;

/**
 * {@code wgj set}. Its words are not options, although some begin with a dash, so {@link Wgj} stops
 * parsing options at the first word.
 */
@Command(
        name = "set",
        mixinStandardHelpOptions = true,
        description = {
            "Changes an interface. Settings that are not named stay as they are.",
            "An empty FILE, such as /dev/null, removes the key. fwmark and persistent-keepalive may"
                + " be off. allowed-ips replaces the list of the peer; + adds to it and - removes"
                + " from it."
        },
        customSynopsis = {
            "wgj set INTERFACE [listen-port PORT] [fwmark MARK] [private-key FILE]",
            "        [peer KEY [remove] [preshared-key FILE] [endpoint HOST:PORT]",
            "        [persistent-keepalive SECONDS] [allowed-ips [+|-]IP/LENGTH[,...]]]..."
        },
        footerHeading = "%nExample:%n",
        footer = {
            "  wgj set wg0 peer xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg= allowed-ips"
                    + " +10.9.0.0/16"
        })
final class SetInterfaceCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Parameters(
            index = "0",
            paramLabel = "INTERFACE",
            description = "Name of the interface, such as wg0.")
    private String name;

    @Parameters(index = "1..*", arity = "1..*", paramLabel = "SETTING", hidden = true)
    private List<String> words;

    @Override
    public Integer call() throws IOException {
        EndpointResolver resolver = EndpointResolver.system(spec.commandLine().getErr()::println);
        List<SetCommand> commands;
        try {
            commands = SetArguments.parse(words, resolver);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
        try {
            UapiClient.of(name).set(commands);
        } finally {
            SetCommand.wipe(commands);
        }
        return 0;
    }
}
