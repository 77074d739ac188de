// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.registry;

import org.wgj.coordinator.store.Sql;
import org.wgj.mesh.map.Plane;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.IpText;

import java.net.InetAddress;
import java.sql.SQLException;
import java.time.Duration;
import java.util.BitSet;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Gives addresses to nodes and coordinators: the lowest free host number, the same in all planes
 * where possible. An address rests for a day after its node was removed, so that no packet for the
 * old node reaches a new one.
 */
final class Addresses {
    /** The time before the address of a removed node may be used again. */
    static final Duration QUARANTINE = Duration.ofHours(24);

    /** Nodes begin here; lower numbers are the coordinators' first. */
    static final long FIRST_NODE = 2;

    private Addresses() {}

    /** Chooses a free host number in each plane. */
    static SortedMap<String, Long> choose(
            Change change, Collection<String> planes, long lowest, InetAddress pinnedOrNull)
            throws SQLException, RefusedException {
        releaseRested(change);
        BitSet used = new BitSet();
        for (String plane : planes) {
            used.or(used(change.sql(), plane));
        }
        SortedMap<String, Long> hosts = new TreeMap<>();
        if (pinnedOrNull != null) {
            pin(change, planes, pinnedOrNull, hosts);
        }
        long common =
                hosts.isEmpty()
                        ? used.nextClearBit((int) lowest)
                        : hosts.values().iterator().next();
        for (String plane : planes) {
            if (hosts.containsKey(plane)) {
                continue;
            }
            BitSet usedHere = used(change.sql(), plane);
            long last = lastHost(change.mesh().plane(plane));
            long host =
                    common <= last && !usedHere.get((int) common)
                            ? common
                            : usedHere.nextClearBit((int) lowest);
            if (host > last) {
                throw new RefusedException(
                        Reason.FULL,
                        "plane "
                                + plane
                                + " has no free address left (removed nodes' addresses rest for "
                                + QUARANTINE.toHours()
                                + " h)");
            }
            hosts.put(plane, host);
        }
        return hosts;
    }

    private static void pin(
            Change change,
            Collection<String> planes,
            InetAddress address,
            SortedMap<String, Long> hosts)
            throws SQLException, RefusedException {
        for (String name : planes) {
            for (IpPrefix range : change.mesh().plane(name).ranges()) {
                if (!Prefixes.contains(range, address)) {
                    continue;
                }
                long host = Prefixes.hostOf(range, address);
                if (host < 1 || host > lastHost(change.mesh().plane(name))) {
                    throw RefusedException.bad(
                            IpText.format(address) + " is no address for a node of " + range);
                }
                long taken =
                        change.sql()
                                .number(
                                        "SELECT COUNT(*) AS n FROM address WHERE plane = ? AND host"
                                                + " = ?",
                                        name,
                                        host);
                if (taken > 0) {
                    throw new RefusedException(
                            Reason.ADDRESS_TAKEN,
                            IpText.format(address)
                                    + " belongs to another node, or did until less than "
                                    + QUARANTINE.toHours()
                                    + " h ago");
                }
                hosts.put(name, host);
                return;
            }
        }
        throw RefusedException.bad(
                IpText.format(address)
                        + " is in no range of the node's planes: "
                        + planes.stream()
                                .flatMap(p -> change.mesh().plane(p).ranges().stream())
                                .map(IpPrefix::toString)
                                .collect(Collectors.joining(", ")));
    }

    private static long lastHost(Plane plane) {
        return plane.ranges().stream().mapToLong(Prefixes::lastHost).min().orElse(0);
    }

    private static BitSet used(Sql sql, String plane) throws SQLException {
        List<Long> hosts =
                sql.list(
                        "SELECT host FROM address WHERE plane = ?",
                        row -> row.number("host"),
                        plane);
        BitSet used = new BitSet();
        hosts.stream().filter(h -> h < Prefixes.MAX_HOST - 1).forEach(h -> used.set(h.intValue()));
        return used;
    }

    static void take(
            Change change, String plane, long host, Long nodeOrNull, Long coordinatorOrNull)
            throws SQLException {
        change.sql()
                .run(
                        "INSERT INTO address (plane, host, node, coordinator, released)"
                                + " VALUES (?, ?, ?, ?, NULL)",
                        plane,
                        host,
                        nodeOrNull,
                        coordinatorOrNull);
    }

    /** Frees the addresses whose day of rest is over. */
    static void releaseRested(Change change) throws SQLException {
        change.sql()
                .run(
                        "DELETE FROM address WHERE released IS NOT NULL AND released <= ?",
                        change.nowMs() - QUARANTINE.toMillis());
    }
}
