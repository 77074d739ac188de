// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.generate;

import org.wgj.tunnel.TunnelConfig;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Makes the files of a mesh from a list of nodes. */
public final class Generator {
    /** The kind of files to write. */
    public enum Format {
        /** A file of wg-quick for each node and plane. */
        CONF,

        /** A ruleset of nftables for each node. */
        NFT,

        /** A picture for Graphviz. */
        DOT,

        /** For each node with a LAN, the routes of the machines in it. */
        ROUTES
    }

    /**
     * A user's request.
     *
     * @param list the file with the nodes
     * @param topologyOrNull null for what the list says, or full
     * @param planes whether to make the four planes
     * @param psk whether each pair gets a preshared key
     * @param format what to write
     * @param existingOrNull the folder whose files give the keys; null for new ones
     */
    public record Request(
            Path list,
            Topology topologyOrNull,
            boolean planes,
            boolean psk,
            Format format,
            Path existingOrNull) {}

    /**
     * The files.
     *
     * @param files their texts by path below the output folder
     * @param warnings one line each: what will not work as one might think
     * @param nodes how many nodes the list has
     * @param peers how many peer entries the files have
     */
    public record Result(Map<String, String> files, List<String> warnings, int nodes, int peers) {}

    private Generator() {}

    /**
     * Reads the list and makes the files; writes nothing.
     *
     * @param request what to make
     * @return the files
     * @throws IOException if the list cannot be read or is wrong; the message has one line for each
     *     fault: file, line and reason
     */
    public static Result generate(Request request) throws IOException {
        NodeList list = NodeList.read(request.list());
        Problems problems = new Problems(list.source());
        List<PlaneFiles> planes = new ArrayList<>();
        planes.add(new PlaneFiles(0));
        if (request.planes()) {
            PlaneFiles.check(list, problems);
            for (int i = 1; i < PlaneFiles.PLANES; i++) {
                planes.add(new PlaneFiles(i));
            }
        }
        Topology topology = request.topologyOrNull();
        if (topology == null) {
            topology = list.topologyOrNull() == null ? Topology.FULL : list.topologyOrNull();
        }
        PeerEntries links = new PeerEntries(list, topology, problems);
        Map<String, String> files = new LinkedHashMap<>();
        int peers = 0;
        switch (request.format()) {
            case CONF -> {
                for (PlaneFiles plane : planes) {
                    MeshKeys keys = keys(request, list, plane);
                    for (ListedNode node : list.nodes()) {
                        String file = file(node, plane, request.planes());
                        files.put(file, ConfText.of(list, links, plane, keys, request.psk(), node));
                        peers += links.of(node, plane).size();
                    }
                }
            }
            case NFT ->
                    list.nodes()
                            .forEach(
                                    node ->
                                            files.put(
                                                    node.name() + ".nft",
                                                    OtherTexts.nft(links, planes, node)));
            case ROUTES -> {
                for (ListedNode node : list.nodes()) {
                    if (!node.lans().isEmpty()) {
                        files.put(node.name() + ".routes", OtherTexts.routes(list, node));
                    }
                }
                if (files.isEmpty()) {
                    throw new IOException(
                            list.source()
                                    + ": no node has a LAN, so no machine needs a route; a file"
                                    + " nodes.toml can say lan = [\"192.168.1.0/24\"]");
                }
            }
            case DOT -> files.put("mesh.dot", OtherTexts.dot(list, links));
        }
        warn(list, links, problems);
        return new Result(files, problems.lines(), list.nodes().size(), peers);
    }

    private static MeshKeys keys(Request request, NodeList list, PlaneFiles plane)
            throws IOException {
        Map<String, TunnelConfig> existing = new LinkedHashMap<>();
        if (request.existingOrNull() != null) {
            for (ListedNode node : list.nodes()) {
                Path file = request.existingOrNull().resolve(file(node, plane, request.planes()));
                TunnelConfig config = ConfFolder.readOrNull(file);
                if (config != null) {
                    existing.put(node.name(), config);
                }
            }
        }
        return new MeshKeys(existing);
    }

    static String file(ListedNode node, PlaneFiles plane, boolean planes) {
        return planes ? node.name() + "/" + plane.interfaceName() + ".conf" : node.name() + ".conf";
    }

    private static void warn(NodeList list, PeerEntries links, Problems problems) {
        PlaneFiles plane = new PlaneFiles(0);
        ListedNode hub = links.chosenHubOrNull();
        if (hub != null) {
            problems.add(
                    hub.line(),
                    hub.name()
                            + " is the hub, because no node has hub = true in a nodes.toml and it"
                            + " is the first with a public address");
        }
        for (ListedNode node : list.nodes()) {
            for (PeerEntry link : links.of(node, plane)) {
                if (node.behindNat()
                        && link.peer().behindNat()
                        && node.line() < link.peer().line()) {
                    problems.add(
                            node.line(),
                            node.name()
                                    + " and "
                                    + link.peer().name()
                                    + " are both behind NAT and cannot reach one another: use"
                                    + " --topology hub, or wgj join, which finds a path");
                }
            }
        }
    }
}
