// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli.option;

import org.wgj.metrics.PeerSelection;

import picocli.CommandLine.Option;

/** The option of programs that show metrics of peers. */
public final class PeerSeriesOption {
    static final String NAME = "--metrics-peers";

    @Option(
            names = NAME,
            paramLabel = "WHICH",
            defaultValue = "all",
            description =
                    "Which peers have series of their own: all, active (a handshake in the last 3"
                            + " minutes) or off; by default ${DEFAULT-VALUE}.")
    private String peers = "all";

    /** Creates the option with its default. */
    public PeerSeriesOption() {}

    /**
     * Returns the peers that get series of their own.
     *
     * @return the selection
     * @throws IllegalArgumentException if the option is wrong
     */
    public PeerSelection selection() {
        return PeerSelection.parse(peers);
    }

    /** Returns the option's value as the user gave it. */
    String word() {
        return peers;
    }
}
