// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import org.wgj.cli.mesh.MeshCommand;

import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Finds the command that is called, and makes the model of that one alone. Picocli would inspect
 * every option of every command, which takes about a third of a command's start.
 */
final class CalledCommand {
    /** These need the other commands. */
    private static final Set<Class<?>> ABOUT_OTHERS =
            Set.of(HelpOfCommand.class, AutoComplete.GenerateCompletion.class);

    private CalledCommand() {}

    /**
     * Makes a model with the path to the called command, and nothing else.
     *
     * @param program the class of the program
     * @param arguments its arguments
     * @return empty if the whole model is needed: for the program's own options, for a wrong name,
     *     for a group, and for commands that concern others
     */
    static Optional<CommandLine> of(Class<?> program, String... arguments) {
        CommandSpec root = group(program);
        CommandSpec parent = root;
        Class<?> type = program;
        for (String word : arguments) {
            Optional<Class<?>> called =
                    subcommands(type).stream()
                            .filter(each -> each.getAnnotation(Command.class).name().equals(word))
                            .findAny();
            if (called.isEmpty() || ABOUT_OTHERS.contains(called.get())) {
                return Optional.empty();
            }
            type = called.get();
            if (subcommands(type).isEmpty()) {
                parent.addSubcommand(word, new CommandLine(type));
                return Optional.of(new CommandLine(root));
            }
            CommandSpec group = group(type);
            parent.addSubcommand(word, group);
            parent = group;
        }
        return Optional.empty();
    }

    private static List<Class<?>> subcommands(Class<?> type) {
        List<Class<?>> all = new ArrayList<>();
        Collections.addAll(all, type.getAnnotation(Command.class).subcommands());
        if (type == MeshCommand.class) {
            all.add(MeshUpCommand.class); // that package does not know it
        }
        return all;
    }

    private static CommandSpec group(Class<?> type) {
        return CommandSpec.wrapWithoutInspection(new Object())
                .name(type.getAnnotation(Command.class).name());
    }
}
