// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Random;
import java.util.function.Function;

/** Compares the codecs with those of the JDK. */
class KeyTextTest {
    private static final String HEX =
            "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1dfeff";
    private static final String BASE64 = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd/v8=";

    @Test
    void agreesWithTheJdkOnRandomKeys() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int round = 0; round < 2_000; round++) {
            byte[] key = new byte[32];
            random.nextBytes(key);
            String hex = HexFormat.of().formatHex(key);
            String base64 = Base64.getEncoder().encodeToString(key);
            assertEquals(hex, KeyText.toHex(key), "seed " + seed);
            assertEquals(base64, KeyText.toBase64(key), "seed " + seed);
            assertArrayEquals(key, KeyText.fromHex(hex), "seed " + seed);
            assertArrayEquals(key, KeyText.fromHex(hex.toUpperCase(Locale.ROOT)), "seed " + seed);
            assertArrayEquals(key, KeyText.fromBase64(base64), "seed " + seed);
        }
    }

    @Test
    void everyDigitIsReadInEveryPlace() {
        String digits = "0123456789abcdef0123456789ABCDEF";
        for (int place = 0; place < 64; place++) {
            for (int i = 0; i < digits.length(); i++) {
                String text = with(HEX, place, digits.charAt(i));
                assertArrayEquals(HexFormat.of().parseHex(text), KeyText.fromHex(text));
            }
        }
        String base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        for (int place = 0; place < 42; place++) {
            for (int i = 0; i < 64; i++) {
                String text = with(BASE64, place, base64.charAt(i));
                assertArrayEquals(Base64.getDecoder().decode(text), KeyText.fromBase64(text));
            }
        }
    }

    @Test
    void aLineFeedBehindTheKeyIsRefusedWithTheReason() {
        var e =
                assertThrows(
                        IllegalArgumentException.class, () -> KeyText.fromBase64(BASE64 + "\n"));
        assertEquals(
                "a key in base64 has exactly 44 characters, the last of them '='; this text ends"
                        + " with white space: strip it",
                e.getMessage());
    }

    @Test
    void everyOtherCharacterIsRefused() {
        for (int c = 0; c <= Character.MAX_VALUE; c++) {
            if ("0123456789abcdefABCDEF".indexOf(c) < 0) {
                refused(KeyText::fromHex, with(HEX, c % 64, (char) c));
            }
            boolean base64 =
                    c < 128 && (Character.isLetterOrDigit((char) c) || c == '+' || c == '/');
            if (!base64) {
                refused(KeyText::fromBase64, with(BASE64, c % 43, (char) c));
            }
            if (c != '=') {
                refused(KeyText::fromBase64, with(BASE64, 43, (char) c));
            }
        }
    }

    /** Only 16 of the 64 digits may come last: those whose two lowest bits are zero. */
    @Test
    void theTwoUnusedBitsOfBase64MustBeZero() {
        String digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        int accepted = 0;
        for (int i = 0; i < 64; i++) {
            String text = with(BASE64, 42, digits.charAt(i));
            if (i % 4 == 0) {
                assertEquals(text, KeyText.toBase64(KeyText.fromBase64(text)));
                accepted++;
            } else {
                refused(KeyText::fromBase64, text);
            }
        }
        assertEquals(16, accepted);
    }

    @Test
    void everyOtherLengthIsRefused() {
        for (int length = 0; length < 200; length++) {
            if (length != 64) {
                refused(KeyText::fromHex, "a".repeat(length));
            }
            refused(KeyText::fromBase64, "A".repeat(length));
            if (length != 43) {
                refused(KeyText::fromBase64, "A".repeat(length) + "=");
            }
        }
        refused(KeyText::fromBase64, "A".repeat(42) + "==");
        refused(KeyText::fromBase64, " " + BASE64);
        refused(KeyText::fromBase64, BASE64 + "\n");
        refused(KeyText::fromHex, HEX + "\n");
        refused(KeyText::fromHex, "0x" + HEX.substring(2));
    }

    private static void refused(Function<String, byte[]> parser, String text) {
        String message =
                assertThrows(IllegalArgumentException.class, () -> parser.apply(text)).getMessage();
        assertFalse(text.length() > 8 && message.contains(text.substring(0, 8)), message);
    }

    private static String with(String text, int place, char c) {
        return text.substring(0, place) + c + text.substring(place + 1);
    }
}
