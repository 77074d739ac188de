package org.wgj.conf;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The lines of a configuration file, a byte being the character of the same number, so that nothing
 * is lost. The file may be a pipe. Strings cannot be wiped; the bytes are.
 */
final class ConfigText {
    /**
     * A hundred times what the 130,000 ranges of the kernel's own test take is no configuration.
     */
    static final int MAX_BYTES = 64 << 20;

    /** {@code wg showconf} writes all ranges of a peer in one line. */
    static final int MAX_LINE_BYTES = 4 << 20;

    private ConfigText() {}

    static List<String> read(Path path) throws IOException {
        String source = path.toString();
        byte[] bytes;
        try (InputStream in = Files.newInputStream(path)) {
            bytes = in.readNBytes(MAX_BYTES + 1);
        } catch (NoSuchFileException e) {
            throw new ConfigException(source, 0, null, null, "there is no such file");
        } catch (AccessDeniedException e) {
            throw new ConfigException(source, 0, null, null, "permission denied: try sudo");
        } catch (FileSystemException e) {
            throw e;
        } catch (IOException e) {
            throw new ConfigException(source, 0, null, null, e.getMessage());
        }
        try {
            if (bytes.length > MAX_BYTES) {
                throw new ConfigException(
                        source,
                        0,
                        null,
                        null,
                        "more than " + (MAX_BYTES >> 20) + " MiB: not a configuration file");
            }
            return lines(source, bytes);
        } finally {
            Arrays.fill(bytes, (byte) 0);
        }
    }

    /**
     * Without their ends. Nothing follows the last line feed, and blanks there are nothing: so the
     * shell's {@code read} has it, which wg-quick reads with.
     */
    static List<String> lines(String source, byte[] bytes) throws ConfigException {
        List<String> lines = new ArrayList<>();
        for (int begin = 0, end; begin < bytes.length; begin = end + 1) {
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
            String line = new String(bytes, begin, end - begin, StandardCharsets.ISO_8859_1);
            if (end < bytes.length || !line.isBlank()) {
                lines.add(line);
            }
        }
        return lines;
    }

    /** What {@code isspace} says in the C locale. */
    static boolean isSpace(char c) {
        return c == ' ' || c >= '\t' && c <= '\r';
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
