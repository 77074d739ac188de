// SPDX-License-Identifier: Apache-2.0
package org.wgj.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.tun.linux.Errno.ENOSYS;
import static org.wgj.tun.linux.Errno.EPERM;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.wgj.process.SeccompProgram.Instruction;
import org.wgj.process.SeccompProgram.Processor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Runs the filter's programs in an interpreter, for every processor. */
class SeccompProgramTest {
    private static final int ALLOW = 0x7fff0000;
    private static final int ERRNO = 0x00050000;
    private static final int AUDIT_X86_64 = 0xc000003e; // linux/audit.h
    private static final int AUDIT_AARCH64 = 0xc00000b7;
    private static final int AUDIT_ARM = 0x40000028;
    private static final int HIGHEST_NUMBER = 600;

    private static final List<SystemCall> ALL =
            Stream.concat(SystemCall.NEVER_NEEDED.stream(), SystemCall.EXECUTE.stream()).toList();

    /** Runs a program as the kernel does, on a little-endian struct seccomp_data. */
    private static int run(List<Instruction> program, int arch, int number, long firstArgument) {
        ByteBuffer data = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
        data.putInt(number).putInt(arch).putLong(0x7fff_1234_5678L).putLong(firstArgument);
        int accumulator = 0;
        for (int at = 0; ; at++) {
            Instruction instruction = program.get(at);
            assertTrue(instruction.ifTrue() <= 255 && instruction.ifFalse() <= 255, "a short jump");
            int value = instruction.value();
            boolean jump;
            switch (instruction.code()) {
                case 0x20 -> { // ld [k]
                    accumulator = data.getInt(value);
                    continue;
                }
                case 0x06 -> { // ret k
                    return value;
                }
                case 0x15 -> jump = accumulator == value; // jeq
                case 0x35 -> jump = Integer.compareUnsigned(accumulator, value) >= 0; // jge
                case 0x45 -> jump = (accumulator & value) != 0; // jset
                default -> throw new AssertionError("unknown code " + instruction.code());
            }
            at += jump ? instruction.ifTrue() : instruction.ifFalse();
        }
    }

    private static int audit(Processor processor) {
        return processor == Processor.X86_64 ? AUDIT_X86_64 : AUDIT_AARCH64;
    }

    @ParameterizedTest
    @EnumSource
    void exactlyTheListedCallsFail(Processor processor) {
        List<Instruction> program = SeccompProgram.write(processor, ALL);
        Set<Integer> listed =
                ALL.stream()
                        .map(processor::number)
                        .filter(number -> number >= 0)
                        .collect(Collectors.toCollection(TreeSet::new));
        int clone3 = 435;
        for (int number = 0; number <= HIGHEST_NUMBER; number++) {
            int expected =
                    listed.contains(number)
                            ? ERRNO | EPERM
                            : number == clone3 ? ERRNO | ENOSYS : ALLOW;
            assertEquals(
                    expected, run(program, audit(processor), number, 0), "call number " + number);
        }
    }

    @Test
    void anArmProcessIsFilteredByTheNumbersOfArm() {
        List<Instruction> program = SeccompProgram.write(Processor.AARCH64, ALL);
        int[] denied = {117, 40, 97, 268, 280, 425, 221, 281, 112, 105}; // asm-generic/unistd.h:
        // ptrace, mount, unshare, setns, bpf, io_uring_setup, execve, execveat, clock_settime,
        // init_module
        for (int number : denied) {
            assertEquals(
                    ERRNO | EPERM, run(program, AUDIT_AARCH64, number, 0), "call number " + number);
        }
        int[] allowed = {63, 64, 57, 98, 222, 226, 20, 22, 200, 202, 206, 207, 93, 29};
        // read, write, close, futex, mmap, mprotect, epoll_create1, epoll_pwait, bind, accept,
        // sendto, recvfrom, exit, ioctl
        for (int number : allowed) {
            assertEquals(ALLOW, run(program, AUDIT_AARCH64, number, -1), "call number " + number);
        }
    }

    @ParameterizedTest
    @EnumSource
    void cloneMakesThreadsAndProgramsButNoNamespace(Processor processor) {
        List<Instruction> program = SeccompProgram.write(processor, ALL);
        int clone = processor == Processor.X86_64 ? 56 : 220;
        long thread = 0x003d0f00; // as glibc asks for it
        assertEquals(ALLOW, run(program, audit(processor), clone, thread));
        assertEquals(ALLOW, run(program, audit(processor), clone, 17)); // SIGCHLD: fork
        for (int bit : new int[] {17, 25, 26, 27, 28, 29, 30}) { // CLONE_NEW... of linux/sched.h
            assertEquals(
                    ERRNO | EPERM,
                    run(program, audit(processor), clone, thread | 1L << bit),
                    "flag " + bit);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aCallOfAnotherArchitectureFails(Processor processor) {
        List<Instruction> program = SeccompProgram.write(processor, ALL);
        for (int arch : new int[] {AUDIT_X86_64, AUDIT_AARCH64, AUDIT_ARM, 0}) {
            int expected = arch == audit(processor) ? ALLOW : ERRNO | EPERM;
            assertEquals(expected, run(program, arch, 63, 0), Integer.toHexString(arch));
        }
        // an x32 call, whose number has this bit
        assertEquals(ERRNO | EPERM, run(program, audit(processor), 0x40000000 | 39, 0));
    }

    @Test
    void programsMayBeStartedIfExecIsNotListed() {
        for (Processor processor : Processor.values()) {
            List<Instruction> program = SeccompProgram.write(processor, SystemCall.NEVER_NEEDED);
            int[] exec = processor == Processor.X86_64 ? new int[] {59, 322} : new int[] {221, 281};
            Arrays.stream(exec)
                    .forEach(
                            number ->
                                    assertEquals(ALLOW, run(program, audit(processor), number, 0)));
        }
    }

    @Test
    void anUnknownProcessorHasNoProgram() {
        assertEquals(Processor.X86_64, Processor.of("x86-64"));
        assertEquals(Processor.AARCH64, Processor.of("aarch64"));
        assertNull(Processor.of("riscv64"));
    }
}
