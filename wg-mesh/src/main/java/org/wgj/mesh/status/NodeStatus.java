// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.status;

import org.wgj.mesh.map.JsonIn;
import org.wgj.mesh.map.JsonOut;
import org.wgj.mesh.map.MapJson;

import java.net.InetAddress;
import java.util.List;
import java.util.Objects;
import java.util.UUID;

/**
 * The status of a running node, for its user.
 *
 * @param mesh the mesh's name
 * @param id the node's id
 * @param name its name
 * @param epoch the epoch of its map
 * @param revision the revision of its map; 0 if it has none yet
 * @param planes its planes, in the mesh's order
 * @param control its connection to a coordinator
 * @param peers the other nodes, as the tunnels see them
 * @param meshOrNull the whole mesh as the coordinator sees it; null if the coordinator did not
 *     answer
 * @param relayOrNull the work of the node's own relays; null if it does not relay, or they do not
 *     tell
 */
public record NodeStatus(
        String mesh,
        long id,
        String name,
        UUID epoch,
        long revision,
        List<PlaneState> planes,
        Control control,
        List<Peer> peers,
        MeshStatus meshOrNull,
        RelayLoad relayOrNull) {
    private static final int MAX_TEXT = 1_000;

    /**
     * A plane of a node.
     *
     * @param name its name
     * @param addresses the node's addresses in it
     * @param port the UDP port
     * @param proxies how programs reach it if it is no interface of the system; else empty
     */
    public record PlaneState(String name, List<InetAddress> addresses, int port, String proxies) {
        public PlaneState {
            addresses = List.copyOf(addresses);
            Objects.requireNonNull(proxies, "proxies");
        }
    }

    /**
     * A connection to a coordinator.
     *
     * @param connected whether the stream of maps is open
     * @param coordinator which one, as an address and port
     * @param sinceS for how many seconds it has been as it is
     * @param problem what is wrong; empty if nothing is
     * @param reached whether there was a stream since the node's start
     */
    public record Control(
            boolean connected, String coordinator, long sinceS, String problem, boolean reached) {
        /** Makes a connection that was open earlier if it is now. */
        public Control(boolean connected, String coordinator, long sinceS, String problem) {
            this(connected, coordinator, sinceS, problem, connected);
        }
    }

    /**
     * Another node.
     *
     * @param name its name
     * @param report how it is reached
     */
    public record Peer(String name, PeerReport report) {}

    public NodeStatus {
        planes = List.copyOf(planes);
        Objects.requireNonNull(control, "control");
        peers = List.copyOf(peers);
    }

    /**
     * Returns what the node itself sees.
     *
     * @return this status without the whole mesh
     */
    public NodeStatus withoutMesh() {
        return new NodeStatus(
                mesh, id, name, epoch, revision, planes, control, peers, null, relayOrNull);
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
     * Writes the status as members of an object.
     *
     * @param out inside of the object
     */
    public void write(JsonOut out) {
        out.text("mesh", mesh);
        out.number("id", id);
        out.text("name", name);
        out.text("epoch", epoch.toString());
        out.number("revision", revision);
        out.list(
                "planes",
                planes,
                plane ->
                        out.object(
                                o -> {
                                    o.text("name", plane.name());
                                    o.addresses("addresses", plane.addresses());
                                    o.number("port", plane.port());
                                    o.text(
                                            "proxies",
                                            plane.proxies().isEmpty() ? null : plane.proxies());
                                }));
        out.object(
                "control",
                o -> {
                    o.flag("connected", control.connected());
                    o.text("coordinator", control.coordinator());
                    o.number("since_s", control.sinceS());
                    o.text("problem", control.problem().isEmpty() ? null : control.problem());
                    o.flag("reached", control.reached());
                });
        out.list(
                "peers",
                peers,
                peer ->
                        out.object(
                                o -> {
                                    o.text("name", peer.name());
                                    o.object("link", peer.report()::write);
                                }));
        if (meshOrNull != null) {
            out.object("whole", meshOrNull::write);
        }
        if (relayOrNull != null) {
            out.object("relay", relayOrNull::write);
        }
    }

    /**
     * Reads a status.
     *
     * @param json UTF-8, at most {@value MeshStatus#MAX_BYTES} bytes
     * @return the status
     * @throws IllegalArgumentException if it is not one; the message says where
     */
    public static NodeStatus read(byte[] json) {
        return JsonIn.read(json, MeshStatus.MAX_BYTES, NodeStatus::read);
    }

    private static NodeStatus read(JsonIn in) {
        class Draft {
            String mesh;
            Long id;
            String name;
            UUID epoch;
            Long revision;
            List<PlaneState> planes;
            Control control;
            List<Peer> peers;
            MeshStatus whole;
            RelayLoad relay;
        }
        Draft draft = new Draft();
        in.object(
                name -> {
                    switch (name) {
                        case "mesh" -> draft.mesh = in.text(MapJson.MAX_NAME);
                        case "id" -> draft.id = in.number(0, Long.MAX_VALUE);
                        case "name" -> draft.name = in.text(MapJson.MAX_NAME);
                        case "epoch" -> draft.epoch = in.uuid();
                        case "revision" -> draft.revision = in.number(0, Long.MAX_VALUE);
                        case "planes" ->
                                draft.planes = in.list(MapJson.MAX_PLANES, () -> plane(in));
                        case "control" -> draft.control = control(in);
                        case "peers" ->
                                draft.peers =
                                        in.list(
                                                MapJson.MAX_NODES * MapJson.MAX_PLANES,
                                                () -> peer(in));
                        case "whole" -> draft.whole = MeshStatus.read(in);
                        case "relay" -> draft.relay = RelayLoad.read(in);
                        default -> {
                            return false;
                        }
                    }
                    return true;
                });
        return new NodeStatus(
                in.required(draft.mesh, "mesh"),
                in.required(draft.id, "id"),
                in.required(draft.name, "name"),
                in.required(draft.epoch, "epoch"),
                in.required(draft.revision, "revision"),
                in.required(draft.planes, "planes"),
                in.required(draft.control, "control"),
                in.required(draft.peers, "peers"),
                draft.whole,
                draft.relay);
    }

    private static PlaneState plane(JsonIn in) {
        class Draft {
            String name;
            List<InetAddress> addresses;
            Long port;
            String proxies = "";
        }
        Draft draft = new Draft();
        in.object(
                name -> {
                    switch (name) {
                        case "name" -> draft.name = in.text(MapJson.MAX_PLANE_NAME);
                        case "addresses" -> draft.addresses = in.list(4, in::address);
                        case "port" -> draft.port = in.number(0, 65_535);
                        case "proxies" -> draft.proxies = in.text(MAX_TEXT);
                        default -> {
                            return false;
                        }
                    }
                    return true;
                });
        return new PlaneState(
                in.required(draft.name, "name"),
                in.required(draft.addresses, "addresses"),
                in.required(draft.port, "port").intValue(),
                draft.proxies);
    }

    private static Control control(JsonIn in) {
        class Draft {
            Boolean connected;
            String coordinator;
            Long since;
            String problem = "";
            boolean reached;
        }
        Draft draft = new Draft();
        in.object(
                name -> {
                    switch (name) {
                        case "connected" -> draft.connected = in.flag();
                        case "coordinator" -> draft.coordinator = in.text(MAX_TEXT);
                        case "since_s" -> draft.since = in.number(0, Long.MAX_VALUE);
                        case "problem" -> draft.problem = in.text(MAX_TEXT);
                        case "reached" -> draft.reached = in.flag();
                        default -> {
                            return false;
                        }
                    }
                    return true;
                });
        return new Control(
                in.required(draft.connected, "connected"),
                in.required(draft.coordinator, "coordinator"),
                in.required(draft.since, "since_s"),
                draft.problem,
                draft.reached);
    }

    private static Peer peer(JsonIn in) {
        class Draft {
            String name;
            PeerReport report;
        }
        Draft draft = new Draft();
        in.object(
                name -> {
                    switch (name) {
                        case "name" -> draft.name = in.text(MapJson.MAX_NAME);
                        case "link" -> draft.report = PeerReport.read(in);
                        default -> {
                            return false;
                        }
                    }
                    return true;
                });
        return new Peer(in.required(draft.name, "name"), in.required(draft.report, "link"));
    }
}
