// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli.mesh;

import picocli.CommandLine.Option;

import java.nio.file.Path;

/** The option that names the state folder, for all commands of a coordinator or a node. */
public final class StateOption {
    private static final String DEFAULT = "/var/lib/wgj";

    @Option(
            names = "--state",
            paramLabel = "DIR",
            defaultValue = DEFAULT,
            description = "The folder with all state. Default: ${DEFAULT-VALUE}")
    private Path state;

    /** Made by the parser. */
    public StateOption() {}

    /**
     * Returns the folder.
     *
     * @return as the user named it
     */
    public Path path() {
        return state;
    }

    /** Returns what another command needs to find this folder: an option, or nothing. */
    String words() {
        return state.equals(Path.of(DEFAULT)) ? "" : " --state " + state;
    }
}
