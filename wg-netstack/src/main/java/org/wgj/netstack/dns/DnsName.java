// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.dns;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A domain name as it stands in a message without compression: labels with their lengths, then the
 * root (RFC 1035 3.1). It has at most 255 bytes, so at most 127 labels of at most 63 bytes. The
 * case of ASCII letters is kept, and ignored by comparisons (RFC 4343). Immutable.
 */
public final class DnsName {
    /** The root, which has no label. */
    public static final DnsName ROOT = new DnsName(new byte[1]);

    static final int MAX_BYTES = 255;
    static final int MAX_LABEL_BYTES = 63;

    private final byte[] wire;

    /** The caller gives the array away and has checked it. */
    DnsName(byte[] wire) {
        this.wire = wire;
    }

    /**
     * Reads a name in its usual text form, with or without the final dot. There are no escapes.
     *
     * @param text ASCII, such as {@code www.example.org}
     * @return the name
     * @throws IllegalArgumentException if a label is empty or too long, the name is too long, or a
     *     character is not printable ASCII
     */
    public static DnsName of(String text) {
        if (text.equals(".")) {
            return ROOT;
        }
        int end = text.endsWith(".") ? text.length() - 1 : text.length();
        if (end == 0 || end > MAX_BYTES - 2) {
            throw new IllegalArgumentException("a name has 1 to 253 characters, not " + end);
        }
        byte[] wire = new byte[end + 2];
        int lengthAt = 0;
        for (int i = 0; i <= end; i++) {
            char c = i < end ? text.charAt(i) : '.';
            if (c == '.') {
                int length = i - lengthAt;
                if (length == 0 || length > MAX_LABEL_BYTES) {
                    throw new IllegalArgumentException(
                            "a label has 1 to 63 characters, not " + length);
                }
                wire[lengthAt] = (byte) length;
                lengthAt = i + 1;
            } else if (c <= ' ' || c > '~') {
                throw new IllegalArgumentException("character " + (int) c + " in a name");
            } else {
                wire[i + 1] = (byte) c;
            }
        }
        return new DnsName(wire);
    }

    /**
     * This name in front of another.
     *
     * @param suffix the other, such as a search domain
     * @return both joined, or null if that is longer than a name may be
     */
    DnsName plus(DnsName suffix) {
        if (wire.length - 1 + suffix.wire.length > MAX_BYTES) {
            return null;
        }
        byte[] joined = Arrays.copyOf(wire, wire.length - 1 + suffix.wire.length);
        System.arraycopy(suffix.wire, 0, joined, wire.length - 1, suffix.wire.length);
        return new DnsName(joined);
    }

    /** The bytes without compression; the caller must not change them. */
    byte[] wire() {
        return wire;
    }

    /**
     * Counts the labels.
     *
     * @return from 0 for the root to 127
     */
    public int labels() {
        int count = 0;
        for (int at = 0; wire[at] != 0; at += 1 + wire[at]) {
            count++;
        }
        return count;
    }

    /** The name that begins at this byte of {@link #wire}, which must be the length of a label. */
    DnsName from(int at) {
        return new DnsName(Arrays.copyOfRange(wire, at, wire.length));
    }

    /** Lengths are at most 63 and therefore no letters, so that all bytes are compared alike. */
    @Override
    public boolean equals(Object other) {
        if (!(other instanceof DnsName that) || that.wire.length != wire.length) {
            return false;
        }
        for (int i = 0; i < wire.length; i++) {
            if (lower(wire[i]) != lower(that.wire[i])) {
                return false;
            }
        }
        return true;
    }

    @Override
    public int hashCode() {
        int hash = 0;
        for (byte b : wire) {
            hash = 31 * hash + lower(b);
        }
        return hash;
    }

    private static byte lower(byte b) {
        return b >= 'A' && b <= 'Z' ? (byte) (b + 32) : b;
    }

    /**
     * The text form without the final dot. Dots inside labels, backslashes and all that is not
     * printable ASCII are escaped as in zone files (RFC 1035 5.1), so that the text is safe to
     * print.
     */
    @Override
    public String toString() {
        if (wire.length == 1) {
            return ".";
        }
        StringBuilder text = new StringBuilder(wire.length);
        for (int at = 0; wire[at] != 0; at += 1 + wire[at]) {
            text.append(at == 0 ? "" : ".");
            String label = new String(wire, at + 1, wire[at], StandardCharsets.ISO_8859_1);
            for (int i = 0; i < label.length(); i++) {
                char c = label.charAt(i);
                if (c == '.' || c == '\\') {
                    text.append('\\').append(c);
                } else if (c <= ' ' || c > '~') {
                    text.append(String.format("\\%03d", (int) c));
                } else {
                    text.append(c);
                }
            }
        }
        return text.toString();
    }
}
