// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli.mesh;

import picocli.CommandLine.Option;

import java.nio.file.Path;

/** The option that names the state folder, for the commands of a coordinator or node. */
final class StateOption {
    @Option(
            names = "--state",
            paramLabel = "DIR",
            defaultValue = "/var/lib/wgj",
            description = "The folder with all state; /var/lib/wgj by default.")
    private Path state;

    Path path() {
        return state;
    }
}
