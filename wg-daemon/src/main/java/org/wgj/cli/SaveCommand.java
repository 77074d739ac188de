// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import org.wgj.quick.Output;
import org.wgj.quick.Quick;
import org.wgj.tunnel.config.ConfigFile;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.Callable;

/** {@code wgj save}: writes the present configuration of an interface to its file. */
@Command(
        name = "save",
        mixinStandardHelpOptions = true,
        description =
                "Writes an interface's present configuration to its file. It replaces the whole"
                        + " file, so comments are lost.",
        footerHeading = "%nExample:%n",
        footer = {"  wgj set wg0 peer KEY allowed-ips 10.0.0.7/32 && wgj save wg0"})
final class SaveCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Parameters(
            paramLabel = "FILE|INTERFACE",
            description = "A file INTERFACE.conf, or a name: then /etc/wireguard/NAME.conf.")
    private String name;

    SaveCommand() {}

    @Override
    public Integer call() throws IOException {
        ConfigFile file = ConfigFile.read(name);
        file.device().wipe();
        Output output = Output.to(spec.commandLine().getErr());
        Interruption interruption = new Interruption(output, "the file is not left half-written");
        try {
            Quick.save(file, interruption.work(), output);
        } catch (InterruptedIOException e) {
            return interruption.exitCode();
        }
        return 0;
    }
}
