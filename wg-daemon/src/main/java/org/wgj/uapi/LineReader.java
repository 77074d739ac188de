package org.wgj.uapi;

import io.netty.buffer.ByteBuf;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Parts a stream of bytes into lines, keeping no more than one line of bounded length. A byte
 * becomes the character of the same number, so that nothing is lost or refused here. What it kept
 * is overwritten once handed out; the text itself, a String, cannot be.
 */
final class LineReader {
    /** Longer than any line that means something. */
    static final int MAX_LENGTH = 8192;

    private final byte[] line = new byte[MAX_LENGTH + 1];
    private int length;

    /**
     * Reads up to and including the next line feed, or everything.
     *
     * @return the line without its end, or null when {@code in} does not hold it; of a longer line
     *     its first {@link #MAX_LENGTH} + 1 characters, by which the caller can tell
     */
    String next(ByteBuf in) {
        int newline = in.bytesBefore((byte) '\n');
        int available = newline < 0 ? in.readableBytes() : newline;
        int kept = Math.min(available, line.length - length);
        in.readBytes(line, length, kept);
        in.skipBytes(available - kept);
        length += kept;
        if (newline < 0) {
            return null;
        }
        in.skipBytes(1);
        String text = new String(line, 0, length, StandardCharsets.ISO_8859_1);
        clear();
        return text;
    }

    /** Whether a line has begun and not ended. */
    boolean inLine() {
        return length > 0;
    }

    void clear() {
        Arrays.fill(line, 0, length, (byte) 0);
        length = 0;
    }
}
