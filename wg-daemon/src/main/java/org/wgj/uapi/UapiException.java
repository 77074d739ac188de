// SPDX-License-Identifier: Apache-2.0
package org.wgj.uapi;

import org.wgj.tun.linux.Errno;

import java.io.IOException;

/**
 * A line of a set request that cannot be understood: which one and why, never what it said. The
 * value may be a secret, and so may an unknown key, since base64 ends in the very {@code =} that
 * ends a key.
 */
final class UapiException extends IOException {
    private static final long serialVersionUID = 1;

    private final int line;
    private final String key;
    private final int errno;

    /**
     * @param line counted from 1, the line of the operation
     * @param keyOrNull a key that the protocol knows, or null
     * @param errno negative, as the reply says it
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

    /** Null where the line had no known key. */
    String key() {
        return key;
    }

    /** Negative. */
    int errno() {
        return errno;
    }
}
