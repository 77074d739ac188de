// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.wgj.tun.linux.Libc;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * The messages for users when the system refuses a file; the failures are real ones where possible.
 */
class FileErrorsTest {
    @TempDir private Path folder;

    private static String failure(Executable call) {
        return FileErrors.text(assertThrows(IOException.class, call));
    }

    private static void write(Path file) throws IOException {
        OwnerFile.replace(file, "text".getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void aMissingFile() {
        Path file = folder.resolve("a.conf");
        assertEquals(
                file + ": there is no such file or folder: check the name",
                failure(() -> Files.readString(file)));
    }

    @Test
    void aMissingFolderIsNamed() {
        Path file = folder.resolve("x/y/a.conf");
        String text = failure(() -> write(file));
        assertTrue(text.startsWith(folder.resolve("x/y/a.conf") + ""), text);
        assertTrue(
                text.endsWith(
                        ": the folder "
                                + folder.resolve("x")
                                + " does not exist: make it, or check the path"),
                text);
    }

    @Test
    void aFileInThePlaceOfAFolder() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        String text = failure(() -> write(file.resolve("below/a.conf")));
        assertTrue(text.endsWith(file + " is no folder: name another path, or move it away"), text);
        text = failure(() -> Files.newDirectoryStream(file).close());
        assertEquals(file + ": this is no folder: name a folder, or move it away", text);
    }

    @Test
    void aFileThatExists() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        assertEquals(
                file + ": this exists already: move it away, or name another file",
                failure(() -> Files.createFile(file)));
    }

    @Test
    void aFolderThatIsNotEmpty() throws IOException {
        Files.createFile(folder.resolve("file"));
        assertEquals(
                folder + ": the folder is not empty: empty it first",
                failure(() -> Files.delete(folder)));
    }

    @Test
    void aFolderInThePlaceOfAFile() throws IOException {
        Path file = Files.createDirectory(folder.resolve("dir"));
        String text = failure(() -> write(file));
        assertEquals(file + ": this is a folder, but must be a file: name the file in it", text);
    }

    @Test
    void linksInACircle() throws IOException {
        Path link = folder.resolve("link");
        Files.createSymbolicLink(link, link);
        assertEquals(
                link + ": symbolic links lead in a circle: name the file itself",
                failure(() -> Files.readString(link)));
    }

    @Test
    void aNameThatIsTooLong() {
        String text = failure(() -> Files.createFile(folder.resolve("x".repeat(300))));
        assertTrue(text.endsWith(": the name is too long: choose a shorter one"), text);
    }

    @Test
    void aFileSystemThatIsFull() {
        assumeTrue(Files.exists(Path.of("/dev/full")));
        Path file = Path.of("/dev/full");
        String text =
                failure(
                        () -> {
                            try {
                                Files.write(file, new byte[1]);
                            } catch (IOException e) {
                                throw new FileSystemException(
                                        file.toString(), null, e.getMessage());
                            }
                        });
        assertEquals(
                file + ": no space or no inode is left: free some (df -h and df -i show how much)",
                text);
    }

    @Test
    void aFileSystemThatIsReadOnly() {
        assertEquals(
                "/sys/x: the file system is read-only: name another folder, or make it writable"
                        + " (mount -o remount,rw)",
                FileErrors.text(new FileSystemException("/sys/x", null, "Read-only file system")));
    }

    @Test
    void whatIsDenied() throws IOException {
        Path closed = Files.createDirectory(folder.resolve("closed"));
        Files.createFile(closed.resolve("file"));
        Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("---------"));
        Path file = closed.resolve("file");
        try {
            String text = FileErrors.text(new AccessDeniedException(file.toString()));
            if (Libc.geteuid() == 0) {
                assertTrue(text.contains("CAP_DAC_OVERRIDE"), text);
            } else {
                assertEquals(
                        file
                                + ": permission denied to "
                                + System.getProperty("user.name")
                                + ": try sudo",
                        text);
            }
        } finally {
            Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rwx------"));
        }
    }

    @Test
    void otherFailuresKeepTheirWords() {
        assertEquals("Broken pipe", FileErrors.text(new IOException("Broken pipe")));
        assertEquals("IOException", FileErrors.text(new IOException((String) null)));
        assertEquals(
                "/x: Input/output error",
                FileErrors.text(new FileSystemException("/x", null, "Input/output error")));
        assertFalse(
                FileErrors.reason(new AccessDeniedException("/etc/shadow")).contains("shadow:"));
    }
}
