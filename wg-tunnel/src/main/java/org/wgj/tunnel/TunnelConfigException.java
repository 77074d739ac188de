// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import org.wgj.tunnel.config.ConfigException;

import java.io.IOException;

/**
 * A configuration file is wrong: where, and what was expected there. Neither the message nor a part
 * of it repeats a value, which may be a key.
 */
public final class TunnelConfigException extends IOException {
    private static final long serialVersionUID = 1;

    /** The file, or what else was read. */
    private final String source;

    /** From 1; 0 if no single line is wrong. */
    private final int line;

    /** Interface or Peer; null outside of both. */
    private final String section;

    /** The key, as files spell it; null if the line has no known key. */
    private final String key;

    /** The mistake, or the value that was expected. */
    private final String reason;

    TunnelConfigException(ConfigException e) {
        super(e.getMessage());
        source = e.source();
        line = e.line();
        section = e.section();
        key = e.key();
        reason = e.expected();
    }

    /**
     * Returns the file that is wrong.
     *
     * @return the file's path as the caller named it, or the name of the text
     */
    public String source() {
        return source;
    }

    /**
     * Returns the line that is wrong.
     *
     * @return from 1; 0 if the mistake is not in one line
     */
    public int line() {
        return line;
    }

    /**
     * Returns the section of the line.
     *
     * @return {@code Interface} or {@code Peer}; null outside of both
     */
    public String section() {
        return section;
    }

    /**
     * Returns the key of the line.
     *
     * @return as the format spells it, such as {@code AllowedIPs}; null if the line has no known
     *     key
     */
    public String key() {
        return key;
    }

    /**
     * Returns what is wrong or was expected, in English.
     *
     * @return the message without the place
     */
    public String reason() {
        return reason;
    }
}
