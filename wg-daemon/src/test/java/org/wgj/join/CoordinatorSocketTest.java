// SPDX-License-Identifier: Apache-2.0
package org.wgj.join;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.wgj.mesh.status.SocketLimit;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

class CoordinatorSocketTest {
    @TempDir private Path state;
    private Path socket;

    @BeforeEach
    void makeFolder() throws IOException {
        socket = Files.createDirectory(state.resolve("coordinator")).resolve("coordinator.sock");
    }

    @Test
    void withoutASocketNoCoordinatorRuns() throws IOException {
        assertEquals(Optional.empty(), CoordinatorSocket.ask(state));
    }

    @Test
    void aRefusalSaysItsReason() throws IOException {
        String refusal =
                "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 58\r\n\r\n"
                        + "{\"error\":\"unavailable\",\"message\":\"the store is not there\"}";
        assertEquals(socket + ": the store is not there", fault(refusal));
    }

    @Test
    void anAnswerOfAnotherKindIsNamed() throws IOException {
        assertEquals(
                socket + ": the coordinator answered with status 500",
                fault("HTTP/1.1 500 Oops\r\n\r\n"));
        assertEquals(
                socket + ": the coordinator's socket does not speak HTTP",
                fault("SSH-2.0-OpenSSH\r\n\r\n"));
        assertEquals(
                socket + ": the coordinator's socket does not speak HTTP",
                fault("HTTP/1.1 well OK\r\n\r\n"));
        assertEquals(socket + ": the coordinator ended before it answered", fault(""));
        assertTrue(
                fault("HTTP/1.1 200 OK\r\n\r\n[]")
                        .startsWith(socket + ": the answer cannot be read: "));
    }

    @Test
    void silenceEnds() throws IOException {
        assertTrue(
                fault(null)
                        .endsWith(
                                ": the coordinator has not answered within 1 s: does its process"
                                        + " hang?"));
    }

    /** Asks a coordinator that answers so, or not at all, and returns the message. */
    private String fault(String answerOrNull) throws IOException {
        SocketLimit limit = new SocketLimit(Duration.ofSeconds(answerOrNull == null ? 1 : 15));
        try (ServerSocketChannel server =
                ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                        .bind(UnixDomainSocketAddress.of(socket))) {
            Thread.ofVirtual().start(() -> answer(server, answerOrNull));
            return assertThrows(IOException.class, () -> CoordinatorSocket.ask(state, limit))
                    .getMessage();
        } finally {
            Files.delete(socket);
        }
    }

    private static void answer(ServerSocketChannel server, String answerOrNull) {
        try {
            SocketChannel client = server.accept();
            client.read(ByteBuffer.allocate(4_096));
            if (answerOrNull != null) {
                client.write(ByteBuffer.wrap(answerOrNull.getBytes(StandardCharsets.US_ASCII)));
                client.close();
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
