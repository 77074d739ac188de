// SPDX-License-Identifier: Apache-2.0
package org.wgj.process;

import org.slf4j.LoggerFactory;
import org.wgj.tunnel.closing.Closing;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The end of a long-running program, which has a bound. A thread that died of an Error may have
 * left others waiting for it: the process then says what waits, and halts.
 *
 * <p>The jars of a running program may be overwritten, and classes that it has not loaded yet are
 * lost then. So {@link OwnClasses} loads ours soon. Those of other jars, and ours in the first
 * seconds, may still be lost: all that is needed here is loaded beforehand, and is of the JDK apart
 * from this class, its inner ones and {@link Closing}.
 *
 * <p>All methods may be called from any thread.
 */
public final class ProcessEnd {
    /** For programs whose interfaces, routes and sockets end with the process. */
    public static final Duration BOUND = Duration.ofSeconds(10);

    /**
     * For a program that must undo what would stay: firewall, DNS, settings of the kernel. Every
     * unit waits longer (TimeoutStopSec).
     */
    public static final Duration BOUND_OF_UNDOING = Duration.ofSeconds(25);

    private static final Closing PROCESS =
            new Closing(LoggerFactory.getLogger(ProcessEnd.class), "the process");

    private static final String OWN_CODE = "org.wgj.";
    private static final long LOOK_MS = 100;

    /** A reader of standard error that is stuck must not keep the process. */
    private static final long TELL_MS = 1000;

    private static final AtomicInteger PROGRAMS = new AtomicInteger();

    private ProcessEnd() {}

    /**
     * Does this when the JVM ends, after a signal, for example.
     *
     * @param bound the process halts when the action has taken longer, without the time of {@link
     *     #programBegins programs}; the exit code is 1 then
     * @param action on a thread of its own
     */
    public static void atEnd(Duration bound, Runnable action) {
        Runtime.getRuntime().addShutdownHook(new Hook(action, new Watch(bound)));
        OwnClasses.loadInBackground();
    }

    /** What follows is the time of another program, such as a hook, which has no bound. */
    public static void programBegins() {
        PROGRAMS.incrementAndGet();
    }

    /** The program has ended. */
    public static void programEnded() {
        PROGRAMS.decrementAndGet();
    }

    /** Does all steps in order. One that fails is logged, and keeps none from being done. */
    public static void inOrder(Runnable... steps) {
        PROCESS.inOrder(steps);
    }

    private static final class Hook extends Thread {
        private final Runnable action;
        private final Watch watch;

        Hook(Runnable action, Watch watch) {
            super("wgj-end");
            this.action = action;
            this.watch = watch;
        }

        @Override
        public void run() {
            watch.start();
            action.run();
        }
    }

    /** Halts the process in time. Its own end is that of the JVM. */
    private static final class Watch extends Thread {
        private final long boundMs;
        private final Teller teller = new Teller();

        Watch(Duration bound) {
            super("wgj-end-watch");
            setDaemon(true);
            boundMs = bound.toMillis();
        }

        @Override
        public void run() {
            try {
                for (long passed = 0; passed < boundMs; ) {
                    Thread.sleep(LOOK_MS);
                    if (PROGRAMS.get() == 0) {
                        passed += LOOK_MS;
                    }
                }
                teller.boundMs = boundMs;
                teller.start();
                teller.join(TELL_MS);
            } catch (InterruptedException e) {
                // Nothing interrupts it; the end is due in any case.
            } finally {
                Runtime.getRuntime().halt(1);
            }
        }
    }

    private static final class Teller extends Thread {
        private final PrintStream err = System.err;
        private long boundMs;

        Teller() {
            super("wgj-end-teller");
            setDaemon(true);
        }

        @Override
        public void run() {
            StringBuilder line = new StringBuilder("wgj: the end takes longer than ");
            line.append(boundMs / 1000).append(" s, so the process halts. Still at work:");
            String separator = " ";
            for (Map.Entry<Thread, StackTraceElement[]> each :
                    Thread.getAllStackTraces().entrySet()) {
                StackTraceElement own = ownOrNull(each.getValue());
                if (own != null && mayWait(each.getKey())) {
                    line.append(separator).append(each.getKey().getName()).append(" in ");
                    line.append(own.getClassName()).append('.').append(own.getMethodName());
                    separator = ", ";
                }
            }
            err.println(line);
            err.flush();
        }

        private boolean mayWait(Thread thread) {
            return thread != this
                    && !(thread instanceof Watch)
                    && !(thread instanceof OwnClasses.Loader);
        }

        /** Returns the innermost call of a thread into our code; null if there is none. */
        private static StackTraceElement ownOrNull(StackTraceElement[] stack) {
            for (StackTraceElement frame : stack) {
                if (frame.getClassName().startsWith(OWN_CODE)) {
                    return frame;
                }
            }
            return null;
        }
    }
}
