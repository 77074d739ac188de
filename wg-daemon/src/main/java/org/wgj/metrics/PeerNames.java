// SPDX-License-Identifier: Apache-2.0
package org.wgj.metrics;

import org.wgj.crypto.PublicKey;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads the names of peers from the comments of a configuration file.
 *
 * <pre>
 * # friendly_name = Alice        or Name = Alice; anywhere from the comment above [Peer] on
 * [Peer]                         # Alice, behind [Peer] or behind the key
 * PublicKey = ...
 * </pre>
 *
 * <p>A comment of another form counts if it is directly above [Peer], or below it and above a blank
 * line or the end: {@code # Alice}. Those of wg-easy ({@code # Client: Alice (id)}), pivpn ({@code
 * ### begin Alice ###}) and wireguard-install ({@code ### Client Alice}) are understood. A setting
 * that was commented out is no name, nor is anything that may be a key.
 */
final class PeerNames {
    /** Longer files are not read; {@code wg} takes 64 MiB, and a peer takes some 200 bytes. */
    private static final int MAX_BYTES = 64 << 20;

    private static final int MAX_LINE = 1024; // longer lines hold ranges, not names
    private static final int MAX_NAME = 128;
    private static final int PIECE = 64 << 10;

    private static final Pattern NAMED =
            Pattern.compile("(?i)(?:friendly_name|friendlyname|name)\\s*[=:]\\s*(.+)");
    private static final Pattern WG_EASY = Pattern.compile("Client:\\s*(.+?)(?:\\s*\\([^()]*\\))?");
    private static final Pattern BEGIN = Pattern.compile("(?i)(?:begin|client)\\s+(.+)");
    private static final Pattern END = Pattern.compile("(?i)end\\s+.+");

    /** The base64 characters of a key, without its padding. */
    private static final int KEY_LENGTH = 42;

    private final Map<PublicKey, String> names = new HashMap<>();
    private String above; // the comment directly above this line
    private boolean aboveIsExplicit;
    private boolean inPeer;
    private PublicKey key;
    private String name;
    private boolean explicit;

    private PeerNames() {}

    /**
     * Reads a file and overwrites what it has read.
     *
     * @return an immutable map; empty if the file is not there, or cannot be read
     */
    static Map<PublicKey, String> read(Path file) {
        byte[] bytes = new byte[0];
        try (SeekableByteChannel in = Files.newByteChannel(file)) {
            if (in.size() <= MAX_BYTES && Files.isRegularFile(file)) {
                bytes = new byte[(int) in.size()];
                readFully(in, bytes);
            }
            return parse(bytes);
        } catch (IOException | SecurityException e) {
            return Map.of(); // names are a courtesy
        } finally {
            Arrays.fill(bytes, (byte) 0);
        }
    }

    /** Through a buffer of its own, because the JDK would leave the bytes in one of its. */
    private static void readFully(SeekableByteChannel in, byte[] bytes) throws IOException {
        ByteBuffer piece = ByteBuffer.allocateDirect(PIECE);
        try {
            int length = 0;
            while (length < bytes.length && in.read(piece.clear()) >= 0) {
                int count = Math.min(piece.flip().remaining(), bytes.length - length);
                piece.get(bytes, length, count);
                length += count;
            }
        } finally {
            piece.clear().put(new byte[PIECE]);
        }
    }

    /** Reads the bytes of a file. Only lines that hold no secret become strings. */
    static Map<PublicKey, String> parse(byte[] file) {
        PeerNames names = new PeerNames();
        for (int begin = 0; begin < file.length; ) {
            int end = begin;
            while (end < file.length && file[end] != '\n') {
                end++;
            }
            names.line(file, begin, end);
            begin = end + 1;
        }
        names.endSection();
        return Map.copyOf(names.names);
    }

    private void line(byte[] file, int begin, int end) {
        int from = begin;
        int to = end;
        while (from < to && isSpace(file[from])) {
            from++;
        }
        while (to > from && isSpace(file[to - 1])) {
            to--;
        }
        if (from == to || to - from > MAX_LINE) {
            settle();
        } else if ((file[from] == '#' || file[from] == ';') && mayHoldKey(file, from, to)) {
            above = null; // such as a setting that was commented out
        } else if (file[from] == '#' || file[from] == ';') {
            comment(text(file, from, to), true);
        } else if (file[from] == '[') {
            section(text(file, from, to));
        } else {
            settle();
            if (inPeer && startsWithPublicKey(file, from, to)) {
                publicKey(text(file, from, to));
            }
        }
    }

    private static boolean isSpace(byte b) {
        return b == ' ' || b >= '\t' && b <= '\r';
    }

    private static boolean mayHoldKey(byte[] file, int from, int to) {
        int run = 0;
        for (int i = from; i < to && run < KEY_LENGTH; i++) {
            byte b = file[i];
            boolean base64 =
                    b >= 'A' && b <= 'Z'
                            || b >= 'a' && b <= 'z'
                            || b >= '0' && b <= '9'
                            || b == '+'
                            || b == '/';
            run = base64 ? run + 1 : 0;
        }
        return run >= KEY_LENGTH;
    }

    private static boolean startsWithPublicKey(byte[] file, int from, int to) {
        String wanted = "publickey";
        return to - from > wanted.length()
                && text(file, from, from + wanted.length()).equalsIgnoreCase(wanted);
    }

    private static String text(byte[] file, int from, int to) {
        return new String(file, from, to - from, StandardCharsets.UTF_8);
    }

    private void section(String line) {
        String found = above;
        boolean foundExplicit = aboveIsExplicit;
        above = null;
        endSection();
        int hash = line.indexOf('#');
        String header = (hash < 0 ? line : line.substring(0, hash)).strip();
        inPeer = header.toLowerCase(Locale.ROOT).equals("[peer]");
        if (inPeer) {
            name = found;
            explicit = foundExplicit && found != null;
            if (hash >= 0) {
                comment(line.substring(hash), false);
            }
        }
    }

    private void publicKey(String line) {
        int hash = line.indexOf('#');
        String setting = hash < 0 ? line : line.substring(0, hash);
        int equals = setting.indexOf('=');
        try {
            key = PublicKey.fromBase64(setting.substring(equals + 1).strip());
        } catch (IllegalArgumentException e) {
            key = null; // wg refuses the file
        }
        if (hash >= 0 && line.length() - hash < MAX_NAME) {
            comment(line.substring(hash), false);
        }
    }

    /**
     * @param alone on a line of its own, so that it may belong to the section that follows
     */
    private void comment(String text, boolean alone) {
        String bare = bare(text);
        Matcher named = NAMED.matcher(bare);
        boolean isNamed = named.matches();
        String found = clean(isNamed ? named.group(1) : describing(bare));
        if (found == null) {
            return;
        }
        if (!alone) {
            adopt(found, isNamed);
        } else if (above == null || isNamed && !aboveIsExplicit) {
            above = found;
            aboveIsExplicit = isNamed;
        }
    }

    /** The comments so far were not directly above a section: they are inside this one. */
    private void settle() {
        if (above != null && inPeer) {
            adopt(above, aboveIsExplicit);
        }
        above = null;
    }

    private void adopt(String found, boolean isNamed) {
        if (name == null || isNamed && !explicit) {
            name = found;
            explicit = isNamed;
        }
    }

    private void endSection() {
        settle();
        if (inPeer && key != null && name != null) {
            names.put(key, name);
        }
        inPeer = false;
        key = null;
        name = null;
        explicit = false;
    }

    /** Returns a comment without the signs around it. */
    private static String bare(String text) {
        int from = 0;
        int to = text.length();
        while (from < to && isSign(text.charAt(from))) {
            from++;
        }
        while (to > from && isSign(text.charAt(to - 1))) {
            to--;
        }
        return text.substring(from, to);
    }

    private static boolean isSign(char c) {
        return c == '#' || c == ';' || Character.isWhitespace(c);
    }

    /** Returns the name in a comment that does not say that it is one; null if there is none. */
    private static String describing(String bare) {
        Matcher easy = WG_EASY.matcher(bare);
        Matcher begin = BEGIN.matcher(bare);
        if (easy.matches()) {
            return easy.group(1);
        }
        if (begin.matches()) {
            return begin.group(1);
        }
        return END.matcher(bare).matches() || bare.indexOf('=') >= 0 ? null : bare;
    }

    private static String clean(String found) {
        if (found == null) {
            return null;
        }
        String text = found.replaceAll("\\p{Cntrl}", "").strip();
        if (text.isEmpty() || text.startsWith("[")) {
            return null;
        }
        return text.length() <= MAX_NAME ? text : text.substring(0, MAX_NAME);
    }
}
