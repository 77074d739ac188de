// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import org.wgj.show.ShowConf;
import org.wgj.tunnel.StatusWithKeys;
import org.wgj.uapi.UapiClient;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;

/** {@code wgj showconf}. */
@Command(
        name = "showconf",
        mixinStandardHelpOptions = true,
        description = "Prints the configuration of an interface with its keys, for setconf.",
        footerHeading = "%nExample:%n",
        footer = {"  (umask 077 && wgj showconf wg0 > wg0.saved)"})
final class ShowConfiguration implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Parameters(paramLabel = "INTERFACE", description = "Name of the interface, such as wg0.")
    private String name;

    @Override
    public Integer call() throws IOException {
        StatusWithKeys withKeys = UapiClient.of(name).statusWithKeys();
        try {
            PrintWriter out = spec.commandLine().getOut();
            out.print(ShowConf.of(withKeys));
            out.flush();
        } finally {
            withKeys.wipe();
        }
        return 0;
    }
}
