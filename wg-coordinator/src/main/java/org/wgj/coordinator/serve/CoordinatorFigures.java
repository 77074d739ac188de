// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.serve;

import org.wgj.mesh.status.MeshStatus;

import java.util.Collections;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The figures of a coordinator for metrics.
 *
 * @param status the mesh as this coordinator knows it, with the load of its relay
 * @param streams the members that have a stream of maps open here
 * @param joins the answers to nodes that asked to join, by result, since the start
 * @param refusals those that were refused, by reason
 */
public record CoordinatorFigures(
        MeshStatus status,
        int streams,
        SortedMap<String, Long> joins,
        SortedMap<String, Long> refusals) {
    public CoordinatorFigures {
        Objects.requireNonNull(status, "status");
        joins = Collections.unmodifiableSortedMap(new TreeMap<>(joins));
        refusals = Collections.unmodifiableSortedMap(new TreeMap<>(refusals));
    }
}
