// SPDX-License-Identifier: Apache-2.0
package org.wgj.join;

import org.wgj.mesh.status.MeshStatus;
import org.wgj.mesh.status.SocketAnswer;
import org.wgj.tunnel.config.FileErrors;

import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Asks the coordinator of this machine for the state of the mesh, at its Unix socket. */
final class CoordinatorSocket {
    /** More than the 10 s after which a coordinator gives up its store and says so. */
    private static final int TIMEOUT_S = 15;

    private static final String REQUEST =
            "GET /v1/status HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

    private CoordinatorSocket() {}

    /**
     * Asks.
     *
     * @return what it tells; empty if no coordinator runs here
     * @throws IOException if it does not answer as it should; the message has the reason that it
     *     gives
     */
    static Optional<MeshStatus> ask(Path state) throws IOException {
        return ask(state, TIMEOUT_S);
    }

    static Optional<MeshStatus> ask(Path state, long timeoutS) throws IOException {
        Path socket = state.toAbsolutePath().resolve("coordinator").resolve("coordinator.sock");
        if (!Files.exists(socket)) {
            return Optional.empty();
        }
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            CompletableFuture.delayedExecutor(timeoutS, TimeUnit.SECONDS)
                    .execute(() -> close(channel));
            channel.write(ByteBuffer.wrap(REQUEST.getBytes(StandardCharsets.US_ASCII)));
            byte[] status =
                    SocketAnswer.read(Channels.newInputStream(channel), MeshStatus.MAX_BYTES)
                            .good();
            return Optional.of(MeshStatus.read(status));
        } catch (ConnectException e) {
            return Optional.empty(); // it ended without deleting its socket
        } catch (ClosedChannelException e) {
            throw new IOException(
                    socket + ": the coordinator has not answered within " + timeoutS + " s", e);
        } catch (EOFException e) {
            throw new IOException(socket + ": the coordinator ended before it answered", e);
        } catch (IllegalArgumentException e) {
            throw new IOException(socket + ": the answer cannot be read: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new IOException(socket + ": " + FileErrors.reason(e), e);
        }
    }

    private static void close(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            // it is closed in any case
        }
    }
}
