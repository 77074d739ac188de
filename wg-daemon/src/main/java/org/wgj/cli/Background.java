// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import org.wgj.tun.linux.ErrnoException;
import org.wgj.tun.linux.Libc;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Continues a command in the background: starts the same command line once more, which says "ready"
 * on its standard output and then releases it. Java cannot fork.
 */
final class Background {
    private static final String VARIABLE = "WGJ_IN_BACKGROUND";
    private static final String READY = "ready";

    /** Environment variable with the launcher that has started this process. */
    static final String LAUNCHER_VARIABLE = "WGJ_SELF";

    /** The line that the JVM always prints before the program begins. */
    private static final String JVM_WARNING =
            "WARNING: Using incubator modules: jdk.incubator.vector";

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

    /**
     * Starts another command of wgj, through the launcher if there is one, and lets it wait until
     * {@link Other#proceed}. So its start takes no time when it is needed.
     *
     * @param arguments the command and its arguments; it calls {@link #mayProceed} first
     */
    static Other prepare(List<String> arguments) throws IOException {
        List<String> words = new ArrayList<>();
        String launcher = System.getenv(LAUNCHER_VARIABLE);
        if (launcher != null) {
            words.add(launcher);
        } else {
            words.addAll(OwnProgram.command());
        }
        words.addAll(arguments);
        return new Other(builder(words).start());
    }

    /** Another command that waits. Closing it ends the command if it may not proceed. */
    static final class Other implements AutoCloseable {
        private final Process process;

        private Other(Process process) {
            this.process = process;
        }

        /**
         * Lets it proceed, and waits until it is ready.
         *
         * @return the exit code for this process
         */
        int proceed() throws IOException {
            try (OutputStream input = process.getOutputStream()) {
                input.write('\n');
            } catch (IOException e) {
                // it has ended, and printed why
            }
            return awaitReady(process);
        }

        @Override
        public void close() {
            try {
                process.getOutputStream().close();
            } catch (IOException e) {
                // it has ended
            }
        }
    }

    /**
     * Waits for the process that has prepared this one.
     *
     * @return false if that has ended, or does not need this one
     */
    static boolean mayProceed() throws IOException {
        return System.in.read() == '\n';
    }

    private static int start(List<String> words) throws IOException {
        return awaitReady(builder(words).redirectInput(new File("/dev/null")).start());
    }

    private static ProcessBuilder builder(List<String> words) {
        ProcessBuilder builder = new ProcessBuilder(words);
        builder.environment().put(VARIABLE, "1");
        builder.environment().remove("WGJ_STDERR_FD"); // that descriptor is not inherited
        builder.environment().remove("WGJ_TOKEN"); // a secret that nothing needs any more
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
                if (!each.equals(JVM_WARNING)) {
                    System.err.println(each);
                }
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
