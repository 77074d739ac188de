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
 * Catches signals that otherwise end a JVM. Java offers only {@code sun.misc.Signal} of the module
 * jdk.unsupported. It is called by reflection, because the compiler warns of any direct use and
 * warnings are errors.
 *
 * <p>A process inherits ignored and blocked signals from its parent: nohup(1) ignores SIGHUP, and a
 * shell script ignores SIGINT for background processes. The JVM keeps ignoring a signal that was
 * ignored at its start. That is right for a command, but not for a service that promises to react
 * to these signals.
 */
public final class Signals {
    private Signals() {}

    private static final long SIG_IGN = 1; // asm-generic/signal-defs.h; SIG_DFL is 0
    private static final int SIG_UNBLOCK = 1;

    /** The size of struct sigaction, which begins with the handler. */
    private static final int SIGACTION_BYTES = 152; // of the C library, on 64-bit Linux

    /** The size of sigset_t, which begins with the bits of the first 64 signals. */
    private static final int SIGNAL_SET_BYTES = 128;

    /** A signal and its number, which is the same on every Linux. */
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
     * Makes SIGINT and SIGTERM end the JVM through its shutdown hooks, even if they were ignored at
     * the start.
     */
    public static void endInAnyCase() {
        for (Signal signal : List.of(Signal.INT, Signal.TERM)) {
            if (isIgnored(signal)) {
                handleInAnyCase(signal, () -> Runtime.getRuntime().exit(128 + signal.number));
            }
        }
    }

    /** Does the same as {@link #handle}, even for a signal that was ignored at the start. */
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

    /**
     * Also unblocks the signal in this thread, because the JVM does not unblock a signal that was
     * ignored.
     */
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
     * Calls {@code action} on a thread of the JVM each time the signal comes.
     *
     * @throws IllegalStateException if this JVM was started with {@code -Xrs} or lacks the module
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
