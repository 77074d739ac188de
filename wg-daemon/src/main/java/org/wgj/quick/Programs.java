// SPDX-License-Identifier: Apache-2.0
package org.wgj.quick;

import org.wgj.process.Umask;

import java.io.File;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Other programs of the system, found on PATH; none of them is needed to bring an interface up.
 *
 * <p>A program gets the signals that a terminal sends to all of our process group (Ctrl-C), as it
 * should while an interface comes up: then both give up. What undoes that must come to its end, so
 * it runs apart, in a session of its own, and so do all that it starts.
 */
final class Programs {
    /** The exit code of a program that a signal ended is this and the signal's number. */
    private static final int FIRST_SIGNAL = 128;

    /** How long a program that was told to end may take for that. */
    private static final int GRACE_SECONDS = 5;

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

        void requireSuccess(List<String> words) throws IOException {
            if (exit != 0) {
                throw new IOException(String.join(" ", words) + " failed with exit code " + exit);
            }
        }
    }

    /** What a program prints that is asked for something; nothing when it has no answer. */
    static String ask(String... words) throws IOException {
        Result result = run("", inNewSession(List.of(words)), ProcessBuilder.Redirect.DISCARD);
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
        Process process = Umask.start(new ProcessBuilder(words).redirectError(errors));
        // On a thread of its own, because pipes cannot be waited for interruptibly.
        FutureTask<String> conversation = new FutureTask<>(() -> converse(process, input));
        Thread.ofPlatform().daemon().start(conversation);
        try {
            return new Result(process.waitFor(), conversation.get());
        } catch (InterruptedException e) {
            throw interrupted(process, words.getFirst());
        } catch (ExecutionException e) {
            throw new IOException("cannot read what " + words.getFirst() + " says", e.getCause());
        }
    }

    private static String converse(Process process, String input) throws IOException {
        try (var in = process.getOutputStream()) {
            in.write(input.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            // It did not want to read it; its exit code says whether that is well.
        }
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    /** The words that run a program where signals to our process group do not reach it. */
    static List<String> inNewSession(List<String> words) {
        if (!has("setsid")) { // of util-linux, or busybox
            return words;
        }
        List<String> all = new ArrayList<>(List.of("setsid"));
        all.addAll(words);
        return all;
    }

    /**
     * Runs a program whose output is ours; its input is as the builder says.
     *
     * @return its exit code
     */
    static int runVisibly(ProcessBuilder builder) throws IOException {
        Process process =
                Umask.start(
                        builder.redirectOutput(ProcessBuilder.Redirect.INHERIT)
                                .redirectError(ProcessBuilder.Redirect.INHERIT));
        try {
            return process.waitFor();
        } catch (InterruptedException e) {
            throw interrupted(process, builder.command().getFirst());
        }
    }

    /** Ends it, and what it has started, before what it did is undone. */
    private static InterruptedIOException interrupted(Process process, String name) {
        List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
        all.add(process.toHandle());
        all.forEach(ProcessHandle::destroy);
        try {
            CompletableFuture.allOf(
                            all.stream()
                                    .map(ProcessHandle::onExit)
                                    .toArray(CompletableFuture[]::new))
                    .get(GRACE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            all.forEach(ProcessHandle::destroyForcibly);
        }
        return new InterruptedIOException("interrupted while " + name + " was running");
    }

    /** The same as {@link #mustRun}, apart. */
    static String mustRunInNewSession(String input, List<String> words) throws IOException {
        Result result = run(input, inNewSession(words));
        result.requireSuccess(words);
        return result.output();
    }

    /** Returns what the program printed; it must succeed. */
    static String mustRun(String input, List<String> words) throws IOException {
        Result result = run(input, words);
        result.requireSuccess(words);
        return result.output();
    }
}
