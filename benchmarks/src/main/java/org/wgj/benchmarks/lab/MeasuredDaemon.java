// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.lab;

import org.wgj.lab.Daemon;
import org.wgj.lab.Host;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A daemon that serves the interface wg0 of a host, and what it takes of the machine. */
public final class MeasuredDaemon {
    /** The unit of a user's processor time, independent of the kernel's own clock (man 2 times). */
    private static final double TICKS_PER_SECOND = 100;

    private static final String DROP = "drop_";
    private static final int START_SECONDS = 20 * Host.PATIENCE;

    private final Path folder; // of the process, in /proc
    private final Path socket;
    private final double startMilliseconds;

    private MeasuredDaemon(Path folder, Path socket, double startMilliseconds) {
        this.folder = folder;
        this.socket = socket;
        this.startMilliseconds = startMilliseconds;
    }

    /** Starts it and returns when its configuration socket has answered. */
    public static MeasuredDaemon start(Host host, Carrier carrier) throws IOException {
        return start(host, carrier, "");
    }

    /** The same with further options of the JVM, if it is one, after those of the environment. */
    public static MeasuredDaemon start(Host host, Carrier carrier, String jvmOptions)
            throws IOException {
        String name = MeasuredTunnel.INTERFACE;
        // /var/run is /run, and from outside its link would lead to the outer one.
        Path socket = host.path("/run/wireguard/" + name + ".sock");
        long begin = System.nanoTime();
        Process launcher =
                host.start(
                        START_SECONDS,
                        "LOG_LEVEL=error WGJ_JAVA_OPTS=\"$WGJ_JAVA_OPTS %s\" '%s' %s </dev/null >>/run/%s.log 2>&1"
                                .formatted(
                                        jvmOptions,
                                        carrier.implementation().launcher(),
                                        name,
                                        name));
        Daemon daemon = new Daemon(host, name);
        while (!answers(socket)) {
            if (System.nanoTime() - begin > START_SECONDS * 1_000_000_000L) {
                launcher.destroy();
                throw new IOException(
                        "%s did not start: %s".formatted(carrier.label(), daemon.log()));
            }
            pause();
        }
        double milliseconds = (System.nanoTime() - begin) / 1e6;
        String pid = daemon.pid();
        if (pid.isEmpty()) {
            throw new IOException(
                    "%s ended after its start: %s".formatted(carrier.label(), daemon.log()));
        }
        return new MeasuredDaemon(host.path("/proc/" + pid), socket, milliseconds);
    }

    private static boolean answers(Path socket) {
        try {
            return Files.exists(socket) && ask(socket, "get=1").contains("errno=0\n");
        } catch (IOException e) {
            return false; // bound and not listening yet
        }
    }

    /** Returns the reply to one operation, as far as it came. */
    private static String ask(Path socket, String operation) throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            channel.write(
                    ByteBuffer.wrap((operation + "\n\n").getBytes(StandardCharsets.US_ASCII)));
            ByteBuffer reply = ByteBuffer.allocate(8_192);
            while (channel.read(reply) > 0 && !text(reply).endsWith("\n\n")) {
                // more is to come
            }
            return text(reply);
        }
    }

    /** Returns the time until the reply to an operation, which must succeed. */
    public double milliseconds(String operation) throws IOException {
        long begin = System.nanoTime();
        String reply = ask(socket, operation);
        double milliseconds = (System.nanoTime() - begin) / 1e6;
        if (!reply.contains("errno=0\n")) {
            throw new IOException("the daemon refuses an operation: " + reply.strip());
        }
        return milliseconds;
    }

    /** Returns the daemon's own description: cryptography and offloads in use. */
    public String settings() throws IOException {
        return ask(socket, "engine=1")
                .lines()
                .takeWhile(line -> !line.startsWith(DROP) && !line.startsWith("errno="))
                .collect(Collectors.joining(" "));
    }

    /** Why wgj dropped something, and how often; of what it never dropped, nothing. */
    public Map<String, Long> drops() throws IOException {
        Map<String, Long> drops = new TreeMap<>();
        for (String line : ask(socket, "engine=1").lines().toList()) {
            if (line.startsWith(DROP) && !line.endsWith("=0")) {
                String[] words = line.substring(DROP.length()).split("=");
                drops.put(words[0], Long.parseLong(words[1]));
            }
        }
        return drops;
    }

    private static String text(ByteBuffer buffer) {
        return new String(buffer.array(), 0, buffer.position(), StandardCharsets.US_ASCII);
    }

    private static void pause() throws IOException {
        try {
            Thread.sleep(1);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while a daemon started", e);
        }
    }

    /** Its number among the processes of its host. */
    public String pid() {
        return folder.getFileName().toString();
    }

    /** From the call of the launcher to the socket's first answer. */
    public double startMilliseconds() {
        return startMilliseconds;
    }

    /** Processor time so far, user and system. */
    public double cpuSeconds() throws IOException {
        return cpuSeconds(Files.readString(folder.resolve("stat")));
    }

    /** Fields 14 and 15 of /proc/PID/stat (man 5 proc); the name before may hold anything. */
    public static double cpuSeconds(String stat) {
        String[] fromThird = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return (Long.parseLong(fromThird[11]) + Long.parseLong(fromThird[12])) / TICKS_PER_SECOND;
    }

    /** The most memory it ever had resident, in megabytes of 1,000,000 bytes. */
    public double peakMegabytes() throws IOException {
        return megabytes("VmHWM", Files.readString(folder.resolve("status")));
    }

    /** The memory it has resident, in megabytes of 1,000,000 bytes. */
    public double residentMegabytes() throws IOException {
        return megabytes("VmRSS", Files.readString(folder.resolve("status")));
    }

    static double megabytes(String name, String status) {
        return number(name, status) * 1_024 / 1e6;
    }

    public long threads() throws IOException {
        return number("Threads", Files.readString(folder.resolve("status")));
    }

    private static long number(String name, String status) {
        return status.lines()
                .filter(line -> line.startsWith(name + ":"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no " + name));
    }

    /** Returns the number of open descriptors. */
    public long descriptors() throws IOException {
        try (Stream<Path> open = Files.list(folder.resolve("fd"))) {
            return open.count();
        }
    }
}
