// SPDX-License-Identifier: Apache-2.0
package org.wgj.quick;

import org.wgj.uapi.UapiClient;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Makes an interface in a process of its own that goes on when this one ends: the program that
 * WG_QUICK_USERSPACE_IMPLEMENTATION names, else our own daemon: by its launcher, or, in a bare
 * container, which has neither a shell nor setsid(1), by the same java as this process.
 */
public final class ProcessStarter implements DeviceStarter {
    private static final String VARIABLE = "WG_QUICK_USERSPACE_IMPLEMENTATION";
    private static final String DAEMON = "org.wgj.cli.WireguardJava";

    /**
     * System property: a file of java's options for the daemon, where this process was not started
     * with such as a daemon needs.
     */
    private static final String OPTIONS_PROPERTY = "wgj.daemon.options";

    /** Environment: the daemon's launcher, which the one of this process names. */
    private static final String LAUNCHER_VARIABLE = "WGJ_DAEMON";

    /**
     * Of the environment a daemon keeps what it, its JVM and the C library read: the rest may hold
     * secrets of the caller's. The launcher, bin/lib/launch.sh, has the same list.
     */
    private static final Pattern KEPT =
            Pattern.compile(
                    "PATH|LANG|LC_.*|TZ|TMPDIR|LOG_LEVEL|WGJ?_.*|JAVA_.*|JDK_.*|_JAVA_OPTIONS|LD_.*");

    /** What the JVM says before the program begins, and cannot be told not to. */
    private static final String JVM_WARNING =
            "WARNING: Using incubator modules: jdk.incubator.vector";

    private static final File NOTHING = new File("/dev/null");
    private static final long ANSWER_NS = 5_000_000_000L;

    /** The classes of ours that this process can have been started with. */
    private static final String MAIN_CLASSES = "org.wgj.cli.";

    private final String implementation = System.getenv(VARIABLE);

    private boolean isOurs() {
        return implementation == null || implementation.isEmpty();
    }

    @Override
    public String command(String interfaceName) {
        return (isOurs() ? "wireguard-java" : implementation) + " " + interfaceName;
    }

    @Override
    public void start(String interfaceName) throws IOException {
        String launcher = System.getenv(LAUNCHER_VARIABLE);
        if (!isOurs()) {
            startOther(implementation, interfaceName);
        } else if (launcher != null) {
            startOther(launcher, interfaceName);
        } else {
            startOurs(interfaceName);
        }
    }

    /**
     * What the daemon prints before it is ready is passed on, up to that word. Logs that were asked
     * for go on after it, so they go where ours do.
     */
    private static void startOurs(String interfaceName) throws IOException {
        List<String> command = daemonCommand(ownCommand());
        command.add(interfaceName);
        ProcessBuilder builder = new ProcessBuilder(command).redirectInput(NOTHING);
        Map<String, String> environment = builder.environment();
        environment.keySet().removeIf(name -> !KEPT.matcher(name).matches());
        environment.put("WGJ_READY_FD", "1");
        environment.put("WGJ_DETACH", "1");
        switch (environment.getOrDefault("LOG_LEVEL", "")) {
            case "" -> builder.redirectErrorStream(true);
            case "silent" -> builder.redirectError(ProcessBuilder.Redirect.DISCARD);
            default -> builder.redirectError(ProcessBuilder.Redirect.INHERIT);
        }
        Process daemon = builder.start();
        try (BufferedReader told = daemon.inputReader(StandardCharsets.UTF_8)) {
            String line = told.readLine();
            while (!"ready".equals(line)) {
                if (line == null) {
                    throw notMade(interfaceName, "wireguard-java");
                }
                if (!line.equals(JVM_WARNING)) {
                    System.err.println(line);
                }
                line = told.readLine();
            }
        }
    }

    private static IOException notMade(String interfaceName, String program) {
        return new IOException(
                "interface " + interfaceName + " was not made; " + program + " has said why");
    }

    /** wireguard-go returns when it can be configured; others may take a moment longer. */
    private static void startOther(String program, String interfaceName) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(program, interfaceName).redirectInput(NOTHING);
        builder.environment().remove("WG_PROCESS_FOREGROUND"); // or it would not return
        if (Programs.runVisibly(builder) != 0) {
            throw notMade(interfaceName, program);
        }
        long begin = System.nanoTime();
        while (!UapiClient.interfaces().contains(interfaceName)) {
            if (System.nanoTime() - begin > ANSWER_NS) {
                throw new IOException(
                        program + " has made no configuration socket for " + interfaceName);
            }
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted while " + program + " was starting", e);
            }
        }
    }

    /**
     * This process's own command line: the JDK's does not give one that is longer than a page, and
     * a class path often is.
     */
    private static List<String> ownCommand() throws IOException {
        String line = Files.readString(Path.of("/proc/self/cmdline"), StandardCharsets.UTF_8);
        List<String> words = new ArrayList<>(List.of(line.split("\0", -1)));
        words.removeLast(); // behind the last NUL
        // Where the first is "java" it may not be found again.
        ProcessHandle.current().info().command().ifPresent(java -> words.set(0, java));
        return words;
    }

    /**
     * The words up to the main class, which may stand behind a module's name, with the daemon's in
     * its place.
     */
    static List<String> daemonCommand(List<String> own) {
        List<String> command = new ArrayList<>();
        String options = System.getProperty(OPTIONS_PROPERTY);
        if (options != null) {
            command.addAll(List.of(own.getFirst(), "@" + options, DAEMON));
            return command;
        }
        for (String word : own) {
            int slash = word.lastIndexOf('/') + 1;
            if (word.startsWith(MAIN_CLASSES, slash) && !word.contains(":")) {
                command.add(word.substring(0, slash) + DAEMON);
                return command;
            }
            command.add(word);
        }
        // Started by other means, such as a test: what is left is the class path.
        return new ArrayList<>(
                List.of(
                        own.getFirst(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        DAEMON));
    }
}
