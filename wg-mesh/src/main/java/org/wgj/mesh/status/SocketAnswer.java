// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.status;

import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;

import org.wgj.tunnel.config.FileErrors;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;

/**
 * What a coordinator answers at its Unix socket: a response of HTTP/1.1 (RFC 9112), after which the
 * connection ends.
 *
 * @param status the code of HTTP
 * @param body not copied
 */
public record SocketAnswer(int status, byte[] body) {
    private static final int MAX_LINE = 8 << 10;

    /**
     * Asks a coordinator, over a connection of its own.
     *
     * @param socket its Unix socket
     * @param request of HTTP/1.1, with {@code Connection: close}
     * @param limit the time for the whole answer
     * @param maxBytes the longest body that is accepted
     * @return the answer, whatever its status
     * @throws ConnectException if no coordinator listens
     * @throws IOException if there is no complete answer in time, or it is none; the message names
     *     the socket
     */
    public static SocketAnswer ask(Path socket, byte[] request, SocketLimit limit, int maxBytes)
            throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            limit.closesLater(channel);
            ByteBuffer left = ByteBuffer.wrap(request);
            while (left.hasRemaining()) {
                channel.write(left);
            }
            return read(Channels.newInputStream(channel), maxBytes);
        } catch (ConnectException e) {
            throw e;
        } catch (ClosedChannelException e) {
            throw limit.passed(socket, "the coordinator", e);
        } catch (EOFException e) {
            throw new IOException(socket + ": the coordinator ended before it answered", e);
        } catch (IOException e) {
            throw new IOException(socket + ": " + FileErrors.reason(e), e);
        }
    }

    private static SocketAnswer read(InputStream in, int maxBytes) throws IOException {
        try {
            String[] status = line(in).split(" ", 3);
            if (status.length < 2 || !status[0].startsWith("HTTP/1.")) {
                throw new IOException("the coordinator's socket does not speak HTTP");
            }
            return new SocketAnswer(Integer.parseInt(status[1]), body(in, maxBytes));
        } catch (NumberFormatException e) {
            throw new IOException("the coordinator's socket does not speak HTTP", e);
        }
    }

    private static byte[] body(InputStream in, int maxBytes) throws IOException {
        long length = -1;
        boolean chunked = false;
        for (String header = line(in); !header.isEmpty(); header = line(in)) {
            String lower = header.toLowerCase(Locale.ROOT);
            if (lower.startsWith("content-length:")) {
                length = Long.parseLong(lower.substring("content-length:".length()).strip());
            }
            chunked |= lower.startsWith("transfer-encoding:") && lower.endsWith("chunked");
        }
        if (chunked) {
            return chunks(in, maxBytes);
        }
        if (length > maxBytes) {
            throw tooLong();
        }
        byte[] body = length < 0 ? in.readNBytes(maxBytes) : in.readNBytes((int) length);
        if (body.length < length) {
            throw new EOFException();
        }
        return body;
    }

    private static byte[] chunks(InputStream in, int maxBytes) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        while (true) {
            int size = Integer.parseInt(line(in).split(";", 2)[0].strip(), 16);
            if (size == 0) {
                return body.toByteArray();
            }
            if (size < 0 || body.size() + (long) size > maxBytes) {
                throw tooLong();
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
                throw tooLong();
            }
            line.write(b);
        }
        return line.toString(StandardCharsets.US_ASCII).strip();
    }

    private static IOException tooLong() {
        return new IOException("the coordinator's answer is too long");
    }

    /**
     * Returns the body of a good answer.
     *
     * @return not copied
     * @throws IOException if the answer is a refusal; the message is the reason that it gives
     */
    public byte[] good() throws IOException {
        if (status / 100 != 2) {
            throw new IOException(reason());
        }
        return body;
    }

    private String reason() {
        try {
            JsonElement json = JsonParser.parseString(new String(body, StandardCharsets.UTF_8));
            JsonElement message =
                    json.isJsonObject() ? json.getAsJsonObject().get("message") : null;
            if (message != null && message.isJsonPrimitive()) {
                return message.getAsString();
            }
        } catch (JsonParseException e) {
            // It is said without a reason.
        }
        return "the coordinator answered with status " + status;
    }
}
