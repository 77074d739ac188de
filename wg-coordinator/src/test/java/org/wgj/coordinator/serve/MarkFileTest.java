// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.wgj.coordinator.registry.MeshPlan;
import org.wgj.coordinator.registry.Registry;
import org.wgj.coordinator.store.Store;
import org.wgj.crypto.PrivateKey;
import org.wgj.mesh.map.Bytes;
import org.wgj.mesh.map.MeshMap;
import org.wgj.protocol.IpPrefix;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;

/** A store whose file was put back from a copy begins a new epoch. */
class MarkFileTest {
    @TempDir private Path folder;

    private Path store() {
        return folder.resolve("store.db");
    }

    private Path mark() {
        return folder.resolve("mark");
    }

    private Registry open() throws IOException {
        return Registry.open(Store.openFile(store()), InstantSource.system());
    }

    private void create() throws IOException {
        MeshPlan plan =
                MeshPlan.usual("prod", IpPrefix.parse("10.77.0.0/16"), null, false, Bytes.NONE);
        Registry.create(Store.openFile(store()), plan, InstantSource.system()).close();
    }

    private static long add(Registry registry, String name) throws IOException {
        return registry.addStock(name, PrivateKey.generate().publicKey(), "test").id();
    }

    @Test
    void aCopyOfTheStoreBeginsANewEpochAndGivesNoIdAgain() throws IOException {
        create();
        MeshMap last;
        long lastId;
        try (Registry registry = open();
                MarkFile marks = MarkFile.follow(registry, mark())) {
            assertTrue(Files.exists(mark()), marks::toString);
            add(registry, "kept");
            add(registry, "stolen");
        }
        Path copy = Files.copy(store(), folder.resolve("backup"));
        try (Registry registry = open();
                MarkFile marks = MarkFile.follow(registry, mark())) {
            registry.remove("stolen", "stolen", "test");
            lastId = add(registry, "late");
            last = registry.snapshot().map();
            assertTrue(Files.exists(mark()), marks::toString);
        }
        Files.delete(store());
        Files.move(copy, store());

        try (Registry registry = open();
                MarkFile marks = MarkFile.follow(registry, mark())) {
            MeshMap map = registry.snapshot().map();
            assertNotEquals(last.epoch(), map.epoch());
            assertTrue(map.revision() > last.revision());
            assertEquals("restored-copy", registry.audit(0, 100).getLast().verb());
            assertEquals(Optional.empty(), registry.auditFault());
            assertEquals(Optional.empty(), registry.mapAt(last.epoch(), last.revision()));
            assertEquals(
                    2, registry.mapAt(map.epoch(), map.revision()).orElseThrow().nodes().size());
            assertTrue(add(registry, "new") > lastId);
            assertTrue(Files.exists(mark()), marks::toString);
        }
    }

    @Test
    void aStoreThatIsAsFarOrFurtherGoesOn() throws IOException {
        create();
        MeshMap first;
        try (Registry registry = open();
                MarkFile marks = MarkFile.follow(registry, mark())) {
            first = registry.snapshot().map();
            assertTrue(Files.exists(mark()), marks::toString);
        }
        try (Registry registry = open()) {
            add(registry, "without-a-coordinator");
        }
        for (int start = 0; start < 2; start++) {
            try (Registry registry = open();
                    MarkFile marks = MarkFile.follow(registry, mark())) {
                assertEquals(first.epoch(), registry.snapshot().map().epoch());
                assertTrue(Files.exists(mark()), marks::toString);
            }
        }
        Files.delete(mark());
        try (Registry registry = open();
                MarkFile marks = MarkFile.follow(registry, mark())) {
            assertEquals(first.epoch(), registry.snapshot().map().epoch());
            assertTrue(Files.exists(mark()), marks::toString);
        }
    }

    @Test
    void aDamagedMarkIsNamed() throws IOException {
        create();
        for (String text :
                new String[] {"", "x", "x 1 2", "00000000-0000-0000-0000-000000000000 1"}) {
            Files.writeString(mark(), text);
            try (Registry registry = open()) {
                IOException e =
                        assertThrows(IOException.class, () -> MarkFile.follow(registry, mark()));
                assertTrue(e.getMessage().contains("no mark of a store"), e.getMessage());
            }
        }
    }
}
