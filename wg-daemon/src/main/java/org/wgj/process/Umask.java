// SPDX-License-Identifier: Apache-2.0
package org.wgj.process;

import org.wgj.tun.linux.Libc;

import java.io.IOException;

/**
 * The umask of this process, under which no file is for others, and that of its caller, which the
 * programs it starts get: hooks, and resolvconf, which writes a file that all users read.
 *
 * <p>The launchers set the first and leave the second in an environment variable.
 */
public final class Umask {
    private static final String VARIABLE = "WGJ_UMASK";
    private static final int NOTHING_FOR_OTHERS = 077;

    private static volatile int before = -1; // the umask that restrict() found

    private Umask() {}

    /** What this process may write, such as the JVM's report of a crash, is for its owner alone. */
    static void restrict() {
        before = Libc.umask(NOTHING_FOR_OTHERS);
    }

    /**
     * Starts a program under the umask of the caller. The umask is the whole process's, and is
     * changed for as long as starting takes; files of ours have modes of their own.
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
