// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.text;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;

/**
 * Text that can be overwritten: bytes of an array, seen as the characters of the same numbers. Keys
 * are read from it and written to it, because a String stays in the heap until the collector needs
 * its place. The array belongs to the object that made the text; parts share it.
 */
public final class ByteText implements CharSequence {
    private final byte[] bytes;
    private final int begin;
    private final int length;

    /** Makes a text of the whole array. */
    public ByteText(byte[] bytes) {
        this(bytes, 0, bytes.length);
    }

    /** Makes a text of a part of the array. */
    public ByteText(byte[] bytes, int begin, int length) {
        this.bytes = bytes;
        this.begin = Objects.checkFromIndexSize(begin, length, bytes.length);
        this.length = length;
    }

    @Override
    public int length() {
        return length;
    }

    @Override
    public char charAt(int index) {
        return (char) (bytes[begin + Objects.checkIndex(index, length)] & 0xff);
    }

    @Override
    public ByteText subSequence(int start, int end) {
        Objects.checkFromToIndex(start, end, length);
        return new ByteText(bytes, begin + start, end - start);
    }

    /** Returns the first index of the character; -1 if it does not occur. */
    public int indexOf(char c) {
        for (int i = 0; i < length; i++) {
            if (charAt(i) == c) {
                return i;
            }
        }
        return -1;
    }

    /** Overwrites these bytes. */
    public void wipe() {
        Arrays.fill(bytes, begin, begin + length, (byte) 0);
    }

    /** Returns a copy that cannot be overwritten, for text that is not secret. */
    @Override
    public String toString() {
        return new String(bytes, begin, length, StandardCharsets.ISO_8859_1);
    }
}
