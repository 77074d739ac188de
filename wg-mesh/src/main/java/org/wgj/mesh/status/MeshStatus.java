// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.status;

import org.wgj.mesh.map.JsonIn;
import org.wgj.mesh.map.JsonOut;
import org.wgj.mesh.map.MapJson;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;

/**
 * The state of a whole mesh as its coordinator or one of its nodes knows it. The coordinator leaves
 * out what nodes said too long ago: a link is only here while the report that has it is fresh.
 *
 * @param mesh the mesh's name
 * @param epoch the epoch of its map
 * @param revision the revision of its map
 * @param planes the names of its planes, in their order
 * @param nodes by id
 * @param links in the order of the reporting node
 * @param relayOrNull the load of the coordinator's relay; null if it does not relay
 */
public record MeshStatus(
        String mesh,
        UUID epoch,
        long revision,
        List<String> planes,
        List<NodeState> nodes,
        List<LinkReport> links,
        RelayLoad relayOrNull) {
    /** The greatest length as JSON, 256 MiB. */
    public static final int MAX_BYTES = 256 << 20;

    private static final int MAX_LINKS = 4_000_000; // 1,000 nodes with four planes

    public MeshStatus {
        Objects.requireNonNull(mesh, "mesh");
        Objects.requireNonNull(epoch, "epoch");
        planes = List.copyOf(planes);
        nodes = List.copyOf(nodes);
        links = List.copyOf(links);
    }

    /**
     * Makes a status without the load of a relay.
     *
     * @param mesh the mesh's name
     * @param epoch the epoch of its map
     * @param revision the revision of its map
     * @param planes the names of its planes, in their order
     * @param nodes by id
     * @param links in the order of the reporting node
     */
    public MeshStatus(
            String mesh,
            UUID epoch,
            long revision,
            List<String> planes,
            List<NodeState> nodes,
            List<LinkReport> links) {
        this(mesh, epoch, revision, planes, nodes, links, null);
    }

    /**
     * Adds the load of the coordinator's relay.
     *
     * @param load null if it does not relay
     * @return a status that is otherwise the same
     */
    public MeshStatus withRelay(RelayLoad load) {
        return new MeshStatus(mesh, epoch, revision, planes, nodes, links, load);
    }

    /** The identity of a directed link. */
    record Way(String plane, long from, long to) {
        private static final long SPREAD = 0x9E37_79B9_7F4A_7C15L; // 2^64 / golden ratio, odd

        /** A record's own would give a million pairs of a thousand nodes 32,000 values. */
        @Override
        public int hashCode() {
            return Long.hashCode((from * SPREAD + to) * SPREAD) ^ plane.hashCode();
        }
    }

    /**
     * Finds all links by what they connect.
     *
     * @return a new map
     */
    Map<Way, PeerReport> ways() {
        Map<Way, PeerReport> ways = HashMap.newHashMap(links.size());
        for (LinkReport link : links) {
            ways.put(new Way(link.peer().plane(), link.from(), link.peer().id()), link.peer());
        }
        return ways;
    }

    /**
     * Writes the status.
     *
     * @return JSON in one line, UTF-8
     */
    public byte[] write() {
        return JsonOut.write(this::write);
    }

    /**
     * Writes the status as members of an object, the totals among them.
     *
     * @param out inside of the object
     */
    public void write(JsonOut out) {
        out.text("mesh", mesh);
        out.text("epoch", epoch.toString());
        out.number("revision", revision);
        out.texts("planes", planes);
        out.object("totals", Totals.of(this)::write);
        out.list("nodes", nodes, node -> out.object(node::write));
        out.list(
                "links",
                links,
                link ->
                        out.object(
                                o -> {
                                    o.number("from", link.from());
                                    o.object("to", link.peer()::write);
                                }));
        if (relayOrNull != null) {
            out.object("relay", relayOrNull::write);
        }
    }

    /**
     * Reads a status. The totals are computed anew.
     *
     * @param json UTF-8, at most {@value #MAX_BYTES} bytes
     * @return the status
     * @throws IllegalArgumentException if it is not one; the message says where
     */
    public static MeshStatus read(byte[] json) {
        return JsonIn.read(json, MAX_BYTES, MeshStatus::read);
    }

    /**
     * Reads a status.
     *
     * @param in where an object begins
     * @return the status
     */
    public static MeshStatus read(JsonIn in) {
        class Draft {
            String mesh;
            UUID epoch;
            Long revision;
            List<String> planes;
            List<NodeState> nodes;
            List<LinkReport> links;
            RelayLoad relay;
        }
        Draft draft = new Draft();
        in.object(
                name -> {
                    switch (name) {
                        case "mesh" -> draft.mesh = in.text(MapJson.MAX_NAME);
                        case "epoch" -> draft.epoch = in.uuid();
                        case "revision" -> draft.revision = in.number(0, Long.MAX_VALUE);
                        case "planes" ->
                                draft.planes =
                                        in.list(
                                                MapJson.MAX_PLANES,
                                                () -> in.text(MapJson.MAX_PLANE_NAME));
                        case "nodes" ->
                                draft.nodes = in.list(MapJson.MAX_NODES, () -> NodeState.read(in));
                        case "links" -> draft.links = in.list(MAX_LINKS, () -> link(in));
                        case "relay" -> draft.relay = RelayLoad.read(in);
                        default -> {
                            return false;
                        }
                    }
                    return true;
                });
        return new MeshStatus(
                in.required(draft.mesh, "mesh"),
                in.required(draft.epoch, "epoch"),
                in.required(draft.revision, "revision"),
                in.required(draft.planes, "planes"),
                in.required(draft.nodes, "nodes"),
                in.required(draft.links, "links"),
                draft.relay);
    }

    private static LinkReport link(JsonIn in) {
        class Draft {
            Long from;
            PeerReport to;
        }
        Draft draft = new Draft();
        in.object(
                name -> {
                    switch (name) {
                        case "from" -> draft.from = in.number(0, Long.MAX_VALUE);
                        case "to" -> draft.to = PeerReport.read(in);
                        default -> {
                            return false;
                        }
                    }
                    return true;
                });
        return new LinkReport(in.required(draft.from, "from"), in.required(draft.to, "to"));
    }
}
