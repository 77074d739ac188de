// SPDX-License-Identifier: Apache-2.0
package org.wgj.uapi;

import org.wgj.tun.linux.Errno;

import java.io.IOException;

/**
 * Reports an invalid line of a set request: its number and the reason, never its text. The value
 * may be a secret, and so may an unknown key, because base64 text may end with the {@code =} that
 * ends a key.
 */
final class UapiException extends IOException {
    private static final long serialVersionUID = 1;

    private final int line;
    private final String key;
    private final int errno;

    /**
     * @param line counted from 1, which is the line of the operation
     * @param keyOrNull a known key, or null
     * @param errno negative, as in the reply
     */
    UapiException(int line, String keyOrNull, int errno, String reason) {
        super(
                "line "
                        + line
                        + ": "
                        + (keyOrNull == null ? "" : keyOrNull + ": ")
                        + reason
                        + " ("
                        + Errno.name(-errno)
                        + ")");
        this.line = line;
        this.key = keyOrNull;
        this.errno = errno;
    }

    int line() {
        return line;
    }

    /** Returns null if the line had no known key. */
    String key() {
        return key;
    }

    /** Negative. */
    int errno() {
        return errno;
    }
}
