// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

import java.util.List;
import java.util.concurrent.Callable;

/** {@code wgj help}: the help of a command, also of one in a group such as {@code mesh init}. */
@Command(
        name = "help",
        mixinStandardHelpOptions = true,
        description = "Shows the help of a command, or of wgj.",
        footerHeading = "%nExample:%n",
        footer = {"  wgj help mesh init"})
final class HelpOfCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Parameters(
            arity = "0..*",
            paramLabel = "COMMAND",
            description = "The command, a word for its group before it.")
    private List<String> words = List.of();

    @Override
    public Integer call() {
        CommandLine about = spec.parent().commandLine();
        for (String word : words) {
            CommandLine next = about.getSubcommands().get(word);
            if (next == null) {
                throw new UnmatchedArgumentException(about, List.of(word));
            }
            about = next;
        }
        about.usage(spec.commandLine().getOut());
        return 0;
    }
}
