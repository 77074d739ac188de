// SPDX-License-Identifier: Apache-2.0
package org.wgj.show;

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
        quote(name);
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
            quote(textOrNull);
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

    private void quote(String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"', '\\' -> out.append('\\').append(c);
                case '\n' -> out.append("\\n");
                case '\t' -> out.append("\\t");
                case '\r' -> out.append("\\r");
                default -> {
                    // A surrogate without its partner cannot be encoded in UTF-8; escaped, it is
                    // valid JSON.
                    boolean plain = c >= ' ' && c != 0x7f && !Character.isSurrogate(c);
                    out.append(plain ? String.valueOf(c) : "\\u%04x".formatted((int) c));
                }
            }
        }
        out.append('"');
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
