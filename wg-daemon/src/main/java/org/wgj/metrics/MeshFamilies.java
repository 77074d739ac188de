// SPDX-License-Identifier: Apache-2.0
package org.wgj.metrics;

import static org.wgj.metrics.MetricFamily.counter;
import static org.wgj.metrics.MetricFamily.gauge;
import static org.wgj.metrics.MetricFamily.info;

import org.wgj.mesh.relay.RelayDrop;
import org.wgj.mesh.status.RelayLoad;
import org.wgj.metrics.MeshFigures.Members;
import org.wgj.metrics.MetricFamily.Sample;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Our own families of a mesh. No label names another node, so the number of series does not grow
 * with the mesh.
 */
final class MeshFamilies {
    private static final String MESH = "mesh";
    private static final String PLANE = "plane";
    private static final String PATH = "path";

    static final MetricFamily INFO =
            info(
                    "wgj_mesh_info",
                    "The mesh and the part in it that this process has: node or coordinator.",
                    MESH,
                    "role",
                    "node");
    static final MetricFamily REVISION =
            gauge(
                    "wgj_mesh_revision",
                    "",
                    "The revision of the map that is in use; 0 before the first.",
                    MESH);
    static final MetricFamily PEERS =
            gauge(
                    "wgj_mesh_peers",
                    "",
                    "Other nodes by how this node reaches them; none before the first session,"
                            + " broken if one that there was has no answer.",
                    MESH,
                    PLANE,
                    PATH);
    static final MetricFamily CONNECTED =
            gauge(
                    "wgj_mesh_coordinator_connected",
                    "",
                    "1 if this node is connected to a coordinator, else 0.",
                    MESH);
    static final MetricFamily NODES =
            gauge(
                    "wgj_mesh_nodes",
                    "",
                    "Nodes of the mesh that the coordinator has heard of late, and the others.",
                    MESH,
                    "state");
    static final MetricFamily LINKS =
            gauge(
                    "wgj_mesh_links",
                    "",
                    "Links by their path, as nodes have reported them to this coordinator; each"
                            + " end reports its own way.",
                    MESH,
                    PLANE,
                    PATH);
    static final MetricFamily STREAMS =
            gauge("wgj_mesh_streams", "", "Nodes that get maps from this coordinator now.", MESH);
    static final MetricFamily JOINS =
            counter(
                    "wgj_mesh_joins_total",
                    "",
                    "Answers to requests to join, by result.",
                    MESH,
                    "result");
    static final MetricFamily REFUSALS =
            counter(
                    "wgj_mesh_join_refusals_total",
                    "",
                    "Refused requests to join, by reason.",
                    MESH,
                    "reason");
    static final MetricFamily RELAY_MEMBERS =
            gauge("wgj_mesh_relay_members", "", "Keys of nodes that the relay serves now.", MESH);
    static final MetricFamily RELAY_SESSIONS =
            gauge(
                    "wgj_mesh_relay_sessions",
                    "",
                    "Sessions between nodes that the relay carries now.",
                    MESH);
    static final MetricFamily RELAY_PACKETS =
            counter(
                    "wgj_mesh_relay_packets_total",
                    "",
                    "Datagrams that the relay has forwarded.",
                    MESH);
    static final MetricFamily RELAY_BYTES =
            counter(
                    "wgj_mesh_relay_bytes_total",
                    "bytes",
                    "UDP payload of these datagrams, in bytes.",
                    MESH);
    static final MetricFamily RELAY_DROPPED =
            counter(
                    "wgj_mesh_relay_dropped_packets_total",
                    "",
                    "Datagrams that the relay has dropped, by reason.",
                    MESH,
                    "reason");

    static final List<MetricFamily> ALL =
            List.of(
                    INFO,
                    REVISION,
                    PEERS,
                    CONNECTED,
                    NODES,
                    LINKS,
                    STREAMS,
                    JOINS,
                    REFUSALS,
                    RELAY_MEMBERS,
                    RELAY_SESSIONS,
                    RELAY_PACKETS,
                    RELAY_BYTES,
                    RELAY_DROPPED);

    private final MeshFigures figures;
    private final String mesh;

    MeshFamilies(MeshFigures figures) {
        this.figures = figures;
        mesh = figures.mesh();
    }

    List<Series> series() {
        boolean node = figures.membersOrNull() == null;
        return List.of(
                new Series(
                        INFO,
                        Stream.of(
                                INFO.sample(
                                        "1",
                                        mesh,
                                        node ? "node" : "coordinator",
                                        node ? figures.node() : null))),
                new Series(REVISION, Stream.of(REVISION.count(figures.revision(), mesh))),
                new Series(PEERS, node ? links(PEERS) : Stream.empty()),
                new Series(
                        CONNECTED,
                        Stream.ofNullable(figures.reachOrNull())
                                .map(reach -> reach.control().connected())
                                .map(connected -> CONNECTED.flag(connected, mesh))),
                members(
                        NODES,
                        members ->
                                Stream.of(
                                        NODES.count(members.online(), mesh, "online"),
                                        NODES.count(members.offline(), mesh, "offline"))),
                new Series(LINKS, node ? Stream.empty() : links(LINKS)),
                members(STREAMS, members -> Stream.of(STREAMS.count(members.streams(), mesh))),
                members(
                        JOINS,
                        members ->
                                members.joins().entrySet().stream()
                                        .map(e -> JOINS.count(e.getValue(), mesh, e.getKey()))),
                members(
                        REFUSALS,
                        members ->
                                members.refusals().entrySet().stream()
                                        .map(e -> REFUSALS.count(e.getValue(), mesh, e.getKey()))),
                relay(RELAY_MEMBERS, load -> Stream.of(RELAY_MEMBERS.count(load.served(), mesh))),
                relay(
                        RELAY_SESSIONS,
                        load -> Stream.of(RELAY_SESSIONS.count(load.sessions(), mesh))),
                relay(RELAY_PACKETS, load -> Stream.of(RELAY_PACKETS.count(load.packets(), mesh))),
                relay(RELAY_BYTES, load -> Stream.of(RELAY_BYTES.count(load.bytes(), mesh))),
                relay(RELAY_DROPPED, this::drops));
    }

    private Series members(MetricFamily family, Function<Members, Stream<Sample>> samples) {
        return new Series(family, Stream.ofNullable(figures.membersOrNull()).flatMap(samples));
    }

    private Series relay(MetricFamily family, Function<RelayLoad, Stream<Sample>> samples) {
        return new Series(family, Stream.ofNullable(figures.relayOrNull()).flatMap(samples));
    }

    private Stream<Sample> links(MetricFamily family) {
        return figures.links().entrySet().stream()
                .flatMap(
                        plane ->
                                plane.getValue().entrySet().stream()
                                        .map(
                                                kind ->
                                                        family.count(
                                                                kind.getValue(),
                                                                mesh,
                                                                plane.getKey(),
                                                                kind.getKey().word())));
    }

    private Stream<Sample> drops(RelayLoad load) {
        return Arrays.stream(RelayDrop.values())
                .map(reason -> reason.name().toLowerCase(Locale.ROOT))
                .map(
                        reason ->
                                RELAY_DROPPED.count(
                                        load.drops().getOrDefault(reason, 0L), mesh, reason));
    }
}
