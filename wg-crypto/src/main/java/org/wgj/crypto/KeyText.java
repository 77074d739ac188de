// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads and writes 32-byte keys as text: base64 (44 characters, as in configuration files and in
 * the output of {@code wg}) and hexadecimal (64 digits, as on the configuration socket).
 *
 * <p>java.util.Base64 and HexFormat look up digits in tables, and the address that was read can be
 * observed through the cache. Here each digit is computed with masks. A wrong digit is reported
 * only at the end and without its position. The lengths are not secret. A String cannot be wiped.
 */
final class KeyText {
    private static final int KEY_LENGTH = 32;
    private static final int HEX_LENGTH = 64;
    private static final int BASE64_LENGTH = 44;

    private KeyText() {}

    /** Writes 64 digits in lower case. */
    static String toHex(byte[] key) {
        return toString(toHexBytes(key));
    }

    /** Writes the digits as bytes, which the caller must wipe. */
    static byte[] toHexBytes(byte[] key) {
        byte[] text = new byte[HEX_LENGTH];
        for (int i = 0; i < KEY_LENGTH; i++) {
            text[2 * i] = hexDigit(key[i] >> 4 & 0xf);
            text[2 * i + 1] = hexDigit(key[i] & 0xf);
        }
        return text;
    }

    /** Reads 64 digits; anything else is an IllegalArgumentException. */
    static byte[] fromHex(CharSequence text) {
        byte[] key = new byte[KEY_LENGTH];
        boolean valid = text.length() == HEX_LENGTH;
        if (valid) {
            int wrong = 0; // negative if any digit was wrong
            for (int i = 0; i < KEY_LENGTH; i++) {
                int high = hexValue(text.charAt(2 * i));
                int low = hexValue(text.charAt(2 * i + 1));
                wrong |= high | low;
                key[i] = (byte) (high << 4 | low);
            }
            valid = wrong >= 0;
        }
        return checked(valid, key, "a key in hexadecimal has exactly 64 digits 0-9, a-f or A-F");
    }

    /** Writes 44 characters. */
    static String toBase64(byte[] key) {
        byte[] text = new byte[BASE64_LENGTH];
        int bits = 0; // the last bits read; the newest are the lowest
        int position = 0;
        for (int i = 0, unwritten = 0; i < KEY_LENGTH; i++) {
            bits = bits << 8 | key[i] & 0xff;
            for (unwritten += 8; unwritten >= 6; unwritten -= 6) {
                text[position++] = base64Digit(bits >> unwritten - 6 & 0x3f);
            }
        }
        text[position++] =
                base64Digit(bits << 2 & 0x3f); // 256 = 42 * 6 + 4 bits, then two zero bits
        text[position] = '=';
        return toString(text);
    }

    /** Reads 44 characters; anything else is an IllegalArgumentException. */
    static byte[] fromBase64(CharSequence text) {
        byte[] key = new byte[KEY_LENGTH];
        boolean valid = text.length() == BASE64_LENGTH && text.charAt(BASE64_LENGTH - 1) == '=';
        if (valid) {
            int wrong = 0; // negative if any digit was wrong
            int bits = 0;
            int position = 0;
            for (int i = 0, unwritten = 0; i < BASE64_LENGTH - 1; i++) {
                int value = base64Value(text.charAt(i));
                wrong |= value;
                bits = bits << 6 | value & 0x3f;
                unwritten += 6;
                if (unwritten >= 8) {
                    unwritten -= 8;
                    key[position++] = (byte) (bits >> unwritten);
                }
            }
            // 43 digits carry two bits more than a key has. They must be zero, or each key would
            // have four encodings.
            wrong |= -(bits & 3);
            valid = wrong >= 0;
        }
        String expected = "a key in base64 has exactly 44 characters, the last of them '='";
        return checked(
                valid,
                key,
                endsWithWhitespace(text)
                        ? expected + "; this text ends with white space: strip it"
                        : expected);
    }

    /** Finds the usual mistake: the line feed at the end of a file with a key. */
    private static boolean endsWithWhitespace(CharSequence text) {
        return text.length() > BASE64_LENGTH
                && Character.isWhitespace(text.charAt(text.length() - 1));
    }

    private static byte[] checked(boolean valid, byte[] key, String expected) {
        if (!valid) {
            Arrays.fill(key, (byte) 0);
            throw new IllegalArgumentException(expected);
        }
        return key;
    }

    private static String toString(byte[] text) {
        String string = new String(text, StandardCharsets.ISO_8859_1);
        Arrays.fill(text, (byte) 0);
        return string;
    }

    /**
     * Returns all ones if {@code low <= value <= high}, else zero. Values and bounds must be far
     * from overflow.
     */
    private static int between(int value, int low, int high) {
        return (low - 1 - value & value - high - 1) >> 31;
    }

    private static byte hexDigit(int value) {
        return (byte)
                (between(value, 0, 9) & '0' + value | between(value, 10, 15) & 'a' + value - 10);
    }

    /** Returns 0 to 15, or -1 if the character is not a digit. */
    private static int hexValue(char digit) {
        int decimal = between(digit, '0', '9');
        int lower = between(digit, 'a', 'f');
        int upper = between(digit, 'A', 'F');
        return decimal & digit - '0'
                | lower & digit - 'a' + 10
                | upper & digit - 'A' + 10
                | ~(decimal | lower | upper);
    }

    private static byte base64Digit(int value) {
        return (byte)
                (between(value, 0, 25) & 'A' + value
                        | between(value, 26, 51) & 'a' + value - 26
                        | between(value, 52, 61) & '0' + value - 52
                        | between(value, 62, 62) & '+'
                        | between(value, 63, 63) & '/');
    }

    /** Returns 0 to 63, or -1 if the character is not a digit. */
    private static int base64Value(char digit) {
        int upper = between(digit, 'A', 'Z');
        int lower = between(digit, 'a', 'z');
        int decimal = between(digit, '0', '9');
        int plus = between(digit, '+', '+');
        int slash = between(digit, '/', '/');
        return upper & digit - 'A'
                | lower & digit - 'a' + 26
                | decimal & digit - '0' + 52
                | plus & 62
                | slash & 63
                | ~(upper | lower | decimal | plus | slash);
    }
}
