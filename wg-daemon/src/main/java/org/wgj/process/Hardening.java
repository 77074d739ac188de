// SPDX-License-Identifier: Apache-2.0
package org.wgj.process;

/**
 * Takes from this process what it does not need, for good. A service calls {@link #protectSecrets}
 * before it reads a key, and denies system calls when its interfaces are up, because making them
 * needs some of these calls.
 */
public final class Hardening {
    private Hardening() {}

    /** Keeps memory and new files, which may hold keys, from other users. */
    public static void protectSecrets() {
        Undumpable.become();
        Umask.restrict();
    }

    /**
     * For a process that starts no program: denies what {@link #denySystemCalls} does, and exec.
     */
    public static void denySystemCallsAndPrograms() {
        SystemCallFilter.installForTunnel();
    }

    /**
     * For a process that may start programs such as resolvconf. They inherit the filter, so do not
     * call this in a process that runs hooks, which may do anything.
     */
    public static void denySystemCalls() {
        SystemCallFilter.installForPrograms();
    }
}
