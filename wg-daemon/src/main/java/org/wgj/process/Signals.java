// SPDX-License-Identifier: Apache-2.0
package org.wgj.process;

import org.wgj.tun.linux.Libc;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Proxy;
import java.util.List;

/**
 * Catches signals that end a JVM otherwise. {@code sun.misc.Signal} of the module jdk.unsupported
 * is Java's only way to signals; it is called by name because the compiler warns of any other use,
 * and no warning is let pass.
 *
 * <p>A process inherits from its parent which signals it ignores and blocks: nohup(1) ignores
 * SIGHUP, a script ignores SIGINT for what it starts in the background. The JVM leaves alone what
 * was ignored when it started. That is right for a command, and wrong for a service that promises
 * what these signals do.
 */
public final class Signals {
    private Signals() {}

    private static final long SIG_IGN = 1; // asm-generic/signal-defs.h; SIG_DFL is 0
    private static final int SIG_UNBLOCK = 1;

    /** Both start with what counts here: the handler, and the bits of the first 64 signals. */
    private static final int SIGACTION_BYTES = 152; // of the C library, on 64-bit Linux

    private static final int SIGNAL_SET_BYTES = 128;

    /** A signal and its number, which is the same on all of Linux. */
    public enum Signal {
        HUP(1),
        INT(2),
        TERM(15);

        private final int number;

        Signal(int number) {
            this.number = number;
        }

        public int number() {
            return number;
        }
    }

    /**
     * Makes SIGINT and SIGTERM end the JVM, by its shutdown hooks, also where they were ignored.
     */
    public static void endInAnyCase() {
        for (Signal signal : List.of(Signal.INT, Signal.TERM)) {
            if (isIgnored(signal)) {
                handleInAnyCase(signal, () -> Runtime.getRuntime().exit(128 + signal.number));
            }
        }
    }

    /** The same as {@link #handle}, also for a signal that was ignored. */
    public static void handleInAnyCase(Signal signal, Runnable action) {
        if (isIgnored(signal)) {
            stopIgnoring(signal);
        }
        handle(signal, action);
    }

    private static boolean isIgnored(Signal signal) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment now = arena.allocate(SIGACTION_BYTES, Long.BYTES);
            Libc.sigaction(signal.number, 0, now.address());
            return now.get(ValueLayout.JAVA_LONG, 0) == SIG_IGN;
        }
    }

    /** If it is blocked too, this thread will take it: of those the JVM unblocks only others. */
    private static void stopIgnoring(Signal signal) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment standard = arena.allocate(SIGACTION_BYTES, Long.BYTES);
            Libc.sigaction(signal.number, standard.address(), 0);
            MemorySegment set = arena.allocate(SIGNAL_SET_BYTES, Long.BYTES);
            set.set(ValueLayout.JAVA_LONG, 0, 1L << (signal.number - 1));
            Libc.pthread_sigmask(SIG_UNBLOCK, set.address(), 0);
        }
    }

    /**
     * Calls {@code action} on a thread of the JVM's each time the signal comes.
     *
     * @throws IllegalStateException where this JVM leaves signals to others ({@code -Xrs}) or lacks
     *     the module
     */
    public static void handle(Signal signal, Runnable action) {
        try {
            Class<?> type = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object proxy =
                    Proxy.newProxyInstance(
                            Signals.class.getClassLoader(),
                            new Class<?>[] {handler},
                            (self, method, arguments) ->
                                    switch (method.getName()) {
                                        case "handle" -> {
                                            action.run();
                                            yield null;
                                        }
                                        case "hashCode" -> System.identityHashCode(self);
                                        case "equals" -> self == arguments[0];
                                        default -> "handler of SIG" + signal;
                                    });
            MethodHandles.Lookup lookup = MethodHandles.publicLookup();
            Object wanted =
                    lookup.findConstructor(type, MethodType.methodType(void.class, String.class))
                            .invoke(signal.name());
            lookup.findStatic(type, "handle", MethodType.methodType(handler, type, handler))
                    .invoke(wanted, proxy);
        } catch (Throwable e) {
            throw new IllegalStateException("cannot catch SIG" + signal + ": " + e.getMessage(), e);
        }
    }
}
