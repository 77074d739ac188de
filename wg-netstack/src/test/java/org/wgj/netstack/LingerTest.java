// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Threads that wait for a peer to acknowledge what was written use no processor meanwhile. */
@Timeout(60)
class LingerTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int MUCH = 400_000;

    private interface Closing {
        void close() throws IOException;
    }

    /** Returns the processor time of an interrupted thread that closes something. */
    private static long cpuOfInterrupted(Closing closing) throws Exception {
        CompletableFuture<Long> result = new CompletableFuture<>();
        Thread.ofPlatform()
                .start(
                        () -> {
                            try {
                                var threads = ManagementFactory.getThreadMXBean();
                                Thread.currentThread().interrupt();
                                long begin = threads.getCurrentThreadCpuTime();
                                closing.close();
                                long used = threads.getCurrentThreadCpuTime() - begin;
                                assertTrue(Thread.interrupted(), "the interrupt was lost");
                                result.complete(used);
                            } catch (Throwable e) {
                                result.completeExceptionally(e);
                            }
                        });
        return result.get(50, TimeUnit.SECONDS);
    }

    /** A connection with bytes that the server does not read. */
    private record Unread(TwoNets nets, ServerSocket listening, Socket client, Socket server)
            implements AutoCloseable {
        static Unread open() throws Exception {
            TwoNets nets = new TwoNets();
            ServerSocket listening = nets.server.sockets().serverSocket();
            listening.setReceiveBufferSize(8192);
            listening.bind(new InetSocketAddress(TwoNets.SERVER4, 0));
            Socket client = nets.client.socketFactory().createSocket();
            client.setSendBufferSize(1 << 20);
            client.connect(listening.getLocalSocketAddress(), 10_000);
            Socket server = listening.accept();
            client.getOutputStream().write(new byte[MUCH]);
            return new Unread(nets, listening, client, server);
        }

        @Override
        public void close() throws IOException {
            nets.close();
        }
    }

    @Test
    void anInterruptedThreadThatLingersDoesNotSpin() throws Exception {
        try (Unread unread = Unread.open()) {
            unread.client().setSoLinger(true, 2);
            long usedNs = cpuOfInterrupted(unread.client()::close);
            assertTrue(usedNs < 1_000_000_000, "used " + usedNs + " ns of 2 s");
        }
    }

    @Test
    void anInterruptedThreadThatClosesTheNetworkDoesNotSpin() throws Exception {
        try (Unread unread = Unread.open()) {
            unread.client().close(); // sends the rest as long as the network lets it
            long usedNs = cpuOfInterrupted(() -> unread.nets().client.close());
            assertTrue(usedNs < 1_000_000_000, "used " + usedNs + " ns of 2 s");
        }
    }

    @Test
    void theEndOfTheTunnelEndsTheWait() throws Exception {
        try (Unread unread = Unread.open()) {
            unread.client().setSoLinger(true, 3600);
            CompletableFuture<Void> closing =
                    CompletableFuture.runAsync(
                            () -> {
                                try {
                                    unread.client().close();
                                } catch (IOException e) {
                                    throw new java.io.UncheckedIOException(e);
                                }
                            });
            Thread.sleep(100);
            assertFalse(closing.isDone());
            unread.nets().client.tunnel().close();
            closing.get(20, TimeUnit.SECONDS);
        }
    }

    @Test
    void theEndOfTheConnectionEndsTheWait() throws Exception {
        try (Unread unread = Unread.open()) {
            unread.client().setSoLinger(true, 3600);
            CompletableFuture<Void> closing =
                    CompletableFuture.runAsync(
                            () -> {
                                try {
                                    unread.client().close();
                                } catch (IOException e) {
                                    throw new java.io.UncheckedIOException(e);
                                }
                            });
            Thread.sleep(100);
            assertFalse(closing.isDone());
            unread.server().close(); // with unread bytes: RST
            closing.get(20, TimeUnit.SECONDS);
        }
    }

    @Test
    void aConnectionThatNeverOpenedIsNotWaitedFor() throws Exception {
        try (TwoNets nets = new TwoNets()) {
            Socket socket = nets.client.socketFactory().createSocket();
            socket.setSoLinger(true, 3600);
            CompletableFuture<Void> connecting =
                    CompletableFuture.runAsync(
                            () -> {
                                try {
                                    socket.connect(
                                            new InetSocketAddress(TwoNets.ABSENT, 1),
                                            (int) PATIENCE.toMillis());
                                } catch (IOException e) {
                                    // closed
                                }
                            });
            Thread.sleep(100);
            socket.close();
            connecting.get(20, TimeUnit.SECONDS);
        }
    }
}
