// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import org.wgj.process.Signals;
import org.wgj.quick.CancellableWork;
import org.wgj.quick.Output;

/**
 * SIGINT, SIGTERM and SIGHUP of a command that must not be left half-done: from when this is made
 * they end no more than its work, and the command ends by itself.
 */
final class Interruption {
    /** The exit code of a shell for a command that a signal ended, without the signal's number. */
    private static final int ENDED_BY_SIGNAL = 128;

    private final CancellableWork work = new CancellableWork();
    private final Output output;
    private final String consequence;
    private volatile Signals.Signal signal; // null before one has come

    /**
     * @param consequence what the user is told that a signal brings about
     */
    Interruption(Output output, String consequence) {
        this.output = output;
        this.consequence = consequence;
        try {
            for (Signals.Signal each : Signals.Signal.values()) {
                Signals.handle(each, () -> come(each));
            }
        } catch (IllegalStateException e) {
            // With -Xrs a signal ends the process at once; the next down undoes what it had done.
        }
    }

    private void come(Signals.Signal which) {
        signal = which;
        work.cancel();
        output.warn("SIG" + which + ": " + consequence);
    }

    CancellableWork work() {
        return work;
    }

    boolean hasCome() {
        return signal != null;
    }

    int exitCode() {
        return ENDED_BY_SIGNAL + signal.number();
    }
}
