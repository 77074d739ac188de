// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.text;

/** Unsigned decimal numbers: ASCII digits only, no sign, no space; leading zeros do no harm. */
public final class Decimal {
    private Decimal() {}

    /**
     * @param max at most 2^48
     * @throws IllegalArgumentException when the text is something else or the number greater
     */
    public static long parse(String text, long max) {
        long value = 0;
        for (int i = 0; i < text.length(); i++) {
            int digit = text.charAt(i) - '0';
            value = value * 10 + digit;
            if (digit < 0 || digit > 9 || value > max) {
                throw expected(max);
            }
        }
        if (text.isEmpty()) {
            throw expected(max);
        }
        return value;
    }

    private static IllegalArgumentException expected(long max) {
        return new IllegalArgumentException("expected a number from 0 to " + max);
    }
}
