// SPDX-License-Identifier: Apache-2.0
package org.wgj.fuzz;

import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import org.junit.jupiter.api.DynamicNode;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * Makes tests of fuzz targets: every input that is kept is replayed, then Jazzer looks for new ones
 * for a while. {@code bin/fuzz} sets the properties
 *
 * <ul>
 *   <li>{@code fuzz.target}: only the target whose class is called so
 *   <li>{@code fuzz.seconds}: for how long each is fuzzed; 0 for not at all
 *   <li>{@code fuzz.input}: only replay this file, to see in a debugger what it does
 *   <li>{@code fuzz.echo}: print what Jazzer prints
 * </ul>
 */
public final class Fuzzing {
    private static final String SECONDS_OF_A_BUILD = "7";

    private Fuzzing() {}

    /**
     * The tests of these targets, to be returned by a {@code @TestFactory}. The working directory
     * is the module's, as Surefire has it.
     */
    public static Stream<DynamicNode> of(Class<?>... targets) {
        String wanted = System.getProperty("fuzz.target", "");
        Path module = Path.of("").toAbsolutePath();
        return Arrays.stream(targets)
                .map(target -> new Corpus(target, module))
                .filter(corpus -> wanted.isEmpty() || wanted.equals(corpus.name()))
                .map(corpus -> dynamicContainer(corpus.name(), tests(corpus)));
    }

    private static Stream<DynamicNode> tests(Corpus corpus) {
        String input = System.getProperty("fuzz.input", "");
        if (!input.isEmpty()) {
            return Stream.of(dynamicTest(input, () -> corpus.replay(Path.of(input))));
        }
        List<Path> kept = corpus.keptInputs();
        Stream<DynamicNode> replays =
                kept.stream()
                        .map(
                                file ->
                                        dynamicTest(
                                                file.getFileName().toString(),
                                                () -> corpus.replay(file)));
        long seconds = Long.parseLong(System.getProperty("fuzz.seconds", SECONDS_OF_A_BUILD));
        Stream<DynamicNode> search =
                seconds == 0
                        ? Stream.empty()
                        : Stream.of(
                                dynamicTest(
                                        "fuzz for " + seconds + " s", () -> fuzz(corpus, seconds)));
        return Stream.concat(replays, search);
    }

    private static void fuzz(Corpus corpus, long seconds) throws IOException {
        Jazzer.Outcome outcome =
                Jazzer.fuzz(corpus, seconds, Boolean.getBoolean("fuzz.echo") ? System.out : null);
        if (outcome.found() != null) {
            throw new AssertionError(
                    corpus.name()
                            + ": found "
                            + outcome.found()
                            + "; see it again with: bin/fuzz "
                            + corpus.name()
                            + " --replay "
                            + outcome.found()
                            + "\n"
                            + String.join("\n", outcome.log()));
        }
        if (outcome.executions() == 0 || outcome.coverage() == 0) {
            throw new AssertionError(
                    corpus.name() + ": nothing was tried:\n" + String.join("\n", outcome.log()));
        }
        System.out.printf(
                "fuzz: %s: %,d inputs in %d s reached %,d branches, none failed%n",
                corpus.name(), outcome.executions(), seconds, outcome.coverage());
    }
}
