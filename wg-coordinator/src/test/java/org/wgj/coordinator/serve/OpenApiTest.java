// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.wgj.coordinator.admin.AdminRoutes;
import org.wgj.coordinator.api.ApiReply;
import org.wgj.coordinator.api.ApiRoute;
import org.wgj.coordinator.api.ApiRoutes;
import org.wgj.coordinator.api.Caller;
import org.wgj.coordinator.api.OpenApi;
import org.wgj.coordinator.page.PageRoutes;
import org.wgj.coordinator.registry.MeshPlan;
import org.wgj.coordinator.registry.Registry;
import org.wgj.coordinator.store.Store;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.mesh.map.Bytes;
import org.wgj.mesh.map.Candidate;
import org.wgj.mesh.map.MapCoordinator;
import org.wgj.mesh.map.MapDelta;
import org.wgj.mesh.map.MapNode;
import org.wgj.mesh.map.MapNodes;
import org.wgj.mesh.map.Membership;
import org.wgj.mesh.map.MeshMap;
import org.wgj.mesh.map.Plane;
import org.wgj.mesh.map.StreamLine;
import org.wgj.mesh.status.LinkKind;
import org.wgj.mesh.status.LinkReport;
import org.wgj.mesh.status.MeshStatus;
import org.wgj.mesh.status.NodeReport;
import org.wgj.mesh.status.NodeState;
import org.wgj.mesh.status.PeerReport;
import org.wgj.mesh.status.RelayLoad;
import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.config.HostPort;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;

/** Holds routes, formats and {@code openapi.yaml} together. */
class OpenApiTest {
    private static final PublicKey KEY = PrivateKey.generate().publicKey();
    private static final InetSocketAddress ENDPOINT =
            new InetSocketAddress(InetAddress.ofLiteral("192.0.2.1"), 51_820);

    /** Every line of the file with a key, by the path of keys that leads to it. */
    private final Map<String, String> lines = new HashMap<>();

    @BeforeEach
    void read() throws IOException {
        String[] path = new String[32];
        for (String line : new String(OpenApi.yaml(), StandardCharsets.UTF_8).lines().toList()) {
            String text = line.strip();
            int colon = text.indexOf(':');
            if (text.startsWith("#") || text.startsWith("- ") || colon < 0) {
                continue;
            }
            int indent = line.length() - line.stripLeading().length();
            assertEquals(0, indent % 2, line);
            int level = indent / 2;
            String key =
                    text.startsWith("/") ? text.replaceAll(":$", "") : text.substring(0, colon);
            path[level] = key.replace("\"", "");
            lines.put(
                    String.join(" ", Arrays.asList(path).subList(0, level + 1)),
                    text.substring(colon + 1).strip());
        }
    }

    private Set<String> below(String path) {
        return lines.keySet().stream()
                .filter(key -> key.startsWith(path + " "))
                .map(key -> key.substring(path.length() + 1).split(" ")[0])
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void fileAndRoutesAreTheSame() {
        ApiRoutes routes = new ApiRoutes();
        new MemberRoutes(
                        null,
                        new Presence(),
                        null,
                        null,
                        () -> null,
                        (_, _) -> {},
                        InstantSource.system())
                .addTo(routes);
        AdminRoutes.add(routes, null);
        PageRoutes.add(routes, null, null, InstantSource.system());
        Set<String> served = new TreeSet<>();
        for (ApiRoute route : routes.all()) {
            String method = route.method().toLowerCase(Locale.ROOT);
            served.add(
                    method
                            + " "
                            + route.pattern()
                            + " "
                            + route.callers().stream().sorted().toList());
        }
        Set<String> described = new TreeSet<>();
        for (String path : below("paths")) {
            for (String method : below("paths " + path)) {
                String callers = lines.get("paths " + path + " " + method + " x-callers");
                Set<Caller.Kind> kinds = new TreeSet<>();
                for (String each : callers.split(" ")) {
                    kinds.add(Caller.Kind.valueOf(each.toUpperCase(Locale.ROOT)));
                }
                described.add(method + " " + path + " " + kinds);
            }
        }

        assertEquals(served, described);
    }

    @Test
    void everySchemaThatIsNamedIsThere() {
        Set<String> there = below("components schemas");
        for (Map.Entry<String, String> line : lines.entrySet()) {
            if (line.getKey().endsWith("$ref") && line.getValue().contains("/schemas/")) {
                String name = line.getValue().replaceAll(".*/|\"", "");
                assertTrue(there.contains(name), line.toString());
            }
        }
    }

    private void assertFields(String schema, JsonElement json) {
        assertEquals(
                below("components schemas " + schema + " properties"),
                new TreeSet<>(json.getAsJsonObject().keySet()),
                schema);
    }

    private static JsonObject parse(byte[] json) {
        return JsonParser.parseString(new String(json, StandardCharsets.UTF_8)).getAsJsonObject();
    }

    private static MeshMap map(long revision, String name) {
        Membership member =
                new Membership(
                        KEY,
                        PrivateKey.generate().publicKey(),
                        List.of(InetAddress.ofLiteral("10.77.0.2")),
                        List.of(new Candidate(Candidate.Kind.LOCAL, ENDPOINT)));
        MapNode node =
                new MapNode(
                        7,
                        name,
                        new TreeMap<>(Map.of("wg0", member)),
                        List.of(IpPrefix.parse("192.168.2.0/24")),
                        true,
                        true,
                        false,
                        Bytes.of(new byte[64]));
        MapCoordinator coordinator =
                new MapCoordinator(
                        1,
                        KEY,
                        List.of(new HostPort("192.0.2.1", 51_820 + (int) revision)),
                        new TreeMap<>(Map.of("wg0", List.of(InetAddress.ofLiteral("10.77.0.1")))),
                        true);
        return new MeshMap(
                "prod",
                new UUID(1, 2),
                revision,
                List.of(new Plane("wg0", List.of(IpPrefix.parse("10.77.0.0/16")), 51_820, 1_420)),
                List.of(coordinator),
                new TreeMap<>(Map.of(7L, node)));
    }

    private static JsonElement first(JsonObject json, String list) {
        return json.getAsJsonArray(list).get(0);
    }

    @Test
    void linesOfTheStreamHaveTheFieldsOfTheFile() {
        JsonObject full = parse(StreamLine.full(map(1, "a")));
        MapDelta delta = MapNodes.between(map(1, "a"), map(2, "b"));
        JsonObject difference = parse(StreamLine.delta(delta));
        Set<String> all = new TreeSet<>(full.keySet());
        all.addAll(difference.keySet());
        all.addAll(parse(StreamLine.rotate(Set.of("wg0"))).keySet());
        all.addAll(parse(StreamLine.alive()).keySet());
        all.addAll(parse(StreamLine.watched()).keySet());

        assertEquals(below("components schemas StreamLine properties"), all);
        JsonObject map = full.getAsJsonObject("full");
        assertFields("Map", map);
        assertFields("Delta", difference.get("delta"));
        assertFields("Plane", first(map, "planes"));
        assertFields("Coordinator", first(map, "coordinators"));
        JsonObject node = first(map, "nodes").getAsJsonObject();
        assertFields("Node", node);
        JsonObject member = node.getAsJsonObject("planes").getAsJsonObject("wg0");
        assertFields("Membership", member);
        assertFields("Candidate", first(member, "candidates"));
    }

    @Test
    void reportAndStatusHaveTheFieldsOfTheFile() {
        PeerReport peer = new PeerReport(3, "wg0", LinkKind.RELAY, "timeout", 1.2, 12, ENDPOINT);
        NodeReport report =
                new NodeReport(new TreeMap<>(), List.of(peer), true, true, "1", OptionalLong.of(5));
        NodeState state =
                new NodeState(
                        7,
                        "a",
                        List.of(InetAddress.ofLiteral("10.77.0.2")),
                        true,
                        false,
                        false,
                        true,
                        "1",
                        4,
                        1,
                        2,
                        true,
                        OptionalLong.of(-3),
                        3600,
                        7);
        MeshStatus status =
                new MeshStatus(
                        "prod",
                        new UUID(1, 2),
                        4,
                        List.of("wg0"),
                        List.of(state),
                        List.of(new LinkReport(7, peer)),
                        new RelayLoad(2, 1, 1, 3, 4, new TreeMap<>(Map.of("rate", 5L))));

        JsonObject reported = parse(report.write());
        assertFields("Report", reported);
        assertFields("Peer", first(reported, "peers"));
        JsonObject shown = parse(status.write());
        assertFields("Status", shown);
        assertFields("NodeState", first(shown, "nodes"));
        assertFields("Link", first(shown, "links"));
        assertFields("Relay", shown.getAsJsonObject("relay"));
        assertEquals(status, MeshStatus.read(status.write()));
    }

    @Test
    void errorsHaveTheFieldsOfTheFile() {
        assertFields("Error", parse(ApiReply.error(404, "not_found", "no").body()));
    }

    private static JsonElement call(ApiRoutes routes, String method, String path, String body) {
        ApiReply reply =
                routes.call(
                        method,
                        "/v1/admin" + path,
                        Map.of(),
                        body.getBytes(StandardCharsets.UTF_8),
                        new Caller(Caller.Kind.ADMIN, 0, "root"));
        String json = new String(reply.body(), StandardCharsets.UTF_8);
        assertEquals(200, reply.status(), json);
        return JsonParser.parseString(json);
    }

    @Test
    void administratorsGetTheFieldsOfTheFile() throws IOException {
        MeshPlan plan =
                MeshPlan.usual("prod", IpPrefix.parse("10.77.0.0/16"), null, false, Bytes.NONE);
        try (Registry registry =
                Registry.create(Store.openMemory(), plan, InstantSource.system())) {
            registry.registerCoordinator(KEY, List.of(new HostPort("192.0.2.1", 1)), true);
            ApiRoutes routes = new ApiRoutes();
            AdminRoutes.add(routes, registry);

            assertFields("NewToken", call(routes, "POST", "/tokens", "{\"uses\":2}"));
            assertFields("Token", call(routes, "GET", "/tokens", "").getAsJsonArray().get(0));
            String stock =
                    "{\"name\":\"old\",\"key\":\""
                            + PrivateKey.generate().publicKey().toBase64()
                            + "\"}";
            assertFields("Stock", JsonParser.parseString(stock));
            assertFields("NodeInfo", call(routes, "POST", "/stock", stock));
            assertFields("NodeInfo", call(routes, "GET", "/nodes", "").getAsJsonArray().get(0));
            JsonObject audit = call(routes, "GET", "/audit", "").getAsJsonObject();
            assertTrue(below("components schemas Audit properties").containsAll(audit.keySet()));
            assertFields("AuditEntry", first(audit, "entries"));
            JsonObject mesh = call(routes, "GET", "/mesh", "").getAsJsonObject();
            assertFields("MeshInfo", mesh);
            assertFields("Coordinator", first(mesh, "coordinators"));
        }
    }
}
