// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.config;

import java.io.IOException;

/**
 * A configuration that cannot be understood: where, and what was expected there. Never what was
 * found in a value, which may be a key.
 */
public final class ConfigException extends IOException {
    private static final long serialVersionUID = 1;

    private final String source;
    private final int line;
    private final String section;
    private final String key;
    private final String expected;

    /**
     * @param source the file, or what else it was read from
     * @param line from 1; 0 when it is no matter of one line
     * @param sectionOrNull Interface or Peer
     * @param keyOrNull the key, as the grammar spells it
     * @param expected what is wrong or was expected, for people
     */
    ConfigException(
            String source, int line, String sectionOrNull, String keyOrNull, String expected) {
        super(
                source
                        + (line == 0 ? "" : ", line " + line)
                        + (sectionOrNull == null ? "" : ", [" + sectionOrNull + "]")
                        + (keyOrNull == null ? "" : " " + keyOrNull)
                        + ": "
                        + expected);
        this.source = source;
        this.line = line;
        this.section = sectionOrNull;
        this.key = keyOrNull;
        this.expected = expected;
    }

    /** The file, as it was named. */
    public String source() {
        return source;
    }

    /** From 1; 0 when it is no matter of one line. */
    public int line() {
        return line;
    }

    /** Interface or Peer; null outside of both. */
    public String section() {
        return section;
    }

    /** As the grammar spells it; null where the line has no known key. */
    public String key() {
        return key;
    }

    /** What is wrong or was expected, without the place. */
    public String expected() {
        return expected;
    }
}
