package org.wgj.tun;

import static org.wgj.tun.linux.ErrnoException.check;

import org.wgj.tun.linux.ErrnoException;
import org.wgj.tun.linux.Libc;

import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;

/**
 * The network namespace that a TUN's interface is in now, which need not be the one it was made in.
 */
final class TunNamespace {
    private TunNamespace() {}

    /** linux/sched.h */
    private static final int CLONE_NEWNET = 0x40000000;

    /**
     * Opens something there, on a thread made for this alone: one that has changed its namespace
     * must not do anything else afterwards.
     *
     * @throws ErrnoException when the namespace may not be entered (that takes CAP_SYS_ADMIN), or
     *     the interface is gone
     */
    static <T> T open(int tun, Callable<T> opener) throws IOException {
        int namespace = TunDescriptor.openNamespace(tun);
        FutureTask<T> opening =
                new FutureTask<>(
                        () -> {
                            check("setns", Libc.setns(namespace, CLONE_NEWNET));
                            return opener.call();
                        });
        try {
            Threads.joinUninterruptibly(
                    Thread.ofPlatform().daemon().name("tun-netns").start(opening));
        } finally {
            Libc.close(namespace);
        }
        if (opening.state() == FutureTask.State.SUCCESS) {
            return opening.resultNow();
        }
        if (opening.exceptionNow() instanceof IOException failure) {
            throw failure;
        }
        throw new IllegalStateException(opening.exceptionNow());
    }

    /** The same; where it may not be entered the interface is supposed to be here. */
    static <T> T openThereOrHere(int tun, Callable<T> opener) throws IOException {
        try {
            return open(tun, opener);
        } catch (ErrnoException e) {
            try {
                return opener.call();
            } catch (IOException | RuntimeException failure) {
                throw failure;
            } catch (Exception failure) {
                throw new IllegalStateException(failure);
            }
        }
    }
}
