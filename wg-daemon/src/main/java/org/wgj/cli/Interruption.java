// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import org.wgj.process.Signals;
import org.wgj.quick.CancellableWork;
import org.wgj.quick.Output;

import java.util.concurrent.atomic.AtomicReference;

/**
 * Handles SIGINT, SIGTERM and SIGHUP for a command that must not stop half-done. After this object
 * is created, a signal only cancels its {@link CancellableWork}, and the command ends by itself.
 */
final class Interruption {
    /**
     * Added to the signal's number, this is the exit code of a shell for a command that a signal
     * ended.
     */
    private static final int ENDED_BY_SIGNAL = 128;

    private final CancellableWork work = new CancellableWork();
    private final Output output;
    private final String consequence;

    /** The first one, as each is handled on a thread of its own; null until it comes. */
    private final AtomicReference<Signals.Signal> signal = new AtomicReference<>();

    private volatile Runnable action = () -> {};

    /**
     * @param consequence tells the user what the command does after a signal
     */
    Interruption(Output output, String consequence) {
        this.output = output;
        this.consequence = consequence;
        try {
            for (Signals.Signal each : Signals.Signal.values()) {
                Signals.handle(each, () -> come(each));
            }
        } catch (IllegalStateException e) {
            // With -Xrs, a signal ends the process at once, and the next down undoes what it did.
        }
    }

    private void come(Signals.Signal which) {
        signal.compareAndSet(null, which);
        work.cancel();
        output.warn("SIG" + which + ": " + consequence);
        action.run();
    }

    /** Also does this when a signal comes, on the thread that handles it. */
    void onSignal(Runnable also) {
        action = also;
    }

    CancellableWork work() {
        return work;
    }

    boolean hasCome() {
        return signal.get() != null;
    }

    int exitCode() {
        return ENDED_BY_SIGNAL + signal.get().number();
    }
}
