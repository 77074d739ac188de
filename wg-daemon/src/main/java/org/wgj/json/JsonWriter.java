// SPDX-License-Identifier: Apache-2.0
package org.wgj.json;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Writes one JSON value (RFC 8259), indented. Call its methods in the order of the output:
 * {@code begin('{').name("a").number(1).end()}.
 */
public final class JsonWriter {
    private final StringBuilder out = new StringBuilder();
    private final Deque<Character> closers = new ArrayDeque<>();
    private boolean first = true; // the innermost object or array is empty so far
    private boolean named; // the last call was a name

    /**
     * @param opener <code>{</code> for an object, {@code [} for an array
     */
    public JsonWriter begin(char opener) {
        separate();
        out.append(opener);
        closers.push(
                switch (opener) {
                    case '{' -> '}';
                    case '[' -> ']';
                    default -> throw new IllegalArgumentException("neither { nor [");
                });
        first = true;
        return this;
    }

    /** Ends the innermost object or array. */
    public JsonWriter end() {
        char closer = closers.pop();
        if (!first) {
            newLine();
        }
        out.append(closer);
        first = false;
        return this;
    }

    public JsonWriter name(String name) {
        separate();
        JsonText.quote(out, name, false);
        out.append(": ");
        named = true;
        return this;
    }

    /** Writes a string, or null. */
    public JsonWriter string(String textOrNull) {
        separate();
        if (textOrNull == null) {
            out.append("null");
        } else {
            JsonText.quote(out, textOrNull, false);
        }
        return this;
    }

    public JsonWriter number(long value) {
        return literal(Long.toString(value));
    }

    public JsonWriter unsigned(long value) {
        return literal(Long.toUnsignedString(value));
    }

    public JsonWriter bool(boolean value) {
        return literal(Boolean.toString(value));
    }

    public JsonWriter nothing() {
        return literal("null");
    }

    private JsonWriter literal(String text) {
        separate();
        out.append(text);
        return this;
    }

    private void separate() {
        if (named) {
            named = false;
            return;
        }
        if (!first) {
            out.append(',');
        }
        first = false;
        if (!closers.isEmpty()) {
            newLine();
        }
    }

    private void newLine() {
        out.append('\n').append("  ".repeat(closers.size()));
    }

    /** Returns the value, without a line feed at its end. */
    @Override
    public String toString() {
        if (!closers.isEmpty()) {
            throw new IllegalStateException(closers.size() + " not ended");
        }
        return out.toString();
    }
}
