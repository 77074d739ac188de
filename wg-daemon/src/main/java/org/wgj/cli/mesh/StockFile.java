// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli.mesh;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import org.wgj.crypto.PrivateKey;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The file for wg-quick of a peer with another WireGuard. Its endpoint of a node is the first relay
 * of a coordinator; comments name the other ways: the relays of other coordinators, and the node's
 * own public endpoint. Without a relay, or for a node that takes none, the public endpoint is used.
 */
final class StockFile {
    private final JsonObject mesh;
    private final String plane;
    private final StringBuilder file = new StringBuilder();
    private final List<String> unreachable = new ArrayList<>();

    /**
     * @param mesh as the coordinator describes it to administrators
     */
    StockFile(JsonObject mesh) {
        this.mesh = mesh;
        plane = text(firstPlane(), "name");
    }

    /** The names of nodes that the file has no endpoint for. */
    List<String> unreachable() {
        return List.copyOf(unreachable);
    }

    /**
     * Writes the file, once.
     *
     * @param ownOrNull the peer's private key; null if the peer has it itself
     * @param nodes all nodes of the mesh
     */
    String text(JsonObject peer, PrivateKey ownOrNull, JsonArray nodes) {
        line("# " + text(peer, "name") + " in mesh " + text(mesh, "mesh"));
        line("[Interface]");
        line(
                ownOrNull != null
                        ? "PrivateKey = " + ownOrNull.toBase64()
                        : "# PrivateKey = (the peer's own)");
        line("Address = " + hosts(addresses(peer)));
        line("MTU = " + text(firstPlane(), "mtu"));
        List<String> relays = new ArrayList<>();
        for (JsonElement each : mesh.getAsJsonArray("coordinators")) {
            coordinator(each.getAsJsonObject(), relays);
        }
        for (JsonElement each : nodes) {
            JsonObject node = each.getAsJsonObject();
            if (!text(node, "id").equals(text(peer, "id"))
                    && "member".equals(text(node, "state"))
                    && node.getAsJsonObject("planes").has(plane)) {
                node(node, relays);
            }
        }
        return file.toString();
    }

    private JsonObject firstPlane() {
        return mesh.getAsJsonArray("planes").get(0).getAsJsonObject();
    }

    private void coordinator(JsonObject coordinator, List<String> relays) {
        if (!coordinator.getAsJsonObject("addresses").has(plane)) {
            return;
        }
        boolean relay = coordinator.get("relay").getAsBoolean();
        List<String> endpoints = new ArrayList<>();
        coordinator.getAsJsonArray("endpoints").forEach(each -> endpoints.add(each.getAsString()));
        if (relay) {
            relays.add(endpoints.getFirst());
        }
        line("");
        line("[Peer]");
        line("# coordinator " + text(coordinator, "id") + (relay ? ", which relays" : ""));
        line("PublicKey = " + text(coordinator, "key"));
        line("Endpoint = " + endpoints.getFirst());
        endpoints.stream().skip(1).forEach(each -> line("# Endpoint = " + each));
        line(
                "AllowedIPs = "
                        + hosts(coordinator.getAsJsonObject("addresses").getAsJsonArray(plane)));
        line("PersistentKeepalive = 25");
    }

    private void node(JsonObject node, List<String> relays) {
        JsonObject in = node.getAsJsonObject("planes").getAsJsonObject(plane);
        String direct = publicEndpointOrNull(in.getAsJsonArray("candidates"));
        line("");
        line("[Peer]");
        line("# " + text(node, "name"));
        line("PublicKey = " + text(in, "key"));
        // A coordinator that has run since before an upgrade does not say it.
        boolean directOnly = node.has("direct_only") && node.get("direct_only").getAsBoolean();
        if (!relays.isEmpty() && !directOnly) {
            line("Endpoint = " + relays.getFirst());
            relays.stream().skip(1).forEach(each -> line("# Endpoint = " + each));
            if (direct != null) {
                line("# Endpoint = " + direct + " without a relay");
            }
        } else if (direct != null) {
            line("Endpoint = " + direct);
            line("PersistentKeepalive = 25"); // the node does not know where to begin
        } else {
            line(
                    directOnly
                            ? "# no Endpoint: the node takes no relay, and has no public one"
                            : "# no Endpoint: no coordinator relays, and the node has no public"
                                    + " one");
            unreachable.add(text(node, "name"));
        }
        StringBuilder allowed = new StringBuilder(hosts(addresses(node)));
        for (JsonElement route : node.getAsJsonArray("routes")) {
            if (route.getAsJsonObject().get("owner").getAsBoolean()) {
                allowed.append(", ").append(text(route.getAsJsonObject(), "prefix"));
            }
        }
        line("AllowedIPs = " + allowed);
    }

    /**
     * Returns where a node is reached without having sent anything: what its owner or its router
     * named, or an address of its own that coordinators see too. The list begins with the most
     * certain one.
     */
    private static String publicEndpointOrNull(JsonArray candidates) {
        Set<String> own = new HashSet<>();
        for (JsonElement each : candidates) {
            if ("LOCAL".equals(text(each.getAsJsonObject(), "kind"))) {
                own.add(host(each.getAsJsonObject()));
            }
        }
        for (JsonElement each : candidates) {
            JsonObject candidate = each.getAsJsonObject();
            boolean open =
                    switch (text(candidate, "kind")) {
                        case "STATIC", "MAPPED" -> true;
                        case "OBSERVED" -> own.contains(host(candidate));
                        default -> false;
                    };
            if (open) {
                return text(candidate, "endpoint");
            }
        }
        return null;
    }

    private static String host(JsonObject candidate) {
        String endpoint = text(candidate, "endpoint");
        return endpoint.substring(0, endpoint.lastIndexOf(':'));
    }

    private JsonArray addresses(JsonObject node) {
        return node.getAsJsonObject("planes").getAsJsonObject(plane).getAsJsonArray("addresses");
    }

    private static String hosts(JsonArray addresses) {
        List<String> hosts = new ArrayList<>();
        for (JsonElement address : addresses) {
            String text = address.getAsString();
            hosts.add(text + (text.indexOf(':') < 0 ? "/32" : "/128"));
        }
        return String.join(", ", hosts);
    }

    private static String text(JsonObject json, String name) {
        return json.get(name).getAsString();
    }

    private void line(String text) {
        file.append(text).append('\n');
    }
}
