// SPDX-License-Identifier: Apache-2.0
package org.wgj.join;

import org.wgj.mesh.status.MeshStatus;
import org.wgj.mesh.status.SocketAnswer;
import org.wgj.mesh.status.SocketLimit;

import java.io.IOException;
import java.net.ConnectException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** Asks the coordinator of this machine for the state of the mesh, at its Unix socket. */
final class CoordinatorSocket {
    /** More than the 10 s after which a coordinator gives up its store and says so. */
    private static final SocketLimit LIMIT = new SocketLimit(Duration.ofSeconds(15));

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
        return ask(state, LIMIT);
    }

    static Optional<MeshStatus> ask(Path state, SocketLimit limit) throws IOException {
        Path socket = state.toAbsolutePath().resolve("coordinator").resolve("coordinator.sock");
        if (!Files.exists(socket)) {
            return Optional.empty();
        }
        SocketAnswer answer;
        try {
            byte[] request = REQUEST.getBytes(StandardCharsets.US_ASCII);
            answer = SocketAnswer.ask(socket, request, limit, MeshStatus.MAX_BYTES);
        } catch (ConnectException e) {
            return Optional.empty(); // it ended without deleting its socket
        }
        try {
            return Optional.of(MeshStatus.read(answer.good()));
        } catch (IllegalArgumentException e) {
            throw new IOException(socket + ": the answer cannot be read: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new IOException(socket + ": " + e.getMessage(), e);
        }
    }
}
