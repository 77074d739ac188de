// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import org.wgj.quick.Output;
import org.wgj.quick.Quick;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code wgj down}: undoes what {@code up} did. */
@Command(
        name = "down",
        mixinStandardHelpOptions = true,
        description = {
            "Takes interfaces down. It undoes exactly what up did, even after a crash of up, with"
                    + " the hooks that the file had then.",
            "The interface goes down even if something outside it cannot be undone, such as a"
                + " resolv.conf that is not writable. That is reported and recorded, and the next"
                + " down or up tries again. It also takes down interfaces that the original"
                + " wg-quick brought up."
        },
        footerHeading = "%nExample:%n",
        footer = {"  wgj down wg0", "  wgj down ./wg0.conf ./wg1.conf"})
final class DownCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Option(
            names = "--force",
            description = "Forget changes outside the interface that cannot be undone.")
    private boolean force;

    @Parameters(
            arity = "1..*",
            paramLabel = "FILE|INTERFACE",
            description = "A file INTERFACE.conf, or an interface's name.")
    private List<String> names;

    DownCommand() {}

    /** Takes each interface down, even if another one fails. */
    @Override
    public Integer call() {
        int exit = 0;
        Output output = Output.to(spec.commandLine().getErr());
        Interruption interruption = new Interruption(output, "this is not left half-done");
        for (String name : names) {
            if (interruption.hasCome()) {
                output.warn("interrupted: " + name + " is left as it is");
                exit = interruption.exitCode();
                continue;
            }
            try {
                Quick.down(name, force, output);
            } catch (IOException e) {
                spec.commandLine().getErr().println("wgj: " + e.getMessage());
                exit = 1;
            }
        }
        return exit;
    }
}
