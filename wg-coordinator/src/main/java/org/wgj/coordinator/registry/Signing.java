// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.registry;

import org.wgj.mesh.map.Bytes;
import org.wgj.mesh.map.MapNode;

import java.util.List;

/**
 * The data that the owner of a lock signs.
 *
 * @param mesh the mesh's name, which is signed too
 * @param lockKey the lock's public key; empty if the mesh has none, so that nothing needs a
 *     signature
 * @param newestMs the time of the latest signature of this lock in the mesh; the next ones must be
 *     later, in the order of the nodes
 * @param nodes the forms of the node; each needs a signature
 */
public record Signing(String mesh, Bytes lockKey, long newestMs, List<MapNode> nodes) {
    public Signing {
        nodes = List.copyOf(nodes);
    }
}
