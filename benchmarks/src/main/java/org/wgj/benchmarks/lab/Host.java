// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.lab;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * A machine made of namespaces: network, mounts (an empty /run) and processes of its own.
 *
 * <p>All of it hangs on one process, which waits on its standard input. When it ends, because the
 * host is closed or because this JVM is gone, however that came about, the kernel ends every
 * process inside, and the interfaces go with the last of them. So nothing is ever left behind.
 */
public final class Host implements AutoCloseable {
    private static final String INIT =
            """
            mount -t sysfs sysfs /sys
            mount -t tmpfs tmpfs /run
            [ -L /var/run ] || mount --bind /run /var/run
            ip link set lo up
            echo ready
            read -r _
            """;

    /** How much more time everything gets: an emulated machine needs it. */
    public static final int PATIENCE = LabProperties.patience();

    /** Of whatever takes no time of its own. */
    private static final int DEADLINE_SECONDS = 20 * PATIENCE;

    private final Process unshare;
    private final long init;

    public Host() throws IOException {
        unshare =
                new ProcessBuilder(
                                List.of(
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
                                        INIT))
                        .redirectErrorStream(true)
                        .start();
        BufferedReader out = unshare.inputReader(StandardCharsets.UTF_8);
        String line = out.readLine();
        if (!"ready".equals(line)) {
            unshare.destroyForcibly();
            throw new IOException("no namespaces: " + line);
        }
        init = unshare.children().findFirst().orElseThrow().pid();
    }

    /** Joins two hosts by a cable; both ends are called eth0, are up and have no address. */
    public static void connect(Host a, Host b) throws IOException {
        connect(a, "eth0", b, "eth0");
    }

    /** The same with a name for each end. */
    public static void connect(Host a, String linkOfA, Host b, String linkOfB) throws IOException {
        // From the outer process namespace: a host's own cannot see the other's processes.
        String add =
                "ip link add %s type veth peer name %s netns %d"
                        .formatted(linkOfA, linkOfB, b.init);
        outcome(a.enterNetwork(add), add);
        a.sh("ip link set %s up".formatted(linkOfA));
        b.sh("ip link set %s up".formatted(linkOfB));
    }

    private Process enterNetwork(String command) throws IOException {
        return new ProcessBuilder("nsenter", "-t", "" + init, "-n", "bash", "-c", command).start();
    }

    /** Runs a shell script that must succeed, and returns what it printed, without the last end. */
    public String sh(String script) throws IOException {
        return sh(DEADLINE_SECONDS, script);
    }

    /** The same with a deadline, after which the script is ended and an exception tells of it. */
    public String sh(int deadlineSeconds, String script) throws IOException {
        return outcome(start(deadlineSeconds, script), script);
    }

    /**
     * Starts a script that is ended after a time. What it leaves in the background must not hold
     * its output.
     */
    public Process start(int deadlineSeconds, String script) throws IOException {
        return new ProcessBuilder(
                        "nsenter",
                        "-t",
                        Long.toString(init),
                        "-n",
                        "-m",
                        "-p",
                        "timeout",
                        "--kill-after=1",
                        Integer.toString(deadlineSeconds),
                        "bash",
                        "-c",
                        script)
                .start();
    }

    private static String outcome(Process process, String script) throws IOException {
        process.getOutputStream().close();
        String out = text(process.getInputStream().readAllBytes());
        String error = text(process.getErrorStream().readAllBytes());
        try {
            int exit = process.waitFor();
            if (exit != 0) {
                throw new IOException("exit %d of: %s: %s%s".formatted(exit, script, out, error));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while a script ran", e);
        }
        return out;
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8).strip();
    }

    /** A path of this host, to be used from outside. */
    public Path path(String path) {
        return Path.of("/proc/" + init + "/root" + path);
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
}
