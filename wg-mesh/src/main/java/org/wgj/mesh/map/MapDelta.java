// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.map;

import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;

/**
 * The difference between a revision of a map and a later one of the same epoch.
 *
 * @param epoch the epoch of both
 * @param from the revision to which it applies
 * @param to the revision to which it leads
 * @param changed nodes that are new or different
 * @param removed ids of nodes that are gone
 * @param coordinatorsOrNull all coordinators, if any of them changed; else null
 * @param hash the hash of the map afterwards, {@link MapNodes#hash}
 */
public record MapDelta(
        UUID epoch,
        long from,
        long to,
        List<MapNode> changed,
        Set<Long> removed,
        List<MapCoordinator> coordinatorsOrNull,
        Bytes hash) {
    public MapDelta {
        Objects.requireNonNull(epoch, "epoch");
        changed = List.copyOf(changed);
        removed = Set.copyOf(removed);
        coordinatorsOrNull = coordinatorsOrNull == null ? null : List.copyOf(coordinatorsOrNull);
        Objects.requireNonNull(hash, "hash");
    }
}
