// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/** The same scenario over the JDK's sockets and over a tunnel's; what happened must be equal. */
final class SideBySide {
    static final long PATIENCE_S = 20;

    private SideBySide() {}

    /** The source of a scenario's sockets. */
    interface Network {
        Socket socket() throws IOException;

        ServerSocket serverSocket() throws IOException;

        /** Not bound. */
        DatagramSocket clientDatagrams() throws IOException;

        DatagramSocket serverDatagrams() throws IOException;

        InetAddress serverAddress();

        InetAddress clientAddress();
    }

    /** The JDK's, over loopback. */
    static final class Plain implements Network {
        private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

        @Override
        public Socket socket() {
            return new Socket();
        }

        @Override
        public ServerSocket serverSocket() throws IOException {
            return new ServerSocket();
        }

        @Override
        public DatagramSocket clientDatagrams() throws IOException {
            return new DatagramSocket(null);
        }

        @Override
        public DatagramSocket serverDatagrams() throws IOException {
            return new DatagramSocket(null);
        }

        @Override
        public InetAddress serverAddress() {
            return LOOPBACK;
        }

        @Override
        public InetAddress clientAddress() {
            return LOOPBACK;
        }
    }

    /** A tunnel's. */
    record Tunnelled(TwoNets nets) implements Network {
        @Override
        public Socket socket() throws IOException {
            return nets.client.socketFactory().createSocket();
        }

        @Override
        public ServerSocket serverSocket() throws IOException {
            return nets.server.sockets().serverSocket();
        }

        @Override
        public DatagramSocket clientDatagrams() throws IOException {
            return nets.client.sockets().datagramSocket();
        }

        @Override
        public DatagramSocket serverDatagrams() throws IOException {
            return nets.server.sockets().datagramSocket();
        }

        @Override
        public InetAddress serverAddress() {
            return TwoNets.SERVER4;
        }

        @Override
        public InetAddress clientAddress() {
            return TwoNets.CLIENT4;
        }
    }

    /** A client and the server's end of its connection. */
    record Pair(Socket client, Socket server) implements AutoCloseable {
        static Pair open(Network network) throws Exception {
            try (ServerSocket listening = network.serverSocket()) {
                listening.bind(new InetSocketAddress(network.serverAddress(), 0));
                Socket client = network.socket();
                client.connect(listening.getLocalSocketAddress(), 10_000);
                return new Pair(client, listening.accept());
            }
        }

        @Override
        public void close() throws IOException {
            client.close();
            server.close();
        }
    }

    /** Writes down what happened. */
    static final class Log {
        final List<String> lines = new ArrayList<>();

        void note(String what, Object value) {
            lines.add(what + ": " + value);
        }

        /** Notes the result of an action, or its exception. */
        void attempt(String what, Callable<?> action) {
            try {
                note(what, action.call());
            } catch (Exception e) {
                note(what, describe(e));
            }
        }

        void attemptVoid(String what, Action action) {
            attempt(
                    what,
                    () -> {
                        action.run();
                        return "done";
                    });
        }

        private static String describe(Throwable e) {
            return e.getClass().getName() + "(" + e.getMessage() + ")";
        }

        /** Notes how a thread of the given kind ended. */
        void join(String what, CompletableFuture<?> future) throws Exception {
            try {
                note(what, future.get(PATIENCE_S, TimeUnit.SECONDS));
            } catch (ExecutionException e) {
                note(what, describe(e.getCause()));
            }
        }
    }

    @FunctionalInterface
    interface Action {
        void run() throws Exception;
    }

    /** A thread with its result. */
    record Running(Thread thread, CompletableFuture<Object> result) {
        /** Waits until the thread blocks. */
        Running blocked() throws InterruptedException {
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
            while (System.nanoTime() - deadline < 0 && !result.isDone()) {
                Thread.State state = thread.getState();
                if (state == Thread.State.WAITING || state == Thread.State.TIMED_WAITING) {
                    return this;
                }
                // A platform thread in a native read counts as runnable; give it time to be there.
                if (state == Thread.State.RUNNABLE && isInNative(thread)) {
                    return this;
                }
                Thread.sleep(1);
            }
            return this;
        }

        private static boolean isInNative(Thread thread) {
            StackTraceElement[] trace = thread.getStackTrace();
            return trace.length > 0 && trace[0].isNativeMethod();
        }
    }

    static Running start(boolean virtual, Callable<?> action) {
        CompletableFuture<Object> result = new CompletableFuture<>();
        Runnable body =
                () -> {
                    try {
                        result.complete(action.call());
                    } catch (Throwable e) {
                        result.completeExceptionally(e);
                    }
                };
        Thread thread =
                virtual ? Thread.ofVirtual().start(body) : Thread.ofPlatform().daemon().start(body);
        return new Running(thread, result);
    }
}
