// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Many connections and many bytes, from virtual threads. */
class SocketLoadTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** Sends back what comes, on a virtual thread for each connection. */
    private static Future<?> echo(ServerSocket listening, ExecutorService threads) {
        return threads.submit(
                () -> {
                    while (true) {
                        Socket accepted;
                        try {
                            accepted = listening.accept();
                        } catch (SocketException e) {
                            return null;
                        }
                        threads.submit(
                                () -> {
                                    try (accepted) {
                                        accepted.getInputStream()
                                                .transferTo(accepted.getOutputStream());
                                    }
                                    return null;
                                });
                    }
                });
    }

    @Test
    @Timeout(120)
    void aThousandParallelConnectionsEcho() throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
                TwoNets nets = new TwoNets();
                ServerSocket listening = nets.server.listen(null, 0, 1024)) {
            // A tunnel without a session keeps 128 packets and drops more; that is not the
            // question.
            nets.client.ping(TwoNets.SERVER4, PATIENCE);
            echo(listening, threads);
            List<Future<?>> clients = new ArrayList<>();
            for (int i = 0; i < 1000; i++) {
                byte[] bytes = new byte[100 + i];
                new SplittableRandom(i).nextBytes(bytes);
                clients.add(threads.submit(() -> exchange(nets, listening, bytes)));
            }
            for (Future<?> client : clients) {
                client.get(110, TimeUnit.SECONDS);
            }
            assertEquals(1000, nets.server.statistics().accepted());
        }
    }

    private static Void exchange(TwoNets nets, ServerSocket listening, byte[] bytes)
            throws IOException {
        try (Socket socket = nets.client.connect("10.9.0.2", listening.getLocalPort(), PATIENCE)) {
            socket.getOutputStream().write(bytes);
            socket.shutdownOutput();
            assertArrayEquals(bytes, socket.getInputStream().readAllBytes());
        }
        return null;
    }

    @Test
    @Timeout(120)
    void manyBytesGoBothWaysAtOnce() throws Exception {
        int bytes = 32 << 20;
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
                TwoNets nets = new TwoNets();
                ServerSocket listening = nets.server.listen(0);
                Socket client =
                        nets.client.connect("10.9.0.2", listening.getLocalPort(), PATIENCE);
                Socket server = listening.accept()) {
            Future<byte[]> fromClient = threads.submit(() -> send(client, bytes, 1));
            Future<byte[]> fromServer = threads.submit(() -> send(server, bytes, 2));
            Future<byte[]> atServer = threads.submit(() -> digest(server));
            Future<byte[]> atClient = threads.submit(() -> digest(client));
            assertArrayEquals(fromClient.get(), atServer.get());
            assertArrayEquals(fromServer.get(), atClient.get());
        }
    }

    private static byte[] send(Socket socket, int length, long seed) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        SplittableRandom random = new SplittableRandom(seed);
        OutputStream out = socket.getOutputStream();
        int left = length;
        while (left > 0) {
            byte[] bytes = new byte[Math.min(left, 1 + random.nextInt(100_000))];
            random.nextBytes(bytes);
            digest.update(bytes);
            out.write(bytes);
            left -= bytes.length;
        }
        socket.shutdownOutput();
        return digest.digest();
    }

    private static byte[] digest(Socket socket) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        byte[] bytes = new byte[70_000];
        int count;
        while ((count = socket.getInputStream().read(bytes)) >= 0) {
            digest.update(bytes, 0, count);
        }
        return digest.digest();
    }

    /** A virtual thread that waits in a socket must not hold a carrier thread. */
    @Test
    @Timeout(120)
    void virtualThreadsAreNeverPinned(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("pinned.jfr");
        try (Recording recording = new Recording()) {
            recording.enable("jdk.VirtualThreadPinned").withThreshold(Duration.ZERO);
            recording.start();
            initializeTracer();
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
                    TwoNets nets = new TwoNets();
                    ServerSocket listening = nets.server.listen(null, 0, 256)) {
                exchangeOnce(nets, listening, threads); // classes are initialized here
                echo(listening, threads);
                List<Future<?>> all = new ArrayList<>();
                for (int i = 0; i < 200; i++) {
                    byte[] bytes = new byte[200_000];
                    all.add(threads.submit(() -> echoAll(nets, listening, bytes)));
                }
                for (Future<?> each : all) {
                    each.get(100, TimeUnit.SECONDS);
                }
            }
            recording.stop();
            recording.dump(file);
        }
        List<String> pinned = new ArrayList<>();
        for (RecordedEvent event : RecordingFile.readAllEvents(file)) {
            if (event.getEventType().getName().equals("jdk.VirtualThreadPinned")
                    && event.getStackTrace() != null
                    && event.getStackTrace().getFrames().stream()
                            .anyMatch(
                                    frame ->
                                            frame.getMethod()
                                                    .getType()
                                                    .getName()
                                                    .startsWith("org.wgj.netstack.socket"))) {
                pinned.add(event.toString());
            }
        }
        assertEquals(List.of(), pinned);
    }

    /** What records exceptions is initialized with the first one, and others wait for that. */
    private static void initializeTracer() {
        assertNotNull(new IOException("nothing has happened").getMessage());
    }

    private static void exchangeOnce(TwoNets nets, ServerSocket listening, ExecutorService threads)
            throws Exception {
        Future<Socket> accepted = threads.submit(listening::accept);
        try (Socket client = nets.client.connect("10.9.0.2", listening.getLocalPort(), PATIENCE);
                Socket server = accepted.get()) {
            client.getOutputStream().write(1);
            assertEquals(1, server.getInputStream().read());
        }
    }

    private static Void echoAll(TwoNets nets, ServerSocket listening, byte[] bytes)
            throws Exception {
        try (Socket socket = nets.client.connect("10.9.0.2", listening.getLocalPort(), PATIENCE)) {
            Thread writer =
                    Thread.ofVirtual()
                            .start(
                                    () -> {
                                        try {
                                            socket.getOutputStream().write(bytes);
                                            socket.shutdownOutput();
                                        } catch (IOException e) {
                                            throw new java.io.UncheckedIOException(e);
                                        }
                                    });
            assertEquals(bytes.length, socket.getInputStream().readAllBytes().length);
            writer.join();
        }
        return null;
    }

    /** 10,000 idle connections in 40 MB, with all that the program holds of them. */
    @Test
    @Timeout(180)
    void idleSocketsAreSmall() throws Exception {
        List<Socket> held = new ArrayList<>(30_000); // grows no more while it is measured
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
                TwoNets nets = new TwoNets();
                ServerSocket listening = nets.server.listen(null, 0, 1024)) {
            open(nets, listening, threads, held, 500);
            long before = heap(nets);
            open(nets, listening, threads, held, 10_000);
            long each = Long.MAX_VALUE;
            for (int i = 0; i < 30 && each > 4_000; i++) { // memory is given back after seconds
                Thread.sleep(1_000);
                each = (heap(nets) - before) / 20_000; // both ends are here
            }
            System.out.println("an idle socket takes " + each + " bytes");
            assertTrue(each <= 4_000, each + " bytes");
            assertEquals(10_500, nets.client.statistics().tcpConnections());
            assertEquals(21_000, held.size());
        }
    }

    /** Opens connections that carry something both ways and are idle then. */
    private static void open(
            TwoNets nets,
            ServerSocket listening,
            ExecutorService threads,
            List<Socket> held,
            int count)
            throws Exception {
        Future<List<Socket>> server =
                threads.submit(
                        () -> {
                            List<Socket> accepted = new ArrayList<>();
                            for (int i = 0; i < count; i++) {
                                Socket socket = listening.accept();
                                socket.getInputStream().readNBytes(100);
                                socket.getOutputStream().write(new byte[100]);
                                accepted.add(socket);
                            }
                            return accepted;
                        });
        for (int i = 0; i < count; i++) {
            Socket socket = nets.client.connect("10.9.0.2", listening.getLocalPort(), PATIENCE);
            socket.getOutputStream().write(new byte[100]);
            socket.getInputStream().readNBytes(100);
            held.add(socket);
        }
        held.addAll(server.get(100, TimeUnit.SECONDS));
    }

    private static long heap(TwoNets nets) throws Exception {
        while (nets.client.statistics().tcpBytes() > 0 || nets.server.statistics().tcpBytes() > 0) {
            Thread.sleep(50);
        }
        Runtime runtime = Runtime.getRuntime();
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return runtime.totalMemory() - runtime.freeMemory();
    }

    /** Keepalive finds a peer that has vanished without a word. */
    @Test
    @Timeout(60)
    void keepaliveEndsAReadFromAPeerThatVanished() throws Exception {
        TwoNets nets = new TwoNets();
        try (nets;
                ServerSocket listening = nets.server.listen(0);
                Socket client =
                        nets.client.connect("10.9.0.2", listening.getLocalPort(), PATIENCE)) {
            client.setKeepAlive(true);
            client.setOption(jdk.net.ExtendedSocketOptions.TCP_KEEPIDLE, 1);
            client.setOption(jdk.net.ExtendedSocketOptions.TCP_KEEPINTERVAL, 1);
            client.setOption(jdk.net.ExtendedSocketOptions.TCP_KEEPCOUNT, 2);
            nets.server
                    .tunnel()
                    .configure(editor -> editor.removePeer(nets.clientKey.publicKey()))
                    .get();
            long start = System.nanoTime();
            SocketException e =
                    assertThrows(SocketException.class, () -> client.getInputStream().read());
            assertEquals("Connection timed out", e.getMessage());
            assertTrue(System.nanoTime() - start < TimeUnit.SECONDS.toNanos(20));
        }
    }
}
