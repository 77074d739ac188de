// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.wgj.coordinator.store.Store;
import org.wgj.crypto.PublicKey;
import org.wgj.mesh.map.MeshMap;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Exports, and what an import must not bring back. */
class RestoreTest {
    private final Meshes.Clock clock = new Meshes.Clock();
    private Registry registry;
    private NodeInfo kept;
    private NodeInfo removed;
    private String backup;
    private PublicKey token;

    @BeforeEach
    void exportAndThenRemove() throws IOException {
        registry = Meshes.create(Store.openMemory(), Meshes.plan(true), clock);
        kept = Meshes.join(registry, "kept", "wg0", "wg2");
        removed = Meshes.join(registry, "removed");
        token = Meshes.token(registry, 5);
        backup = registry.export();
        registry.remove("removed", "stolen", "admin");
        registry.revokeToken(registry.tokens().getFirst().id(), false, "admin");
    }

    @Test
    void anImportOverTheStoreKeepsRemovedNodesAndRevokedTokensOut() throws IOException {
        NodeInfo late = Meshes.join(registry, "late");
        MeshMap before = registry.snapshot().map();
        registry.restore(backup, "admin");
        MeshMap after = registry.snapshot().map();
        assertEquals(Set.of(kept.id()), after.nodes().keySet());
        assertEquals(kept.mapNode(), after.nodes().get(kept.id()));
        assertNotEquals(before.epoch(), after.epoch());
        assertTrue(after.revision() > before.revision());
        assertFalse(registry.snapshot().isLive(token, clock.instant()));
        assertEquals(Optional.empty(), registry.auditFault());
        assertTrue(Meshes.join(registry, "new").id() > late.id(), "an id came back");
    }

    @Test
    void anEmptyStoreTakesAnExportWithTheSameIdsUnderANewEpoch() throws IOException {
        MeshMap old = registry.snapshot().map();
        try (Registry other = Registry.restored(Store.openMemory(), backup, clock)) {
            MeshMap map = other.snapshot().map();
            assertEquals(Set.of(kept.id(), removed.id()), map.nodes().keySet());
            assertEquals(kept.mapNode(), map.nodes().get(kept.id()));
            assertEquals(old.coordinators(), map.coordinators());
            // The removed node is back, so the nodes must not take this map without being asked:
            // they refuse a new epoch.
            assertNotEquals(old.epoch(), map.epoch());
            assertEquals(Optional.empty(), other.mapAt(old.epoch(), old.revision()));
            assertEquals(Optional.empty(), other.auditFault());
        }
    }

    @Test
    void aDamagedOrForeignExportChangesNothing() throws IOException {
        MeshMap before = registry.snapshot().map();
        for (String wrong :
                List.of(
                        "",
                        "{}",
                        backup.substring(0, backup.length() / 2),
                        backup.replace("\"kept\"", "\"evil\""),
                        backup.replace("\"version\":1", "\"version\":2"))) {
            assertThrows(RefusedException.class, () -> registry.restore(wrong, "admin"));
        }
        try (Registry foreign =
                Meshes.create(
                        Store.openMemory(),
                        new MeshPlan(
                                "other", Meshes.plan(false).planes(), org.wgj.mesh.map.Bytes.NONE),
                        clock)) {
            String export = foreign.export();
            assertThrows(RefusedException.class, () -> registry.restore(export, "admin"));
        }
        assertEquals(before, registry.snapshot().map());
    }

    /** An export that was changed can have the right hash: anybody can compute it. */
    @Test
    void anExportWithAWrongNameChangesNothing() throws Exception {
        MeshMap before = registry.snapshot().map();
        for (String wrong :
                List.of("<script>", "kept\\n10.0.0.1 bank.example", "", "Kept", "x".repeat(64))) {
            String changed = forged("\"kept\"", "\"" + wrong + "\"");
            RefusedException e =
                    assertThrows(RefusedException.class, () -> registry.restore(changed, "admin"));
            assertTrue(e.getMessage().contains("the name of a node"), e.getMessage());
        }
        String plane = forged("\"wg2\"", "\"../wg2\"");
        assertThrows(RefusedException.class, () -> registry.restore(plane, "admin"));
        assertEquals(before, registry.snapshot().map());
        registry.restore(forged("\"kept\"", "\"other\""), "admin");
        assertEquals("other", registry.snapshot().map().nodes().get(kept.id()).name());
    }

    private String forged(String name, String otherName) {
        JsonObject export = JsonParser.parseString(backup).getAsJsonObject();
        String tables = export.getAsJsonObject("tables").toString();
        assertTrue(tables.contains(name));
        JsonObject changed =
                JsonParser.parseString(tables.replace(name, otherName)).getAsJsonObject();
        export.add("tables", changed);
        export.addProperty("sha256", Backup.hash(changed));
        return export.toString();
    }

    @Test
    void anExportContainsNoSecretOfAToken() throws IOException {
        IssuedToken issued = registry.createToken(TokenRequest.USUAL, "admin");
        String export = registry.export();
        assertTrue(export.contains(issued.info().key().toBase64()));
        assertFalse(export.contains(issued.token().key().toBase64()));
        assertFalse(export.contains(issued.token().toText()));
    }
}
