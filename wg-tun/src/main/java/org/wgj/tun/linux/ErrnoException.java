// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.linux;

import java.io.IOException;

/**
 * Signals that a system call failed, and says which, on what, and why. Callers outside this
 * project's modules see it as an {@link IOException}.
 */
public final class ErrnoException extends IOException {
    private static final long serialVersionUID = 1;

    private final int errno;

    /**
     * Explains the number with its usual meaning.
     *
     * @param call the call and what it was made on, such as {@code "ioctl TUNSETIFF wg0"}
     * @param errno the positive number of errno.h
     */
    public ErrnoException(String call, int errno) {
        this(call, errno, Errno.text(errno));
    }

    /**
     * Explains the number with the caller's words.
     *
     * @param call the call and what it was made on
     * @param errno the positive number of errno.h
     * @param explanation what the number means here and what to do, for people
     */
    public ErrnoException(String call, int errno, String explanation) {
        super(call + ": " + explanation + " (" + Errno.name(errno) + ")");
        this.errno = errno;
    }

    /**
     * Returns the positive number of errno.h.
     *
     * @return the number
     */
    public int errno() {
        return errno;
    }

    /**
     * Returns a call's result, or throws if it is negative. Must be called right after the call, on
     * the same thread.
     *
     * @param call the call and what it was made on
     * @param result the call's result
     * @return the result
     * @throws ErrnoException if the result is negative
     */
    public static int check(String call, int result) throws ErrnoException {
        if (result < 0) {
            throw new ErrnoException(call, Libc.errno());
        }
        return result;
    }
}
