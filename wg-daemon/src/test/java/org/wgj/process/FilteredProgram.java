// SPDX-License-Identifier: Apache-2.0
package org.wgj.process;

import com.sun.jna.Platform;

import org.wgj.tun.linux.Errno;
import org.wgj.tun.linux.Libc;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;

/**
 * Installs the filter "tunnel" or "programs" and prints the names of the calls that do not fail
 * with EPERM, one a line. It makes each call with arguments of -1, on a thread that existed before.
 */
final class FilteredProgram {
    private FilteredProgram() {}

    public static void main(String[] arguments) throws InterruptedException {
        CountDownLatch installed = new CountDownLatch(1);
        Thread before = Thread.ofPlatform().start(() -> tryAllAfter(installed));
        if (arguments[0].equals("tunnel")) {
            SystemCallFilter.installForTunnel();
        } else {
            SystemCallFilter.installForPrograms();
        }
        installed.countDown();
        before.join();
        tryProgram();
        tryX32();
        tryNamespaces();
        System.gc(); // the JVM's own threads still work
    }

    private static void tryAllAfter(CountDownLatch installed) {
        try {
            installed.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        boolean x86 = Platform.ARCH.equals("x86-64");
        Stream.concat(SystemCall.NEVER_NEEDED.stream(), SystemCall.EXECUTE.stream())
                // It needs no argument and would hang up the terminal if it were allowed.
                .filter(call -> !call.name().equals("vhangup"))
                .filter(call -> (x86 ? call.x86() : call.arm()) != SystemCall.NONE)
                .filter(call -> !isDenied(x86 ? call.x86() : call.arm()))
                .forEach(call -> System.out.println(call.name()));
    }

    private static boolean isDenied(int number) {
        return Libc.syscall(number, -1, -1, -1) < 0 && Libc.errno() == Errno.EPERM;
    }

    private static void tryProgram() {
        try {
            new ProcessBuilder("true").start().waitFor();
            System.out.println("a program");
        } catch (IOException e) {
            // denied
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Adds a flag that the kernel refuses (EINVAL: CLONE_SIGHAND needs CLONE_VM), so that an
     * allowed call creates no process.
     */
    private static void tryNamespaces() {
        boolean x86 = Platform.ARCH.equals("x86-64");
        int clone = x86 ? SystemCall.CLONE.x86() : SystemCall.CLONE.arm();
        int sighand = 0x800;
        for (int bit : new int[] {17, 25, 26, 27, 28, 29, 30}) { // CLONE_NEW... of linux/sched.h
            if (!isDenied(clone, 1L << bit | sighand)) {
                System.out.println("clone with bit " + bit);
            }
        }
        if (isDenied(clone, sighand) || Libc.errno() != Errno.EINVAL) {
            System.out.println("no clone without them");
        }
        if (Libc.syscall(SystemCall.CLONE3.x86(), 0, 0, 0) != -1 || Libc.errno() != Errno.ENOSYS) {
            System.out.println("clone3");
        }
    }

    private static boolean isDenied(int number, long first) {
        return Libc.syscall(number, first, 0, 0) < 0 && Libc.errno() == Errno.EPERM;
    }

    /** Calls getpid by its x32 number; a kernel without x32 returns ENOSYS. */
    private static void tryX32() {
        if (Platform.ARCH.equals("x86-64") && !isDenied(0x40000000 | 39)) {
            System.out.println("x32");
        }
    }
}
