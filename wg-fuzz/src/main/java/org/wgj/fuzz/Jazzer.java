// SPDX-License-Identifier: Apache-2.0
package org.wgj.fuzz;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Jazzer, which is libFuzzer for the JVM, in a JVM of its own with this one's class path: its agent
 * rewrites every class of ours that is loaded there, so that inputs can be judged by the branches
 * that they reach.
 */
final class Jazzer {
    private static final String MAIN = "com.code_intelligence.jazzer.Jazzer";

    /** An input that takes longer than this hangs, also on a machine with much else to do. */
    private static final int INPUT_SECONDS = 60;

    private static final int MAX_INPUT_BYTES = 8192;

    /** {@code stat::number_of_executed_units: 123456}, and what else is printed at the end. */
    private static final Pattern STATISTIC = Pattern.compile("stat::(\\w+):\\s+(\\d+)");

    private static final Pattern COVERAGE = Pattern.compile("#\\d+\\s.* cov: (\\d+) .*");
    private static final Pattern FOUND = Pattern.compile(".*Test unit written to (.*)");

    private Jazzer() {}

    /**
     * @param executions how many inputs were tried
     * @param coverage how many branches the corpus reaches
     * @param found the input that failed, null when none did
     * @param log what Jazzer said
     */
    record Outcome(long executions, long coverage, Path found, List<String> log) {}

    /**
     * Fuzzes for some seconds. New inputs go to the grown corpus; one that fails goes to the kept
     * one, where it stays a test.
     *
     * @param echo where each line that Jazzer prints is repeated, or null
     * @throws IOException when Jazzer cannot be run
     */
    static Outcome fuzz(Corpus corpus, long seconds, PrintStream echo) throws IOException {
        Files.createDirectories(corpus.grown());
        Process process =
                new ProcessBuilder(command(corpus, seconds)).redirectErrorStream(true).start();
        process.getOutputStream().close();
        List<String> log = new ArrayList<>();
        long executions = 0;
        long coverage = 0;
        Path found = null;
        try (BufferedReader output =
                new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line; (line = output.readLine()) != null; ) {
                log.add(line);
                if (echo != null) {
                    echo.println(line);
                }
                Matcher statistic = STATISTIC.matcher(line);
                if (statistic.matches() && statistic.group(1).equals("number_of_executed_units")) {
                    executions = Long.parseLong(statistic.group(2));
                }
                Matcher covered = COVERAGE.matcher(line);
                coverage = covered.matches() ? Long.parseLong(covered.group(1)) : coverage;
                Matcher written = FOUND.matcher(line);
                found = written.matches() ? Path.of(written.group(1)) : found;
            }
            int status = process.waitFor();
            if (status != 0 && found == null) {
                throw new IOException(
                        "Jazzer failed with " + status + ":\n" + String.join("\n", log));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } finally {
            process.destroy();
        }
        return new Outcome(executions, coverage, found, log);
    }

    private static List<String> command(Corpus corpus, long seconds) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(
                List.of(
                        "-XX:+EnableDynamicAgentLoading",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "--add-modules=jdk.incubator.vector",
                        "-XX:+UseSerialGC",
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=off",
                        "-Xmx1g",
                        "-cp",
                        classPath(),
                        MAIN,
                        "--target_class=" + corpus.target().getName(),
                        // The primitives have no branch that depends on their input.
                        "--instrumentation_includes=org.wgj.**",
                        "--instrumentation_excludes=org.wgj.crypto.**:org.wgj.fuzz.**",
                        "--custom_hook_includes=org.wgj.**",
                        "--custom_hook_excludes=org.wgj.crypto.**",
                        "--reproducer_path=" + corpus.grown().getParent(),
                        "-artifact_prefix=" + corpus.kept() + "/",
                        "-max_total_time=" + seconds,
                        "-timeout=" + INPUT_SECONDS,
                        "-report_slow_units=" + INPUT_SECONDS, // no files of those
                        "-max_len=" + MAX_INPUT_BYTES,
                        "-rss_limit_mb=0", // of a JVM it says nothing
                        "-print_final_stats=1",
                        corpus.grown().toString(),
                        corpus.kept().toString()));
        return command;
    }

    /** Surefire tells the true one beside a jar that only points to it. */
    private static String classPath() {
        return System.getProperty(
                "surefire.test.class.path", System.getProperty("java.class.path"));
    }
}
