// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.map;

import org.wgj.crypto.PublicKey;
import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.config.HostPort;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Maps and differences as JSON, both directions. A written map reads back equal, hash included.
 * Reading is strict and bounded: see {@link JsonIn} and the limits here. {@link MapPolicy} decides
 * whether a map is acceptable.
 */
public final class MapJson {
    /** The greatest length of a map or difference, 64 MiB. */
    public static final int MAX_BYTES = 64 << 20;

    /** The most nodes of a map. */
    public static final int MAX_NODES = 65_536;

    /** The most planes of a mesh. */
    public static final int MAX_PLANES = 16;

    /** The most coordinators of a mesh. */
    public static final int MAX_COORDINATORS = 16;

    /** The most networks that one node announces. */
    public static final int MAX_ROUTES = 64;

    /** The greatest length of the name of a mesh or node. */
    public static final int MAX_NAME = 63;

    /** The greatest length of the name of a plane, which is an interface's name. */
    public static final int MAX_PLANE_NAME = 15;

    private static final int MAX_ADDRESSES = 4;
    private static final int MAX_ENDPOINTS = 8;
    private static final int HASH_BYTES = 32;
    private static final int MAX_SIGNATURE_BYTES = 128;

    private MapJson() {}

    /**
     * Writes a map as one line.
     *
     * @param map any map
     * @return UTF-8 without the end of the line
     */
    public static byte[] write(MeshMap map) {
        return JsonOut.write(out -> map(out, map));
    }

    /**
     * Writes a difference as one line.
     *
     * @param delta any difference
     * @return UTF-8 without the end of the line
     */
    public static byte[] write(MapDelta delta) {
        return JsonOut.write(out -> delta(out, delta));
    }

    /**
     * Reads a map.
     *
     * @param json UTF-8, at most {@value #MAX_BYTES} bytes
     * @return the map
     * @throws IllegalArgumentException if it is no map; the message says where
     */
    public static MeshMap readMap(byte[] json) {
        return JsonIn.read(json, MAX_BYTES, MapJson::map);
    }

    /**
     * Reads a difference.
     *
     * @param json UTF-8, at most {@value #MAX_BYTES} bytes
     * @return the difference
     * @throws IllegalArgumentException if it is no difference; the message says where
     */
    public static MapDelta readDelta(byte[] json) {
        return JsonIn.read(json, MAX_BYTES, MapJson::delta);
    }

    /**
     * Writes the members of a map.
     *
     * @param out inside of an object
     * @param map any map
     */
    public static void map(JsonOut out, MeshMap map) {
        out.text("mesh", map.mesh());
        out.text("epoch", map.epoch().toString());
        out.number("revision", map.revision());
        out.list("planes", map.planes(), plane -> out.object(o -> plane(o, plane)));
        coordinators(out, "coordinators", map.coordinators());
        out.list("nodes", map.nodes().values(), node -> out.object(o -> node(o, node)));
    }

    /**
     * Writes the members of a difference.
     *
     * @param out inside of an object
     * @param delta any difference
     */
    public static void delta(JsonOut out, MapDelta delta) {
        out.text("epoch", delta.epoch().toString());
        out.number("from", delta.from());
        out.number("to", delta.to());
        out.list("changed", delta.changed(), node -> out.object(o -> node(o, node)));
        out.list("removed", delta.removed().stream().sorted().toList(), out::number);
        if (delta.coordinatorsOrNull() != null) {
            coordinators(out, "coordinators", delta.coordinatorsOrNull());
        }
        out.text("hash", delta.hash().toString());
    }

    /**
     * Reads a map.
     *
     * @param in where an object begins
     * @return the map
     */
    public static MeshMap map(JsonIn in) {
        class Draft {
            String mesh;
            UUID epoch;
            Long revision;
            List<Plane> planes;
            List<MapCoordinator> coordinators;
            SortedMap<Long, MapNode> nodes;
        }
        Draft draft = new Draft();
        in.object(
                name -> {
                    switch (name) {
                        case "mesh" -> draft.mesh = in.text(MAX_NAME);
                        case "epoch" -> draft.epoch = in.uuid();
                        case "revision" -> draft.revision = in.number(1, Long.MAX_VALUE);
                        case "planes" -> draft.planes = in.list(MAX_PLANES, () -> plane(in));
                        case "coordinators" -> draft.coordinators = coordinators(in);
                        case "nodes" -> draft.nodes = byId(in, nodes(in));
                        default -> {
                            return false;
                        }
                    }
                    return true;
                });
        return new MeshMap(
                in.required(draft.mesh, "mesh"),
                in.required(draft.epoch, "epoch"),
                in.required(draft.revision, "revision"),
                in.required(draft.planes, "planes"),
                in.required(draft.coordinators, "coordinators"),
                in.required(draft.nodes, "nodes"));
    }

    /**
     * Reads a difference.
     *
     * @param in where an object begins
     * @return the difference
     */
    public static MapDelta delta(JsonIn in) {
        class Draft {
            UUID epoch;
            Long from;
            Long to;
            List<MapNode> changed;
            Set<Long> removed;
            List<MapCoordinator> coordinators;
            Bytes hash;
        }
        Draft draft = new Draft();
        in.object(
                name -> {
                    switch (name) {
                        case "epoch" -> draft.epoch = in.uuid();
                        case "from" -> draft.from = in.number(1, Long.MAX_VALUE);
                        case "to" -> draft.to = in.number(1, Long.MAX_VALUE);
                        case "changed" -> draft.changed = nodes(in);
                        case "removed" -> draft.removed = ids(in);
                        case "coordinators" -> draft.coordinators = coordinators(in);
                        case "hash" -> draft.hash = hash(in);
                        default -> {
                            return false;
                        }
                    }
                    return true;
                });
        long from = in.required(draft.from, "from");
        long to = in.required(draft.to, "to");
        List<MapNode> changed = in.required(draft.changed, "changed");
        byId(in, changed);
        if (to < from) {
            throw in.wrong("'to' not before 'from'");
        }
        return new MapDelta(
                in.required(draft.epoch, "epoch"),
                from,
                to,
                changed,
                in.required(draft.removed, "removed"),
                draft.coordinators,
                in.required(draft.hash, "hash"));
    }

    static Bytes hash(JsonIn in) {
        Bytes hash = in.bytes(HASH_BYTES);
        if (hash.toArray().length != HASH_BYTES) {
            throw in.wrong("a hash of 32 bytes");
        }
        return hash;
    }

    private static List<MapNode> nodes(JsonIn in) {
        return in.list(MAX_NODES, () -> node(in));
    }

    /**
     * Writes coordinators as a member.
     *
     * @param out inside of an object
     * @param name the member's name
     * @param coordinators any number
     */
    public static void coordinators(JsonOut out, String name, List<MapCoordinator> coordinators) {
        out.list(name, coordinators, c -> out.object(o -> coordinator(o, c)));
    }

    /**
     * Reads coordinators.
     *
     * @param in where a list begins
     * @return at most {@value #MAX_COORDINATORS}
     */
    public static List<MapCoordinator> coordinators(JsonIn in) {
        return in.list(MAX_COORDINATORS, () -> coordinator(in));
    }

    private static Set<Long> ids(JsonIn in) {
        List<Long> ids = in.list(MAX_NODES, () -> in.number(0, Long.MAX_VALUE));
        Set<Long> set = new HashSet<>(ids);
        if (set.size() != ids.size()) {
            throw in.wrong("each id once");
        }
        return set;
    }

    private static SortedMap<Long, MapNode> byId(JsonIn in, List<MapNode> nodes) {
        SortedMap<Long, MapNode> byId = new TreeMap<>();
        for (MapNode node : nodes) {
            if (byId.put(node.id(), node) != null) {
                throw in.wrong("each node once, but node " + node.id() + " comes twice");
            }
        }
        return byId;
    }

    private static void plane(JsonOut out, Plane plane) {
        out.text("name", plane.name());
        out.texts("ranges", plane.ranges());
        out.number("port", plane.port());
        out.number("mtu", plane.mtu());
    }

    /**
     * Reads a plane.
     *
     * @param in where an object begins
     * @return the plane
     */
    private static Plane plane(JsonIn in) {
        class Draft {
            String name;
            List<IpPrefix> ranges;
            Long port;
            Long mtu;
        }
        Draft draft = new Draft();
        in.object(
                name -> {
                    switch (name) {
                        case "name" -> draft.name = in.text(MAX_PLANE_NAME);
                        case "ranges" -> draft.ranges = in.list(2, in::prefix);
                        case "port" -> draft.port = in.number(1, 65_535);
                        case "mtu" -> draft.mtu = in.number(576, 65_535);
                        default -> {
                            return false;
                        }
                    }
                    return true;
                });
        return new Plane(
                in.required(draft.name, "name"),
                in.required(draft.ranges, "ranges"),
                in.required(draft.port, "port").intValue(),
                in.required(draft.mtu, "mtu").intValue());
    }

    private static void coordinator(JsonOut out, MapCoordinator coordinator) {
        out.number("id", coordinator.id());
        out.key("key", coordinator.key());
        out.texts("endpoints", coordinator.endpoints());
        out.object("addresses", o -> coordinator.addresses().forEach(o::addresses));
        out.flag("relay", coordinator.relay());
    }

    private static MapCoordinator coordinator(JsonIn in) {
        class Draft {
            Long id;
            PublicKey key;
            List<HostPort> endpoints;
            SortedMap<String, List<InetAddress>> addresses;
            Boolean relay;
        }
        Draft draft = new Draft();
        in.object(
                name -> {
                    switch (name) {
                        case "id" -> draft.id = in.number(0, Long.MAX_VALUE);
                        case "key" -> draft.key = in.key();
                        case "endpoints" -> draft.endpoints = in.list(MAX_ENDPOINTS, in::hostPort);
                        case "addresses" ->
                                draft.addresses =
                                        in.map(MAX_PLANES, MAX_PLANE_NAME, () -> addresses(in));
                        case "relay" -> draft.relay = in.flag();
                        default -> {
                            return false;
                        }
                    }
                    return true;
                });
        return new MapCoordinator(
                in.required(draft.id, "id"),
                in.required(draft.key, "key"),
                in.required(draft.endpoints, "endpoints"),
                in.required(draft.addresses, "addresses"),
                in.required(draft.relay, "relay"));
    }

    private static List<InetAddress> addresses(JsonIn in) {
        return in.list(MAX_ADDRESSES, in::address);
    }

    private static void node(JsonOut out, MapNode node) {
        out.number("id", node.id());
        out.text("name", node.name());
        out.object(
                "planes",
                planes ->
                        node.planes()
                                .forEach(
                                        (plane, member) ->
                                                planes.object(plane, o -> member(o, member))));
        out.texts("routes", node.routes());
        out.flag("relay", node.relay());
        if (node.directOnly()) {
            out.flag("direct_only", true);
        }
        out.flag("stock", node.stock());
        out.text("signature", node.signature().isEmpty() ? null : node.signature().toString());
    }

    private static MapNode node(JsonIn in) {
        class Draft {
            Long id;
            String name;
            SortedMap<String, Membership> planes;
            List<IpPrefix> routes;
            Boolean relay;
            boolean directOnly;
            Boolean stock;
            Bytes signature = Bytes.NONE;
        }
        Draft draft = new Draft();
        in.object(
                name -> {
                    switch (name) {
                        case "id" -> draft.id = in.number(0, Long.MAX_VALUE);
                        case "name" -> draft.name = in.text(MAX_NAME);
                        case "planes" ->
                                draft.planes = in.map(MAX_PLANES, MAX_PLANE_NAME, () -> member(in));
                        case "routes" -> draft.routes = in.list(MAX_ROUTES, in::prefix);
                        case "relay" -> draft.relay = in.flag();
                        case "direct_only" -> draft.directOnly = in.flag();
                        case "stock" -> draft.stock = in.flag();
                        case "signature" -> draft.signature = in.bytes(MAX_SIGNATURE_BYTES);
                        default -> {
                            return false;
                        }
                    }
                    return true;
                });
        return new MapNode(
                in.required(draft.id, "id"),
                in.required(draft.name, "name"),
                in.required(draft.planes, "planes"),
                in.required(draft.routes, "routes"),
                in.required(draft.relay, "relay"),
                draft.directOnly,
                in.required(draft.stock, "stock"),
                draft.signature);
    }

    private static void member(JsonOut out, Membership member) {
        out.key("key", member.key());
        out.key("pending", member.pendingKeyOrNull());
        out.addresses("addresses", member.addresses());
        candidates(out, "candidates", member.candidates());
    }

    private static Membership member(JsonIn in) {
        class Draft {
            PublicKey key;
            PublicKey pending;
            List<InetAddress> addresses;
            List<Candidate> candidates;
        }
        Draft draft = new Draft();
        in.object(
                name -> {
                    switch (name) {
                        case "key" -> draft.key = in.key();
                        case "pending" -> draft.pending = in.key();
                        case "addresses" -> draft.addresses = addresses(in);
                        case "candidates" -> draft.candidates = candidates(in);
                        default -> {
                            return false;
                        }
                    }
                    return true;
                });
        return new Membership(
                in.required(draft.key, "key"),
                draft.pending,
                in.required(draft.addresses, "addresses"),
                in.required(draft.candidates, "candidates"));
    }

    /**
     * Writes candidates as a member.
     *
     * @param out inside of an object
     * @param name the member's name
     * @param candidates any number
     */
    public static void candidates(JsonOut out, String name, List<Candidate> candidates) {
        out.list(
                name,
                candidates,
                candidate ->
                        out.object(
                                o -> {
                                    o.text("kind", candidate.kind().name());
                                    o.text("endpoint", JsonOut.endpoint(candidate.endpoint()));
                                }));
    }

    /**
     * Reads candidates.
     *
     * @param in where a list begins
     * @return at most {@value Membership#MAX_CANDIDATES}
     */
    public static List<Candidate> candidates(JsonIn in) {
        return in.list(Membership.MAX_CANDIDATES, () -> candidate(in));
    }

    private static Candidate candidate(JsonIn in) {
        class Draft {
            Candidate.Kind kind;
            InetSocketAddress endpoint;
        }
        Draft draft = new Draft();
        in.object(
                name -> {
                    switch (name) {
                        case "kind" -> draft.kind = in.constant(Candidate.Kind.class);
                        case "endpoint" -> draft.endpoint = in.endpoint();
                        default -> {
                            return false;
                        }
                    }
                    return true;
                });
        return new Candidate(
                in.required(draft.kind, "kind"), in.required(draft.endpoint, "endpoint"));
    }
}
