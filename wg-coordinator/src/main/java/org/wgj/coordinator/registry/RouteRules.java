// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.registry;

import org.wgj.coordinator.store.Sql;
import org.wgj.mesh.map.Plane;
import org.wgj.protocol.IpPrefix;

import java.net.InetAddress;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/**
 * Networks behind nodes. Several nodes may advertise the same one; of those that an administrator
 * approved, one owns it. The owner is chosen anew in the commit that takes the old one away. In a
 * mesh with a lock, a node becomes the owner only by its own approval, which brings the lock's
 * signature: a node that owns more than was signed is in no map.
 */
final class RouteRules {
    /** The most routes of a node. */
    static final int MAX = 64;

    /** Nodes accept no shorter ones (MapPolicy). */
    private static final int MIN_IPV4 = 8;

    private static final int MIN_IPV6 = 16;

    private RouteRules() {}

    /** Checks what a node advertises. */
    static void check(MeshRow mesh, List<IpPrefix> routes) throws RefusedException {
        if (routes.size() > MAX) {
            throw RefusedException.bad("a node may advertise " + MAX + " networks at most");
        }
        for (IpPrefix route : routes) {
            if (route.length() < (route.ipv6() ? MIN_IPV6 : MIN_IPV4)) {
                throw RefusedException.bad(
                        "a mesh has no default route and no parts of one: "
                                + route
                                + " is shorter than /"
                                + (route.ipv6() ? MIN_IPV6 : MIN_IPV4));
            }
            InetAddress first = route.firstAddress();
            if (first.isLoopbackAddress()
                    || first.isMulticastAddress()
                    || first.isLinkLocalAddress()) {
                throw RefusedException.bad(route + " is no network that is routed");
            }
            for (Plane plane : mesh.planes()) {
                for (IpPrefix range : plane.ranges()) {
                    if (Prefixes.overlap(range, route)) {
                        throw RefusedException.bad(
                                route
                                        + " overlaps the range "
                                        + range
                                        + " of plane "
                                        + plane.name());
                    }
                }
            }
        }
    }

    /** Sets what a node advertises; what was approved before stays so. */
    static void advertise(Change change, long node, List<IpPrefix> routes)
            throws SQLException, RefusedException {
        check(change.mesh(), routes);
        Sql sql = change.sql();
        List<IpPrefix> wanted = routes.stream().distinct().toList();
        for (String known : prefixesOf(sql, node)) {
            if (!wanted.contains(IpPrefix.parse(known))) {
                delete(change, node, known);
            }
        }
        List<String> known = prefixesOf(sql, node);
        for (IpPrefix route : wanted) {
            if (!known.contains(route.toString())) {
                sql.run(
                        "INSERT INTO route (prefix, node, approved, owner) VALUES (?, ?, 0, 0)",
                        route.toString(),
                        node);
            }
        }
        change.touch(node);
    }

    static void approve(Change change, long node, IpPrefix route, boolean approved)
            throws SQLException, RefusedException {
        int rows =
                change.sql()
                        .run(
                                "UPDATE route SET approved = ? WHERE node = ? AND prefix = ?",
                                approved,
                                node,
                                route.toString());
        if (rows == 0) {
            throw new RefusedException(Reason.NOT_FOUND, "the node does not advertise " + route);
        }
        chooseOwner(change, node, route.toString());
        change.touch(node);
        change.audit("route", "node:" + node, "", route + (approved ? " approved" : " withdrawn"));
    }

    static void removeAll(Change change, long node) throws SQLException {
        for (String prefix : prefixesOf(change.sql(), node)) {
            delete(change, node, prefix);
        }
    }

    private static void delete(Change change, long node, String prefix) throws SQLException {
        change.sql().run("DELETE FROM route WHERE node = ? AND prefix = ?", node, prefix);
        chooseOwner(change, node, prefix);
    }

    /**
     * Keeps an owner that is still good; otherwise takes the oldest approved member, in a mesh with
     * a lock only the node that the commit is about.
     */
    private static void chooseOwner(Change change, long node, String prefix) throws SQLException {
        Sql sql = change.sql();
        Optional<Long> best =
                sql.first(
                        "SELECT r.node FROM route r JOIN node n ON n.id = r.node WHERE r.prefix = ?"
                                + " AND r.approved = 1 AND n.state = 'member'"
                                + " AND (? = 0 OR r.owner = 1 OR r.node = ?)"
                                + " ORDER BY r.owner DESC, r.node LIMIT 1",
                        row -> row.number("node"),
                        prefix,
                        change.mesh().isLocked() ? 1 : 0,
                        node);
        Optional<Long> owner =
                sql.first(
                        "SELECT node FROM route WHERE prefix = ? AND owner = 1",
                        row -> row.number("node"),
                        prefix);
        if (best.equals(owner)) {
            return;
        }
        sql.run("UPDATE route SET owner = 0 WHERE prefix = ?", prefix);
        owner.ifPresent(change::touch);
        if (best.isPresent()) {
            sql.run("UPDATE route SET owner = 1 WHERE prefix = ? AND node = ?", prefix, best.get());
            change.touch(best.get());
        }
    }

    static List<String> prefixesOf(Sql sql, long node) throws SQLException {
        return sql.list(
                "SELECT prefix FROM route WHERE node = ? ORDER BY prefix",
                row -> row.text("prefix"),
                node);
    }
}
