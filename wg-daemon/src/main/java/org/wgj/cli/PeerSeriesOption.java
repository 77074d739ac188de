// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import org.wgj.metrics.PeerSelection;

import picocli.CommandLine.Option;

/** The option of programs that show metrics of peers. */
final class PeerSeriesOption {
    static final String NAME = "--metrics-peers";

    @Option(
            names = NAME,
            paramLabel = "WHICH",
            defaultValue = "all",
            description =
                    "Which peers have series of their own: all, active (a handshake in the last 3"
                            + " minutes) or off; by default ${DEFAULT-VALUE}.")
    private String peers = "all";

    PeerSeriesOption() {}

    /**
     * Returns the peers that get series of their own.
     *
     * @throws IllegalArgumentException if the option is wrong
     */
    PeerSelection selection() {
        return PeerSelection.parse(peers);
    }

    /** Returns the option's value as the user gave it. */
    String word() {
        return peers;
    }
}
