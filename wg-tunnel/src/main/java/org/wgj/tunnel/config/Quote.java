// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.config;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * Quotes text of a file in an error. A key, or a piece of one, may stand anywhere by mistake, so
 * text that might be one is not repeated.
 */
final class Quote {
    /** So many characters of base64 or hex in a row may be a piece of a key. */
    private static final Pattern LIKE_A_SECRET = Pattern.compile("[A-Za-z0-9+/=]{20}");

    /** Words of letters only; 20 random characters of base64 contain another character. */
    private static final Pattern WORD = Pattern.compile("[A-Za-z_-]{1,24}");

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]+");
    private static final int MAX_CHARACTERS = 64;

    private Quote() {}

    /** Returns whether the text may be shown to every reader of a log. */
    static boolean isHarmless(String bytes) {
        return bytes.length() <= MAX_CHARACTERS
                && (WORD.matcher(bytes).matches()
                        || !LIKE_A_SECRET.matcher(ConfigText.withoutSpaces(bytes)).find());
    }

    /**
     * Returns the text, in quotation marks unless it is a plain name.
     *
     * @param bytes harmless text that was read byte by byte
     */
    static String of(String bytes) {
        return NAME.matcher(bytes).matches() ? bytes : "'" + utf8(bytes) + "'";
    }

    /**
     * Reads the entries of a list, one after the other. If there are several, an error says which
     * one is wrong.
     *
     * @param reader throws an IllegalArgumentException if an entry is wrong
     */
    static void each(List<String> entries, Consumer<String> reader) {
        for (int i = 0; i < entries.size(); i++) {
            String entry = entries.get(i);
            try {
                reader.accept(entry);
            } catch (IllegalArgumentException e) {
                if (entries.size() == 1 || entry.isEmpty()) {
                    throw e;
                }
                String quoted = isHarmless(entry) ? ", '" + utf8(entry) + "'" : "";
                throw new IllegalArgumentException(
                        "entry " + (i + 1) + quoted + ": " + e.getMessage(), e);
            }
        }
    }

    /** Decodes text that was read byte by byte. */
    static String utf8(String bytes) {
        return new String(bytes.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }
}
