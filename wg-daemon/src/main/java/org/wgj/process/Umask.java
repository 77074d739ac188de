// SPDX-License-Identifier: Apache-2.0
package org.wgj.process;

import org.wgj.tun.linux.Libc;

import java.io.IOException;

/**
 * Sets the umask of this process, so that new files are for its owner alone, and gives programs
 * that it starts the umask of its caller: hooks, and resolvconf, which writes a file that all users
 * read.
 *
 * <p>The launchers set this process's umask and pass the caller's in an environment variable.
 */
public final class Umask {
    private static final String VARIABLE = "WGJ_UMASK";
    private static final int NOTHING_FOR_OTHERS = 077;

    private static volatile int before = -1; // the umask that restrict() found

    private Umask() {}

    /** Makes new files, such as a crash report of the JVM, accessible to their owner alone. */
    static void restrict() {
        before = Libc.umask(NOTHING_FOR_OTHERS);
    }

    /**
     * Starts a program with the umask of the caller. The umask belongs to the whole process, so it
     * changes while the program starts; our own files have explicit modes.
     */
    public static Process start(ProcessBuilder builder) throws IOException {
        String callers = builder.environment().remove(VARIABLE);
        int umask = callers == null ? before : Integer.parseInt(callers, 8);
        if (umask < 0) {
            return builder.start();
        }
        synchronized (Umask.class) {
            int ours = Libc.umask(umask);
            try {
                return builder.start();
            } finally {
                Libc.umask(ours);
            }
        }
    }
}
