// SPDX-License-Identifier: Apache-2.0
package org.wgj.json;

/** Writes strings of JSON (RFC 8259 section 7). */
final class JsonText {
    private JsonText() {}

    /**
     * Appends a string in quotation marks.
     *
     * @param ascii whether to escape all characters beyond ASCII. Otherwise only control characters
     *     and surrogates are escaped: a surrogate without its partner cannot be encoded in UTF-8
     */
    static void quote(StringBuilder out, String text, boolean ascii) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"', '\\' -> out.append('\\').append(c);
                case '\n' -> out.append("\\n");
                case '\t' -> out.append("\\t");
                case '\r' -> out.append("\\r");
                default -> {
                    boolean plain = ascii ? c < 0x7f : c != 0x7f && !Character.isSurrogate(c);
                    if (plain && c >= ' ') {
                        out.append(c);
                    } else {
                        out.append("\\u%04x".formatted((int) c));
                    }
                }
            }
        }
        out.append('"');
    }
}
