// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.map;

import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.config.HostPort;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * One encoding of maps into bytes, for hashes and signatures. It is not a format to read back;
 * equal maps give equal bytes, and different maps different ones.
 */
public final class MapNodes {
    private static final String SIGNED = "wgj mesh node 1";
    private static final String HASHED = "wgj mesh map 1";

    private MapNodes() {}

    /**
     * Returns what a lock's key signs of a node: all that decides who may talk in its name, which
     * is everything but where it is reached now and whether it relays.
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
                    writeIdentity(out, node);
                });
    }

    /**
     * Hashes everything that a map says.
     *
     * @param map any map
     * @return SHA-256, 32 bytes
     */
    public static Bytes hash(MeshMap map) {
        byte[] bytes =
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
                                writePrefixes(out, plane.ranges());
                                out.writeInt(plane.port());
                                out.writeInt(plane.mtu());
                            }
                            out.writeInt(map.coordinators().size());
                            for (MapCoordinator coordinator : map.coordinators()) {
                                writeCoordinator(out, coordinator);
                            }
                            out.writeInt(map.nodes().size());
                            for (MapNode node : map.nodes().values()) {
                                writeIdentity(out, node);
                                out.writeBoolean(node.relay());
                                out.writeBoolean(node.stock());
                                writeBytes(out, node.signature().toArray());
                                for (Membership member : node.planes().values()) {
                                    writeCandidates(out, member.candidates());
                                }
                            }
                        });
        try {
            return Bytes.of(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
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
        TreeMap<Long, MapNode> nodes = new TreeMap<>(map.nodes());
        delta.removed().forEach(nodes::remove);
        delta.changed().forEach(node -> nodes.put(node.id(), node));
        return new MeshMap(
                map.mesh(),
                map.epoch(),
                delta.to(),
                map.planes(),
                delta.coordinatorsOrNull() == null
                        ? map.coordinators()
                        : delta.coordinatorsOrNull(),
                nodes);
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
        for (MapNode node : to.nodes().values()) {
            if (!node.equals(from.nodes().get(node.id()))) {
                changed.add(node);
            }
        }
        TreeMap<Long, MapNode> gone = new TreeMap<>(from.nodes());
        gone.keySet().removeAll(to.nodes().keySet());
        return new MapDelta(
                to.epoch(),
                from.revision(),
                to.revision(),
                changed,
                gone.keySet(),
                from.coordinators().equals(to.coordinators()) ? null : to.coordinators(),
                hash(to));
    }

    private static void writeIdentity(DataOutputStream out, MapNode node) throws IOException {
        out.writeLong(node.id());
        out.writeUTF(node.name());
        out.writeInt(node.planes().size());
        for (Map.Entry<String, Membership> plane : node.planes().entrySet()) {
            Membership member = plane.getValue();
            out.writeUTF(plane.getKey());
            out.write(member.key().bytes());
            out.writeBoolean(member.pendingKeyOrNull() != null);
            if (member.pendingKeyOrNull() != null) {
                out.write(member.pendingKeyOrNull().bytes());
            }
            writeAddresses(out, member.addresses());
        }
        writePrefixes(out, node.routes());
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
            writeAddresses(out, plane.getValue());
        }
    }

    private static void writeCandidates(DataOutputStream out, List<Candidate> candidates)
            throws IOException {
        out.writeInt(candidates.size());
        for (Candidate candidate : candidates) {
            out.writeUTF(candidate.kind().name());
            writeBytes(out, candidate.endpoint().getAddress().getAddress());
            out.writeInt(candidate.endpoint().getPort());
        }
    }

    private static void writeAddresses(DataOutputStream out, List<InetAddress> addresses)
            throws IOException {
        out.writeInt(addresses.size());
        for (InetAddress address : addresses) {
            writeBytes(out, address.getAddress());
        }
    }

    private static void writePrefixes(DataOutputStream out, List<IpPrefix> prefixes)
            throws IOException {
        out.writeInt(prefixes.size());
        for (IpPrefix prefix : prefixes) {
            writeBytes(out, prefix.toString().getBytes(StandardCharsets.US_ASCII));
        }
    }

    private static void writeBytes(DataOutputStream out, byte[] bytes) throws IOException {
        out.writeInt(bytes.length);
        out.write(bytes);
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
