// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli.option;

import org.wgj.mesh.relay.RelayLimits;

import picocli.CommandLine.Option;

/** The options that limit a relay, of the commands that start one. */
public final class RelayLimitOptions {
    @Option(
            names = "--relay-limit",
            paramLabel = "RATE",
            description =
                    "The most that the relay forwards, in bytes per second, such as 500k, 20M or"
                            + " 1G; a node has a relay for each plane. Default: no limit.")
    private String all;

    @Option(
            names = "--relay-node-limit",
            paramLabel = "RATE",
            description = "The same for what each node sends through the relay.")
    private String node;

    /** Made by the parser. */
    public RelayLimitOptions() {}

    /**
     * Returns the limits.
     *
     * @return the usual ones with those of bytes that the user named
     * @throws IllegalArgumentException if one is no rate
     */
    public RelayLimits limits() {
        return RelayLimits.DEFAULT.withBytes(
                ByteRate.parse("--relay-node-limit", node), ByteRate.parse("--relay-limit", all));
    }
}
