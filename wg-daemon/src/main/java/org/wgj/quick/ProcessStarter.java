// SPDX-License-Identifier: Apache-2.0
package org.wgj.quick;

import org.wgj.settings.DaemonProperties;
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
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Creates an interface in a process of its own, which outlives this one. It runs the program in
 * WG_QUICK_USERSPACE_IMPLEMENTATION, else our own daemon. The daemon is started by its launcher, or
 * in a bare container without a shell and setsid(1) by the same java as this process.
 */
public final class ProcessStarter implements DeviceStarter {
    private static final String VARIABLE = "WG_QUICK_USERSPACE_IMPLEMENTATION";
    private static final String DAEMON = "org.wgj.cli.WireguardJava";

    /** Environment variable with the daemon's launcher, set by the launcher of this process. */
    private static final String LAUNCHER_VARIABLE = "WGJ_DAEMON";

    /**
     * The environment variables that the daemon, its JVM and the C library read. The daemon gets no
     * others, since they may hold secrets of the caller. The launcher, bin/lib/launch.sh, has the
     * same list.
     */
    private static final Pattern KEPT =
            Pattern.compile(
                    "PATH|LANG|LC_.*|TZ|TMPDIR|LOG_LEVEL|JOURNAL_STREAM|WGJ?_.*|JAVA_.*|JDK_.*|_JAVA_OPTIONS"
                        + "|LD_.*");

    private static final File NOTHING = new File("/dev/null");
    private static final long ANSWER_NS = 5_000_000_000L;

    /** The package of the main classes that may have started this process. */
    private static final String MAIN_CLASSES = "org.wgj.cli.";

    private final String implementation = System.getenv(VARIABLE);
    private final List<String> options;

    /**
     * @param options of our daemon, before the name of its interface
     * @throws IllegalArgumentException if there are options, and another program is to run
     */
    public ProcessStarter(List<String> options) {
        this.options = List.copyOf(options);
        if (!options.isEmpty() && !isOurs()) {
            throw new IllegalArgumentException(
                    options.getFirst()
                            + " is an option of wireguard-java: unset "
                            + VARIABLE
                            + ", which names "
                            + implementation);
        }
    }

    private boolean isOurs() {
        return implementation == null || implementation.isEmpty();
    }

    @Override
    public String command(String interfaceName) {
        List<String> words = new ArrayList<>(List.of(isOurs() ? "wireguard-java" : implementation));
        words.addAll(options);
        words.add(interfaceName);
        return String.join(" ", words);
    }

    @Override
    public void start(String interfaceName, StartPermit permit) throws IOException {
        String launcher = System.getenv(LAUNCHER_VARIABLE);
        if (!isOurs()) {
            startOther(List.of(implementation), interfaceName, permit);
        } else if (launcher != null) {
            List<String> command = new ArrayList<>(List.of(launcher));
            command.addAll(options);
            startOther(command, interfaceName, permit);
        } else {
            List<String> command = daemonCommand(ownCommand());
            command.addAll(options);
            startOurs(command, interfaceName, permit);
        }
    }

    /**
     * Starts our daemon. Passes on what it prints before the word "ready". Logs that LOG_LEVEL asks
     * for continue after that, so they go to our stderr.
     */
    private static void startOurs(List<String> command, String interfaceName, StartPermit permit)
            throws IOException {
        command.add(interfaceName);
        ProcessBuilder builder = new ProcessBuilder(command).redirectInput(NOTHING);
        Map<String, String> environment = builder.environment();
        environment.keySet().removeIf(name -> !KEPT.matcher(name).matches());
        environment.put("WGJ_READY_FD", "1");
        environment.put("WGJ_DETACH", "1");
        permit.addTo(environment);
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
                System.err.println(line);
                line = told.readLine();
            }
        }
    }

    private static IOException notMade(String interfaceName, String program) {
        return new IOException(
                "interface "
                        + interfaceName
                        + " was not created; "
                        + program
                        + " printed the reason");
    }

    /** Starts another program. wireguard-go returns when it is ready; others may take longer. */
    private static void startOther(List<String> command, String interfaceName, StartPermit permit)
            throws IOException {
        String program = command.getFirst();
        List<String> words = new ArrayList<>(command);
        words.add(interfaceName);
        ProcessBuilder builder = new ProcessBuilder(words).redirectInput(NOTHING);
        builder.environment().remove("WG_PROCESS_FOREGROUND"); // otherwise it would not return
        permit.addTo(builder.environment());
        if (Programs.runVisibly(builder) != 0) {
            throw notMade(interfaceName, program);
        }
        long begin = System.nanoTime();
        while (!UapiClient.interfaces().contains(interfaceName)) {
            if (System.nanoTime() - begin > ANSWER_NS) {
                throw new IOException(
                        program + " has created no configuration socket for " + interfaceName);
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
     * Returns this process's command line. The JDK does not return one longer than a page, as with
     * a long class path.
     */
    private static List<String> ownCommand() throws IOException {
        String line = Files.readString(Path.of("/proc/self/cmdline"), StandardCharsets.UTF_8);
        List<String> words = new ArrayList<>(List.of(line.split("\0", -1)));
        words.removeLast(); // the empty word after the last NUL
        // A first word "java" may not be found again.
        ProcessHandle.current().info().command().ifPresent(java -> words.set(0, java));
        return words;
    }

    /**
     * Returns the words up to the main class, with the daemon's class in its place. A module name
     * may precede the class.
     */
    static List<String> daemonCommand(List<String> own) {
        List<String> command = new ArrayList<>();
        Optional<Path> options = DaemonProperties.daemonOptions();
        if (options.isPresent()) {
            command.addAll(List.of(own.getFirst(), "@" + options.get(), DAEMON));
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
        // Started by other means, such as a test: use the class path.
        return new ArrayList<>(
                List.of(
                        own.getFirst(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        DAEMON));
    }
}
