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
            "Takes interfaces down: undoes exactly what up did, also after a crash of up, and with"
                    + " the hooks that the file had then.",
            "What cannot be undone outside the interface, such as a resolv.conf that may not be"
                    + " written, does not keep it up: it is told and noted, and the next down or up"
                    + " tries again. Also takes down what the stock wg-quick brought up."
        },
        footerHeading = "%nExample:%n",
        footer = {"  wgj down wg0", "  wgj down ./wg0.conf ./wg1.conf"})
final class DownCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Option(names = "--force", description = "Forget what cannot be undone outside the interface.")
    private boolean force;

    @Parameters(
            arity = "1..*",
            paramLabel = "FILE|INTERFACE",
            description = "A file INTERFACE.conf, or an interface's name.")
    private List<String> names;

    DownCommand() {}

    /** One that fails does not keep the others up. */
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
