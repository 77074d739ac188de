// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.wgj.coordinator.store.Store;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Later changes of the audit are found. */
class AuditTest {
    private Store store;
    private Registry registry;

    @BeforeEach
    void makeEntries() throws IOException {
        store = Store.openMemory();
        registry = Meshes.create(store, Meshes.plan(false), new Meshes.Clock());
        Meshes.join(registry, "web");
        registry.rename("web", "db", org.wgj.mesh.map.Bytes.NONE, "admin root");
        registry.remove("db", "no longer needed", "admin root");
    }

    @AfterEach
    void close() {
        registry.close();
    }

    @Test
    void itSaysWhoDidWhatToWhomAndWhatItWasBefore() throws IOException {
        List<AuditEntry> entries = registry.audit(0, 100);
        assertEquals(
                List.of("init", "coordinator", "token", "join", "rename", "remove"),
                entries.stream().map(AuditEntry::verb).toList());
        AuditEntry rename = entries.get(4);
        assertEquals("admin root", rename.actor());
        assertEquals("node:1", rename.object());
        assertEquals("web", rename.before());
        assertEquals("db", rename.after());
        assertTrue(entries.get(3).actor().contains("203.0.113.9"));
        assertEquals(entries.reversed().subList(0, 2), registry.lastAudit(2));
        assertEquals(Optional.empty(), registry.auditFault());
    }

    @Test
    void eachWayToTamperIsFound() throws IOException {
        assertFault("UPDATE audit SET actor = 'nobody' WHERE seq = 3", "entry 3 was changed");
        assertFault("UPDATE audit SET became = 'x' WHERE seq = 5", "entry 5 was changed");
        assertFault("UPDATE audit SET at = at + 1 WHERE seq = 1", "entry 1 was changed");
        assertFault("DELETE FROM audit WHERE seq = 4", "entry 4 is missing");
        assertFault("DELETE FROM audit WHERE seq >= 5", "from 5 to 6 are missing");
        assertFault(
                "INSERT INTO audit SELECT 7, at, actor, verb, object, was, became, hash FROM audit"
                        + " WHERE seq = 6",
                "entry 7 was changed");
        assertEquals(Optional.empty(), registry.auditFault());
    }

    /** Tampers, looks, and takes it back. */
    private void assertFault(String statement, String expected) throws IOException {
        try {
            store.write(
                    sql -> {
                        sql.run(statement);
                        String fault = Audit.fault(sql).orElse("nothing");
                        assertTrue(fault.contains(expected), statement + ": " + fault);
                        throw new UndoneException();
                    });
        } catch (UndoneException e) {
            // as it was
        }
    }

    private static final class UndoneException extends IOException {
        private static final long serialVersionUID = 1L;
    }
}
