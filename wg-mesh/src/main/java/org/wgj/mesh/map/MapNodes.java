// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.map;

import org.wgj.tunnel.config.HostPort;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * One encoding of maps into bytes, for hashes and signatures. It is not a format to read back;
 * equal maps give equal bytes, and different maps different ones.
 */
public final class MapNodes {
    private static final String SIGNED = "wgj mesh node 2";
    private static final String HASHED = "wgj mesh map 1";

    private MapNodes() {}

    /**
     * Returns the bytes that a {@link LockSignature} signs, besides its time: all that decides who
     * may talk in the node's name and whether relays may carry it, which is everything except its
     * present places and whether it relays.
     *
     * @param mesh the mesh's name
     * @param node its signature is left out
     * @return the bytes to sign
     */
    public static byte[] signedBytes(String mesh, MapNode node) {
        return bytes(
                out -> {
                    out.writeUTF(SIGNED);
                    out.writeUTF(mesh);
                    NodeBytes.writeIdentity(out, node);
                    out.writeBoolean(node.directOnly());
                });
    }

    /**
     * Hashes everything that a map says.
     *
     * @param map any map
     * @return SHA-256, 32 bytes
     */
    public static Bytes hash(MeshMap map) {
        byte[] head =
                bytes(
                        out -> {
                            out.writeUTF(HASHED);
                            out.writeUTF(map.mesh());
                            out.writeLong(map.epoch().getMostSignificantBits());
                            out.writeLong(map.epoch().getLeastSignificantBits());
                            out.writeLong(map.revision());
                            out.writeInt(map.planes().size());
                            for (Plane plane : map.planes()) {
                                out.writeUTF(plane.name());
                                NodeBytes.writePrefixes(out, plane.ranges());
                                out.writeInt(plane.port());
                                out.writeInt(plane.mtu());
                            }
                            out.writeInt(map.coordinators().size());
                            for (MapCoordinator coordinator : map.coordinators()) {
                                writeCoordinator(out, coordinator);
                            }
                            out.writeInt(map.nodes().size());
                        });
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(head);
            if (map.nodes() instanceof PackedNodes packed) {
                for (int i = 0; i < packed.size(); i++) {
                    digest.update(packed.bytes(i));
                }
            } else {
                map.nodes().values().forEach(node -> digest.update(NodeBytes.write(node)));
            }
            return Bytes.of(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /**
     * Returns a map that takes less memory: about 150 bytes for a node. Its nodes are read from
     * bytes when they are asked for. A result of {@link #apply} is such a map too, and shares the
     * bytes of nodes that stay.
     *
     * @param map any map
     * @return an equal map
     */
    public static MeshMap packed(MeshMap map) {
        return map.nodes() instanceof PackedNodes
                ? map
                : with(map, map.revision(), map.coordinators(), PackedNodes.of(map.nodes()));
    }

    private static MeshMap with(
            MeshMap map,
            long revision,
            List<MapCoordinator> coordinators,
            SortedMap<Long, MapNode> nodes) {
        return new MeshMap(map.mesh(), map.epoch(), revision, map.planes(), coordinators, nodes);
    }

    /**
     * Applies a difference.
     *
     * @param map the map to which it applies
     * @param delta the difference
     * @return the later map; its hash is not checked here
     * @throws IllegalArgumentException if the difference belongs to another map or revision
     */
    public static MeshMap apply(MeshMap map, MapDelta delta) {
        if (!delta.epoch().equals(map.epoch()) || delta.from() != map.revision()) {
            throw new IllegalArgumentException(
                    "a difference from revision "
                            + delta.from()
                            + " does not apply to revision "
                            + map.revision());
        }
        List<MapCoordinator> coordinators =
                delta.coordinatorsOrNull() == null
                        ? map.coordinators()
                        : delta.coordinatorsOrNull();
        return changed(map, delta.to(), coordinators, delta.changed(), delta.removed());
    }

    /**
     * Returns a later map of the same epoch and planes. If the map is {@link #packed}, so is the
     * later one.
     *
     * @param map the earlier map
     * @param revision the later one's
     * @param coordinators the later one's
     * @param changed nodes that are new, or that replace those with the same ids
     * @param removed ids of nodes that are gone
     * @return the later map
     */
    public static MeshMap changed(
            MeshMap map,
            long revision,
            List<MapCoordinator> coordinators,
            Collection<MapNode> changed,
            Collection<Long> removed) {
        if (map.nodes() instanceof PackedNodes packed) {
            return with(map, revision, coordinators, packed.with(changed, removed));
        }
        TreeMap<Long, MapNode> nodes = new TreeMap<>(map.nodes());
        removed.forEach(nodes::remove);
        changed.forEach(node -> nodes.put(node.id(), node));
        return with(map, revision, coordinators, nodes);
    }

    /**
     * Tells whether a plane has many nodes besides one of them.
     *
     * @param map any map
     * @param plane the plane's name
     * @param ownId the one
     * @param limit how many are not many
     * @return whether more than that are in the plane
     */
    public static boolean hasMore(MeshMap map, String plane, long ownId, int limit) {
        if (map.nodes().size() <= limit) {
            return false;
        }
        if (map.nodes() instanceof PackedNodes packed) {
            return packed.hasMore(plane, ownId, limit);
        }
        int peers = 0;
        for (MapNode node : map.nodes().values()) {
            if (node.id() != ownId && node.planes().containsKey(plane) && ++peers > limit) {
                return true;
            }
        }
        return false;
    }

    /**
     * Finds the nodes that every node must know of at any time: those that relay, announce
     * networks, or are of another implementation.
     *
     * @param map any map
     * @return them by their ids
     */
    public static List<MapNode> special(MeshMap map) {
        List<MapNode> special = new ArrayList<>();
        if (map.nodes() instanceof PackedNodes packed) {
            for (int i = 0; i < packed.size(); i++) {
                if (NodeBytes.isSpecial(packed.bytes(i))) {
                    special.add(packed.node(i));
                }
            }
        } else {
            for (MapNode node : map.nodes().values()) {
                if (NodeBytes.isSpecial(node)) {
                    special.add(node);
                }
            }
        }
        return special;
    }

    /**
     * Finds the nodes that are {@link MapNode#directOnly}.
     *
     * @param map any map
     * @return their ids
     */
    public static Set<Long> directOnly(MeshMap map) {
        Set<Long> found = new HashSet<>();
        if (map.nodes() instanceof PackedNodes packed) {
            for (int i = 0; i < packed.size(); i++) {
                if (NodeBytes.isDirectOnly(packed.bytes(i))) {
                    found.add(packed.node(i).id());
                }
            }
        } else {
            for (MapNode node : map.nodes().values()) {
                if (node.directOnly()) {
                    found.add(node.id());
                }
            }
        }
        return found;
    }

    /**
     * Finds the difference between two maps of one epoch.
     *
     * @param from the earlier one
     * @param to the later one, of the same planes
     * @return what leads from one to the other
     */
    public static MapDelta between(MeshMap from, MeshMap to) {
        List<MapNode> changed = new ArrayList<>();
        TreeSet<Long> gone = new TreeSet<>();
        if (from.nodes() instanceof PackedNodes before && to.nodes() instanceof PackedNodes after) {
            after.compare(before, changed, gone);
        } else {
            for (MapNode node : to.nodes().values()) {
                if (!node.equals(from.nodes().get(node.id()))) {
                    changed.add(node);
                }
            }
            gone.addAll(from.nodes().keySet());
            gone.removeAll(to.nodes().keySet());
        }
        return new MapDelta(
                to.epoch(),
                from.revision(),
                to.revision(),
                changed,
                gone,
                from.coordinators().equals(to.coordinators()) ? null : to.coordinators(),
                hash(to));
    }

    private static void writeCoordinator(DataOutputStream out, MapCoordinator coordinator)
            throws IOException {
        out.writeLong(coordinator.id());
        out.write(coordinator.key().bytes());
        out.writeBoolean(coordinator.relay());
        out.writeInt(coordinator.endpoints().size());
        for (HostPort endpoint : coordinator.endpoints()) {
            out.writeUTF(endpoint.host());
            out.writeInt(endpoint.port());
        }
        out.writeInt(coordinator.addresses().size());
        for (Map.Entry<String, List<InetAddress>> plane : coordinator.addresses().entrySet()) {
            out.writeUTF(plane.getKey());
            NodeBytes.writeAddresses(out, plane.getValue());
        }
    }

    @FunctionalInterface
    private interface Writing {
        void to(DataOutputStream out) throws IOException;
    }

    private static byte[] bytes(Writing writing) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            writing.to(new DataOutputStream(bytes));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
