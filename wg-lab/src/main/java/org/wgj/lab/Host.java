// SPDX-License-Identifier: Apache-2.0
package org.wgj.lab;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/**
 * A machine made of namespaces: its own network, mounts (an empty /run, so a private
 * /run/wireguard) and processes.
 *
 * <p>All of it depends on one process, the first of the process namespace, which waits on its
 * standard input. When that process ends, because the host was closed or this JVM was killed, the
 * kernel ends every process inside. Interfaces, addresses, rules and mounts go with the last of
 * them. So nothing has to be cleaned up after a cut-off run, and names need to be unique within a
 * host only.
 */
public final class Host implements Machine, AutoCloseable {
    /** The factor for all time limits, since an emulated machine is slow. */
    public static final int PATIENCE = LabProperties.patience();

    private static final String INIT =
            """
            mount -t sysfs sysfs /sys
            mount -t tmpfs tmpfs /run
            [ -L /var/run ] || mount --bind /run /var/run
            ip link set lo up
            echo ready
            read -r _
            """;

    private final String name;
    private final Process unshare;
    private final long init;

    /** Makes a host; the name is for messages. */
    public Host(String name) {
        this.name = name;
        try {
            unshare =
                    new ProcessBuilder(
                                    "unshare",
                                    "--net",
                                    "--mount",
                                    "--pid",
                                    "--fork",
                                    "--mount-proc",
                                    "--kill-child",
                                    "bash",
                                    "-e",
                                    "-c",
                                    INIT)
                            .redirectErrorStream(true)
                            .start();
            BufferedReader out = unshare.inputReader(StandardCharsets.UTF_8);
            String line = out.readLine();
            if (!"ready".equals(line)) {
                unshare.destroyForcibly();
                throw new AssertionError("no namespaces for host " + name + ": " + line);
            }
            init = unshare.children().findFirst().orElseThrow().pid();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public Command.Result run(Duration deadline, String script) {
        return run(deadline, script, "");
    }

    private Command.Result run(Duration deadline, String script, String input) {
        return Command.run(deadline, input, entered("bash", "-c", script));
    }

    /**
     * Runs a shell script that must succeed within a time, and returns its standard output without
     * white space at the end. A script that takes longer is ended, with all that it waits for.
     */
    public String sh(int deadlineSeconds, String script) {
        Duration margin = Duration.ofSeconds(10);
        return Command.run(
                        Duration.ofSeconds(deadlineSeconds).plus(margin),
                        "",
                        entered(limited(deadlineSeconds, script)))
                .orFail()
                .out()
                .stripTrailing();
    }

    private static String[] limited(int deadlineSeconds, String script) {
        return new String[] {
            "timeout", "--kill-after=1", Integer.toString(deadlineSeconds), "bash", "-c", script
        };
    }

    /** Through standard input, since the text may be longer than a command can be. */
    @Override
    public String file(String name, String text) {
        String path = "/run/" + name;
        run(Command.DEADLINE, "umask 077; cat > " + path, text).orFail();
        return path;
    }

    /** Starts a program of this host whose pipes stay with the caller. */
    public Process start(List<String> words) {
        try {
            return builder(words).start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts a script that is ended after a time; its pipes stay with the caller. */
    public Process start(int deadlineSeconds, String script) {
        return start(List.of(limited(deadlineSeconds, script)));
    }

    /** Starts a program of this host that prints to a file. */
    public Process start(List<String> words, Path output) throws IOException {
        return builder(words).redirectOutput(output.toFile()).start();
    }

    /** Starts the main class of the caller's own class path in this host. */
    public Process startJava(Class<?> program, String... arguments) {
        Stream<String> words =
                Stream.of(
                        System.getProperty("java.home") + "/bin/java",
                        "-Xmx64m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:-UsePerfData", // hosts number their processes anew, but share /tmp
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        program.getName());
        return start(Stream.concat(words, Stream.of(arguments)).toList());
    }

    private ProcessBuilder builder(List<String> words) {
        return new ProcessBuilder(entered(words.toArray(String[]::new))).redirectErrorStream(true);
    }

    private List<String> entered(String... words) {
        Stream<String> enter = Stream.of("nsenter", "-t", pid(), "-n", "-m", "-p");
        return Stream.concat(enter, Stream.of(words)).toList();
    }

    /** Returns the number of the host's first process outside, which names its namespaces. */
    public String pid() {
        return Long.toString(init);
    }

    /** Returns where a path of this host, such as {@code /run/x}, is outside of it. */
    public Path path(String path) {
        return Path.of("/proc/" + init + "/root" + path);
    }

    /** Moves a link of this host into another host. */
    public void moveLink(String link, Host other) {
        // From the outer process namespace: this host's own cannot see the other's processes.
        Command.run(
                        Command.DEADLINE,
                        "",
                        List.of(
                                "nsenter",
                                "-t",
                                pid(),
                                "-n",
                                "ip",
                                "link",
                                "set",
                                link,
                                "netns",
                                other.pid()))
                .orFail();
    }

    /** Joins two hosts by a cable; both ends are up and have no address. */
    public static void connect(Host a, String linkOfA, Host b, String linkOfB) {
        a.sh("ip link add %s type veth peer name %s", linkOfA, "moving");
        a.moveLink("moving", b);
        a.sh("ip link set %s up", linkOfA);
        b.sh("ip link set moving name %s && ip link set %s up", linkOfB, linkOfB);
    }

    @Override
    public void close() {
        unshare.destroyForcibly();
        try {
            unshare.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
