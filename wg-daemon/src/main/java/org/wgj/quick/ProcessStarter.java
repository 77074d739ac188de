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

/**
 * Makes an interface in a process of its own that goes on when this one ends: the program that
 * WG_QUICK_USERSPACE_IMPLEMENTATION names, else our own daemon, by the same java and the same
 * options as this process. It takes neither a shell nor setsid(1), which a bare container lacks.
 */
public final class ProcessStarter implements DeviceStarter {
    private static final String VARIABLE = "WG_QUICK_USERSPACE_IMPLEMENTATION";
    private static final String DAEMON = "org.wgj.cli.WireguardJava";

    /**
     * System property: a file of java's options for the daemon, where this process was not started
     * with such as a daemon needs.
     */
    private static final String OPTIONS_PROPERTY = "wgj.daemon.options";

    /**
     * Environment: words, parted by spaces, that the launcher wants before the daemon's own, since
     * it is to have fewer privileges than hooks may need.
     */
    private static final String PREFIX_VARIABLE = "WGJ_DAEMON_PREFIX";

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
        if (isOurs()) {
            startOurs(interfaceName);
        } else {
            startOther(interfaceName);
        }
    }

    /** The daemon has said why when it ends without a word on its output. */
    private static void startOurs(String interfaceName) throws IOException {
        List<String> command = daemonCommand(ownCommand());
        command.add(interfaceName);
        ProcessBuilder builder = new ProcessBuilder(command).redirectInput(NOTHING);
        Map<String, String> environment = builder.environment();
        String prefix = environment.remove(PREFIX_VARIABLE);
        if (prefix != null && !prefix.isBlank()) {
            builder.command().addAll(0, List.of(prefix.strip().split(" +")));
        }
        environment.put("WGJ_READY_FD", "1");
        environment.put("WGJ_DETACH", "1");
        builder.redirectError(
                "silent".equals(environment.get("LOG_LEVEL"))
                        ? ProcessBuilder.Redirect.DISCARD
                        : ProcessBuilder.Redirect.INHERIT);
        Process daemon = builder.start();
        try (BufferedReader told = daemon.inputReader(StandardCharsets.US_ASCII)) {
            if (!"ready".equals(told.readLine())) {
                throw notMade(interfaceName, "wireguard-java");
            }
        }
    }

    private static IOException notMade(String interfaceName, String program) {
        return new IOException(
                "interface " + interfaceName + " was not made; " + program + " has said why");
    }

    /** wireguard-go returns when it can be configured; others may take a moment longer. */
    private void startOther(String interfaceName) throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(implementation, interfaceName).redirectInput(NOTHING);
        if (Programs.runVisibly(builder) != 0) {
            throw notMade(interfaceName, implementation);
        }
        long begin = System.nanoTime();
        while (!UapiClient.interfaces().contains(interfaceName)) {
            if (System.nanoTime() - begin > ANSWER_NS) {
                throw new IOException(
                        implementation + " has made no configuration socket for " + interfaceName);
            }
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted while " + implementation + " was starting", e);
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
