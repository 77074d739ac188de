// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.admin;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;

import org.wgj.mesh.status.SocketAnswer;
import org.wgj.mesh.status.SocketLimit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;

/**
 * Calls a running coordinator over its Unix socket: HTTP/1.1 (RFC 9112), one connection for each
 * request. The JDK's HTTP client knows no Unix sockets.
 */
public final class AdminSocket implements AdminCalls {
    /** The value of the header {@code Host}. */
    public static final String HOST = "coordinator";

    private static final int MAX_ANSWER = 256 << 20; // an export of 65,536 nodes and its audit

    /** A large mesh is exported in a few seconds. */
    private static final SocketLimit LIMIT = new SocketLimit(Duration.ofSeconds(60));

    private final Path socket;
    private final SocketLimit limit;

    /**
     * Names the socket; nothing is connected yet.
     *
     * @param socket its path
     */
    public AdminSocket(Path socket) {
        this(socket, LIMIT);
    }

    AdminSocket(Path socket, SocketLimit limit) {
        this.socket = socket;
        this.limit = limit;
    }

    @Override
    public JsonElement call(String method, String path, JsonElement bodyOrNull) throws IOException {
        byte[] body =
                bodyOrNull == null
                        ? new byte[0]
                        : bodyOrNull.toString().getBytes(StandardCharsets.UTF_8);
        String head =
                method
                        + " "
                        + AdminRoutes.BASE
                        + path
                        + " HTTP/1.1\r\nHost: "
                        + HOST
                        + "\r\nConnection: close\r\n"
                        + "Content-Type: application/json\r\nContent-Length: "
                        + body.length
                        + "\r\n\r\n";
        byte[] start = head.getBytes(StandardCharsets.US_ASCII);
        byte[] request = Arrays.copyOf(start, start.length + body.length);
        System.arraycopy(body, 0, request, start.length, body.length);
        return json(SocketAnswer.ask(socket, request, limit, MAX_ANSWER));
    }

    /** Returns the body of a good answer; throws what a refusal says. */
    static JsonElement json(SocketAnswer answer) throws IOException {
        byte[] body = answer.good();
        try {
            return body.length == 0
                    ? JsonNull.INSTANCE
                    : JsonParser.parseString(new String(body, StandardCharsets.UTF_8));
        } catch (JsonParseException e) {
            throw new IOException("the coordinator answered no JSON", e);
        }
    }

    /** Does nothing: each request had its own connection. */
    @Override
    public void close() {}
}
