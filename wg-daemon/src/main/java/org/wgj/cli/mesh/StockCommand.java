// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli.mesh;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import org.wgj.coordinator.admin.AdminCalls;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** {@code wgj mesh stock}: adds a peer that runs another WireGuard. */
@Command(
        name = "stock",
        mixinStandardHelpOptions = true,
        description = {
            "Adds a peer that runs the kernel's WireGuard or an app, and prints a file for wg-quick"
                    + " on standard output. The peer reaches all nodes through the coordinator's"
                    + " relay, which reads nothing.",
            "Without --key it makes a private key, which is in that file and nowhere else. The file"
                    + " does not change by itself: when nodes come or go, --again prints a new one."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  wgj mesh stock phone > wgmesh.conf",
            "  wgj mesh stock router --key 'xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg='",
            "  wgj mesh stock router --again"
        })
final class StockCommand extends Admin {
    @Parameters(paramLabel = "NAME", description = "The peer's name in the mesh.")
    private String name;

    @Option(names = "--key", paramLabel = "KEY", description = "Its public key.")
    private String key;

    @Option(
            names = "--again",
            description = "Print the file of a peer that is there, without its private key.")
    private boolean again;

    StockCommand() {}

    @Override
    void run(AdminCalls calls) throws IOException {
        if (again) {
            JsonObject peer = calls.call("GET", "/nodes/" + encoded(name), null).getAsJsonObject();
            if (!peer.get("stock").getAsBoolean()) {
                throw new IOException(name + " runs wgj and needs no such file");
            }
            print(calls, peer, null);
            return;
        }
        PrivateKey own = key == null ? PrivateKey.generate() : null;
        try {
            String publicKey =
                    own != null ? own.publicKey().toBase64() : PublicKey.fromBase64(key).toBase64();
            JsonObject peer =
                    calls.call("POST", "/stock", object("name", name, "key", publicKey))
                            .getAsJsonObject();
            print(calls, peer, own);
            if ("pending".equals(text(peer, "state"))) {
                err().println(
                                "the mesh has a lock: the peer is in it after wgj mesh approve "
                                        + text(peer, "name")
                                        + " --lock FILE");
            }
        } finally {
            if (own != null) {
                own.wipe();
            }
        }
    }

    private void print(AdminCalls calls, JsonObject peer, PrivateKey ownOrNull) throws IOException {
        String file = file(calls, peer, ownOrNull);
        if (isJson()) {
            peer.addProperty("config", file);
            out().println(peer);
        } else {
            out().print(file);
        }
    }

    private static String file(AdminCalls calls, JsonObject peer, PrivateKey ownOrNull)
            throws IOException {
        JsonObject mesh = calls.call("GET", "/mesh", null).getAsJsonObject();
        JsonObject plane = mesh.getAsJsonArray("planes").get(0).getAsJsonObject();
        String planeName = text(plane, "name");
        JsonObject relay = mesh.getAsJsonArray("coordinators").get(0).getAsJsonObject();
        String endpoint = relay.getAsJsonArray("endpoints").get(0).getAsString();
        StringBuilder file = new StringBuilder();
        file.append("# ").append(text(peer, "name")).append(" in mesh ").append(text(mesh, "mesh"));
        file.append("\n[Interface]\n");
        file.append(
                ownOrNull != null
                        ? "PrivateKey = " + ownOrNull.toBase64() + "\n"
                        : "# PrivateKey = (the peer's own)\n");
        file.append("Address = ").append(hosts(addresses(peer, planeName))).append('\n');
        file.append("MTU = ").append(text(plane, "mtu")).append('\n');
        file.append("\n[Peer]\n# the coordinator, which relays\nPublicKey = ");
        file.append(text(relay, "key")).append("\nEndpoint = ").append(endpoint);
        file.append("\nAllowedIPs = ")
                .append(hosts(relay.getAsJsonObject("addresses").getAsJsonArray(planeName)))
                .append("\nPersistentKeepalive = 25\n");
        for (JsonElement element : calls.call("GET", "/nodes", null).getAsJsonArray()) {
            JsonObject node = element.getAsJsonObject();
            if (text(node, "id").equals(text(peer, "id"))
                    || !"member".equals(text(node, "state"))
                    || !node.getAsJsonObject("planes").has(planeName)) {
                continue;
            }
            JsonObject in = node.getAsJsonObject("planes").getAsJsonObject(planeName);
            file.append("\n[Peer]\n# ").append(text(node, "name")).append("\nPublicKey = ");
            file.append(text(in, "key")).append("\nEndpoint = ").append(endpoint);
            file.append("\nAllowedIPs = ").append(hosts(addresses(node, planeName)));
            for (JsonElement route : node.getAsJsonArray("routes")) {
                if (route.getAsJsonObject().get("owner").getAsBoolean()) {
                    file.append(", ").append(text(route.getAsJsonObject(), "prefix"));
                }
            }
            file.append('\n');
        }
        return file.toString();
    }

    private static JsonArray addresses(JsonObject node, String plane) {
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
}
