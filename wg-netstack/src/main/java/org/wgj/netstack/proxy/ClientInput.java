// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * The input of a connection during a handshake: it reads ahead, and gives what it has read too much
 * to the next reader. Its buffer is released once it is empty. For one thread at a time.
 */
final class ClientInput extends InputStream {
    private static final int FIRST_BYTES = 1024;
    private static final byte[] NONE = {};

    private final InputStream in;
    private byte[] buffer = NONE;
    private int begin;
    private int end;

    ClientInput(InputStream in) {
        this.in = in;
    }

    @Override
    public int read() throws IOException {
        if (begin == end && !fill(FIRST_BYTES)) {
            return -1;
        }
        return buffer[begin++] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        if (begin == end) {
            buffer = NONE;
            begin = 0;
            end = 0;
            return in.read(bytes, offset, length);
        }
        int count = Math.min(length, end - begin);
        System.arraycopy(buffer, begin, bytes, offset, count);
        begin += count;
        return count;
    }

    @Override
    public int available() throws IOException {
        return end - begin + in.available();
    }

    /** Reads exactly so many bytes. */
    byte[] exactly(int count) throws IOException {
        // It grows with what comes: a length is easily said.
        byte[] bytes = new byte[Math.min(count, FIRST_BYTES)];
        for (int done = 0; done < count; ) {
            if (done == bytes.length) {
                bytes = Arrays.copyOf(bytes, Math.min(count, 2 * bytes.length));
            }
            if (begin == end && !fill(FIRST_BYTES)) {
                throw new EOFException("the client has ended within its request");
            }
            done += read(bytes, done, bytes.length - done);
        }
        return bytes;
    }

    /** Reads one byte that must come. */
    int one() throws IOException {
        int value = read();
        if (value < 0) {
            throw new EOFException("the client has ended within its request");
        }
        return value;
    }

    /**
     * Reads up to an empty line.
     *
     * @param max the most bytes, with the empty line
     * @return the lines with their ends; null if the input ended before the first byte, or if the
     *     lines are longer than {@code max}, which {@link #isFull} tells apart
     */
    byte[] head(int max) throws IOException {
        int seen = begin;
        while (true) {
            int after = afterEmptyLine(seen);
            if (after >= 0) {
                if (after - begin > max) {
                    return null;
                }
                byte[] head = Arrays.copyOfRange(buffer, begin, after);
                begin = after;
                return head;
            }
            if (end - begin >= max) {
                return null;
            }
            int size = end - begin;
            seen = Math.max(0, size - 3); // an empty line may have come in pieces
            if (!fill(Math.min(Math.max(FIRST_BYTES, size), max - size))) {
                if (size == 0) {
                    return null;
                }
                throw new EOFException("the head of a message has no end");
            }
            seen += begin;
        }
    }

    /** Returns whether {@link #head} has found no end within its bound. */
    boolean isFull(int max) {
        return end - begin >= max;
    }

    /** Returns the index after LF LF or LF CR LF, searching from here; -1 if there is none. */
    private int afterEmptyLine(int from) {
        for (int i = from; i < end; i++) {
            if (buffer[i] == '\n') {
                if (i + 1 < end && buffer[i + 1] == '\n') {
                    return i + 2;
                }
                if (i + 2 < end && buffer[i + 1] == '\r' && buffer[i + 2] == '\n') {
                    return i + 3;
                }
            }
        }
        return -1;
    }

    /** Reads at least one byte behind those that are there. */
    private boolean fill(int room) throws IOException {
        int size = end - begin;
        if (buffer.length - end < room) {
            byte[] larger = size + room <= buffer.length ? buffer : new byte[size + room];
            System.arraycopy(buffer, begin, larger, 0, size);
            buffer = larger;
            begin = 0;
            end = size;
        }
        int count = in.read(buffer, end, buffer.length - end);
        if (count <= 0) {
            return false;
        }
        end += count;
        return true;
    }
}
