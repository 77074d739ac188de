// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.config;

import org.wgj.tunnel.text.ByteText;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The lines of a configuration file, each byte as the character of the same number, so that nothing
 * is lost. The file may be a pipe. The caller wipes lines that hold keys.
 */
final class ConfigText {
    /** The maximum size: a hundred times what the 130,000 ranges of the kernel's own test take. */
    static final int MAX_BYTES = 64 << 20;

    /**
     * The maximum length of a line: {@code wg showconf} writes all ranges of a peer in one line.
     */
    static final int MAX_LINE_BYTES = 4 << 20;

    private static final int PIECE_BYTES = 64 << 10;

    private ConfigText() {}

    /** Reads a file; the caller wipes the lines. */
    static List<ByteText> read(Path path) throws IOException {
        String source = path.toString();
        byte[] bytes;
        try {
            bytes = bytes(path, MAX_BYTES + 1);
        } catch (NoSuchFileException e) {
            throw new ConfigException(source, 0, null, null, "there is no such file");
        } catch (AccessDeniedException e) {
            throw new ConfigException(source, 0, null, null, Denied.reading(path));
        } catch (FileSystemException e) {
            throw e;
        } catch (IOException e) {
            throw new ConfigException(source, 0, null, null, e.getMessage());
        }
        if (bytes.length > MAX_BYTES) {
            Arrays.fill(bytes, (byte) 0);
            throw new ConfigException(
                    source,
                    0,
                    null,
                    null,
                    "more than " + (MAX_BYTES >> 20) + " MiB: not a configuration file");
        }
        try {
            return lines(source, bytes);
        } catch (ConfigException e) {
            Arrays.fill(bytes, (byte) 0);
            throw e;
        }
    }

    /**
     * Reads at most so many bytes of a file; the caller wipes them. The buffers in between are
     * wiped too, which those of the JDK's streams are not.
     */
    static byte[] bytes(Path path, int max) throws IOException {
        ByteBuffer piece = ByteBuffer.allocateDirect(PIECE_BYTES);
        byte[] bytes = new byte[PIECE_BYTES];
        int length = 0;
        try (SeekableByteChannel in = Files.newByteChannel(path)) {
            while (length < max && in.read(piece.clear()) >= 0) {
                int count = Math.min(piece.flip().remaining(), max - length);
                if (length + count > bytes.length) {
                    bytes = moved(bytes, 2 * bytes.length);
                }
                piece.get(bytes, length, count);
                length += count;
            }
            return moved(bytes, length);
        } finally {
            Arrays.fill(bytes, (byte) 0);
            piece.clear().put(new byte[PIECE_BYTES]);
        }
    }

    /** Returns a copy of another length and wipes the original. */
    private static byte[] moved(byte[] bytes, int length) {
        byte[] copy = Arrays.copyOf(bytes, length);
        Arrays.fill(bytes, (byte) 0);
        return copy;
    }

    static void wipe(List<ByteText> lines) {
        lines.forEach(ByteText::wipe);
    }

    /**
     * Returns the lines without their ends. Spaces after the last line feed are no line, because
     * wg-quick reads with the shell's {@code read}, which ignores them.
     */
    static List<ByteText> lines(String source, byte[] bytes) throws ConfigException {
        if (isUtf16(bytes)) {
            throw new ConfigException(
                    source, 1, null, null, "this is text in UTF-16: save the file in UTF-8");
        }
        List<ByteText> lines = new ArrayList<>();
        for (int begin = afterMark(bytes), end; begin < bytes.length; begin = end + 1) {
            end = begin;
            while (end < bytes.length && bytes[end] != '\n') {
                if (bytes[end++] == 0) {
                    throw new ConfigException(
                            source, lines.size() + 1, null, null, "a NUL byte: not a text file");
                }
            }
            if (end - begin > MAX_LINE_BYTES) {
                throw new ConfigException(
                        source,
                        lines.size() + 1,
                        null,
                        null,
                        "longer than " + (MAX_LINE_BYTES >> 20) + " MiB");
            }
            ByteText line = new ByteText(bytes, begin, end - begin);
            if (end < bytes.length || !isBlank(line)) {
                lines.add(line);
            }
        }
        return lines;
    }

    /** Returns the index after the mark that editors on Windows put before UTF-8. */
    static int afterMark(byte[] bytes) {
        return startsWith(bytes, 0xef, 0xbb, 0xbf) ? 3 : 0;
    }

    /**
     * Returns whether the text is UTF-16, with a mark at its beginning or, if the first character
     * is ASCII, without one.
     */
    static boolean isUtf16(byte[] bytes) {
        return startsWith(bytes, 0xff, 0xfe)
                || startsWith(bytes, 0xfe, 0xff)
                || bytes.length > 1 && (bytes[0] == 0) != (bytes[1] == 0);
    }

    private static boolean startsWith(byte[] bytes, int... begin) {
        for (int i = 0; i < begin.length; i++) {
            if (i >= bytes.length || (bytes[i] & 0xff) != begin[i]) {
                return false;
            }
        }
        return true;
    }

    /** Returns whether {@code isspace} accepts the character in the C locale. */
    static boolean isSpace(char c) {
        return c == ' ' || c >= '\t' && c <= '\r';
    }

    /** Returns whether String.isBlank would count the character as blank. */
    private static boolean isBlank(ByteText text) {
        return text.chars().allMatch(Character::isWhitespace);
    }

    /** Returns a copy without spaces; the caller wipes it. */
    static ByteText withoutSpaces(ByteText text) {
        byte[] kept = new byte[text.length()];
        int length = 0;
        for (int i = 0; i < text.length(); i++) {
            if (!isSpace(text.charAt(i))) {
                kept[length++] = (byte) text.charAt(i);
            }
        }
        return new ByteText(kept, 0, length);
    }

    static String withoutSpaces(String text) {
        StringBuilder kept = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            if (!isSpace(text.charAt(i))) {
                kept.append(text.charAt(i));
            }
        }
        return kept.toString();
    }

    static String trim(String text) {
        int begin = 0;
        int end = text.length();
        while (begin < end && isSpace(text.charAt(begin))) {
            begin++;
        }
        while (end > begin && isSpace(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(begin, end);
    }

    static String withoutComment(String line) {
        int hash = line.indexOf('#');
        return hash < 0 ? line : line.substring(0, hash);
    }
}
