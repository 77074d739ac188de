// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.status;

import java.util.Locale;

/** The way from one node to another in a plane, the best first. */
public enum LinkKind {
    /** Packets go straight to the other node. */
    DIRECT('D'),

    /** Packets go straight to the other node's address in the same local network. */
    LAN('L'),

    /** Packets go through a relay, which cannot read them. */
    RELAY('R'),

    /** There has been no session yet. */
    NONE('-'),

    /** There was a session, and the other node does not answer any more. */
    BROKEN('!');

    private final char letter;

    LinkKind(char letter) {
        this.letter = letter;
    }

    /**
     * Returns the letter that stands for this kind in a matrix.
     *
     * @return one of D, L, R, - and !
     */
    public char letter() {
        return letter;
    }

    /**
     * Returns whether packets arrive.
     *
     * @return false for {@link #NONE} and {@link #BROKEN}
     */
    public boolean isUp() {
        return compareTo(NONE) < 0;
    }

    /**
     * Returns the word that stands for this kind in JSON.
     *
     * @return the name in lower case
     */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Finds a kind by its word.
     *
     * @param word any text
     * @return the kind; null if there is none
     */
    static LinkKind of(String word) {
        for (LinkKind kind : values()) {
            if (kind.word().equals(word)) {
                return kind;
            }
        }
        return null;
    }
}
