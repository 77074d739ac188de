// SPDX-License-Identifier: Apache-2.0
package org.wgj.run;

import com.sun.jna.Memory;
import com.sun.jna.Platform;
import com.sun.jna.Pointer;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.wgj.tun.linux.Errno;
import org.wgj.tun.linux.ErrnoException;
import org.wgj.tun.linux.Libc;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Takes calls of the kernel ({@link SystemCall}) from this process, all its threads, and what it
 * starts, for good: they fail with EPERM from then on (seccomp(2),
 * Documentation/userspace-api/seccomp_filter.rst). One more fence behind the capabilities that the
 * launchers take away, and the only one of ours where something else started the JVM as root.
 *
 * <p>It makes no namespaces, since the first process of a new user namespace has all capabilities
 * there: clone(2) works for threads and programs and fails with EPERM where it has a flag for a
 * namespace; clone3(2), whose flags are in memory that a filter cannot read, fails with ENOSYS, at
 * which C libraries fall back to clone(2).
 *
 * <p>A list of what is forbidden and not of what is allowed: another JVM or C library would use a
 * call that nobody thought of. The kernel runs the filter once for each number and remembers those
 * it always allows (since Linux 5.11), so its length costs nothing.
 */
public final class SystemCallFilter {
    private static final Logger LOG = LoggerFactory.getLogger(SystemCallFilter.class);

    private static final int PR_SET_NO_NEW_PRIVS = 38; // linux/prctl.h

    // linux/seccomp.h
    private static final int SECCOMP_SET_MODE_FILTER = 1;
    private static final int SECCOMP_FILTER_FLAG_TSYNC = 1;

    /**
     * Without it kernels before 5.16 turn a mitigation on, Speculative Store Bypass Disable, that
     * slows all memory accesses down.
     */
    private static final int SECCOMP_FILTER_FLAG_SPEC_ALLOW = 4;

    private static final int SECCOMP_RET_ALLOW = 0x7fff0000;
    private static final int SECCOMP_RET_ERRNO = 0x00050000;

    // struct seccomp_data of linux/seccomp.h
    private static final int DATA_NUMBER = 0;
    private static final int DATA_ARCH = DATA_NUMBER + 4;
    private static final int DATA_INSTRUCTION_POINTER = DATA_ARCH + 4;

    /** The lower half: both processors are little-endian. */
    private static final int DATA_FIRST_ARGUMENT = DATA_INSTRUCTION_POINTER + 8;

    // linux/filter.h, linux/bpf_common.h
    private static final int LOAD_WORD = 0x20; // BPF_LD | BPF_W | BPF_ABS
    private static final int JUMP_EQUAL = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
    private static final int JUMP_AT_LEAST = 0x35; // BPF_JMP | BPF_JGE | BPF_K
    private static final int JUMP_ANY_BIT = 0x45; // BPF_JMP | BPF_JSET | BPF_K
    private static final int RETURN = 0x06; // BPF_RET | BPF_K

    /** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET of linux/sched.h. */
    private static final int CLONE_NEW = 0x00020000 | 0x02000000 | 0x7c000000;

    /** The calls of x32 have this bit, and with it another number for what is denied. */
    private static final int X32_SYSCALL_BIT = 0x40000000; // asm/unistd.h

    /** A processor: its AUDIT_ARCH of linux/audit.h and the number of seccomp(2) there. */
    private enum Processor {
        X86_64(0xc000003e, 317),
        AARCH64(0xc00000b7, 277);

        private final int audit;
        private final int seccomp;

        Processor(int audit, int seccomp) {
            this.audit = audit;
            this.seccomp = seccomp;
        }

        /** The JVM's; null where the numbers of calls are not known. */
        static Processor current() {
            return switch (Platform.ARCH) {
                case "x86-64" -> X86_64;
                case "aarch64" -> AARCH64;
                default -> null;
            };
        }

        int number(SystemCall call) {
            return this == X86_64 ? call.x86() : call.arm();
        }
    }

    /** struct sock_filter; jumps count instructions behind the next. */
    private record Instruction(int code, int ifTrue, int ifFalse, int value) {
        static final int BYTES = 8;

        static Instruction of(int code, int value) {
            return new Instruction(code, 0, 0, value);
        }

        void writeTo(Memory memory, int offset) {
            memory.setShort(offset, (short) code);
            memory.setByte(offset + 2, (byte) ifTrue);
            memory.setByte(offset + 3, (byte) ifFalse);
            memory.setInt(offset + 4, value);
        }
    }

    private SystemCallFilter() {}

    /**
     * For a process that is one tunnel and starts no program. Where the kernel, or WGJ_PRIVILEGES,
     * does not want a filter, there is none, and the log says so.
     */
    public static void installForTunnel() {
        install(Stream.concat(SystemCall.NEVER_NEEDED.stream(), SystemCall.EXECUTE.stream()));
    }

    /**
     * For one that may start programs such as resolvconf. They get the filter too, so this is not
     * for commands of a user, which may do anything.
     */
    static void installForPrograms() {
        install(SystemCall.NEVER_NEEDED.stream());
    }

    private static void install(Stream<SystemCall> denied) {
        Processor processor = Processor.current();
        if ("all".equals(System.getenv("WGJ_PRIVILEGES"))) {
            LOG.debug("no filter of system calls: WGJ_PRIVILEGES is all");
        } else if (processor == null) {
            LOG.info("no filter of system calls for this processor: {}", Platform.ARCH);
        } else {
            try {
                install(processor, denied.map(processor::number).toList());
            } catch (ErrnoException e) {
                LOG.info("no filter of system calls: {}", e.getMessage());
            }
        }
    }

    /** TSYNC gives all threads no_new_privs as well as the filter, or none of them the filter. */
    private static void install(Processor processor, List<Integer> denied) throws ErrnoException {
        List<Instruction> program = program(processor, denied);
        try (Memory instructions = new Memory((long) program.size() * Instruction.BYTES);
                Memory header = new Memory(16)) { // struct sock_fprog
            for (int i = 0; i < program.size(); i++) {
                program.get(i).writeTo(instructions, i * Instruction.BYTES);
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
            if (result > 0) { // the thread that has a filter of its own
                throw new ErrnoException("seccomp of thread " + result, Errno.EBUSY);
            }
        }
    }

    private static List<Instruction> program(Processor processor, List<Integer> denied) {
        List<Integer> numbers = denied.stream().filter(n -> n != SystemCall.NONE).toList();
        Instruction deny = Instruction.of(RETURN, SECCOMP_RET_ERRNO | Errno.EPERM);
        List<Instruction> program = new ArrayList<>();
        program.add(Instruction.of(LOAD_WORD, DATA_ARCH));
        program.add(new Instruction(JUMP_EQUAL, 1, 0, processor.audit));
        program.add(deny); // a call of 32-bit code, by other numbers; a JVM makes none
        program.add(Instruction.of(LOAD_WORD, DATA_NUMBER));
        int left = numbers.size() + 4;
        program.add(new Instruction(JUMP_AT_LEAST, left + 1, 0, X32_SYSCALL_BIT));
        for (int number : numbers) {
            program.add(new Instruction(JUMP_EQUAL, left--, 0, number));
        }
        program.add(new Instruction(JUMP_EQUAL, 5, 0, processor.number(SystemCall.CLONE3)));
        program.add(new Instruction(JUMP_EQUAL, 0, 2, processor.number(SystemCall.CLONE)));
        program.add(Instruction.of(LOAD_WORD, DATA_FIRST_ARGUMENT));
        program.add(new Instruction(JUMP_ANY_BIT, 1, 0, CLONE_NEW));
        program.add(Instruction.of(RETURN, SECCOMP_RET_ALLOW));
        program.add(deny);
        program.add(Instruction.of(RETURN, SECCOMP_RET_ERRNO | Errno.ENOSYS));
        return program;
    }
}
