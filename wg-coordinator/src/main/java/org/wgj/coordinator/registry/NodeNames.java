// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.registry;

import java.text.Normalizer;
import java.util.Locale;

/** Names of nodes: RFC 1123 labels in lower case. */
final class NodeNames {
    static final int MAX = 63;

    private NodeNames() {}

    /**
     * Folds a name and checks it.
     *
     * @return the name in lower case
     * @throws IllegalArgumentException if it is no label
     */
    static String check(String text) {
        String name = Normalizer.normalize(text, Normalizer.Form.NFC).toLowerCase(Locale.ROOT);
        if (!isLabel(name)) {
            throw new IllegalArgumentException(
                    "'"
                            + shown(text)
                            + "' is no name: use 1 to 63 letters a-z, digits and -, and no - at"
                            + " the ends");
        }
        return name;
    }

    /** Returns whether a name is one as {@link #check} returns it. */
    static boolean isLabel(String name) {
        return name.length() <= MAX && name.matches("[a-z0-9]([a-z0-9-]*[a-z0-9])?");
    }

    /** Returns the name with a suffix, shortened if it becomes too long. */
    static String numbered(String name, int number) {
        String suffix = "-" + number;
        String stem = name.substring(0, Math.min(name.length(), MAX - suffix.length()));
        while (stem.endsWith("-")) {
            stem = stem.substring(0, stem.length() - 1);
        }
        return stem + suffix;
    }

    /** Returns the part of a foreign text that a message repeats: printable ASCII, and not much. */
    static String shown(String text) {
        String printable = text.replaceAll("[^ -~]", "?");
        return printable.length() <= MAX ? printable : printable.substring(0, MAX) + "...";
    }
}
