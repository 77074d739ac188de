// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.admin;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Calls a running coordinator over its Unix socket: HTTP/1.1 (RFC 9112), one connection for each
 * request. The JDK's HTTP client knows no Unix sockets.
 */
public final class AdminSocket implements AdminCalls {
    /** The value of the header {@code Host}. */
    public static final String HOST = "coordinator";

    private static final int MAX_ANSWER = 256 << 20; // an export of 65,536 nodes and its audit
    private static final int MAX_LINE = 8 << 10;

    private final Path socket;

    /**
     * Names the socket; nothing is connected yet.
     *
     * @param socket its path
     */
    public AdminSocket(Path socket) {
        this.socket = socket;
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
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            write(channel, head.getBytes(StandardCharsets.US_ASCII));
            write(channel, body);
            InputStream in = Channels.newInputStream(channel);
            return answer(in);
        } catch (EOFException e) {
            throw new IOException(socket + ": the coordinator ended before it answered", e);
        }
    }

    private static void write(SocketChannel channel, byte[] bytes) throws IOException {
        ByteBuffer left = ByteBuffer.wrap(bytes);
        while (left.hasRemaining()) {
            channel.write(left);
        }
    }

    private static JsonElement answer(InputStream in) throws IOException {
        String[] status = line(in).split(" ", 3);
        if (status.length < 2 || !status[0].startsWith("HTTP/1.")) {
            throw new IOException("the coordinator's socket does not speak HTTP");
        }
        long length = -1;
        boolean chunked = false;
        for (String header = line(in); !header.isEmpty(); header = line(in)) {
            String lower = header.toLowerCase(Locale.ROOT);
            if (lower.startsWith("content-length:")) {
                length = Long.parseLong(lower.substring("content-length:".length()).strip());
            }
            chunked |= lower.startsWith("transfer-encoding:") && lower.endsWith("chunked");
        }
        int code = Integer.parseInt(status[1]);
        if (chunked) {
            return answer(code, chunks(in));
        }
        if (length > MAX_ANSWER) {
            throw new IOException("the coordinator's answer is too long");
        }
        byte[] body = length < 0 ? in.readNBytes(MAX_ANSWER) : in.readNBytes((int) length);
        if (body.length < length) {
            throw new EOFException();
        }
        return answer(code, body);
    }

    private static byte[] chunks(InputStream in) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        while (true) {
            int size = Integer.parseInt(line(in).split(";", 2)[0].strip(), 16);
            if (size == 0) {
                return body.toByteArray();
            }
            if (size < 0 || body.size() + (long) size > MAX_ANSWER) {
                throw new IOException("the coordinator's answer is too long");
            }
            byte[] chunk = in.readNBytes(size);
            if (chunk.length < size) {
                throw new EOFException();
            }
            body.write(chunk);
            line(in);
        }
    }

    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new EOFException();
            }
            if (line.size() >= MAX_LINE) {
                throw new IOException("the coordinator's answer is too long");
            }
            line.write(b);
        }
        return line.toString(StandardCharsets.US_ASCII).strip();
    }

    /** Returns the body of a good answer; throws what a bad one says. */
    static JsonElement answer(int status, byte[] body) throws IOException {
        JsonElement json;
        try {
            json =
                    body.length == 0
                            ? JsonNull.INSTANCE
                            : JsonParser.parseString(new String(body, StandardCharsets.UTF_8));
        } catch (JsonParseException e) {
            throw new IOException("the coordinator answered no JSON, with status " + status, e);
        }
        if (status / 100 == 2) {
            return json;
        }
        JsonElement message =
                json instanceof JsonObject object ? object.get("message") : JsonNull.INSTANCE;
        throw new IOException(
                message != null && message.isJsonPrimitive()
                        ? message.getAsString()
                        : "the coordinator answered with status " + status);
    }

    /** Does nothing: each request had its own connection. */
    @Override
    public void close() {}
}
