// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.serve;

import org.wgj.mesh.map.MapNodes;
import org.wgj.mesh.map.MeshMap;
import org.wgj.mesh.map.StreamLine;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;

/**
 * The lines that lead to one revision of the map, each encoded once and shared by all nodes that
 * get it: for each set of planes the whole map, and a difference from each revision that some node
 * has. Owned by the streams' event loop.
 */
final class MapLines {
    private static final int MAX_LINES = 256;

    private final BiFunction<MeshMap, Set<String>, MeshMap> views;
    private final MeshMap map;
    private final Map<Set<String>, MeshMap> seen = new HashMap<>();
    private final Map<Set<String>, byte[]> whole = new HashMap<>();
    private final Map<Difference, byte[]> differences = new HashMap<>();

    private record Difference(Set<String> planes, MeshMap from) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Difference that
                    && from == that.from
                    && planes.equals(that.planes);
        }

        @Override
        public int hashCode() {
            return 31 * System.identityHashCode(from) + planes.hashCode();
        }
    }

    /**
     * @param views cuts a map to what a node in these planes may see
     */
    MapLines(MeshMap map, BiFunction<MeshMap, Set<String>, MeshMap> views) {
        this.map = map;
        this.views = views;
    }

    MeshMap map() {
        return map;
    }

    private MeshMap view(Set<String> planes) {
        return seen.computeIfAbsent(planes, key -> views.apply(map, key));
    }

    /** Returns the whole map as a line. */
    byte[] full(Set<String> planes) {
        return whole.computeIfAbsent(planes, key -> StreamLine.full(view(key)));
    }

    /** Returns the difference from an earlier revision of the same epoch as a line. */
    byte[] difference(MeshMap from, Set<String> planes) {
        if (differences.size() >= MAX_LINES) {
            differences.clear();
        }
        return differences.computeIfAbsent(
                new Difference(planes, from),
                key -> StreamLine.delta(MapNodes.between(views.apply(from, planes), view(planes))));
    }
}
