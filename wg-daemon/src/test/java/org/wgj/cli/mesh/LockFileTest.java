// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli.mesh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

class LockFileTest {
    @TempDir Path folder;

    @Test
    void anotherFileIsLeftAlone() throws IOException {
        Path file = Files.writeString(folder.resolve("lock.pem"), "mine");
        IOException e = assertThrows(IOException.class, () -> LockFile.create(file));
        assertTrue(e.getMessage().contains("is there already"), e.getMessage());
        assertEquals("mine", Files.readString(file));
    }

    @Test
    void aFileThatCannotBeWrittenIsNotInTheWayOfTheNextAttempt() throws IOException {
        Path file = folder.resolve("lock.pem");
        Path inTheWay = Files.createDirectory(folder.resolve("lock.pem.tmp"));
        Path inside = Files.createFile(inTheWay.resolve("x"));
        assertThrows(IOException.class, () -> LockFile.create(file));
        assertFalse(Files.exists(file));
        Files.delete(inside);
        LockFile.create(file);
        assertEquals(
                "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        LockFile.read(file);
    }
}
