// SPDX-License-Identifier: Apache-2.0
package org.wgj.process;

import org.wgj.tun.linux.Errno;

import java.util.ArrayList;
import java.util.List;

/**
 * Writes the program of {@link SystemCallFilter} for a processor. The kernel runs it before every
 * system call, on a {@code struct seccomp_data} (linux/seccomp.h).
 *
 * <p>The program for aarch64 has been run by an interpreter in a test, and never by a kernel on
 * such a processor.
 */
final class SeccompProgram {
    static final int ALLOW = 0x7fff0000; // SECCOMP_RET_ALLOW of linux/seccomp.h
    static final int FAIL = 0x00050000; // SECCOMP_RET_ERRNO, to be combined with an errno

    // linux/filter.h, linux/bpf_common.h
    static final int LOAD_WORD = 0x20; // BPF_LD | BPF_W | BPF_ABS
    static final int JUMP_EQUAL = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
    static final int JUMP_AT_LEAST = 0x35; // BPF_JMP | BPF_JGE | BPF_K
    static final int JUMP_ANY_BIT = 0x45; // BPF_JMP | BPF_JSET | BPF_K
    static final int RETURN = 0x06; // BPF_RET | BPF_K

    // struct seccomp_data
    private static final int DATA_NUMBER = 0;
    private static final int DATA_ARCH = DATA_NUMBER + 4;
    private static final int DATA_INSTRUCTION_POINTER = DATA_ARCH + 4;

    /** The lower half, because both processors are little-endian. */
    private static final int DATA_FIRST_ARGUMENT = DATA_INSTRUCTION_POINTER + 8;

    /** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET of linux/sched.h. */
    private static final int CLONE_NEW = 0x00020000 | 0x02000000 | 0x7c000000;

    /** The x32 calls have this bit, and with it different numbers for the denied calls. */
    private static final int X32_SYSCALL_BIT = 0x40000000; // asm/unistd.h

    /** A processor: its AUDIT_ARCH of linux/audit.h and the number of seccomp(2) there. */
    enum Processor {
        X86_64(0xc000003e, 317),
        AARCH64(0xc00000b7, 277);

        final int audit;
        final int seccomp;

        Processor(int audit, int seccomp) {
            this.audit = audit;
            this.seccomp = seccomp;
        }

        /** Null if JNA names a processor whose system call numbers are unknown here. */
        static Processor of(String jnaName) {
            return switch (jnaName) {
                case "x86-64" -> X86_64;
                case "aarch64" -> AARCH64;
                default -> null;
            };
        }

        /** {@link SystemCall#NONE} if the processor has no such call. */
        int number(SystemCall call) {
            return this == X86_64 ? call.x86() : call.arm();
        }
    }

    /** struct sock_filter; a jump counts instructions from the next one. */
    record Instruction(int code, int ifTrue, int ifFalse, int value) {
        private static Instruction of(int code, int value) {
            return new Instruction(code, 0, 0, value);
        }
    }

    private SeccompProgram() {}

    static List<Instruction> write(Processor processor, List<SystemCall> denied) {
        List<Integer> numbers =
                denied.stream().map(processor::number).filter(n -> n != SystemCall.NONE).toList();
        Instruction deny = Instruction.of(RETURN, FAIL | Errno.EPERM);
        List<Instruction> program = new ArrayList<>();
        program.add(Instruction.of(LOAD_WORD, DATA_ARCH));
        program.add(new Instruction(JUMP_EQUAL, 1, 0, processor.audit));
        program.add(deny); // 32-bit code, which has other numbers; a JVM has none
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
        program.add(Instruction.of(RETURN, ALLOW));
        program.add(deny);
        program.add(Instruction.of(RETURN, FAIL | Errno.ENOSYS));
        return program;
    }
}
