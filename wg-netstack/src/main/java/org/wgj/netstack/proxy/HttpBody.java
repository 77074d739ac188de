// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Carries the body of a request, as long as its framing says (RFC 9112 section 6), and nothing that
 * follows it: what follows is another request, which may be for another host.
 */
final class HttpBody {
    private static final int PIECE = 16 << 10;

    /** The longest line of a chunk's size, with extensions, and of a trailer field. */
    private static final int MAX_LINE = 8192;

    private static final int MAX_TRAILER_LINES = 100;
    private static final long CHUNKED = -1;

    private final long length;

    private HttpBody(long length) {
        this.length = length;
    }

    /**
     * Finds the framing.
     *
     * @throws IllegalArgumentException if it is missing where it must not be, or ambiguous
     */
    static HttpBody of(HttpHead head) {
        List<String> codings = head.values("Transfer-Encoding");
        List<String> lengths = head.values("Content-Length");
        if (!codings.isEmpty()) {
            if (!lengths.isEmpty()) {
                throw new IllegalArgumentException(
                        "there is both a Content-Length and a Transfer-Encoding");
            }
            if (codings.size() != 1 || !codings.getFirst().equalsIgnoreCase("chunked")) {
                throw new IllegalArgumentException("the Transfer-Encoding is not chunked");
            }
            return new HttpBody(CHUNKED);
        }
        if (lengths.isEmpty()) {
            return new HttpBody(0);
        }
        if (lengths.stream().distinct().count() > 1 || !lengths.getFirst().matches("[0-9]{1,18}")) {
            throw new IllegalArgumentException("the Content-Length is not one number");
        }
        return new HttpBody(Long.parseLong(lengths.getFirst()));
    }

    boolean isEmpty() {
        return length == 0;
    }

    /** Carries the body; chunks keep their framing. */
    void copy(InputStream in, OutputStream out, Runnable progress) throws IOException {
        if (length != CHUNKED) {
            copy(in, out, length, progress);
            return;
        }
        while (true) {
            long size = chunkSize(line(in, out));
            if (size == 0) {
                break;
            }
            copy(in, out, size, progress);
            if (!line(in, out).isEmpty()) {
                throw new IOException("a chunk is longer than its size");
            }
        }
        for (int lines = 0; !line(in, out).isEmpty(); lines++) {
            if (lines > MAX_TRAILER_LINES) {
                throw new IOException("a body has too many trailer fields");
            }
        }
        out.flush();
    }

    private static void copy(InputStream in, OutputStream out, long length, Runnable progress)
            throws IOException {
        byte[] piece = new byte[(int) Math.min(PIECE, length)];
        for (long left = length; left > 0; ) {
            int count = in.read(piece, 0, (int) Math.min(piece.length, left));
            if (count < 0) {
                throw new EOFException("the client has ended within a body");
            }
            out.write(piece, 0, count);
            progress.run();
            left -= count;
        }
        out.flush();
    }

    private static long chunkSize(String line) throws IOException {
        int end = 0;
        while (end < line.length() && Character.digit(line.charAt(end), 16) >= 0) {
            end++;
        }
        String rest = line.substring(end).stripLeading();
        if (end == 0 || end > 15 || !rest.isEmpty() && rest.charAt(0) != ';') {
            throw new IOException("a chunk has no size");
        }
        return Long.parseLong(line, 0, end, 16);
    }

    /** Carries one line and returns it without its end, which must be CR LF. */
    private static String line(InputStream in, OutputStream out) throws IOException {
        StringBuilder line = new StringBuilder();
        while (line.length() < 2
                || line.charAt(line.length() - 2) != '\r'
                || line.charAt(line.length() - 1) != '\n') {
            int next = in.read();
            if (next < 0) {
                throw new EOFException("the client has ended within a body");
            }
            if (line.length() >= MAX_LINE || next == '\n' && !endsWithCr(line)) {
                throw new IOException("a body has a malformed line");
            }
            line.append((char) next);
        }
        String text = line.toString();
        out.write(text.getBytes(StandardCharsets.ISO_8859_1));
        return text.substring(0, text.length() - 2);
    }

    private static boolean endsWithCr(StringBuilder line) {
        return !line.isEmpty() && line.charAt(line.length() - 1) == '\r';
    }
}
