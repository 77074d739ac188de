// SPDX-License-Identifier: Apache-2.0
package org.wgj.join;

import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;

import org.wgj.mesh.status.MeshStatus;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
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
        byte[] answer;
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            CompletableFuture.delayedExecutor(timeoutS, TimeUnit.SECONDS)
                    .execute(() -> close(channel));
            channel.write(ByteBuffer.wrap(REQUEST.getBytes(StandardCharsets.US_ASCII)));
            answer = read(socket, channel);
        } catch (ConnectException e) {
            return Optional.empty(); // it ended without deleting its socket
        } catch (AsynchronousCloseException e) {
            throw new IOException(
                    socket + ": the coordinator has not answered within " + timeoutS + " s", e);
        }
        try {
            return Optional.of(MeshStatus.read(body(answer)));
        } catch (IllegalArgumentException e) {
            throw new IOException(
                    socket
                            + ": "
                            + reason(answer).orElse("the answer cannot be read: " + e.getMessage()),
                    e);
        }
    }

    private static void close(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            // it is closed in any case
        }
    }

    private static byte[] read(Path socket, SocketChannel channel) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        ByteBuffer buffer = ByteBuffer.allocate(65_536);
        while (channel.read(buffer) >= 0) {
            all.write(buffer.array(), 0, buffer.position());
            buffer.clear();
            if (all.size() > MeshStatus.MAX_BYTES) {
                throw new IOException(socket + ": the answer is too long");
            }
        }
        return all.toByteArray();
    }

    /** Returns the reason that a refusal gives. */
    private static Optional<String> reason(byte[] answer) {
        String text = new String(answer, StandardCharsets.UTF_8);
        int end = text.indexOf("\r\n\r\n");
        try {
            JsonElement body = JsonParser.parseString(end < 0 ? "" : text.substring(end));
            return body.isJsonObject() && body.getAsJsonObject().has("message")
                    ? Optional.of(body.getAsJsonObject().get("message").getAsString())
                    : Optional.empty();
        } catch (JsonParseException | IllegalStateException e) {
            return Optional.empty();
        }
    }

    /** Returns the body of a response that ends with the connection, chunked or not. */
    static byte[] body(byte[] answer) {
        String text = new String(answer, StandardCharsets.ISO_8859_1);
        int end = text.indexOf("\r\n\r\n");
        if (end < 0 || !text.startsWith("HTTP/1.1 200 ")) {
            throw new IllegalArgumentException(
                    "it begins with " + text.lines().findFirst().orElse("nothing"));
        }
        byte[] body = Arrays.copyOfRange(answer, end + 4, answer.length);
        String head = text.substring(0, end).toLowerCase(Locale.ROOT);
        return head.contains("\r\ntransfer-encoding: chunked") ? unchunked(body) : body;
    }

    private static byte[] unchunked(byte[] body) {
        String text = new String(body, StandardCharsets.ISO_8859_1);
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        int at = 0;
        while (true) {
            int end = text.indexOf("\r\n", at);
            if (end < 0) {
                throw new IllegalArgumentException("a chunk has no end");
            }
            int length = Integer.parseInt(text.substring(at, end).replaceFirst(";.*", ""), 16);
            if (length == 0) {
                return whole.toByteArray();
            }
            at = end + 2;
            if (length < 0 || length > body.length - at - 2) {
                throw new IllegalArgumentException("a chunk is longer than the answer");
            }
            whole.write(body, at, length);
            at += length + 2;
        }
    }
}
