// SPDX-License-Identifier: Apache-2.0
package org.wgj.uapi;

import org.wgj.tunnel.text.ByteText;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Parts a stream of bytes into lines, keeping no more than one line of bounded length. A byte
 * becomes the character of the same number, so that nothing is lost or refused here. A line is
 * overwritten before the next one is looked for, since it may hold a key.
 */
final class LineReader {
    /** Longer than any line that means something. */
    static final int MAX_LENGTH = 8192;

    private final byte[] line = new byte[MAX_LENGTH + 1];
    private int length;
    private boolean handedOut;

    /**
     * Reads up to and including the next line feed, or everything.
     *
     * @return the line without its end, to be used until the next call; null when {@code in} does
     *     not hold it; of a longer line its first {@link #MAX_LENGTH} + 1 characters, by which the
     *     caller can tell
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

    /** Whether a line has begun and not ended. */
    boolean inLine() {
        return !handedOut && length > 0;
    }

    /** Overwrites what it keeps, also the line that it handed out last. */
    void clear() {
        Arrays.fill(line, 0, length, (byte) 0);
        length = 0;
        handedOut = false;
    }
}
