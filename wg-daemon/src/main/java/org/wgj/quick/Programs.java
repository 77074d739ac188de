// SPDX-License-Identifier: Apache-2.0
package org.wgj.quick;

import org.wgj.process.ProcessEnd;
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
 * Runs other programs of the system, found on PATH. None of them is needed to bring an interface
 * up.
 *
 * <p>A program gets the signals that a terminal sends to our process group (Ctrl-C). That is right
 * while an interface comes up: then both give up. Programs that undo must not be interrupted, so
 * they run in a session of their own.
 */
final class Programs {
    /** The exit code of a program that a signal ended is this plus the signal's number. */
    private static final int FIRST_SIGNAL = 128;

    /** The time that a program may take to end after SIGTERM. */
    private static final int GRACE_SECONDS = 5;

    private Programs() {}

    /** Returns whether PATH has a program of that name. */
    static boolean has(String name) {
        String path = System.getenv("PATH");
        for (String folder : (path == null ? "" : path).split(File.pathSeparator)) {
            if (!folder.isEmpty() && Files.isExecutable(Path.of(folder, name))) {
                return true;
            }
        }
        return false;
    }

    /** The output of a program, and its exit code. */
    record Result(int exit, String output) {
        /** Returns whether the program failed by itself, and was not killed. */
        boolean wasRefused() {
            return exit > 0 && exit < FIRST_SIGNAL;
        }

        void requireSuccess(List<String> words) throws IOException {
            if (exit != 0) {
                throw new IOException(String.join(" ", words) + " failed with exit code " + exit);
            }
        }
    }

    /** Returns what a query program prints; empty if it fails. */
    static String ask(String... words) throws IOException {
        Result result = run("", inNewSession(List.of(words)), ProcessBuilder.Redirect.DISCARD);
        return result.exit() == 0 ? result.output() : "";
    }

    /**
     * Runs a program with a text as its input, and returns its standard output. Its stderr goes to
     * ours.
     */
    static Result run(String input, List<String> words) throws IOException {
        return run(input, words, ProcessBuilder.Redirect.INHERIT);
    }

    private static Result run(String input, List<String> words, ProcessBuilder.Redirect errors)
            throws IOException {
        ProcessEnd.programBegins();
        try {
            return converse(input, words, errors);
        } finally {
            ProcessEnd.programEnded();
        }
    }

    private static Result converse(String input, List<String> words, ProcessBuilder.Redirect errors)
            throws IOException {
        Process process = Umask.start(new ProcessBuilder(words).redirectError(errors));
        // On a thread of its own, because reading a pipe is not interruptible.
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
            // The program did not read it; its exit code says whether it failed.
        }
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    /** Returns the words that run a program in a new session, out of reach of terminal signals. */
    static List<String> inNewSession(List<String> words) {
        if (!has("setsid")) { // of util-linux, or busybox
            return words;
        }
        List<String> all = new ArrayList<>(List.of("setsid"));
        all.addAll(words);
        return all;
    }

    /**
     * Runs a program with our standard output and stderr; the builder sets its input.
     *
     * @return its exit code
     */
    static int runVisibly(ProcessBuilder builder) throws IOException {
        ProcessEnd.programBegins();
        try {
            return awaitExit(builder);
        } finally {
            ProcessEnd.programEnded();
        }
    }

    private static int awaitExit(ProcessBuilder builder) throws IOException {
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

    /** Ends a program and its descendants, so that its work can be undone. */
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

    /** Does {@link #mustRun} in a new session. */
    static String mustRunInNewSession(String input, List<String> words) throws IOException {
        Result result = run(input, inNewSession(words));
        result.requireSuccess(words);
        return result.output();
    }

    /** Runs a program that must succeed, and returns what it printed. */
    static String mustRun(String input, List<String> words) throws IOException {
        Result result = run(input, words);
        result.requireSuccess(words);
        return result.output();
    }
}
