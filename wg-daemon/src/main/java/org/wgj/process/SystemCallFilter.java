// SPDX-License-Identifier: Apache-2.0
package org.wgj.process;

import com.sun.jna.Memory;
import com.sun.jna.Platform;
import com.sun.jna.Pointer;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.wgj.tun.linux.Errno;
import org.wgj.tun.linux.ErrnoException;
import org.wgj.tun.linux.Libc;

import java.util.List;
import java.util.stream.Stream;

/**
 * Denies system calls ({@link SystemCall}) to this process, all its threads and the programs that
 * it starts. The calls fail with EPERM from then on, and the filter cannot be removed (seccomp(2),
 * Documentation/userspace-api/seccomp_filter.rst). This is a second barrier behind the capabilities
 * that the launchers drop, and our only one if another program started the JVM as root.
 *
 * <p>The process cannot create namespaces, because the first process of a new user namespace has
 * all capabilities there. clone(2) works for threads and programs and fails with EPERM if a flag
 * asks for a namespace. clone3(2) has its flags in memory, which a filter cannot read; it fails
 * with ENOSYS, and C libraries then use clone(2).
 *
 * <p>The filter lists what is denied, not what is allowed, because another JVM or C library may use
 * a call that we do not expect. The kernel runs the filter once for each number and remembers the
 * calls that are always allowed (since Linux 5.11), so its length costs nothing.
 */
final class SystemCallFilter {
    private static final Logger LOG = LoggerFactory.getLogger(SystemCallFilter.class);

    private static final int PR_SET_NO_NEW_PRIVS = 38; // linux/prctl.h

    // linux/seccomp.h
    private static final int SECCOMP_SET_MODE_FILTER = 1;
    private static final int SECCOMP_FILTER_FLAG_TSYNC = 1;

    /**
     * Without this flag, kernels before 5.16 turn on Speculative Store Bypass Disable, a mitigation
     * that slows down all memory accesses.
     */
    private static final int SECCOMP_FILTER_FLAG_SPEC_ALLOW = 4;

    private static final int INSTRUCTION_BYTES = 8; // struct sock_filter of linux/filter.h

    private SystemCallFilter() {}

    /**
     * Installs the filter of a process that runs one tunnel and starts no program. If the kernel or
     * WGJ_PRIVILEGES refuses a filter, the process goes on without, and the log says so.
     */
    static void installForTunnel() {
        install(Stream.concat(SystemCall.NEVER_NEEDED.stream(), SystemCall.EXECUTE.stream()));
    }

    /** Installs the filter of a process that may start programs, which inherit it. */
    static void installForPrograms() {
        install(SystemCall.NEVER_NEEDED.stream());
    }

    private static void install(Stream<SystemCall> denied) {
        SeccompProgram.Processor processor = SeccompProgram.Processor.of(Platform.ARCH);
        if ("all".equals(System.getenv("WGJ_PRIVILEGES"))) {
            LOG.debug("no filter of system calls: WGJ_PRIVILEGES is all");
        } else if (processor == null) {
            LOG.info("no filter of system calls for this processor: {}", Platform.ARCH);
        } else {
            try {
                install(processor, SeccompProgram.write(processor, denied.toList()));
            } catch (ErrnoException e) {
                LOG.info("no filter of system calls: {}", e.getMessage());
            }
        }
    }

    /** TSYNC gives all threads both no_new_privs and the filter, or no thread the filter. */
    private static void install(
            SeccompProgram.Processor processor, List<SeccompProgram.Instruction> program)
            throws ErrnoException {
        try (Memory instructions = new Memory((long) program.size() * INSTRUCTION_BYTES);
                Memory header = new Memory(16)) { // struct sock_fprog
            for (int i = 0; i < program.size(); i++) {
                write(program.get(i), instructions, i * INSTRUCTION_BYTES);
            }
            header.clear();
            header.setShort(0, (short) program.size());
            header.setLong(8, Pointer.nativeValue(instructions));
            ErrnoException.check("prctl", Libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
            long result =
                    Libc.syscall(
                            processor.seccomp,
                            SECCOMP_SET_MODE_FILTER,
                            SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_SPEC_ALLOW,
                            Pointer.nativeValue(header));
            ErrnoException.check("seccomp", (int) result);
            if (result > 0) { // the number of a thread that has a filter of its own
                throw new ErrnoException("seccomp of thread " + result, Errno.EBUSY);
            }
        }
    }

    private static void write(SeccompProgram.Instruction instruction, Memory memory, int offset) {
        memory.setShort(offset, (short) instruction.code());
        memory.setByte(offset + 2, (byte) instruction.ifTrue());
        memory.setByte(offset + 3, (byte) instruction.ifFalse());
        memory.setInt(offset + 4, instruction.value());
    }
}
