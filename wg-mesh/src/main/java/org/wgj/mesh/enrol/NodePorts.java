// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.enrol;

import java.util.List;
import java.util.Objects;

/**
 * A node's choice of UDP ports. Only the coordinator knows which planes it will have.
 *
 * @param first the port of its first plane, to which the others count up; 0 for the mesh's ports
 * @param shared whether all planes have the port of the first one
 */
public record NodePorts(int first, boolean shared) {
    /** Each plane has the mesh's port for it. */
    public static final NodePorts USUAL = new NodePorts(0, false);

    public NodePorts {
        Objects.checkIndex(first, 65_536);
    }

    /**
     * Returns the port of a plane.
     *
     * @param index which of the node's planes, from 0
     * @param meshPorts the mesh's ports for the node's planes, in their order
     * @return the UDP port to bind
     */
    public int of(int index, List<Integer> meshPorts) {
        int counted = shared ? 0 : index;
        return first == 0 ? meshPorts.get(counted) : Math.min(65_535, first + counted);
    }
}
