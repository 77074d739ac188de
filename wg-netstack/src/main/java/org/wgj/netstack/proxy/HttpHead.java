// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The first line and the header fields of an HTTP/1 message (RFC 9112), read strictly: what two
 * programs could read in two ways is refused, because a proxy that guesses lets requests through
 * that its neighbours do not see. Lines may end with LF alone.
 *
 * @param first the first line
 * @param fields in the order of the message
 */
record HttpHead(String first, List<Field> fields) {
    /** The longest head that is read. */
    static final int MAX_BYTES = 64 << 10;

    private static final String TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";

    /** Fields of one connection, not of the message (RFC 9110 section 7.6.1). */
    private static final Set<String> HOP_BY_HOP =
            Set.of(
                    "connection",
                    "proxy-connection",
                    "keep-alive",
                    "te",
                    "upgrade",
                    "http2-settings",
                    "proxy-authenticate",
                    "proxy-authentication-info",
                    "proxy-authorization");

    /** One header field; the value without the blanks around it. */
    record Field(String name, String value) {
        boolean is(String other) {
            return name.equalsIgnoreCase(other);
        }

        /** A value may be a credential. */
        @Override
        public String toString() {
            return name;
        }
    }

    /**
     * Parses a head.
     *
     * @param bytes with the empty line at the end
     * @throws IllegalArgumentException if it is malformed
     */
    static HttpHead parse(byte[] bytes) {
        // Each byte becomes the character of the same number, so that nothing is lost.
        String[] lines = new String(bytes, StandardCharsets.ISO_8859_1).split("\n", -1);
        List<Field> fields = new ArrayList<>();
        String first = line(lines[0]);
        for (int i = 1; i < lines.length - 2; i++) { // two empty strings follow the last field
            String line = line(lines[i]);
            int colon = line.indexOf(':');
            if (colon < 1 || !line.substring(0, colon).matches(TOKEN)) {
                throw new IllegalArgumentException("a header field has no name");
            }
            fields.add(new Field(line.substring(0, colon), trim(line.substring(colon + 1))));
        }
        return new HttpHead(first, List.copyOf(fields));
    }

    private static String line(String text) {
        String line = text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
        if (line.indexOf('\r') >= 0 || line.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("a line has a control character");
        }
        return line;
    }

    /** Blanks are spaces and tabs here, nothing else. */
    private static String trim(String text) {
        int begin = 0;
        int end = text.length();
        while (begin < end && isBlank(text.charAt(begin))) {
            begin++;
        }
        while (end > begin && isBlank(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(begin, end);
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }

    /** Returns the values of all fields of this name. */
    List<String> values(String name) {
        return fields.stream().filter(field -> field.is(name)).map(Field::value).toList();
    }

    /** Returns the first value; null if there is no such field. */
    String value(String name) {
        List<String> values = values(name);
        return values.isEmpty() ? null : values.getFirst();
    }

    /** Returns the elements of the comma-separated fields of this name, in lower case. */
    Set<String> elements(String name) {
        return values(name).stream()
                .flatMap(value -> List.of(value.split(",")).stream())
                .map(element -> trim(element).toLowerCase(Locale.ROOT))
                .filter(element -> !element.isEmpty())
                .collect(Collectors.toUnmodifiableSet());
    }

    /** Returns the fields that a proxy passes on: without those of the connection. */
    List<Field> endToEnd() {
        Set<String> named = elements("Connection");
        return fields.stream()
                .filter(
                        field -> {
                            String name = field.name().toLowerCase(Locale.ROOT);
                            // These two frame the body, which passes unchanged.
                            boolean frames =
                                    name.equals("transfer-encoding")
                                            || name.equals("content-length");
                            return frames || !HOP_BY_HOP.contains(name) && !named.contains(name);
                        })
                .toList();
    }

    /** Returns the bytes of a head. */
    static byte[] bytes(String first, List<Field> fields) {
        StringBuilder text = new StringBuilder(first).append("\r\n");
        for (Field field : fields) {
            text.append(field.name()).append(": ").append(field.value()).append("\r\n");
        }
        return text.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
    }
}
