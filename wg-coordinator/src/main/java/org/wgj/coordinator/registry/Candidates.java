// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.registry;

import org.wgj.coordinator.store.Sql;
import org.wgj.mesh.map.Candidate;
import org.wgj.mesh.map.Membership;
import org.wgj.mesh.map.Plane;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;

/**
 * The addresses at which nodes may be reached: nodes report some, and coordinators observe others.
 */
final class Candidates {
    private static final Comparator<Candidate> MOST_CERTAIN_FIRST =
            Comparator.comparing(Candidate::kind);

    private Candidates() {}

    static TreeMap<String, List<Candidate>> load(Sql sql, long node) throws SQLException {
        TreeMap<String, List<Candidate>> planes = new TreeMap<>();
        sql.list(
                "SELECT plane, kind, endpoint FROM candidate WHERE node = ?"
                        + " ORDER BY plane, kind, position",
                row ->
                        planes.computeIfAbsent(row.text("plane"), p -> new ArrayList<>())
                                .add(
                                        new Candidate(
                                                Candidate.Kind.valueOf(row.text("kind")),
                                                NodeJson.socket(row.text("endpoint")))),
                node);
        planes.values().forEach(list -> list.sort(MOST_CERTAIN_FIRST)); // a stable sort
        return planes;
    }

    /**
     * Combines what was known with a new report: it replaces all kinds except OBSERVED, or only
     * OBSERVED.
     */
    static List<Candidate> merge(
            MeshRow mesh, List<Candidate> known, List<Candidate> reported, boolean observed) {
        List<Candidate> merged = new ArrayList<>();
        known.stream()
                .filter(c -> (c.kind() == Candidate.Kind.OBSERVED) != observed)
                .forEach(merged::add);
        reported.stream()
                .filter(c -> (c.kind() == Candidate.Kind.OBSERVED) == observed)
                .filter(c -> isUsable(mesh, c.endpoint()))
                .distinct()
                .forEach(merged::add);
        merged.sort(MOST_CERTAIN_FIRST);
        return List.copyOf(merged.subList(0, Math.min(merged.size(), Membership.MAX_CANDIDATES)));
    }

    /** Addresses that cannot be another machine's, or that lie in the mesh itself, are useless. */
    private static boolean isUsable(MeshRow mesh, InetSocketAddress endpoint) {
        InetAddress address = endpoint.getAddress();
        if (address == null
                || endpoint.getPort() == 0
                || address.isAnyLocalAddress()
                || address.isLoopbackAddress()
                || address.isMulticastAddress()
                || address.isLinkLocalAddress()) {
            return false;
        }
        for (Plane plane : mesh.planes()) {
            if (plane.ranges().stream().anyMatch(r -> Prefixes.contains(r, address))) {
                return false;
            }
        }
        return true;
    }

    static void store(Change change, long node, String plane, List<Candidate> candidates)
            throws SQLException {
        Sql sql = change.sql();
        sql.run("DELETE FROM candidate WHERE node = ? AND plane = ?", node, plane);
        for (int i = 0; i < candidates.size(); i++) {
            sql.run(
                    "INSERT INTO candidate (node, plane, kind, position, endpoint)"
                            + " VALUES (?, ?, ?, ?, ?)",
                    node,
                    plane,
                    candidates.get(i).kind().name(),
                    i,
                    NodeJson.text(candidates.get(i).endpoint()));
        }
        change.touch(node);
    }
}
