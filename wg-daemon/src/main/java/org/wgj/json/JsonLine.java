// SPDX-License-Identifier: Apache-2.0
package org.wgj.json;

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
            JsonText.quote(out, textOrNull, true);
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
        JsonText.quote(out, name, true);
        out.append(':');
    }

    /** Returns the object, without a line feed. */
    @Override
    public String toString() {
        return out + "}";
    }
}
