// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Carries bytes between a connection and two streams, such as the standard input and output of a
 * program that SSH runs as its ProxyCommand. The end of the input ends that direction alone.
 */
public final class StdioForward {
    private static final int PIECE = 64 << 10;

    private StdioForward() {}

    /**
     * Carries until the connection has ended. Input that still comes after that is carried too, as
     * long as it does not pause: a server may end its own direction early, but a terminal never
     * ends.
     *
     * @param in read on a thread of its own, which may stay blocked in it after this has returned
     * @param out flushed after each piece; not closed
     * @param socket a connected socket; closed at the end
     * @param pause how long to wait for more input once the other side has ended
     * @throws IOException if the connection or a stream has failed
     */
    public static void run(InputStream in, OutputStream out, Socket socket, Duration pause)
            throws IOException {
        Objects.requireNonNull(pause, "pause");
        KeepAlive.set(socket);
        CompletableFuture<Void> sent = new CompletableFuture<>();
        Progress progress = new Progress();
        // A platform thread, since reading a file or a pipe occupies its carrier.
        Thread.ofPlatform()
                .daemon()
                .name("standard-input")
                .start(
                        () -> {
                            try {
                                InputStream told = new ToldInput(in);
                                copy(told, socket.getOutputStream(), progress);
                                socket.shutdownOutput();
                                sent.complete(null);
                            } catch (InputException e) {
                                // A part must not be taken for the whole.
                                sent.completeExceptionally(e);
                                Connection.resetOnClose(socket);
                                Connection.closeQuietly(socket);
                            } catch (IOException e) {
                                sent.completeExceptionally(e);
                            }
                        });
        try (socket) {
            try {
                copy(socket.getInputStream(), out, new Progress());
            } catch (IOException e) {
                Connection.resetOnClose(socket);
                throw sent.state() == Future.State.FAILED
                                && sent.exceptionNow() instanceof InputException input
                        ? input
                        : e;
            }
            awaitRest(sent, progress, pause);
        }
    }

    /** A failure of the input, which that of a socket shall not hide. */
    private static final class InputException extends IOException {
        private static final long serialVersionUID = 1;

        InputException(IOException cause) {
            super("cannot read the input: " + cause.getMessage(), cause);
        }
    }

    private static final class ToldInput extends FilterInputStream {
        ToldInput(InputStream in) {
            super(in);
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            try {
                return in.read(bytes, offset, length);
            } catch (IOException e) {
                throw new InputException(e);
            }
        }
    }

    /** When something was carried last. */
    private static final class Progress {
        private volatile long ns = System.nanoTime();
    }

    private static void copy(InputStream in, OutputStream out, Progress progress)
            throws IOException {
        byte[] piece = new byte[PIECE];
        for (int count = in.read(piece); count >= 0; count = in.read(piece)) {
            out.write(piece, 0, count);
            out.flush();
            progress.ns = System.nanoTime();
        }
    }

    /** The other side may have closed altogether, so a failure to send is no failure here. */
    private static void awaitRest(CompletableFuture<Void> sent, Progress progress, Duration pause) {
        long begin = System.nanoTime();
        while (true) {
            long last = Math.max(progress.ns - begin, 0); // since begin
            long leftNs = pause.toNanos() - (System.nanoTime() - begin - last);
            if (leftNs <= 0) {
                return;
            }
            try {
                sent.get(leftNs, TimeUnit.NANOSECONDS);
                return;
            } catch (TimeoutException e) {
                // Look whether something has come meanwhile.
            } catch (ExecutionException e) {
                return;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
