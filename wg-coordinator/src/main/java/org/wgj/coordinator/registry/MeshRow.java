// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.registry;

import org.wgj.coordinator.store.Sql;
import org.wgj.crypto.PublicKey;
import org.wgj.mesh.map.Bytes;
import org.wgj.mesh.map.MapCoordinator;
import org.wgj.mesh.map.Plane;
import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.config.HostPort;
import org.wgj.tunnel.config.Values;

import java.net.InetAddress;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * The mesh's own row and its planes.
 *
 * @param lockKey empty without a lock
 * @param keptFrom the oldest revision of which the history knows everything
 */
record MeshRow(
        String name,
        UUID epoch,
        long revision,
        long keptFrom,
        long commits,
        Bytes lockKey,
        List<Plane> planes) {
    boolean isLocked() {
        return !lockKey.isEmpty();
    }

    Plane plane(String name) {
        for (Plane plane : planes) {
            if (plane.name().equals(name)) {
                return plane;
            }
        }
        throw new IllegalArgumentException("no plane " + name);
    }

    List<InetAddress> addresses(String plane, long host) {
        return plane(plane).ranges().stream().map(r -> Prefixes.address(r, host)).toList();
    }

    static Optional<MeshRow> load(Sql sql) throws SQLException {
        List<Plane> planes =
                sql.list(
                        "SELECT name, ranges, port, mtu FROM plane ORDER BY position",
                        row ->
                                new Plane(
                                        row.text("name"),
                                        words(row.text("ranges")).stream()
                                                .map(IpPrefix::parse)
                                                .toList(),
                                        (int) row.number("port"),
                                        (int) row.number("mtu")));
        return sql.first(
                "SELECT name, epoch, revision, kept_from, commits, lock_key FROM mesh WHERE id = 1",
                row ->
                        new MeshRow(
                                row.text("name"),
                                UUID.fromString(row.text("epoch")),
                                row.number("revision"),
                                row.number("kept_from"),
                                row.number("commits"),
                                NodeJson.bytes(row.text("lock_key")),
                                planes));
    }

    List<MapCoordinator> coordinators(Sql sql) throws SQLException {
        List<MapCoordinator> coordinators = new ArrayList<>();
        for (MapCoordinator bare :
                sql.list(
                        "SELECT id, public_key, endpoints, relay FROM coordinator ORDER BY id",
                        row ->
                                new MapCoordinator(
                                        row.number("id"),
                                        PublicKey.fromBase64(row.text("public_key")),
                                        words(row.text("endpoints")).stream()
                                                .map(Values::endpoint)
                                                .toList(),
                                        new TreeMap<>(),
                                        row.flag("relay")))) {
            TreeMap<String, List<InetAddress>> addresses = new TreeMap<>();
            sql.list(
                    "SELECT plane, host FROM address WHERE coordinator = ?",
                    row ->
                            addresses.put(
                                            row.text("plane"),
                                            addresses(row.text("plane"), row.number("host")))
                                    == null,
                    bare.id());
            coordinators.add(
                    new MapCoordinator(
                            bare.id(), bare.key(), bare.endpoints(), addresses, bare.relay()));
        }
        return coordinators;
    }

    static List<String> words(String text) {
        return text == null || text.isBlank() ? List.of() : Arrays.asList(text.split(" "));
    }

    static String text(List<HostPort> endpoints) {
        return endpoints.stream().map(HostPort::toString).collect(Collectors.joining(" "));
    }
}
