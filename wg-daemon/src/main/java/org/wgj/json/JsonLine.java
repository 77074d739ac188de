// SPDX-License-Identifier: Apache-2.0
package org.wgj.log;

/**
 * Builds one JSON object in one line, in ASCII: other characters are escaped, so the terminal's
 * character set does not matter. For use by one thread.
 */
public final class JsonLine {
    private final StringBuilder out = new StringBuilder("{");

    /** Adds a string; null is written as null. */
    public JsonLine string(String name, String textOrNull) {
        name(name);
        if (textOrNull == null) {
            out.append("null");
        } else {
            quote(textOrNull);
        }
        return this;
    }

    /**
     * Adds a number.
     *
     * @param value unsigned
     */
    public JsonLine unsigned(String name, long value) {
        name(name);
        out.append(Long.toUnsignedString(value));
        return this;
    }

    /** Adds an integer as a number, a truth value as such, and anything else by its text. */
    public JsonLine value(String name, Object valueOrNull) {
        if (valueOrNull instanceof Long
                || valueOrNull instanceof Integer
                || valueOrNull instanceof Boolean) {
            name(name);
            out.append(valueOrNull);
            return this;
        }
        return string(name, valueOrNull == null ? null : valueOrNull.toString());
    }

    private void name(String name) {
        if (out.length() > 1) {
            out.append(',');
        }
        quote(name);
        out.append(':');
    }

    private void quote(String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"', '\\' -> out.append('\\').append(c);
                case '\n' -> out.append("\\n");
                case '\t' -> out.append("\\t");
                default -> {
                    if (c >= ' ' && c < 0x7f) {
                        out.append(c);
                    } else {
                        out.append("\\u%04x".formatted((int) c));
                    }
                }
            }
        }
        out.append('"');
    }

    /** Returns the object, without a line feed. */
    @Override
    public String toString() {
        return out + "}";
    }
}
