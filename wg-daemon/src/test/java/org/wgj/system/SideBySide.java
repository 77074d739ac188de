// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import org.wgj.cli.Wgj;
import org.wgj.lab.Repository;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Runs the stock {@code wg} and the commands of {@code wgj} one after the other on the same live
 * sockets, and prints what differs; a program of its own, since it must run inside a host, and one
 * for many commands, since starting a JVM takes long. Each line of its input is one of
 *
 * <pre>
 * same WORDS        both print the same and end with the same code
 * apply A B WORDS   wg applies WORDS to the interface A and wgj to B, an empty word being '': both
 *                   end with the same code and leave the same configuration
 * </pre>
 */
final class SideBySide {
    private static final int ATTEMPTS = 5; // a second may pass between the two

    private SideBySide() {}

    private record Outcome(int exit, String out) {}

    /** The commands to run in a host for the given input. */
    static String command(String input) {
        Path target = Repository.folder().resolve("wg-daemon/target");
        return "\"$(. '%s/bin/lib/java.sh' && find_java)\" -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:-UsePerfData -cp '%s/test-classes:%s/classes:%s/lib/*' %s <<'end'\n%send\n"
                .formatted(
                        Repository.folder(),
                        target,
                        target,
                        target,
                        SideBySide.class.getName(),
                        input);
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        int count = 0;
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line; (line = in.readLine()) != null; count++) {
            List<String> words = List.of(line.split(" "));
            String difference =
                    switch (words.getFirst()) {
                        case "same" -> same(words.subList(1, words.size()));
                        case "apply" -> apply(words);
                        default -> throw new IllegalArgumentException(line);
                    };
            if (difference != null) {
                System.out.println("differs: " + line + "\n" + difference);
            }
        }
        System.out.println("compared " + count);
    }

    /** Null when they agree. */
    private static String same(List<String> words) throws IOException, InterruptedException {
        Outcome theirs = null;
        Outcome ours = null;
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            theirs = wg(words);
            ours = wgj(words);
            if (theirs.equals(ours)) {
                return null;
            }
        }
        return theirs + "\n" + ours;
    }

    private static String apply(List<String> words) throws IOException, InterruptedException {
        String a = words.get(1);
        String b = words.get(2);
        Outcome theirs = wg(applied(words, a));
        Outcome ours = wgj(applied(words, b));
        String stateOfA = wg(List.of("showconf", a)).out();
        String stateOfB = wg(List.of("showconf", b)).out();
        return theirs.exit() == ours.exit() && stateOfA.equals(stateOfB)
                ? null
                : theirs + "\n" + stateOfA + "\n" + ours + "\n" + stateOfB;
    }

    /** The words with the interface behind the command. */
    private static List<String> applied(List<String> words, String name) {
        List<String> command = new ArrayList<>(List.of(words.get(3), name));
        Stream<String> rest = words.stream().skip(4);
        rest.forEach(word -> command.add(word.equals("''") ? "" : word));
        return command;
    }

    private static Outcome wg(List<String> words) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("wg"));
        command.addAll(words);
        Process process =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Outcome(process.waitFor(), out);
    }

    private static Outcome wgj(List<String> words) {
        StringWriter out = new StringWriter();
        int exit =
                Wgj.commandLine()
                        .setOut(new PrintWriter(out))
                        .setErr(new PrintWriter(new StringWriter()))
                        .execute(words.toArray(String[]::new));
        return new Outcome(exit, out.toString());
    }
}
