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
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The addresses at which nodes may be reached: nodes report some, and coordinators observe others.
 */
final class Candidates {
    /** More observers add little, and would crowd out what the node says. */
    private static final int MAX_OBSERVED = 3;

    private Candidates() {}

    /**
     * A candidate as it is stored.
     *
     * @param observer the coordinator that saw it; null if the node said it
     */
    record Kept(Candidate candidate, Long observer) {
        private boolean isObserved() {
            return candidate.kind() == Candidate.Kind.OBSERVED;
        }
    }

    /** Returns what the map says of a node: the most certain ones of each plane first. */
    static TreeMap<String, List<Candidate>> load(Sql sql, long node) throws SQLException {
        TreeMap<String, List<Candidate>> planes = new TreeMap<>();
        kept(sql, node).forEach((plane, kept) -> planes.put(plane, forMap(kept)));
        return planes;
    }

    private static List<Candidate> forMap(List<Kept> kept) {
        Stream<Candidate> observed =
                kept.stream()
                        .filter(Kept::isObserved)
                        .map(Kept::candidate)
                        .distinct()
                        .limit(MAX_OBSERVED);
        return Stream.concat(
                        observed,
                        kept.stream().filter(each -> !each.isObserved()).map(Kept::candidate))
                .sorted(Comparator.comparing(Candidate::kind)) // stable
                .limit(Membership.MAX_CANDIDATES)
                .toList();
    }

    private static TreeMap<String, List<Kept>> kept(Sql sql, long node) throws SQLException {
        TreeMap<String, List<Kept>> planes = new TreeMap<>();
        sql.list(
                "SELECT plane, kind, endpoint, coordinator FROM candidate WHERE node = ?"
                        + " ORDER BY plane, position",
                row ->
                        planes.computeIfAbsent(row.text("plane"), p -> new ArrayList<>())
                                .add(
                                        new Kept(
                                                new Candidate(
                                                        Candidate.Kind.valueOf(row.text("kind")),
                                                        NodeJson.socket(row.text("endpoint"))),
                                                row.numberOrNull("coordinator"))),
                node);
        return planes;
    }

    /** Returns what is stored of a node in a plane, in order. */
    static List<Kept> kept(Sql sql, long node, String plane) throws SQLException {
        return kept(sql, node).getOrDefault(plane, List.of());
    }

    /**
     * Combines what was known with a new report: what a node says replaces what it said before, and
     * what a coordinator sees replaces what this coordinator saw. If it sees the node at another
     * address, what others saw at the old one is past, too: they see the node again with its next
     * handshake.
     *
     * @param observer the coordinator; 0 for the node itself
     */
    static List<Kept> merge(
            MeshRow mesh, List<Kept> known, List<Candidate> reported, long observer) {
        boolean observed = observer != 0;
        List<Candidate> usable =
                reported.stream()
                        .filter(c -> (c.kind() == Candidate.Kind.OBSERVED) == observed)
                        .filter(c -> isUsable(mesh, c.endpoint()))
                        .distinct()
                        .limit(Membership.MAX_CANDIDATES)
                        .toList();
        Set<InetAddress> left = new HashSet<>();
        if (observed) {
            known.stream()
                    .filter(each -> each.isObserved() && isOf(each, observer))
                    .forEach(each -> left.add(each.candidate().endpoint().getAddress()));
            usable.forEach(each -> left.remove(each.endpoint().getAddress()));
        }
        List<Kept> merged = new ArrayList<>();
        for (Kept each : known) {
            boolean stays =
                    observed
                            ? !each.isObserved()
                                    || !isOf(each, observer)
                                            && !left.contains(
                                                    each.candidate().endpoint().getAddress())
                            : each.isObserved();
            if (stays) {
                merged.add(each);
            }
        }
        usable.forEach(c -> merged.add(new Kept(c, observed ? observer : null)));
        merged.sort(
                Comparator.comparing((Kept each) -> each.candidate().kind())
                        .thenComparing(each -> each.observer() == null ? 0 : each.observer()));
        return List.copyOf(merged);
    }

    /** What an earlier version stored belongs to any coordinator. */
    private static boolean isOf(Kept observed, long observer) {
        return observed.observer() == null || observed.observer() == observer;
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

    /** Forgets all that a coordinator has seen. */
    static void forget(Change change, long observer) throws SQLException {
        List<Long> nodes =
                change.sql()
                        .list(
                                "SELECT DISTINCT node FROM candidate WHERE coordinator = ?",
                                row -> row.number("node"),
                                observer);
        change.sql().run("DELETE FROM candidate WHERE coordinator = ?", observer);
        nodes.forEach(change::touch);
    }

    static void store(Change change, long node, String plane, List<Kept> candidates)
            throws SQLException {
        Sql sql = change.sql();
        sql.run("DELETE FROM candidate WHERE node = ? AND plane = ?", node, plane);
        for (int i = 0; i < candidates.size(); i++) {
            sql.run(
                    "INSERT INTO candidate (node, plane, kind, position, endpoint, coordinator)"
                            + " VALUES (?, ?, ?, ?, ?, ?)",
                    node,
                    plane,
                    candidates.get(i).candidate().kind().name(),
                    i,
                    NodeJson.text(candidates.get(i).candidate().endpoint()),
                    candidates.get(i).observer());
        }
        change.touch(node);
    }
}
