// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.wgj.crypto.PrivateKey;
import org.wgj.mesh.relay.RelayLimits;
import org.wgj.tunnel.config.HostPort;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

class CoordinatorFolderTest {
    private static final CoordinatorFolder.Settings SETTINGS =
            new CoordinatorFolder.Settings(
                    List.of(new HostPort("2001:db8::1", 51_820), new HostPort("vpn.example", 1)),
                    51_821,
                    false,
                    RelayLimits.DEFAULT.withBytes(1_000, 20_000_000));

    @TempDir private Path state;

    private CoordinatorFolder folder() {
        return CoordinatorFolder.in(state);
    }

    @Test
    void whatIsWrittenIsReadAgain() throws IOException {
        assertFalse(folder().exists());
        PrivateKey key = folder().prepare("jdbc:postgresql://db/mesh");
        assertFalse(folder().exists(), "it is no coordinator's before it has settings");
        folder().create(SETTINGS);

        assertTrue(folder().exists());
        assertEquals(SETTINGS, folder().settings());
        assertEquals(key, folder().key());
        assertEquals("jdbc:postgresql://db/mesh", folder().store());
    }

    @Test
    void settingsWithoutLimitsLimitNothing() throws IOException {
        folder().prepare("a.db").wipe();
        folder().create(SETTINGS);
        Path file = state.resolve("coordinator/settings.json");
        Files.writeString(file, Files.readString(file).replaceAll(",\"relay_[a-z_]*\":[0-9]+", ""));

        assertFalse(Files.readString(file).contains("bytes"));
        assertEquals(RelayLimits.DEFAULT, folder().settings().relayLimits());
    }

    @Test
    void keyStaysWhenTheFolderIsPreparedAgain() throws IOException {
        PrivateKey key = folder().prepare("a.db");

        assertEquals(key, folder().prepare("b.db"));
    }

    @Test
    void aFileInPlaceOfTheStateFolderIsCalledOne() throws IOException {
        Path file = Files.createFile(state.resolve("file"));

        NotDirectoryException e =
                assertThrows(
                        NotDirectoryException.class,
                        () -> CoordinatorFolder.in(file).prepare("a.db"));
        assertEquals(file.toString(), e.getFile());
    }

    @Test
    void othersSeeNothing() throws IOException {
        folder().prepare("a.db");
        folder().create(SETTINGS);

        assertEquals(
                "rwx------",
                PosixFilePermissions.toString(Files.getPosixFilePermissions(folder().path())));
        try (var files = Files.list(folder().path())) {
            for (Path file : files.toList()) {
                assertEquals(
                        "rw-------",
                        PosixFilePermissions.toString(Files.getPosixFilePermissions(file)),
                        file.toString());
            }
        }
    }

    @Test
    void oneCoordinatorRunsInAFolder() throws IOException {
        folder().prepare("a.db");
        try (var channel = folder().lock().acquiredBy()) {
            assertTrue(channel.isOpen());
            IOException e = assertThrows(IOException.class, () -> folder().lock());
            assertTrue(e.getMessage().contains("runs here already"), e.getMessage());
        }
        folder().lock().acquiredBy().close();
    }

    @Test
    void mistakesAreNamed() throws IOException {
        IOException none = assertThrows(IOException.class, () -> folder().settings());
        assertTrue(none.getMessage().contains("wgj mesh init"), none.getMessage());

        folder().prepare("a.db");
        Files.writeString(folder().path().resolve("settings.json"), "{\"port\":1}");
        IOException wrong = assertThrows(IOException.class, () -> folder().settings());
        assertTrue(wrong.getMessage().contains("settings.json"), wrong.getMessage());

        Files.writeString(folder().path().resolve("key"), "secret");
        IOException key = assertThrows(IOException.class, () -> folder().key());
        assertFalse(key.getMessage().contains("secret"), key.getMessage());
    }
}
