// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import org.wgj.tun.linux.ErrnoException;
import org.wgj.tun.linux.Libc;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Continues a command in the background: starts the same command line once more, which says "ready"
 * on its standard output and then releases it. Java cannot fork.
 */
final class Background {
    private static final String VARIABLE = "WGJ_IN_BACKGROUND";
    private static final String READY = "ready";

    private Background() {}

    /** Returns whether this process is the one in the background. */
    static boolean isDetached() {
        return "1".equals(System.getenv(VARIABLE));
    }

    /**
     * Starts the other process and waits until it is ready. Its standard error until then is passed
     * on.
     *
     * @return the exit code for this process
     */
    static int start() throws IOException {
        return start(OwnProgram.words());
    }

    private static int start(List<String> words) throws IOException {
        return awaitReady(builder(words).redirectInput(new File("/dev/null")).start());
    }

    private static ProcessBuilder builder(List<String> words) {
        ProcessBuilder builder = new ProcessBuilder(words);
        builder.environment().put(VARIABLE, "1");
        switch (System.getenv().getOrDefault("LOG_LEVEL", "")) {
            case "" -> builder.redirectErrorStream(true);
            case "silent" -> builder.redirectError(Redirect.DISCARD);
            default -> builder.redirectError(Redirect.INHERIT); // logs continue after this process
        }
        return builder;
    }

    private static int awaitReady(Process process) throws IOException {
        try (BufferedReader told = process.inputReader(StandardCharsets.UTF_8)) {
            for (String each = told.readLine(); each != null; each = told.readLine()) {
                if (each.equals(READY)) {
                    return 0;
                }
                System.err.println(each);
            }
        }
        return 1; // it has printed why
    }

    /** Leaves the session of the caller, whose end would be a SIGHUP. */
    static void leaveSession() {
        Libc.setsid(); // fails if this process already leads a group, which is sufficient
    }

    /** Tells the process that has started this one, and releases what belongs to the caller. */
    static void tellReady() throws ErrnoException {
        System.out.println(READY);
        System.out.flush();
        Detachment.letGo();
    }
}
