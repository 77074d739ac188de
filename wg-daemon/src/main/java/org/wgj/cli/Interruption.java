package org.wgj.cli;

import org.wgj.quick.Output;
import org.wgj.quick.Patience;
import org.wgj.run.Signals;

import java.util.Map;

/**
 * SIGINT, SIGTERM and SIGHUP of a command that must not be left half-done: from when this is made
 * they end no more than its patience, and the command ends by itself.
 */
final class Interruption {
    /** Their numbers are the same on all of Linux (signal(7)). */
    private static final Map<String, Integer> SIGNALS = Map.of("HUP", 1, "INT", 2, "TERM", 15);

    /** The exit code of a shell for a command that a signal ended, without the signal's number. */
    private static final int ENDED_BY_SIGNAL = 128;

    private final Patience patience = new Patience();
    private final Output output;
    private final String consequence;
    private volatile int signal;

    /**
     * @param consequence what the user is told that a signal brings about
     */
    Interruption(Output output, String consequence) {
        this.output = output;
        this.consequence = consequence;
        SIGNALS.forEach((name, number) -> Signals.handle(name, () -> come(name, number)));
    }

    private void come(String name, int number) {
        signal = number;
        patience.end();
        output.warn("SIG" + name + ": " + consequence);
    }

    Patience patience() {
        return patience;
    }

    boolean hasCome() {
        return signal != 0;
    }

    int exitCode() {
        return ENDED_BY_SIGNAL + signal;
    }
}
