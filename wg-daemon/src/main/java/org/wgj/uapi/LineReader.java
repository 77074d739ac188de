// SPDX-License-Identifier: Apache-2.0
package org.wgj.uapi;

import org.wgj.tunnel.text.ByteText;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Splits a stream of bytes into lines and keeps at most one line of limited length. Each byte
 * becomes the character of the same number, so no input is lost or refused here. A line is
 * overwritten before the next one is read, because it may hold a key.
 */
final class LineReader {
    /** Longer than any valid line. */
    static final int MAX_LENGTH = 8192;

    private final byte[] line = new byte[MAX_LENGTH + 1];
    private int length;
    private boolean handedOut;

    /**
     * Reads up to and including the next line feed, or to the end of the input.
     *
     * @return the line without its line feed, valid until the next call; null if {@code in} does
     *     not contain its end. If the line is too long, the first {@link #MAX_LENGTH} + 1
     *     characters, so that the caller notices
     */
    ByteText next(ByteBuffer in) {
        if (handedOut) {
            clear();
        }
        int end = in.position();
        while (end < in.limit() && in.get(end) != '\n') {
            end++;
        }
        int kept = Math.min(end - in.position(), line.length - length);
        in.get(line, length, kept);
        length += kept;
        if (end == in.limit()) {
            in.position(end);
            return null;
        }
        in.position(end + 1);
        handedOut = true;
        return new ByteText(line, 0, length);
    }

    /** Returns whether the input so far ends within a line. */
    boolean inLine() {
        return !handedOut && length > 0;
    }

    /** Overwrites what this reader keeps, including the line that it returned last. */
    void clear() {
        Arrays.fill(line, 0, length, (byte) 0);
        length = 0;
        handedOut = false;
    }
}
