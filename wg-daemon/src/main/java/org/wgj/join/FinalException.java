// SPDX-License-Identifier: Apache-2.0
package org.wgj.join;

import java.io.IOException;

/**
 * A failure that the same command would meet again, so that no service manager should repeat it.
 * The message says what to do.
 */
public final class FinalException extends IOException {
    /** The exit code of most such failures. The units name it, so that they stay down. */
    public static final int EXIT_CODE = 4;

    private static final long serialVersionUID = 1L;

    private final int exitCode;

    /**
     * Creates one.
     *
     * @param message what is wrong, where, and what to do
     * @param causeOrNull what led to it; null for nothing else
     */
    public FinalException(String message, Throwable causeOrNull) {
        super(message, causeOrNull);
        exitCode = EXIT_CODE;
    }

    /** Creates one with an exit code of its own. */
    FinalException(String message, int exitCode) {
        super(message);
        this.exitCode = exitCode;
    }

    /**
     * Returns the exit code of the program.
     *
     * @return {@link #EXIT_CODE}, or {@link NodeService#REMOVED}
     */
    public int exitCode() {
        return exitCode;
    }
}
