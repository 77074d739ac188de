// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.linux;

import java.io.IOException;

/** A system call failed: which one, on what, and why. */
public final class ErrnoException extends IOException {
    private static final long serialVersionUID = 1;

    private final int errno;

    /**
     * @param call the call and what it was made on, such as {@code "ioctl TUNSETIFF wg0"}
     * @param errno the positive number of errno.h
     */
    public ErrnoException(String call, int errno) {
        this(call, errno, Errno.text(errno));
    }

    /**
     * @param explanation what the number means here and what to do, for people
     */
    public ErrnoException(String call, int errno, String explanation) {
        super(call + ": " + explanation + " (" + Errno.name(errno) + ")");
        this.errno = errno;
    }

    /** The positive number of errno.h. */
    public int errno() {
        return errno;
    }

    /**
     * Returns a call's result, or throws when it is negative; to be called right after the call, on
     * the same thread.
     */
    public static int check(String call, int result) throws ErrnoException {
        if (result < 0) {
            throw new ErrnoException(call, Libc.errno());
        }
        return result;
    }
}
