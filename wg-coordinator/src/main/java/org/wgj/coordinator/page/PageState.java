// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.page;

import org.wgj.coordinator.registry.AuditEntry;
import org.wgj.coordinator.registry.NodeInfo;
import org.wgj.coordinator.registry.TokenInfo;
import org.wgj.mesh.doctor.Verdict;
import org.wgj.mesh.map.MeshMap;
import org.wgj.mesh.status.MeshStatus;
import org.wgj.mesh.status.Totals;

import java.time.Instant;
import java.util.List;
import java.util.Set;

/**
 * Everything that the page of one kind of caller shows at one moment.
 *
 * @param at when it was collected
 * @param map the map as the caller may see it
 * @param status the state of that map
 * @param clones nodes whose keys two machines seem to use
 * @param planes the planes of the map with their links
 * @param totals of all planes together
 * @param troubles the links that are not as they should be
 * @param verdicts what the doctor finds
 * @param recordsOrNull what only this machine may see; null for a member
 */
record PageState(
        Instant at,
        MeshMap map,
        MeshStatus status,
        Set<Long> clones,
        List<PlaneLinks> planes,
        Totals totals,
        List<Trouble> troubles,
        List<Verdict> verdicts,
        Records recordsOrNull) {
    /**
     * The records that the store keeps beside the map. None of them is secret.
     *
     * @param nodes all nodes that are members or wait for approval
     * @param tokens all tokens
     * @param audit the last entries, the newest first
     */
    record Records(List<NodeInfo> nodes, List<TokenInfo> tokens, List<AuditEntry> audit) {}

    static PageState of(
            Instant at, MeshMap map, MeshStatus status, Set<Long> clones, Records recordsOrNull) {
        List<PlaneLinks> planes = PlaneLinks.of(map, status);
        return new PageState(
                at,
                map,
                status,
                clones,
                planes,
                PlaneLinks.totals(status.nodes().size(), planes),
                Trouble.of(planes, status),
                Checkup.of(at, map, status, recordsOrNull),
                recordsOrNull);
    }
}
