// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import picocli.CommandLine;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** The model of the called command alone says and does what the whole model does. */
class CalledCommandTest {
    static Stream<List<String>> commands() {
        return paths(Wgj.commandLine(), List.of())
                .filter(path -> !Set.of("help", "generate-completion").contains(path.getFirst()));
    }

    private static Stream<List<String>> paths(CommandLine line, List<String> before) {
        return line.getSubcommands().entrySet().stream()
                .flatMap(
                        entry -> {
                            List<String> path =
                                    Stream.concat(before.stream(), Stream.of(entry.getKey()))
                                            .toList();
                            CommandLine sub = entry.getValue();
                            return sub.getSubcommands().isEmpty()
                                    ? Stream.of(path)
                                    : paths(sub, path);
                        });
    }

    @ParameterizedTest
    @MethodSource("commands")
    void hasTheSameHelpAndMistakes(List<String> path) {
        for (String option : List.of("--help", "--nonsense")) {
            String[] words = Stream.concat(path.stream(), Stream.of(option)).toArray(String[]::new);
            CommandLine alone = CalledCommand.of(Wgj.class, words).orElseThrow();
            assertEquals(1, alone.getSubcommands().size());
            assertEquals(said(Wgj.commandLine(), words), said(Wgj.commandLineFor(words), words));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--help",
                "--version",
                "help",
                "help join",
                "help mesh init",
                "help mesh nit",
                "generate-completion",
                "mesh",
                "mesh --help",
                "mesh nit",
                "jion",
            })
    void theWholeModelIsMadeForAllElse(String line) {
        String[] words = line.split(" ");
        assertTrue(CalledCommand.of(Wgj.class, words).isEmpty());
        assertEquals(said(Wgj.commandLine(), words), said(Wgj.commandLineFor(words), words));
    }

    @ParameterizedTest
    @ValueSource(strings = {"join", "mesh", "mesh init", "mesh up"})
    void helpIsThatOfTheNamedCommand(String path) {
        assertEquals(
                said(Wgj.commandLine(), (path + " --help").split(" ")),
                said(Wgj.commandLine(), ("help " + path).split(" ")));
    }

    @Test
    void noCommandIsTheWholeModelToo() {
        assertTrue(CalledCommand.of(Wgj.class).isEmpty());
    }

    private static String said(CommandLine line, String... words) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int exit = line.setOut(new PrintWriter(out)).setErr(new PrintWriter(err)).execute(words);
        return exit + "\n" + out + "\n" + err;
    }
}
