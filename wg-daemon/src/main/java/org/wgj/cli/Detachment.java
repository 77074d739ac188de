// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import org.wgj.tun.linux.ErrnoException;
import org.wgj.tun.linux.Libc;

/**
 * Cuts a process that stays off from its caller. The launchers close the descriptors and clear the
 * environment that it has no use for, and lead the JVM's own words, one of which is a warning that
 * cannot be switched off, through a filter; the rest is done here.
 */
final class Detachment {
    private static final int O_RDWR = 2; // asm-generic/fcntl.h

    private Detachment() {}

    /** Leaves the launcher's filter: standard error is what it was for the launcher. */
    static void restoreErrors() {
        String descriptor = System.getenv("WGJ_STDERR_FD");
        if (descriptor != null) {
            int errors = Integer.parseInt(descriptor);
            Libc.dup2(errors, 2);
            Libc.close(errors);
        }
    }

    /**
     * Lets go of the caller's folder and its input and output, for a caller may wait for the end of
     * what it reads through a pipe, and a folder that is in use cannot be unmounted. Logs that were
     * asked for go on.
     */
    static void letGo() throws ErrnoException {
        Libc.chdir("/");
        int nothing = ErrnoException.check("open /dev/null", Libc.open("/dev/null", O_RDWR));
        Libc.dup2(nothing, 0);
        Libc.dup2(nothing, 1);
        String level = System.getenv("LOG_LEVEL");
        if (level == null || level.isEmpty() || level.equals("silent")) {
            Libc.dup2(nothing, 2);
        }
        Libc.close(nothing);
    }
}
