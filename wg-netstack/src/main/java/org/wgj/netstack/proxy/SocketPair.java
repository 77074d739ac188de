// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Semaphore;

/**
 * Carries bytes both ways between two sockets until both directions have ended. The end of one
 * direction is passed on as the end of that direction alone, so that {@code echo x | nc} gets its
 * answer. A failure of either side resets the other.
 */
final class SocketPair {
    /** The memory of an idle direction. */
    private static final int SMALL_BYTES = 2048;

    /** The memory that a busy direction borrows. */
    private static final int LARGE_BYTES = 64 << 10;

    private static final int KEPT_BUFFERS = 64;

    /** Directions that may have a large buffer at a time; writers that block hold on to it. */
    static final int MAX_LARGE = 1024;

    private static final Semaphore PERMITS = new Semaphore(MAX_LARGE);

    private static final ArrayBlockingQueue<byte[]> LARGE = new ArrayBlockingQueue<>(KEPT_BUFFERS);

    private SocketPair() {}

    /** Ends the output of a socket, and of TLS above it. */
    @FunctionalInterface
    interface End {
        void end() throws IOException;
    }

    /**
     * Carries until both directions have ended.
     *
     * @param connection whose time limits count
     * @param client the client's socket, or TLS above it
     * @param fromClient its input, which may begin with bytes that were read before
     * @param target the other socket
     * @param fromTarget its input, likewise
     * @throws IOException if one side has failed; both have been reset then
     */
    static void run(
            Connection connection,
            Socket client,
            InputStream fromClient,
            Socket target,
            InputStream fromTarget)
            throws IOException {
        connection.open();
        Thread upward =
                Thread.ofVirtual()
                        .name("proxy-relay")
                        .start(
                                () -> {
                                    try {
                                        copy(
                                                connection,
                                                fromClient,
                                                target.getOutputStream(),
                                                target::shutdownOutput);
                                    } catch (IOException e) {
                                        connection.reset();
                                    }
                                });
        try {
            copy(connection, fromTarget, client.getOutputStream(), client::shutdownOutput);
            upward.join();
        } catch (IOException e) {
            connection.reset();
            throw e;
        } catch (InterruptedException e) {
            connection.reset();
            Thread.currentThread().interrupt();
        }
    }

    /** Carries one direction to its end, and passes the end on. */
    static void copy(Connection connection, InputStream in, OutputStream out, End end)
            throws IOException {
        byte[] small = new byte[SMALL_BYTES];
        byte[] buffer = small;
        try {
            int count = in.read(buffer);
            while (count >= 0) {
                connection.active();
                out.write(buffer, 0, count);
                out.flush();
                if (count == buffer.length && buffer == small) {
                    buffer = borrow(small);
                } else if (buffer != small && count < SMALL_BYTES && in.available() == 0) {
                    giveBack(buffer);
                    buffer = small;
                }
                count = in.read(buffer);
            }
        } finally {
            if (buffer != small) {
                giveBack(buffer);
            }
        }
        connection.halfClosed();
        end.end();
    }

    /** Returns the small buffer if there are too many large ones. */
    static byte[] borrow(byte[] small) {
        if (!PERMITS.tryAcquire()) {
            return small;
        }
        byte[] kept = LARGE.poll();
        return kept == null ? new byte[LARGE_BYTES] : kept;
    }

    static void giveBack(byte[] buffer) {
        var unused = LARGE.offer(buffer);
        PERMITS.release();
    }
}
