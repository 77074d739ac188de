// SPDX-License-Identifier: Apache-2.0
package org.wgj.process;

import java.util.List;
import java.util.stream.Stream;

/**
 * A system call of Linux that a tunnel does not need, and that would help an attacker who controls
 * this process, for example through a bug in a C library: to reach other processes, file systems,
 * kernel code, keys or the clock. The numbers are those of asm/unistd_64.h (x86-64) and
 * asm-generic/unistd.h (aarch64). Calls from number 424 on have the same number on both.
 *
 * <p>Calls that the JVM may use are not listed, such as the memory policies of its NUMA support.
 * clone also creates threads, so its flags decide ({@link SystemCallFilter}).
 *
 * @param x86 the number on x86-64
 * @param arm the number on aarch64, {@link #NONE} if it has no such call
 */
record SystemCall(String name, int x86, int arm) {
    static final int NONE = -1;

    static final SystemCall CLONE = new SystemCall("clone", 56, 220);
    static final SystemCall CLONE3 = new SystemCall("clone3", 435, 435);

    /** Execute another program. A launcher does that once, before the filter is installed. */
    static final List<SystemCall> EXECUTE =
            List.of(new SystemCall("execve", 59, 221), new SystemCall("execveat", 322, 281));

    private static final List<SystemCall> OTHER_PROCESSES =
            List.of(
                    new SystemCall("ptrace", 101, 117),
                    new SystemCall("process_vm_readv", 310, 270),
                    new SystemCall("process_vm_writev", 311, 271),
                    new SystemCall("process_madvise", 440, 440),
                    new SystemCall("kcmp", 312, 272),
                    new SystemCall("pidfd_getfd", 438, 438));

    private static final List<SystemCall> FILE_SYSTEMS =
            List.of(
                    new SystemCall("mount", 165, 40),
                    new SystemCall("umount2", 166, 39),
                    new SystemCall("pivot_root", 155, 41),
                    new SystemCall("chroot", 161, 51),
                    new SystemCall("open_tree", 428, 428),
                    new SystemCall("move_mount", 429, 429),
                    new SystemCall("fsopen", 430, 430),
                    new SystemCall("fsconfig", 431, 431),
                    new SystemCall("fsmount", 432, 432),
                    new SystemCall("fspick", 433, 433),
                    new SystemCall("mount_setattr", 442, 442),
                    new SystemCall("unshare", 272, 97),
                    new SystemCall("setns", 308, 268),
                    new SystemCall("open_by_handle_at", 304, 265),
                    new SystemCall("fanotify_init", 300, 262),
                    new SystemCall("quotactl", 179, 60),
                    new SystemCall("quotactl_fd", 443, 443),
                    new SystemCall("swapon", 167, 224),
                    new SystemCall("swapoff", 168, 225),
                    new SystemCall("acct", 163, 89));

    private static final List<SystemCall> KERNEL =
            List.of(
                    new SystemCall("kexec_load", 246, 104),
                    new SystemCall("kexec_file_load", 320, 294),
                    new SystemCall("init_module", 175, 105),
                    new SystemCall("finit_module", 313, 273),
                    new SystemCall("delete_module", 176, 106),
                    new SystemCall("reboot", 169, 142),
                    new SystemCall("syslog", 103, 116),
                    new SystemCall("vhangup", 153, 58),
                    new SystemCall("personality", 135, 92),
                    new SystemCall("iopl", 172, NONE),
                    new SystemCall("ioperm", 173, NONE),
                    new SystemCall("modify_ldt", 154, NONE));

    /** Large interfaces in which most recent vulnerabilities of the kernel were found. */
    private static final List<SystemCall> INTERFACES_WITH_A_HISTORY =
            List.of(
                    new SystemCall("bpf", 321, 280),
                    new SystemCall("perf_event_open", 298, 241),
                    new SystemCall("userfaultfd", 323, 282),
                    new SystemCall("io_uring_setup", 425, 425),
                    new SystemCall("io_uring_enter", 426, 426),
                    new SystemCall("io_uring_register", 427, 427),
                    new SystemCall("add_key", 248, 217),
                    new SystemCall("request_key", 249, 218),
                    new SystemCall("keyctl", 250, 219),
                    new SystemCall("lookup_dcookie", 212, 18),
                    new SystemCall("uselib", 134, NONE),
                    new SystemCall("_sysctl", 156, NONE));

    private static final List<SystemCall> CLOCK_AND_NAME =
            List.of(
                    new SystemCall("settimeofday", 164, 170),
                    new SystemCall("clock_settime", 227, 112),
                    new SystemCall("clock_adjtime", 305, 266),
                    new SystemCall("adjtimex", 159, 171),
                    new SystemCall("sethostname", 170, 161),
                    new SystemCall("setdomainname", 171, 162));

    /** Calls that no tunnel needs, even if its process may start programs. */
    static final List<SystemCall> NEVER_NEEDED =
            Stream.of(
                            OTHER_PROCESSES,
                            FILE_SYSTEMS,
                            KERNEL,
                            INTERFACES_WITH_A_HISTORY,
                            CLOCK_AND_NAME)
                    .flatMap(List::stream)
                    .toList();
}
