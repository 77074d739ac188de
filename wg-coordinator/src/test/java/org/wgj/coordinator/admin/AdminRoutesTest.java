// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.wgj.coordinator.api.ApiRoutes;
import org.wgj.coordinator.api.Caller;
import org.wgj.coordinator.registry.Meshes;
import org.wgj.coordinator.registry.Registry;
import org.wgj.coordinator.store.Store;
import org.wgj.mesh.token.JoinToken;

import java.io.IOException;
import java.util.List;
import java.util.Map;

/** The requests of administrators, and that other callers cannot make them. */
class AdminRoutesTest {
    private Registry registry;
    private AdminInProcess admin;

    Store store() throws Exception {
        return Store.openMemory();
    }

    @BeforeEach
    void open() throws Exception {
        registry = Meshes.create(store(), Meshes.plan(true), new Meshes.Clock());
        admin = new AdminInProcess(registry, "root", registry::close);
    }

    @AfterEach
    void close() throws IOException {
        admin.close();
    }

    private JsonObject call(String method, String path, String bodyOrNull) throws IOException {
        return admin.call(
                        method,
                        path,
                        bodyOrNull == null ? null : JsonParser.parseString(bodyOrNull))
                .getAsJsonObject();
    }

    private String refusal(String method, String path, String bodyOrNull) {
        return assertThrows(IOException.class, () -> call(method, path, bodyOrNull)).getMessage();
    }

    @Test
    void aTokenIsShownOnceAndThenOnlyItsPublicKey() throws IOException {
        JsonObject made = call("POST", "/tokens", "{\"uses\":2,\"ttl_s\":60,\"planes\":[\"wg1\"]}");
        JoinToken token = JoinToken.parse(made.get("token").getAsString());
        assertEquals(token.key().publicKey().toBase64(), made.get("key").getAsString());
        assertEquals(1, token.coordinators().size());
        String list = admin.call("GET", "/tokens", null).toString();
        assertTrue(list.contains(made.get("key").getAsString()));
        assertFalse(list.contains(token.key().toBase64()));
        assertEquals(
                0,
                call("DELETE", "/tokens/1?nodes=true", null)
                        .getAsJsonArray("removed_nodes")
                        .size());
        assertFalse(
                registry.snapshot().tokens().containsKey(token.key().publicKey()), "it lives on");
    }

    @Test
    void aNodeIsAddedRenamedAndRemoved() throws IOException {
        String key = Meshes.key().toBase64();
        call("POST", "/stock", "{\"name\":\"phone\",\"key\":\"" + key + "\"}");
        assertEquals(
                "handy",
                call("PATCH", "/nodes/phone", "{\"name\":\"handy\"}").get("name").getAsString());
        assertTrue(refusal("GET", "/nodes/phone", null).contains("no node 'phone'"));
        call("DELETE", "/nodes/handy", null);
        assertEquals(0, admin.call("GET", "/nodes", null).getAsJsonArray().size());
        JsonObject audit = call("GET", "/audit?after=0", null);
        assertTrue(audit.get("whole").getAsBoolean());
        assertTrue(audit.toString().contains("\"actor\":\"admin root\",\"verb\":\"remove\""));
    }

    @Test
    void allThatAnAdministratorDoesIsStoredAndSurvivesAnImport() throws IOException {
        String key = Meshes.key().toBase64();
        call("POST", "/stock", "{\"name\":\"phone\",\"key\":\"" + key + "\"}");
        long web = Meshes.join(registry, "web", "wg0", "wg2").id();
        call("POST", "/rotate", "{\"node\":\"web\"}");
        call("PATCH", "/nodes/web", "{\"name\":\"front\"}");
        call("PATCH", "/nodes/front", "{\"approve\":true}");
        JsonObject token = call("POST", "/tokens", "{\"uses\":3,\"ttl_s\":600}");
        String export = call("GET", "/export", null).toString();
        call("DELETE", "/nodes/phone", null);
        call("DELETE", "/tokens/" + token.get("id").getAsLong(), null);

        JsonObject imported = call("POST", "/import", export);
        assertEquals("prod", imported.get("mesh").getAsString());
        assertEquals(
                List.of("front"),
                admin.call("GET", "/nodes", null).getAsJsonArray().asList().stream()
                        .map(node -> node.getAsJsonObject().get("name").getAsString())
                        .toList(),
                "what was removed stays removed");
        assertEquals(
                List.of("wg0", "wg2"),
                List.copyOf(registry.snapshot().map().nodes().get(web).planes().keySet()));
        JsonObject audit = call("GET", "/audit?after=0", null);
        assertTrue(audit.get("whole").getAsBoolean());
        for (String verb : List.of("stock", "rename", "approve", "remove", "import")) {
            assertTrue(audit.toString().contains("\"verb\":\"" + verb + "\""), verb);
        }
    }

    @Test
    void mistakesAreAnsweredInWords() {
        assertTrue(refusal("POST", "/tokens", "{\"uses\":0}").contains("uses"));
        assertTrue(refusal("POST", "/tokens", "{\"planes\":[\"wg9\"]}").contains("wg9"));
        assertTrue(refusal("POST", "/tokens", "[]").contains("JSON object"));
        assertTrue(refusal("POST", "/import", "{}").contains("no export"));
    }

    @Test
    void nobodyElseFindsTheRoutes() {
        ApiRoutes routes = new ApiRoutes();
        AdminRoutes.add(routes, registry);
        for (Caller.Kind kind : new Caller.Kind[] {Caller.Kind.MEMBER, Caller.Kind.LOCAL}) {
            routes.all()
                    .forEach(
                            route ->
                                    assertEquals(
                                            404,
                                            routes.call(
                                                            route.method(),
                                                            route.pattern()
                                                                    .replaceAll("\\{.*?}", "1"),
                                                            Map.of(),
                                                            new byte[0],
                                                            new Caller(kind, 1, "x"))
                                                    .status()));
        }
    }
}
