// SPDX-License-Identifier: Apache-2.0
package org.wgj.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * One run of a program to its end or to a deadline. Its output goes through files: a program that
 * leaves a daemon behind would keep a pipe open, and reading it would never end.
 */
public final class Command {
    public static final Duration DEADLINE = Duration.ofSeconds(60L * LabProperties.patience());

    private Command() {}

    /** Runs the words of a command, with text for its standard input. */
    public static Result run(Duration deadline, String input, List<String> words) {
        try {
            Path folder = Files.createTempDirectory("wgjt-");
            Path in = Files.writeString(folder.resolve("in"), input);
            Path out = folder.resolve("out");
            Path err = folder.resolve("err");
            try {
                Process process =
                        new ProcessBuilder(words)
                                .redirectInput(in.toFile())
                                .redirectOutput(out.toFile())
                                .redirectError(err.toFile())
                                .start();
                boolean ended = process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS);
                if (!ended) {
                    process.destroyForcibly().waitFor();
                }
                String command = words.getLast();
                Result result =
                        new Result(command, ended ? process.exitValue() : -1, read(out), read(err));
                if (!ended) {
                    throw new AssertionError("not done after " + deadline + ": " + result);
                }
                return result;
            } finally {
                for (Path file : List.of(in, out, err, folder)) {
                    Files.deleteIfExists(file);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a command ran", e);
        }
    }

    private static String read(Path file) throws IOException {
        return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    }

    /** The exit code of a command and its output. */
    public record Result(String command, int exit, String out, String err) {
        /** Returns this if the command succeeded. */
        public Result orFail() {
            if (exit != 0) {
                throw new AssertionError(toString());
            }
            return this;
        }

        /** Returns everything printed, standard output first. */
        public String text() {
            return out + err;
        }

        @Override
        public String toString() {
            return "exit %d of: %s%n%s%s".formatted(exit, command, out, err);
        }
    }
}
