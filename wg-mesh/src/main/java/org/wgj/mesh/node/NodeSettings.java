// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.node;

import java.util.Objects;

/**
 * What a program decides about the node that it runs.
 *
 * @param version the program's version, for reports
 * @param newcomer whether the node has just joined, so that it greets the others
 */
public record NodeSettings(String version, boolean newcomer) {
    public NodeSettings {
        Objects.requireNonNull(version, "version");
    }
}
