// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.node;

import org.wgj.mesh.map.MeshMap;

import java.util.Objects;
import java.util.function.Consumer;

/**
 * A program's decisions about the node that it runs.
 *
 * @param version the program's version, for reports
 * @param newcomer whether the node has just joined, so that it greets the others
 * @param maps is told each map that the node takes, on the node's thread
 */
public record NodeSettings(String version, boolean newcomer, Consumer<MeshMap> maps) {
    public NodeSettings {
        Objects.requireNonNull(version, "version");
        Objects.requireNonNull(maps, "maps");
    }
}
