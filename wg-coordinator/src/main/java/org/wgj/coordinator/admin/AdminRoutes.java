// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.admin;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;

import org.wgj.coordinator.api.ApiCall;
import org.wgj.coordinator.api.ApiException;
import org.wgj.coordinator.api.ApiHandler;
import org.wgj.coordinator.api.ApiReply;
import org.wgj.coordinator.api.ApiRoutes;
import org.wgj.coordinator.api.Caller;
import org.wgj.coordinator.registry.AuditEntry;
import org.wgj.coordinator.registry.IssuedToken;
import org.wgj.coordinator.registry.NodeInfo;
import org.wgj.coordinator.registry.Reason;
import org.wgj.coordinator.registry.RefusedException;
import org.wgj.coordinator.registry.Registry;
import org.wgj.coordinator.registry.Signing;
import org.wgj.coordinator.registry.TokenInfo;
import org.wgj.coordinator.registry.TokenRequest;
import org.wgj.crypto.PublicKey;
import org.wgj.mesh.map.Bytes;
import org.wgj.mesh.map.MeshMap;
import org.wgj.protocol.IpPrefix;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The administrators' routes below {@code /v1/admin}, for {@link Caller.Kind#ADMIN} alone. They are
 * the same whether the coordinator serves them on its socket or a command calls them itself.
 */
public final class AdminRoutes {
    private static final Set<Caller.Kind> ADMIN = Set.of(Caller.Kind.ADMIN);
    static final String BASE = "/v1/admin";
    private static final int AUDIT_PAGE = 1_000;

    private final Registry registry;

    private AdminRoutes(Registry registry) {
        this.registry = registry;
    }

    /**
     * Adds the routes to a table.
     *
     * @param routes the table
     * @param registry what they work on; its owner closes it
     */
    public static void add(ApiRoutes routes, Registry registry) {
        AdminRoutes admin = new AdminRoutes(registry);
        admin.route(routes, "GET", "/tokens", admin::tokens);
        admin.route(routes, "POST", "/tokens", admin::createToken);
        admin.route(routes, "DELETE", "/tokens/{token}", admin::revokeToken);
        admin.route(routes, "GET", "/nodes", admin::nodes);
        admin.route(routes, "GET", "/nodes/{node}", admin::node);
        admin.route(routes, "PATCH", "/nodes/{node}", admin::patch);
        admin.route(routes, "DELETE", "/nodes/{node}", admin::remove);
        admin.route(routes, "GET", "/nodes/{node}/signing", admin::signing);
        admin.route(routes, "POST", "/stock", admin::stock);
        admin.route(routes, "POST", "/rotate", admin::rotate);
        admin.route(routes, "GET", "/audit", admin::audit);
        admin.route(routes, "GET", "/export", admin::export);
        admin.route(routes, "POST", "/import", admin::restore);
        admin.route(routes, "GET", "/mesh", admin::mesh);
    }

    private void route(ApiRoutes routes, String method, String path, ApiHandler handler) {
        routes.add(
                method,
                BASE + path,
                ADMIN,
                call -> {
                    try {
                        return handler.handle(call);
                    } catch (RefusedException e) {
                        throw new ApiException(
                                e.reason() == Reason.NOT_FOUND ? 404 : 409,
                                e.reason().text(),
                                e.getMessage());
                    }
                });
    }

    private static String actor(ApiCall call) {
        return "admin " + call.caller().name();
    }

    private ApiReply tokens(ApiCall call) throws IOException {
        JsonArray tokens = new JsonArray();
        for (TokenInfo token : registry.tokens()) {
            tokens.add(AdminJson.token(token));
        }
        return ApiReply.json(tokens);
    }

    private ApiReply createToken(ApiCall call) throws IOException {
        RequestFields fields = RequestFields.of(call.body());
        IssuedToken issued =
                registry.createToken(
                        new TokenRequest(
                                fields.textOrNull("name"),
                                (int) fields.number("uses", 1, 1, 100_000),
                                Duration.ofSeconds(
                                        fields.number("ttl_s", 3_600, 1, Integer.MAX_VALUE)),
                                Set.copyOf(fields.texts("planes")),
                                fields.flag("approve"),
                                fields.flag("ephemeral"),
                                fields.flag("replace")),
                        actor(call));
        try {
            JsonObject json = AdminJson.token(issued.info());
            json.addProperty("token", issued.token().toText());
            return ApiReply.json(json);
        } finally {
            issued.token().wipe();
        }
    }

    private ApiReply revokeToken(ApiCall call) throws IOException {
        List<Long> removed =
                registry.revokeToken(
                        call.number("token"),
                        "true".equals(call.query().get("nodes")),
                        actor(call));
        JsonArray nodes = new JsonArray();
        removed.forEach(nodes::add);
        JsonObject json = new JsonObject();
        json.addProperty("token", call.number("token"));
        json.add("removed_nodes", nodes);
        return ApiReply.json(json);
    }

    private ApiReply nodes(ApiCall call) throws IOException {
        JsonArray nodes = new JsonArray();
        for (NodeInfo node : registry.nodes("true".equals(call.query().get("removed")))) {
            nodes.add(AdminJson.node(node));
        }
        return ApiReply.json(nodes);
    }

    private ApiReply node(ApiCall call) throws IOException {
        return ApiReply.json(AdminJson.node(registry.node(call.parameter("node"))));
    }

    private ApiReply patch(ApiCall call) throws IOException {
        RequestFields fields = RequestFields.of(call.body());
        String node = call.parameter("node");
        List<Bytes> signatures = fields.signatures();
        String name = fields.textOrNull("name");
        String route = fields.textOrNull("route");
        if (name != null) {
            return ApiReply.json(
                    AdminJson.node(registry.rename(node, name, first(signatures), actor(call))));
        }
        if (route != null) {
            return ApiReply.json(
                    AdminJson.node(
                            registry.approveRoute(
                                    node,
                                    IpPrefix.parse(route),
                                    !fields.flag("withdraw"),
                                    first(signatures),
                                    actor(call))));
        }
        if (fields.flag("approve")) {
            return ApiReply.json(AdminJson.node(registry.approve(node, signatures, actor(call))));
        }
        throw ApiException.badRequest("give name, route or approve");
    }

    private static Bytes first(List<Bytes> signatures) {
        return signatures.isEmpty() ? Bytes.NONE : signatures.getFirst();
    }

    private ApiReply remove(ApiCall call) throws IOException {
        return ApiReply.json(
                AdminJson.node(
                        registry.remove(
                                call.parameter("node"), "by an administrator", actor(call))));
    }

    /** The mesh's name and the forms of the node that the lock's owner signs. */
    private ApiReply signing(ApiCall call) throws IOException {
        Signing signing = registry.toSign(call.parameter("node"));
        JsonArray nodes = new JsonArray();
        signing.nodes().forEach(node -> nodes.add(AdminJson.mapNode(node)));
        JsonObject json = new JsonObject();
        json.addProperty("mesh", signing.mesh());
        json.addProperty("lock_key", signing.lockKey().toString());
        json.addProperty("newest_ms", signing.newestMs());
        json.add("nodes", nodes);
        return ApiReply.json(json);
    }

    private ApiReply stock(ApiCall call) throws IOException {
        RequestFields fields = RequestFields.of(call.body());
        return ApiReply.json(
                AdminJson.node(
                        registry.addStock(
                                fields.text("name"),
                                PublicKey.fromBase64(fields.text("key")),
                                actor(call))));
    }

    /** With a key begins the change to it; without one asks the node to make one. */
    private ApiReply rotate(ApiCall call) throws IOException {
        RequestFields fields = RequestFields.of(call.body());
        NodeInfo node = registry.node(fields.text("node"));
        String plane = fields.textOrNull("plane");
        String key = fields.textOrNull("key");
        if (key == null) {
            if (node.stock()) {
                throw ApiException.badRequest(
                        node.name()
                                + " is another implementation's peer and makes no keys by itself:"
                                + " give --key with its new public key");
            }
            registry.wantRotation(node.name(), plane, actor(call));
        } else {
            registry.beginRotation(
                    node.id(),
                    plane != null ? plane : node.planes().firstKey(),
                    PublicKey.fromBase64(key),
                    actor(call));
        }
        return ApiReply.json(AdminJson.node(registry.node(node.name())));
    }

    private ApiReply audit(ApiCall call) throws IOException {
        long after = call.queryNumber("after", 0);
        JsonArray entries = new JsonArray();
        for (AuditEntry entry : registry.audit(after, AUDIT_PAGE)) {
            entries.add(AdminJson.audit(entry));
        }
        JsonObject json = new JsonObject();
        json.add("entries", entries);
        if (after == 0) { // the first page checks the whole chain
            Optional<String> fault = registry.auditFault();
            json.addProperty("whole", fault.isEmpty());
            fault.ifPresent(what -> json.addProperty("fault", what));
        }
        return ApiReply.json(json);
    }

    private ApiReply export(ApiCall call) throws IOException {
        return ApiReply.json(registry.export().getBytes(StandardCharsets.UTF_8));
    }

    private ApiReply restore(ApiCall call) throws IOException {
        registry.restore(new String(call.body(), StandardCharsets.UTF_8), actor(call));
        return mesh(call);
    }

    private ApiReply mesh(ApiCall call) {
        MeshMap map = registry.snapshot().map();
        return ApiReply.json(AdminJson.mesh(map));
    }
}
