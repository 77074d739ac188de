// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import org.wgj.lab.Await;
import org.wgj.lab.Command;
import org.wgj.lab.Host;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * One run of an image on a host, isolated by bubblewrap as a container engine does: it has
 * namespaces of its own except for the host's network, a read-only root, no new privileges, and
 * only the named capabilities and devices. Only /run is writable. It ends with its host.
 */
final class Container implements AutoCloseable {
    /** The rights that an administrator has to grant. */
    enum Allowed {
        NET_ADMIN,
        TUN
    }

    static final Set<Allowed> ALL = EnumSet.allOf(Allowed.class);

    private final Host host;
    private final Process process;
    private final Path log;

    private Container(Host host, Process process, Path log) {
        this.host = host;
        this.process = process;
        this.log = log;
    }

    /**
     * @param configuration a folder for /etc/wireguard
     * @param words the whole command; see {@link ImageFiles#words}
     */
    static Container start(
            Host host,
            ImageFiles image,
            Path configuration,
            Set<Allowed> allowed,
            List<String> words) {
        List<String> bwrap = new ArrayList<>(List.of("bwrap", "--as-pid-1", "--die-with-parent"));
        bwrap.addAll(List.of("--unshare-pid", "--unshare-ipc", "--unshare-uts", "--clearenv"));
        bwrap.addAll(List.of("--setenv", "PATH", "/usr/bin", "--setenv", "LOG_LEVEL", "verbose"));
        // A cache that does not fit is an error here.
        bwrap.addAll(List.of("--setenv", "JDK_JAVA_OPTIONS", "-XX:AOTMode=on"));
        bwrap.addAll(List.of("--cap-drop", "ALL"));
        if (allowed.contains(Allowed.NET_ADMIN)) {
            bwrap.addAll(List.of("--cap-add", "CAP_NET_ADMIN"));
        }
        bwrap.addAll(List.of("--ro-bind", image.root().toString(), "/"));
        bwrap.addAll(List.of("--ro-bind", configuration.toString(), "/etc/wireguard"));
        bwrap.addAll(List.of("--proc", "/proc", "--ro-bind", "/proc/sys", "/proc/sys"));
        bwrap.addAll(List.of("--tmpfs", "/dev"));
        List<String> devices = new ArrayList<>(List.of("null", "zero", "random", "urandom"));
        if (allowed.contains(Allowed.TUN)) {
            devices.add("net/tun");
        }
        for (String device : devices) {
            bwrap.addAll(List.of("--dev-bind", "/dev/" + device, "/dev/" + device));
        }
        bwrap.addAll(List.of("--tmpfs", "/run"));
        bwrap.addAll(List.of("--chdir", image.config().get("WorkingDir").getAsString()));
        bwrap.addAll(words);
        try {
            Path log = Files.createTempFile("wgjt-container-", ".log");
            return new Container(host, host.start(bwrap, log), log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the output of its processes so far. */
    String log() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs a command inside, as {@code docker exec} does. */
    Command.Result exec(String... words) {
        List<String> enter =
                new ArrayList<>(List.of("nsenter", "--all", "--root", "--wd", "-t", init()));
        enter.addAll(List.of(words));
        return Command.run(Command.DEADLINE, "", enter);
    }

    /** Sends its first process a signal. */
    void signal(String signal) {
        Command.run(Command.DEADLINE, "", List.of("kill", "-" + signal, init())).orFail();
    }

    /** The first process of the container, as seen from outside. */
    private String init() {
        return process.descendants()
                .map(one -> Long.toString(one.pid()))
                .filter(Container::isFirst)
                .findFirst()
                .orElseThrow(() -> new AssertionError("ended:\n" + log()));
    }

    /** Returns whether the process is number 1 in the innermost of its namespaces. */
    private static boolean isFirst(String pid) {
        try (Stream<String> lines = Files.lines(Path.of("/proc", pid, "status"))) {
            return lines.anyMatch(line -> line.startsWith("NSpid:") && line.endsWith("\t1"));
        } catch (IOException e) {
            return false; // it has ended
        }
    }

    /** Waits for its end and returns the exit code. */
    int awaitExit() {
        try {
            if (!process.waitFor(Await.BOUND.toSeconds() * 2, TimeUnit.SECONDS)) {
                throw new AssertionError("still running:\n" + log());
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a container ends", e);
        }
    }

    @Override
    public void close() throws IOException {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        Files.delete(log);
    }

    @Override
    public String toString() {
        return "container on " + host;
    }
}
