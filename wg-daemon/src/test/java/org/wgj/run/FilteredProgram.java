package org.wgj.run;

import com.sun.jna.Platform;

import org.wgj.tun.linux.Errno;
import org.wgj.tun.linux.Libc;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;

/**
 * Installs the filter "tunnel" or "programs" and prints the names of the calls that do not fail
 * with EPERM then, one a line: each made with arguments of -1, on a thread that there was before.
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
        System.gc(); // the machinery of the JVM goes on
    }

    private static void tryAllAfter(CountDownLatch installed) {
        try {
            installed.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        boolean x86 = Platform.ARCH.equals("x86-64");
        Stream.concat(SystemCall.NEVER_NEEDED.stream(), SystemCall.EXECUTE.stream())
                // The one that needs no argument: it would hang up the terminal if it were allowed.
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

    /** getpid with the numbers of x32: ENOSYS where the kernel has none of these. */
    private static void tryX32() {
        if (Platform.ARCH.equals("x86-64") && !isDenied(0x40000000 | 39)) {
            System.out.println("x32");
        }
    }
}
