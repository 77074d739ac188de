// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import org.wgj.cli.mesh.MeshTraining;
import org.wgj.crypto.PrivateKey;
import org.wgj.process.OwnClasses;
import org.wgj.protocol.IpPrefix;
import org.wgj.settings.DaemonProperties;
import org.wgj.tun.MemoryTun;
import org.wgj.tunnel.Tunnel;
import org.wgj.tunnel.warmup.WarmUp;
import org.wgj.uapi.UapiServer;

import picocli.CommandLine;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.concurrent.TimeUnit;

/**
 * Trains the JVM's ahead-of-time cache (JEP 514, JEP 515): runs what the programs do once, so that
 * the cache has their linked classes and the profiles of busy methods. The launchers start from it.
 * It needs no root: two tunnels with interfaces in memory exchange packets over loopback, one is
 * configured through a socket in a temporary directory, and two nodes join a mesh.
 */
final class AotTraining {
    /** Long enough for the JVM to profile and compile the data path. */
    private static final Duration TRAFFIC = Duration.ofMillis(1500);

    /** Packets under way at once; MemoryTun holds that many without loss. */
    private static final int WINDOW = 256;

    private static final int[] PACKET_BYTES = {64, 576, 1420};

    private AotTraining() {}

    /**
     * Trains a cache.
     *
     * @param arguments "service" or "command": what the cache is for
     */
    public static void main(String[] arguments) throws Exception {
        Logging.configure(System.getenv("LOG_LEVEL"));
        DaemonProperties.switchVectorsOff(); // the cache cannot have classes of that module
        Path directory = Files.createTempDirectory("wgj-training-");
        DaemonProperties.setSocketDirectory(directory);
        try {
            OwnClasses.load(); // also those that only root can run, such as the TUN of the kernel
            if (arguments[0].equals("service")) {
                // A service: the cache keeps the profiles of what this gets compiled.
                WarmUp.run();
            }
            tunnelAndCommands(directory);
            MeshTraining.run(Files.createDirectory(directory.resolve("mesh")));
        } finally {
            delete(directory);
        }
        System.exit(0); // like the programs, without waiting for Netty's threads
    }

    private static void delete(Path directory) throws IOException {
        try (var found = Files.walk(directory)) {
            for (Path each : found.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }

    private static void tunnelAndCommands(Path directory) throws Exception {
        PrivateKey aliceKey = PrivateKey.generate();
        PrivateKey bobKey = PrivateKey.generate();
        MemoryTun alicePackets = new MemoryTun("alice", 1420);
        MemoryTun bobPackets = new MemoryTun("bob", 1420);
        try (Tunnel bob =
                        Tunnel.builder(bobPackets)
                                .privateKey(bobKey)
                                .peer(
                                        aliceKey.publicKey(),
                                        peer -> peer.allowedIp(IpPrefix.parse("10.0.0.1/32")))
                                .start();
                Tunnel alice =
                        Tunnel.builder(alicePackets)
                                .privateKey(aliceKey)
                                .peer(
                                        bobKey.publicKey(),
                                        peer ->
                                                peer.endpoint(loopback(bob))
                                                        .allowedIp(IpPrefix.parse("10.0.0.2/32")))
                                .start();
                UapiServer _ = UapiServer.start(directory, "alice", alice, () -> {})) {
            long end = System.nanoTime() + TRAFFIC.toNanos();
            for (int round = 0; System.nanoTime() < end; round++) {
                byte[] there = packet(1, 2, PACKET_BYTES[round % PACKET_BYTES.length]);
                byte[] back = packet(2, 1, there.length);
                exchange(alicePackets, there, bobPackets);
                exchange(bobPackets, back, alicePackets);
            }
            commands();
        }
    }

    private static InetSocketAddress loopback(Tunnel tunnel) {
        return new InetSocketAddress(
                InetAddress.getLoopbackAddress(), tunnel.status().join().listenPort());
    }

    private static void exchange(MemoryTun from, byte[] packet, MemoryTun to)
            throws InterruptedException {
        for (int i = 0; i < WINDOW; i++) {
            from.offer(packet);
        }
        for (int i = 0; i < WINDOW; i++) {
            // The socket may have dropped packets, which will not arrive.
            if (to.receive(200, TimeUnit.MILLISECONDS) == null) {
                return;
            }
        }
    }

    /** Returns an IPv4 packet of an experimental protocol from 10.0.0.FROM to 10.0.0.TO. */
    private static byte[] packet(int from, int to, int length) {
        return ByteBuffer.allocate(length)
                .putInt(0x4500_0000 | length)
                .putInt(0)
                .putInt(0x40fd_0000)
                .putInt(0x0a00_0000 | from)
                .putInt(0x0a00_0000 | to)
                .array();
    }

    private static void commands() {
        execute(WireguardJava.commandLine(), "--help");
        execute(Wgj.commandLine(), "--help");
        for (String name : Wgj.commandLine().getSubcommands().keySet()) {
            execute(Wgj.commandLine(), name, "--help");
        }
        execute(Wgj.commandLineFor("join", "--help"), "join", "--help");
        execute(Wgj.commandLineFor("mesh", "up", "--help"), "mesh", "up", "--help");
        execute(Wgj.commandLine(), "genkey");
        execute(Wgj.commandLine(), "genpsk");
        execute(Wgj.commandLine(), "show", "all");
        execute(Wgj.commandLine(), "show", "all", "dump");
        execute(Wgj.commandLine(), "showconf", "alice");
        execute(Wgj.commandLine(), "set", "alice", "fwmark", "off");
    }

    private static void execute(CommandLine line, String... arguments) {
        PrintWriter nowhere = new PrintWriter(Writer.nullWriter());
        int exit = line.setOut(nowhere).setErr(nowhere).execute(arguments);
        if (exit != 0) {
            throw new IllegalStateException(String.join(" ", arguments) + " ended with " + exit);
        }
    }
}
