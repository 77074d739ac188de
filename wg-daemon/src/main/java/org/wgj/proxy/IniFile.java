// SPDX-License-Identifier: Apache-2.0
package org.wgj.proxy;

import org.wgj.tunnel.text.ByteText;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The sections of a file as the library of wireproxy (go-ini) reads them: names without regard to
 * case, repeated sections side by side, {@code =} or {@code :} after a key, whole lines as comments
 * after {@code #} or {@code ;}, and the end of a line after a blank and one of these. Values may be
 * quoted. A value is text over the bytes of the file, since it may be a key; {@link #close} wipes
 * them.
 */
final class IniFile implements AutoCloseable {
    private static final int MAX_BYTES = 4 << 20;

    private final String source;
    private final byte[] bytes;
    private final List<Section> sections = new ArrayList<>();

    /** A key of the file with its value. */
    record Entry(String key, int line, ByteText value) {
        boolean is(String name) {
            return key.equalsIgnoreCase(name);
        }

        /** A value may be a secret. */
        @Override
        public String toString() {
            return key;
        }
    }

    /**
     * A section.
     *
     * @param name empty for what stands before the first section
     * @param line where it begins
     * @param entries in the order of the file
     */
    record Section(String name, int line, List<Entry> entries) {
        boolean is(String other) {
            return name.equalsIgnoreCase(other);
        }
    }

    private IniFile(String source, byte[] bytes) throws ProxyFileException {
        this.source = source;
        this.bytes = bytes;
        sections.add(new Section("", 1, new ArrayList<>()));
        boolean complete = false;
        try {
            readLines();
            complete = true;
        } finally {
            if (!complete) {
                close();
            }
        }
    }

    static IniFile read(Path path) throws IOException {
        String source = path.toString();
        byte[] bytes;
        try (InputStream in = Files.newInputStream(path)) {
            bytes = in.readNBytes(MAX_BYTES + 1);
        } catch (NoSuchFileException e) {
            throw new ProxyFileException(source, 0, null, null, "there is no such file");
        } catch (AccessDeniedException e) {
            throw new ProxyFileException(source, 0, null, null, "this user may not read it");
        } catch (IOException e) {
            throw new ProxyFileException(source, 0, null, null, e.getMessage());
        }
        if (bytes.length > MAX_BYTES) {
            Arrays.fill(bytes, (byte) 0);
            throw new ProxyFileException(
                    source, 0, null, null, "more than 4 MiB: not a configuration file");
        }
        return new IniFile(source, bytes);
    }

    /**
     * @param bytes wiped by {@link #close}
     */
    static IniFile parse(String source, byte[] bytes) throws ProxyFileException {
        return new IniFile(source, bytes);
    }

    String source() {
        return source;
    }

    /** Returns all sections of this name. */
    List<Section> sections(String name) {
        return sections.stream().filter(section -> section.is(name)).toList();
    }

    List<Section> sections() {
        return List.copyOf(sections);
    }

    private void readLines() throws ProxyFileException {
        boolean mark =
                bytes.length > 2
                        && bytes[0] == (byte) 0xef
                        && bytes[1] == (byte) 0xbb
                        && bytes[2] == (byte) 0xbf;
        int number = 0;
        for (int begin = mark ? 3 : 0, end; begin < bytes.length; begin = end + 1) {
            end = begin;
            while (end < bytes.length && bytes[end] != '\n') {
                end++;
            }
            number++;
            readLine(trim(new ByteText(bytes, begin, end - begin)), number);
        }
    }

    private void readLine(ByteText line, int number) throws ProxyFileException {
        if (line.isEmpty() || isComment(line.charAt(0))) {
            return;
        }
        for (int i = 0; i < line.length(); i++) {
            if (line.charAt(i) < ' ' && line.charAt(i) != '\t') {
                throw problem(number, "a control character: not a text file");
            }
        }
        if (line.charAt(0) == '[') {
            int close = line.length() - 1;
            while (close > 0 && line.charAt(close) != ']') {
                close--;
            }
            if (close == 0) {
                throw problem(number, "expected ] after the name of a section");
            }
            String name = trim(line.subSequence(1, close)).toString();
            if (!name.matches("[A-Za-z0-9_-]{1,32}")) {
                throw problem(number, "this is no name of a section");
            }
            sections.add(new Section(name, number, new ArrayList<>()));
            return;
        }
        int delimiter = 0;
        while (delimiter < line.length()
                && line.charAt(delimiter) != '='
                && line.charAt(delimiter) != ':') {
            delimiter++;
        }
        String key = trim(line.subSequence(0, delimiter)).toString();
        // Anything but a plain word may be a secret in the wrong place, and is not repeated.
        if (delimiter == line.length() || !key.matches("[A-Za-z0-9_-]{1,32}")) {
            throw problem(number, "expected KEY = VALUE");
        }
        ByteText value = value(trim(line.subSequence(delimiter + 1, line.length())), number);
        sections.getLast().entries().add(new Entry(key, number, value));
    }

    private ByteText value(ByteText text, int number) throws ProxyFileException {
        if (text.isEmpty()) {
            return text;
        }
        char quote = text.charAt(0);
        if (quote == '`' || startsWith(text, "\"\"\"")) {
            int width = quote == '`' ? 1 : 3;
            int close = text.length() - 1;
            while (close >= width && text.charAt(close) != quote) {
                close--;
            }
            close -= width - 1;
            if (close < width) {
                throw problem(number, "the quotation has no end in this line");
            }
            return text.subSequence(width, close);
        }
        IniFile.Section section = sections.getLast();
        boolean hooks = section.is("Interface") || section.is("Peer"); // for a shell, not for us
        if (text.charAt(text.length() - 1) == '\\' && !hooks) {
            throw problem(number, "a value must not continue on another line: write it in one");
        }
        int end = 1;
        while (end < text.length()
                && !(isComment(text.charAt(end)) && isBlank(text.charAt(end - 1)))) {
            end++;
        }
        ByteText bare = isComment(quote) ? text.subSequence(0, 0) : trim(text.subSequence(0, end));
        int last = bare.length() - 1;
        boolean quoted =
                last > 0
                        && (quote == '"' || quote == '\'')
                        && bare.subSequence(1, last + 1).indexOf(quote) == last - 1;
        return quoted ? bare.subSequence(1, last) : bare;
    }

    private static boolean startsWith(ByteText text, String begin) {
        return text.length() > begin.length()
                && text.subSequence(0, begin.length()).toString().equals(begin);
    }

    private static boolean isComment(char c) {
        return c == '#' || c == ';';
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t' || c == '\r';
    }

    static ByteText trim(ByteText text) {
        int begin = 0;
        int end = text.length();
        while (begin < end && isBlank(text.charAt(begin))) {
            begin++;
        }
        while (end > begin && isBlank(text.charAt(end - 1))) {
            end--;
        }
        return text.subSequence(begin, end);
    }

    private ProxyFileException problem(int line, String reason) {
        String section = sections.isEmpty() ? "" : sections.getLast().name();
        return new ProxyFileException(
                source, line, section.isEmpty() ? null : section, null, reason);
    }

    /** Wipes the bytes; no value may be read any more. */
    @Override
    public void close() {
        Arrays.fill(bytes, (byte) 0);
    }
}
