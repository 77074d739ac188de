// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.node;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.wgj.mesh.map.MapNode;
import org.wgj.mesh.map.MeshMap;
import org.wgj.mesh.path.PathKind;
import org.wgj.mesh.path.PathReport;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Logs how packets reach each peer, when that changes. For one thread. */
final class PathLog {
    private static final Logger LOG = LoggerFactory.getLogger(PathLog.class);

    private Map<Link, PathKind> kinds = new HashMap<>();

    private record Link(String plane, long nodeId) {}

    /** Compares the links with those of the last call. */
    void links(List<PathReport> now, MeshMap map) {
        Map<Link, PathKind> next = new HashMap<>();
        for (PathReport report : now) {
            Link link = new Link(report.plane(), report.nodeId());
            next.put(link, report.kind());
            if (report.kind() != kinds.getOrDefault(link, PathKind.NONE)) {
                LOG.info("{}", text(report, map));
            }
        }
        kinds = next;
    }

    private static String text(PathReport report, MeshMap map) {
        MapNode node = map.nodes().get(report.nodeId());
        String name = node == null ? "node " + report.nodeId() : node.name();
        String reason =
                report.reasonOrNull() == null ? "" : " (" + report.reasonOrNull().text() + ")";
        String via = report.endpointOrNull() == null ? "" : " by " + report.endpointOrNull();
        return "%s: path to %s: %s%s%s"
                .formatted(report.plane(), name, report.kind().text(), reason, via);
    }
}
