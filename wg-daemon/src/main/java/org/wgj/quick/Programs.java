package org.wgj.quick;

import java.io.File;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Other programs of the system, found on PATH; none of them is needed to bring an interface up. */
final class Programs {
    /** The exit code of a program that a signal ended is this and the signal's number. */
    private static final int FIRST_SIGNAL = 128;

    private Programs() {}

    /** Whether there is a program of that name. */
    static boolean has(String name) {
        String path = System.getenv("PATH");
        for (String folder : (path == null ? "" : path).split(File.pathSeparator)) {
            if (!folder.isEmpty() && Files.isExecutable(Path.of(folder, name))) {
                return true;
            }
        }
        return false;
    }

    /** What a program printed, and how it ended. */
    record Result(int exit, String output) {
        /** Whether the program said no, and was not killed amid its work. */
        boolean wasRefused() {
            return exit > 0 && exit < FIRST_SIGNAL;
        }

        void mustBeWell(List<String> words) throws IOException {
            if (exit != 0) {
                throw new IOException(String.join(" ", words) + " failed with exit code " + exit);
            }
        }
    }

    /** What a program prints that is asked for something; nothing when it has no answer. */
    static String ask(String... words) throws IOException {
        Result result = run("", List.of(words), ProcessBuilder.Redirect.DISCARD);
        return result.exit() == 0 ? result.output() : "";
    }

    /**
     * Runs a program with a text as its input, and returns what it printed on its standard output;
     * its errors go to ours.
     */
    static Result run(String input, List<String> words) throws IOException {
        return run(input, words, ProcessBuilder.Redirect.INHERIT);
    }

    private static Result run(String input, List<String> words, ProcessBuilder.Redirect errors)
            throws IOException {
        Process process = new ProcessBuilder(words).redirectError(errors).start();
        try {
            try (var in = process.getOutputStream()) {
                in.write(input.getBytes(StandardCharsets.UTF_8));
            } catch (IOException e) {
                // It did not want to read it; its exit code says whether that is well.
            }
            String output =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Result(process.waitFor(), output);
        } catch (InterruptedException e) {
            throw interrupted(process, words.getFirst());
        }
    }

    /**
     * Runs a program whose output is ours; its input is as the builder says.
     *
     * @return its exit code
     */
    static int runVisibly(ProcessBuilder builder) throws IOException {
        Process process =
                builder.redirectOutput(ProcessBuilder.Redirect.INHERIT)
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        try {
            return process.waitFor();
        } catch (InterruptedException e) {
            throw interrupted(process, builder.command().getFirst());
        }
    }

    private static InterruptedIOException interrupted(Process process, String name) {
        process.descendants().forEach(ProcessHandle::destroy);
        process.destroy();
        return new InterruptedIOException("interrupted while " + name + " was running");
    }

    /** Returns what the program printed; it must succeed. */
    static String mustRun(String input, List<String> words) throws IOException {
        Result result = run(input, words);
        result.mustBeWell(words);
        return result.output();
    }
}
