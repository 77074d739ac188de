// SPDX-License-Identifier: Apache-2.0
package org.wgj.process;

import org.slf4j.LoggerFactory;
import org.wgj.tun.linux.Errno;
import org.wgj.tun.linux.Libc;

/**
 * Keeps the memory of this process, which holds keys, from core dumps and from other processes but
 * those with CAP_SYS_PTRACE (prctl(2), PR_SET_DUMPABLE). The launchers' {@code ulimit -c 0} is not
 * enough: core(5) does not apply it where core_pattern is a pipe.
 *
 * <p>What is in /proc of the process belongs to root from here on; the process itself still finds
 * its descriptors there, and programs that it starts are not concerned.
 */
final class Undumpable {
    private static final int PR_SET_DUMPABLE = 4; // linux/prctl.h

    private Undumpable() {}

    static void become() {
        if (Libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0) {
            // Made here and no earlier: another thread may be setting the log up
            // (Logging.awaitReady).
            LoggerFactory.getLogger(Undumpable.class)
                    .warn("this process may be dumped: prctl says {}", Errno.text(Libc.errno()));
        }
    }
}
