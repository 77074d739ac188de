// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.io.InputStream;
import java.lang.ref.Reference;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Sockets that are closed at any moment from any thread: nothing hangs, and nothing is left. */
class SocketRacesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int CLOSES = 10_000;
    private static final int RESETS = 4_000;
    private static final int PARALLEL = 8;

    /**
     * Ten thousand connections. In each, both ends read and write, and both are closed by further
     * threads a few microseconds later, with FIN or RST.
     */
    @Test
    @Timeout(180)
    void closingAtAnyMomentFromAnyThreadHangsNothing() throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
                TwoNets nets = new TwoNets()) {
            ServerSocket listening = nets.server.listen(null, 0, 128);
            int port = listening.getLocalPort();
            Future<?> server =
                    threads.submit(
                            () -> {
                                for (long seed = 1; ; seed++) {
                                    Socket accepted;
                                    try {
                                        accepted = listening.accept();
                                    } catch (SocketException e) {
                                        return null;
                                    }
                                    abuse(threads, accepted, seed);
                                }
                            });
            List<Future<?>> clients = new ArrayList<>();
            for (int i = 0; i < PARALLEL; i++) {
                long first = 1_000_000L * (i + 1);
                clients.add(
                        threads.submit(
                                () -> {
                                    for (int j = 0; j < CLOSES / PARALLEL; j++) {
                                        connectAndAbuse(nets, port, threads, first + j);
                                    }
                                    return null;
                                }));
            }
            for (Future<?> client : clients) {
                client.get(170, TimeUnit.SECONDS);
            }
            listening.close();
            server.get(20, TimeUnit.SECONDS);
            assertNothingIsLeft(nets.client);
            assertNothingIsLeft(nets.server);
        }
    }

    private static void connectAndAbuse(TwoNets nets, int port, ExecutorService threads, long seed)
            throws Exception {
        SplittableRandom random = new SplittableRandom(seed);
        Socket socket = nets.client.socketFactory().createSocket();
        Future<?> closer = random.nextInt(4) == 0 ? threads.submit(close(socket, random)) : null;
        try {
            socket.connect(new InetSocketAddress(TwoNets.SERVER4, port), 10_000);
        } catch (SocketException e) {
            assertTrue(closer != null, "seed " + seed + ": " + e);
            socket.close();
            return;
        }
        for (Future<?> each : abuse(threads, socket, seed)) {
            each.get(30, TimeUnit.SECONDS);
        }
        assertTrue(socket.isClosed());
    }

    /** Reads, writes and closes in three threads. */
    private static List<Future<?>> abuse(ExecutorService threads, Socket socket, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        byte[] bytes = new byte[1 + random.nextInt(30_000)];
        List<Future<?>> all = new ArrayList<>();
        all.add(
                threads.submit(
                        quiet(
                                () -> {
                                    InputStream in = socket.getInputStream();
                                    while (in.read(new byte[4096]) >= 0) {}
                                })));
        all.add(threads.submit(quiet(() -> socket.getOutputStream().write(bytes))));
        all.add(threads.submit(close(socket, random.split())));
        return all;
    }

    /** A reader may come between the RST and the stack's word on it: the stream was cut off. */
    @Test
    @Timeout(120)
    void aResetIsNeverTheEndOfAStream() throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
                TwoNets nets = new TwoNets();
                ServerSocket listening = nets.server.listen(null, 0, 128)) {
            List<Future<?>> clients = new ArrayList<>();
            threads.submit(
                    () -> {
                        while (true) {
                            Socket accepted = listening.accept();
                            threads.submit(() -> writeAndReset(accepted));
                        }
                    });
            for (int i = 0; i < PARALLEL; i++) {
                clients.add(
                        threads.submit(
                                () -> {
                                    for (int j = 0; j < RESETS / PARALLEL; j++) {
                                        readToReset(nets, listening.getLocalPort());
                                    }
                                    return null;
                                }));
            }
            for (Future<?> client : clients) {
                client.get(110, TimeUnit.SECONDS);
            }
        }
    }

    private static Void writeAndReset(Socket accepted) throws IOException {
        try (accepted) {
            accepted.getOutputStream().write(new byte[20_000]);
            accepted.getInputStream().read(); // the other side has read some
            accepted.setSoLinger(true, 0);
        }
        return null;
    }

    private static void readToReset(TwoNets nets, int port) throws IOException {
        try (Socket socket = nets.client.connect("10.9.0.2", port, PATIENCE)) {
            InputStream in = socket.getInputStream();
            in.readNBytes(10_000);
            socket.getOutputStream().write(1);
            SocketException e =
                    assertThrows(
                            SocketException.class,
                            () -> {
                                // Without waiting, as a reader that is about to wait.
                                while (in.available() >= 0 && in.read(new byte[100]) >= 0) {}
                            });
            assertEquals("Connection reset", e.getMessage());
        }
    }

    private interface Io {
        void run() throws IOException;
    }

    private static Callable<Void> quiet(Io action) {
        return () -> {
            try {
                action.run();
            } catch (SocketException e) {
                // closed or reset, which is what this is about
            }
            return null;
        };
    }

    private static Callable<Void> close(Socket socket, SplittableRandom random) {
        int delayNs = random.nextInt(2_000_000);
        boolean reset = random.nextInt(3) == 0;
        boolean half = random.nextInt(3) == 0;
        return quiet(
                () -> {
                    LockSupport.parkNanos(delayNs);
                    try {
                        if (reset) {
                            socket.setSoLinger(true, 0);
                        }
                        if (half) {
                            socket.shutdownOutput();
                        }
                    } finally {
                        socket.close();
                    }
                });
    }

    private static void assertNothingIsLeft(TunnelNet net) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (net.statistics().tcpConnections() > 0 && System.nanoTime() - deadline < 0) {
            Thread.sleep(20);
        }
        assertEquals(0, net.statistics().tcpConnections(), "connections are left");
        assertEquals(
                0L,
                net.sockets().call(() -> net.tun().stack().tcp().pool().used()),
                "buffers are left");
    }

    /** A network that is closed while sockets of all kinds open, wait and close. */
    @Test
    @Timeout(120)
    void closingTheNetworkAtAnyMomentHangsNothing() throws Exception {
        for (int round = 0; round < 60; round++) {
            SplittableRandom random = new SplittableRandom(round);
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
                    TwoNets nets = new TwoNets();
                    ServerSocket listening = nets.server.listen(0)) {
                List<Future<?>> all = new ArrayList<>();
                for (int i = 0; i < 10; i++) {
                    all.add(
                            threads.submit(
                                    quiet(
                                            () -> {
                                                try (Socket accepted = listening.accept()) {
                                                    accepted.getInputStream()
                                                            .transferTo(accepted.getOutputStream());
                                                }
                                            })));
                    all.add(
                            threads.submit(
                                    quiet(
                                            () -> {
                                                try (Socket client =
                                                        nets.client.connect(
                                                                "10.9.0.2",
                                                                listening.getLocalPort(),
                                                                PATIENCE)) {
                                                    client.getOutputStream().write(1);
                                                    while (client.getInputStream().read() >= 0) {}
                                                }
                                            })));
                    all.add(
                            threads.submit(
                                    quiet(
                                            () -> {
                                                try (DatagramSocket socket =
                                                        nets.client.datagram(0)) {
                                                    socket.receive(
                                                            new DatagramPacket(new byte[9], 9));
                                                }
                                            })));
                    all.add(
                            threads.submit(
                                    quiet(() -> nets.client.ping(TwoNets.ABSENT, PATIENCE))));
                }
                LockSupport.parkNanos(random.nextInt(20_000_000));
                Thread other = Thread.ofVirtual().start(nets.server::close);
                nets.client.close();
                other.join();
                for (Future<?> each : all) {
                    each.get(20, TimeUnit.SECONDS);
                }
            }
        }
    }

    /** A thousand networks that are opened and closed: what each needed is garbage afterwards. */
    @Test
    @Timeout(120)
    void aThousandNetworksLeaveNoMemory() throws Exception {
        openAndClose(100); // what is made once
        long before = usedBytes();
        openAndClose(1000);
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        long grown = usedBytes() - before;
        while (grown >= 4 << 20 && System.nanoTime() - deadline < 0) {
            grown = usedBytes() - before; // threads that end may have held something; a leak stays
        }
        assertTrue(grown < 4 << 20, "grew by " + grown + " bytes");
    }

    private static void openAndClose(int times) throws Exception {
        try (TunnelNet server = lone(2)) {
            for (int i = 0; i < times; i++) {
                try (TunnelNet net = lone(1);
                        Socket socket = net.socketFactory().createSocket();
                        ServerSocket listening = net.listen(0)) {
                    assertTrue(listening.getLocalPort() > 0 && !socket.isConnected());
                }
            }
            assertTrue(server.addresses().size() == 1);
        }
    }

    private static TunnelNet lone(int number) throws IOException {
        return TunnelNet.builder().address(InetAddress.ofLiteral("10.6.0." + number)).open();
    }

    private static long usedBytes() throws InterruptedException {
        Runtime runtime = Runtime.getRuntime();
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 5; i++) {
            System.gc();
            Thread.sleep(50);
            least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
        }
        return least;
    }

    /** Sockets that a program forgets are closed once they are garbage. */
    @Test
    @Timeout(60)
    void forgottenSocketsAreClosed() throws Exception {
        try (TwoNets nets = new TwoNets()) {
            forget(nets);
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
            while (nets.client.statistics().tcpConnections()
                                    + nets.server.statistics().tcpConnections()
                            > 0
                    && System.nanoTime() - deadline < 0) {
                System.gc();
                Thread.sleep(20);
            }
            assertEquals(0, nets.client.statistics().tcpConnections());
            assertEquals(0, nets.server.statistics().tcpConnections());
        }
    }

    private static void forget(TwoNets nets) throws Exception {
        ServerSocket listening = nets.server.listen(0);
        List<Socket> remembered = new ArrayList<>(); // until they are counted
        for (int i = 0; i < 10; i++) {
            Socket client = nets.client.connect("10.9.0.2", listening.getLocalPort(), PATIENCE);
            Socket accepted = listening.accept();
            remembered.add(client);
            remembered.add(accepted);
            client.getOutputStream().write(1);
            assertEquals(1, accepted.getInputStream().read());
        }
        assertEquals(10, nets.client.statistics().tcpConnections());
        Reference.reachabilityFence(remembered);
    }
}
