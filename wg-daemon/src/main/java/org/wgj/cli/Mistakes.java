// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import org.wgj.tunnel.text.Typos;

import picocli.CommandLine;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * Reports a mistake on the command line. A wrong name of a command or an option is one line with
 * the names that are like it; anything else is a line and the synopsis.
 */
final class Mistakes implements IParameterExceptionHandler {
    /** A longer word may be a key, and is not repeated. */
    private static final int HARMLESS = 24;

    /** The longest word in which only one letter may be wrong; in longer ones two may be. */
    private static final int SHORT = 4;

    private static final int MOST_GUESSES = 3;

    /** What picocli says of a word for a number. */
    private static final String NUMBER = " is not an? (int|long)$";

    @Override
    public int handleParseException(ParameterException exception, String[] arguments) {
        CommandLine line = exception.getCommandLine();
        CommandSpec command = line.getCommandSpec();
        String program = command.root().name();
        String message = exception.getMessage().replaceFirst(NUMBER, " is not a whole number");
        if (exception instanceof UnmatchedArgumentException unmatched) {
            String word = unmatched.getUnmatched().getFirst();
            if (word.startsWith("-")) {
                line.getErr()
                        .printf(
                                "%s: %sthere is no option%s%n",
                                program,
                                command.parent() == null ? "" : command.name() + ": ",
                                named(word, optionsOf(command), command));
                return command.exitCodeOnInvalidInput();
            }
            if (!command.subcommands().isEmpty()) {
                line.getErr()
                        .printf(
                                "%s: there is no command%s%n",
                                program, named(word, command.subcommands().keySet(), command));
                return command.exitCodeOnInvalidInput();
            }
            message = "one argument too many" + (isHarmless(word) ? ": " + word : "");
        }
        line.getErr().println(program + ": " + message);
        line.getErr().println(line.getHelp().fullSynopsis().stripTrailing());
        return command.exitCodeOnInvalidInput();
    }

    private static List<String> optionsOf(CommandSpec command) {
        return command.options().stream()
                .filter(option -> !option.hidden())
                .map(OptionSpec::names)
                .flatMap(Arrays::stream)
                .toList();
    }

    private static boolean isHarmless(String word) {
        return word.length() <= HARMLESS;
    }

    /** Returns the end of the sentence: the wrong name, and what was meant or where to look. */
    private static String named(String word, Collection<String> names, CommandSpec command) {
        List<String> guesses =
                isHarmless(word)
                        ? names.stream()
                                .filter(name -> isLike(word, name))
                                .sorted(Comparator.comparingInt(name -> Typos.between(word, name)))
                                .limit(MOST_GUESSES)
                                .toList()
                        : List.of();
        return (isHarmless(word) ? " " + word : " of this name")
                + "; "
                + (guesses.isEmpty()
                        ? command.qualifiedName() + " --help lists them"
                        : "did you mean " + oneOf(guesses) + "?");
    }

    private static boolean isLike(String word, String name) {
        return word.length() > 1 && name.startsWith(word)
                || Typos.between(word, name) <= (word.length() <= SHORT ? 1 : 2);
    }

    private static String oneOf(List<String> guesses) {
        return guesses.size() == 1
                ? guesses.getFirst()
                : String.join(", ", guesses.subList(0, guesses.size() - 1))
                        + " or "
                        + guesses.getLast();
    }
}
