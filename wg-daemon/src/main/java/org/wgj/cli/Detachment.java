// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import org.wgj.tun.linux.ErrnoException;
import org.wgj.tun.linux.Libc;

/**
 * Detaches a background process from its caller. The launchers close descriptors and clear
 * environment variables that the process does not need. This class does the rest.
 */
final class Detachment {
    private static final int O_RDWR = 2; // asm-generic/fcntl.h

    private Detachment() {}

    /**
     * Releases the caller's working directory, input and output: a caller may wait for the end of a
     * pipe, and a directory in use cannot be unmounted. Standard error stays open if logs were
     * requested.
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
