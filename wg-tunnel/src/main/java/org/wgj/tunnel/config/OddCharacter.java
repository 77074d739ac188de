// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.config;

import java.util.Locale;

/**
 * Finds characters that look like a space or a sign of the grammar, or are invisible: word
 * processors, web pages and chat programs insert them into text that is copied from there.
 */
final class OddCharacter {
    /** Punctuation that is allowed in host names, RFC 5892 2.6. */
    private static final String OF_HOST_NAMES = "\u00b7\u05f3\u05f4\u30fb";

    private OddCharacter() {}

    /**
     * Describes the first odd character.
     *
     * @param text bytes as characters, of UTF-8 or ISO 8859-1
     * @param end where to stop
     * @param carriageReturnsTo before this index a carriage return inside the line counts too
     * @return null if there is none before {@code end}
     */
    static String describe(CharSequence text, int end, int carriageReturnsTo) {
        int last = carriageReturnsTo;
        while (last > 0 && ConfigText.isSpace(text.charAt(last - 1))) {
            last--;
        }
        int column = 1;
        for (int i = 0; i < last; column++) {
            int length = utf8Length(text, i);
            int character = character(text, i, length);
            if (character == '\r') {
                return at(column)
                        + "carriage return without a line feed: save the file with the line ends of"
                        + " Unix or Windows";
            }
            if (i < end && isOdd(character)) {
                return at(column) + name(character) + ": type a plain one, or none, in its place";
            }
            i += length;
        }
        return null;
    }

    private static String at(int column) {
        return "in column " + column + " is a ";
    }

    private static String name(int character) {
        String name = Character.getName(character);
        return (name == null ? "character" : name.toLowerCase(Locale.ROOT))
                + " (U+%04X)".formatted(character);
    }

    /**
     * Returns whether the character is odd. Letters, digits and symbols of any script are not: host
     * names have them.
     */
    private static boolean isOdd(int character) {
        if (character < 0x80) {
            return character < ' ' && !ConfigText.isSpace((char) character) || character == 0x7f;
        }
        if (OF_HOST_NAMES.indexOf(character) >= 0) {
            return false;
        }
        return switch (Character.getType(character)) {
            case Character.SPACE_SEPARATOR,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.CONTROL,
                    Character.FORMAT,
                    Character.CONNECTOR_PUNCTUATION,
                    Character.DASH_PUNCTUATION,
                    Character.START_PUNCTUATION,
                    Character.END_PUNCTUATION,
                    Character.INITIAL_QUOTE_PUNCTUATION,
                    Character.FINAL_QUOTE_PUNCTUATION,
                    Character.OTHER_PUNCTUATION,
                    Character.MATH_SYMBOL ->
                    true;
            default -> false;
        };
    }

    /** Returns the length of the character that begins there; 1 if the bytes are not UTF-8. */
    private static int utf8Length(CharSequence text, int begin) {
        int first = text.charAt(begin);
        int length = first < 0xc2 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 1;
        if (begin + length > text.length()) {
            return 1;
        }
        for (int i = 1; i < length; i++) {
            if ((text.charAt(begin + i) & 0xc0) != 0x80) {
                return 1;
            }
        }
        return length;
    }

    private static int character(CharSequence text, int begin, int length) {
        int character = length == 1 ? text.charAt(begin) : text.charAt(begin) & 0x7f >> length;
        for (int i = 1; i < length; i++) {
            character = character << 6 | text.charAt(begin + i) & 0x3f;
        }
        return character;
    }
}
