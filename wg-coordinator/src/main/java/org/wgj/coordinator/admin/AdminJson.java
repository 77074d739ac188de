// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.admin;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.wgj.coordinator.registry.AuditEntry;
import org.wgj.coordinator.registry.NodeInfo;
import org.wgj.coordinator.registry.NodeJson;
import org.wgj.coordinator.registry.TokenInfo;
import org.wgj.mesh.map.Candidate;
import org.wgj.mesh.map.MapNode;
import org.wgj.mesh.map.MeshMap;
import org.wgj.mesh.map.Plane;
import org.wgj.protocol.IpText;

import java.util.Collection;
import java.util.Locale;
import java.util.TreeSet;

/** Writes the answers of the administrators' routes. */
public final class AdminJson {
    private AdminJson() {}

    static JsonObject token(TokenInfo token) {
        JsonObject json = new JsonObject();
        json.addProperty("id", token.id());
        json.addProperty("key", token.key().toBase64());
        json.addProperty("name", token.nameOrNull());
        json.add("planes", texts(new TreeSet<>(token.planes())));
        json.addProperty("uses", token.uses());
        json.addProperty("uses_left", token.usesLeft());
        json.addProperty("created", token.created().toString());
        json.addProperty("expires", token.expires().toString());
        json.addProperty("approve", token.approve());
        json.addProperty("ephemeral", token.ephemeral());
        json.addProperty("replace", token.replace());
        json.addProperty(
                "revoked", token.revokedOrNull() == null ? null : token.revokedOrNull().toString());
        return json;
    }

    static JsonObject node(NodeInfo node) {
        JsonObject planes = new JsonObject();
        node.planes().forEach((plane, in) -> planes.add(plane, plane(in)));
        JsonArray routes = new JsonArray();
        for (NodeInfo.Route route : node.routes()) {
            JsonObject one = new JsonObject();
            one.addProperty("prefix", route.prefix().toString());
            one.addProperty("approved", route.approved());
            one.addProperty("owner", route.owner());
            routes.add(one);
        }
        JsonObject json = new JsonObject();
        json.addProperty("id", node.id());
        json.addProperty("name", node.name());
        json.addProperty("state", node.state().name().toLowerCase(Locale.ROOT));
        json.addProperty("relay", node.relay());
        json.addProperty("direct_only", node.directOnly());
        json.addProperty("stock", node.stock());
        json.addProperty("ephemeral", node.ephemeral());
        json.addProperty("token", node.tokenOrNull());
        json.addProperty("joined", node.joined().toString());
        json.addProperty(
                "removed", node.removedOrNull() == null ? null : node.removedOrNull().toString());
        json.addProperty("last_contact", node.lastContact().toString());
        json.addProperty("signed", !node.signature().isEmpty());
        json.add("planes", planes);
        json.add("routes", routes);
        return json;
    }

    private static JsonObject plane(NodeInfo.InPlane in) {
        JsonObject json = new JsonObject();
        json.addProperty("key", in.key().toBase64());
        json.addProperty(
                "pending_key",
                in.pendingKeyOrNull() == null ? null : in.pendingKeyOrNull().toBase64());
        json.addProperty(
                "wanted_key",
                in.wantedKeyOrNull() == null ? null : in.wantedKeyOrNull().toBase64());
        json.addProperty("rotation_wanted", in.rotationWanted());
        json.addProperty("port", in.port());
        json.add("addresses", texts(in.addresses().stream().map(IpText::format).toList()));
        JsonArray candidates = new JsonArray();
        for (Candidate candidate : in.candidates()) {
            JsonObject one = new JsonObject();
            one.addProperty("kind", candidate.kind().name());
            one.addProperty("endpoint", NodeJson.text(candidate.endpoint()));
            candidates.add(one);
        }
        json.add("candidates", candidates);
        return json;
    }

    /**
     * Reads a node of the answer about what a lock's owner signs.
     *
     * @param json the node
     * @return the node
     */
    public static MapNode mapNode(JsonObject json) {
        return NodeJson.node(json);
    }

    static JsonObject mapNode(MapNode node) {
        return JsonParser.parseString(NodeJson.text(node)).getAsJsonObject();
    }

    static JsonObject audit(AuditEntry entry) {
        JsonObject json = new JsonObject();
        json.addProperty("seq", entry.seq());
        json.addProperty("at", entry.at().toString());
        json.addProperty("actor", entry.actor());
        json.addProperty("verb", entry.verb());
        json.addProperty("object", entry.object());
        json.addProperty("before", entry.before());
        json.addProperty("after", entry.after());
        json.addProperty("hash", entry.hash());
        return json;
    }

    static JsonObject mesh(MeshMap map) {
        JsonArray planes = new JsonArray();
        for (Plane plane : map.planes()) {
            JsonObject one = new JsonObject();
            one.addProperty("name", plane.name());
            one.add("ranges", texts(plane.ranges()));
            one.addProperty("port", plane.port());
            one.addProperty("mtu", plane.mtu());
            planes.add(one);
        }
        JsonObject json = new JsonObject();
        json.addProperty("mesh", map.mesh());
        json.addProperty("epoch", map.epoch().toString());
        json.addProperty("revision", map.revision());
        json.addProperty("nodes", map.nodes().size());
        json.add("planes", planes);
        json.add(
                "coordinators",
                JsonParser.parseString(NodeJson.text(map.coordinators())).getAsJsonArray());
        return json;
    }

    private static JsonArray texts(Collection<?> values) {
        JsonArray array = new JsonArray();
        values.forEach(value -> array.add(value.toString()));
        return array;
    }
}
