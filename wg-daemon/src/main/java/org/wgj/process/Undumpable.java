// SPDX-License-Identifier: Apache-2.0
package org.wgj.process;

import org.wgj.log.Log;
import org.wgj.tun.linux.Errno;
import org.wgj.tun.linux.Libc;

/**
 * Keeps the memory of this process, which holds keys, out of core dumps and from other processes,
 * except those with CAP_SYS_PTRACE (prctl(2), PR_SET_DUMPABLE). The {@code ulimit -c 0} of the
 * launchers is not enough: core(5) does not apply it if core_pattern is a pipe.
 *
 * <p>Root owns the process's files in /proc from then on. The process can still use its descriptors
 * there, and programs that it starts are not affected.
 */
final class Undumpable {
    private static final int PR_SET_DUMPABLE = 4; // linux/prctl.h

    private Undumpable() {}

    static void become() {
        if (Libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0) {
            // Another thread may still be setting up SLF4J.
            Log.early(Undumpable.class)
                    .warn("this process may be dumped: prctl says {}", Errno.text(Libc.errno()));
        }
    }
}
