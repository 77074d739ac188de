// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.text;

/**
 * Parses unsigned decimal numbers: ASCII digits only, no sign, no space. Leading zeros are allowed.
 */
public final class Decimal {
    private Decimal() {}

    /**
     * Parses a number.
     *
     * @param text digits only
     * @param max at most 2^48
     * @return 0 to {@code max}
     * @throws IllegalArgumentException if the text is something else or the number is greater
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
