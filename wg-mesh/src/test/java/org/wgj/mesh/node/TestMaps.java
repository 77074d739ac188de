// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.node;

import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.mesh.map.Bytes;
import org.wgj.mesh.map.MapCoordinator;
import org.wgj.mesh.map.MapNode;
import org.wgj.mesh.map.Membership;
import org.wgj.mesh.map.MeshMap;
import org.wgj.mesh.map.Plane;
import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.config.HostPort;

import java.net.InetAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;

/** Maps for tests: node N has the name nN and the address 10.77.X.Y. */
final class TestMaps {
    static final String MESH = "prod";
    static final UUID EPOCH = new UUID(1, 2);
    static final List<Plane> PLANES =
            List.of(new Plane("wg0", List.of(IpPrefix.parse("10.77.0.0/16")), 51820, 1420));
    static final PrivateKey COORDINATOR = PrivateKey.generate();
    private static final Map<Long, PublicKey> KEYS = new HashMap<>();

    private TestMaps() {}

    static InetAddress address(long id) {
        return InetAddress.ofLiteral("10.77." + id / 256 + "." + id % 256);
    }

    static synchronized PublicKey key(long id) {
        return KEYS.computeIfAbsent(id, _ -> PrivateKey.generate().publicKey());
    }

    static MapNode node(long id, IpPrefix... routes) {
        return keyed(id, key(id), null, routes);
    }

    /** A node with this key, and perhaps one that is to replace it. */
    static MapNode keyed(long id, PublicKey key, PublicKey pendingOrNull, IpPrefix... routes) {
        SortedMap<String, Membership> planes = new TreeMap<>();
        planes.put("wg0", new Membership(key, pendingOrNull, List.of(address(id)), List.of()));
        return new MapNode(id, "n" + id, planes, List.of(routes), false, false, Bytes.NONE);
    }

    static MapCoordinator coordinator() {
        return new MapCoordinator(
                1,
                COORDINATOR.publicKey(),
                List.of(new HostPort("127.0.0.1", 51820)),
                new TreeMap<>(Map.of("wg0", List.of(address(1)))),
                true);
    }

    static MeshMap map(long revision, long... ids) {
        return map(EPOCH, revision, ids);
    }

    static MeshMap map(UUID epoch, long revision, long... ids) {
        return map(MESH, epoch, revision, ids);
    }

    static MeshMap map(String mesh, UUID epoch, long revision, long... ids) {
        SortedMap<Long, MapNode> nodes = new TreeMap<>();
        for (long id : ids) {
            nodes.put(id, node(id));
        }
        return of(mesh, epoch, revision, nodes);
    }

    static MeshMap of(String mesh, UUID epoch, long revision, SortedMap<Long, MapNode> nodes) {
        return new MeshMap(mesh, epoch, revision, PLANES, List.of(coordinator()), nodes);
    }
}
