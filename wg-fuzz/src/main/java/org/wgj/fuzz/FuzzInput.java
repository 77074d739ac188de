// SPDX-License-Identifier: Apache-2.0
package org.wgj.fuzz;

import java.util.Arrays;

/**
 * Reads an input of a fuzzer as the choices that a target wants made. Behind the end of the input
 * every choice is zero and every array empty, so that any bytes are an input, and a prefix of one
 * means what it meant in the whole.
 */
public final class FuzzInput {
    private final byte[] bytes;
    private int at;

    public FuzzInput(byte[] bytes) {
        this.bytes = bytes;
    }

    public boolean hasMore() {
        return at < bytes.length;
    }

    /** From 0 to 255. */
    public int number() {
        return hasMore() ? bytes[at++] & 0xff : 0;
    }

    /** From 0 to 65,535, the low byte first. */
    public int longNumber() {
        return number() | number() << 8;
    }

    /** From 0 to {@code bound} - 1, which is at most 255. */
    public int below(int bound) {
        return number() % bound;
    }

    public boolean flag() {
        return (number() & 1) != 0;
    }

    /** As many as that, or as there are. */
    public byte[] bytes(int count) {
        int begin = at;
        at = Math.min(bytes.length, at + count);
        return Arrays.copyOfRange(bytes, begin, at);
    }

    /** Up to 255, the number of which comes first. */
    public byte[] shortBytes() {
        return bytes(number());
    }

    /** Up to 65,535, the number of which comes first. */
    public byte[] longBytes() {
        return bytes(longNumber());
    }

    /** All that is left. */
    public byte[] rest() {
        return bytes(bytes.length - at);
    }
}
