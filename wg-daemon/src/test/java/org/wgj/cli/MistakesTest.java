// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Wrong words on the command lines of both programs. */
class MistakesTest {
    private record Answer(int exit, String text) {}

    private static Answer run(CommandLine line, String... words) {
        StringWriter err = new StringWriter();
        StringWriter out = new StringWriter();
        int exit = line.setErr(new PrintWriter(err)).setOut(new PrintWriter(out)).execute(words);
        assertEquals("", out.toString());
        return new Answer(exit, err.toString().strip());
    }

    private static Answer wgj(String... words) {
        Answer answer = run(Wgj.commandLine(), words);
        assertEquals(1, answer.exit(), answer.text());
        return answer;
    }

    private static Answer daemon(String... words) {
        Answer answer = run(WireguardJava.commandLine(), words);
        assertEquals(2, answer.exit(), answer.text());
        return answer;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "bogus | wgj: there is no command bogus; wgj --help lists them",
                "shwo | wgj: there is no command shwo; did you mean show?",
                "dwon | wgj: there is no command dwon; did you mean down?",
                "dow | wgj: there is no command dow; did you mean down?",
                "doctro | wgj: there is no command doctro; did you mean doctor?",
                "setc | wgj: there is no command setc; did you mean set or setconf?",
                "help shwo | wgj: there is no command shwo; did you mean show?",
                "help mesh nit | wgj: there is no command nit; did you mean init?",
                "--hlep | wgj: there is no option --hlep; did you mean --help?",
            })
    void aWrongNameIsOneLine(String words, String expected) {
        assertEquals(expected, wgj(words.split(" ")).text());
    }

    @Test
    void aWordThatMayBeAKeyIsNotRepeated() {
        String key = "aG91c2UgYm9hdCBmbG9hdHMgZG93biB0aGUgcml2ZXI=";
        for (Answer answer :
                List.of(wgj(key), wgj("--" + key), wgj("pubkey", key), daemon("--" + key))) {
            assertFalse(answer.text().contains(key), answer.text());
        }
    }

    @Test
    void oneArgumentTooManyIsNamedWithTheSynopsis() {
        String text = wgj("genkey", "please").text();
        assertTrue(text.startsWith("wgj: one argument too many: please\nUsage: wgj genkey"), text);
        text = daemon("wg0", "wg1").text();
        assertTrue(text.startsWith("wireguard-java: one argument too many: wg1\nUsage: "), text);
    }

    @Test
    void aWordForANumberIsNamedWithoutTypesOfJava() {
        String text = wgj("nc", "10.0.0.1", "http").text();
        assertTrue(text.contains("'http' is not a whole number\nUsage: wgj nc"), text);
        Answer join = run(Wgj.commandLine(), "join", "--wait", "soon", "token");
        assertEquals(4, join.exit(), "a unit must not repeat it");
        text = join.text();
        assertTrue(text.contains("'soon' is not a whole number\nUsage: wgj join"), text);
    }

    @Test
    void anEmptyHostIsCalledEmpty() {
        for (Answer answer : List.of(wgj("ping", ""), wgj("nc", " ", "22"))) {
            assertEquals("wgj: HOST is empty: name an address or a host", answer.text());
        }
    }

    @Test
    void aMissingArgumentIsNamedWithTheSynopsis() {
        for (Answer answer : List.of(wgj("up"), daemon())) {
            assertTrue(answer.text().contains("Missing required parameter"), answer.text());
            assertTrue(answer.text().lines().count() < 6, answer.text());
            assertTrue(answer.text().contains("Usage: "), answer.text());
        }
    }

    /** A name of every command and option, and the words before it. */
    record Name(Supplier<CommandLine> line, List<String> before, String name) {
        @Override
        public String toString() {
            return String.join(" ", before) + " " + name;
        }
    }

    static List<Name> names() {
        List<Name> names = new ArrayList<>();
        addNames(names, Wgj::commandLine, Wgj.commandLine(), List.of());
        addNames(names, WireguardJava::commandLine, WireguardJava.commandLine(), List.of());
        assertTrue(names.size() > 60, names.size() + " names");
        return names;
    }

    private static void addNames(
            List<Name> names, Supplier<CommandLine> top, CommandLine line, List<String> before) {
        Object command = line.getCommand();
        if (command.getClass().getPackageName().startsWith("picocli")) {
            return; // generate-completion ignores unknown options
        }
        for (OptionSpec option : line.getCommandSpec().options()) {
            if (!option.hidden()) {
                names.add(new Name(top, before, option.longestName()));
            }
        }
        line.getSubcommands()
                .forEach(
                        (name, subcommand) -> {
                            names.add(new Name(top, before, name));
                            List<String> further = new ArrayList<>(before);
                            further.add(name);
                            addNames(names, top, subcommand, further);
                        });
    }

    @ParameterizedTest
    @MethodSource("names")
    void aNameWithALetterTooManyIsGuessed(Name name) {
        List<String> words = new ArrayList<>(name.before());
        words.add(name.name() + "q");
        if (name.name().startsWith("-")) {
            words.addAll(List.of("wg0", "1")); // missing arguments are found first, a port too
        }
        Answer answer = run(name.line().get(), words.toArray(String[]::new));
        assertTrue(answer.exit() != 0);
        assertEquals(1, answer.text().lines().count(), answer.text());
        assertTrue(
                answer.text()
                        .matches(
                                ".* there is no (command|option) "
                                        + name.name()
                                        + "q; did you mean .*\\b?"
                                        + name.name()
                                        + "\\b.*\\?"),
                answer.text());
    }
}
