// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.config;

import org.wgj.tunnel.text.FileMistake;

import java.io.IOException;

/**
 * A configuration that cannot be understood: where, and what was expected there. It never repeats a
 * value, which may be a key.
 */
public final class ConfigException extends IOException {
    private static final long serialVersionUID = 1;

    private final String source;
    private final int line;
    private final String section;
    private final String key;
    private final String expected;

    /**
     * @param source the file, or another name of what was read
     * @param line from 1; 0 if the mistake is not in one line
     * @param sectionOrNull Interface or Peer
     * @param keyOrNull the key, as the grammar spells it
     * @param expected what is wrong or was expected, for people
     */
    ConfigException(
            String source, int line, String sectionOrNull, String keyOrNull, String expected) {
        super(FileMistake.message(source, line, sectionOrNull, keyOrNull, expected));
        this.source = source;
        this.line = line;
        this.section = sectionOrNull;
        this.key = keyOrNull;
        this.expected = expected;
    }

    /** Returns the file, as it was named. */
    public String source() {
        return source;
    }

    /** Returns the line from 1; 0 if the mistake is not in one line. */
    public int line() {
        return line;
    }

    /** Returns Interface or Peer; null outside of both. */
    public String section() {
        return section;
    }

    /** Returns the key as the grammar spells it; null if the line has no known key. */
    public String key() {
        return key;
    }

    /** Returns what is wrong or was expected, without the place. */
    public String expected() {
        return expected;
    }
}
