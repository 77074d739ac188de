// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.netsoak;

import java.io.IOException;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicReference;

/** Moves both streams of an order at once. */
final class Streams {
    private Streams() {}

    /** Writes on a thread of its own, and reads here to the end of both. */
    static void bothWays(Order order, Socket socket, boolean client) throws IOException {
        AtomicReference<IOException> failure = new AtomicReference<>();
        Thread writer =
                Thread.ofVirtual()
                        .start(
                                () -> {
                                    try {
                                        order.send(
                                                socket.getOutputStream(),
                                                client,
                                                0,
                                                client ? order.toServer() : order.toClient());
                                        socket.shutdownOutput();
                                    } catch (IOException e) {
                                        failure.set(e);
                                    }
                                });
        try {
            order.receive(
                    socket.getInputStream(),
                    !client,
                    0,
                    client ? order.toClient() : order.toServer());
            order.receiveEnd(socket.getInputStream());
        } catch (IOException e) {
            socket.close(); // or the writer could wait for ever
            throw e;
        } finally {
            join(writer);
        }
        if (failure.get() != null) {
            throw failure.get();
        }
    }

    static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    static void sleep(long milliseconds) {
        try {
            Thread.sleep(milliseconds);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
