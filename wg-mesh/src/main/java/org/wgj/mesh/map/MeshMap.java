// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.map;

import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;

/**
 * A node's knowledge of its mesh at one revision: the planes, the coordinators, and the nodes it
 * may talk to, itself among them.
 *
 * @param mesh the mesh's name
 * @param epoch a random id of the store's life: another one after a restore from a backup
 * @param revision grows by one with every change in an epoch, from 1 on
 * @param planes in the order in which the mesh was described
 * @param coordinators at least one
 * @param nodes by id
 */
public record MeshMap(
        String mesh,
        UUID epoch,
        long revision,
        List<Plane> planes,
        List<MapCoordinator> coordinators,
        SortedMap<Long, MapNode> nodes) {
    public MeshMap {
        Objects.requireNonNull(mesh, "mesh");
        Objects.requireNonNull(epoch, "epoch");
        planes = List.copyOf(planes);
        coordinators = List.copyOf(coordinators);
        nodes =
                nodes instanceof PackedNodes
                        ? nodes
                        : Collections.unmodifiableSortedMap(new TreeMap<>(nodes));
    }
}
