// SPDX-License-Identifier: Apache-2.0
package org.wgj.quick;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.wgj.tunnel.config.QuickConfig;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.OptionalInt;

/** Replaces and restores resolv.conf without the program resolvconf. */
class NameServersTest {
    private static final String OLD = "# kept\nnameserver 192.0.2.1\n";

    @TempDir Path directory;
    private final RecordedOutput notes = new RecordedOutput();
    private Path file;

    @BeforeEach
    void make() throws IOException {
        assumeFalse(Programs.has("resolvconf"));
        System.setProperty("wgj.state.directory", directory.resolve("state").toString());
        file = Files.writeString(directory.resolve("resolv.conf"), OLD);
    }

    @AfterEach
    void putItBack() {
        System.clearProperty("wgj.state.directory");
    }

    private NameServers of(String interfaceName) {
        return new NameServers(interfaceName, new ResolvConfFile(file), notes);
    }

    private static QuickConfig quick(String server, String... search) {
        return new QuickConfig(
                List.of(),
                server.isEmpty() ? List.of() : List.of(InetAddress.ofLiteral(server)),
                List.of(search),
                OptionalInt.empty(),
                new QuickConfig.Table.Auto(),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                false);
    }

    private static Step.ResolvConfFile last(Journal journal) {
        return (Step.ResolvConfFile) journal.steps().getLast();
    }

    /** The state of systemd-resolved, with a link from a folder that is not writable. */
    @Test
    void aLinkIntoAFolderOfAnotherUserIsNotFollowed() throws Exception {
        Path theirs = Files.createDirectory(directory.resolve("theirs"));
        Path target = Files.move(file, theirs.resolve("stub"));
        Files.createSymbolicLink(file, target);
        Files.createDirectories(directory.resolve(".resolv.conf.wgj/in-the-way"));
        ResolvConfFile link = new ResolvConfFile(file);
        link.write(new ResolvConfFile.Content("new\n", false));
        assertEquals("new\n", Files.readString(target));
        Files.setPosixFilePermissions(theirs, PosixFilePermissions.fromString("rwxrwxrwx"));
        IOException e =
                assertThrows(
                        IOException.class,
                        () -> link.write(new ResolvConfFile.Content("newer\n", false)));
        assertTrue(e.getMessage().contains("a folder of another user, " + theirs), e.getMessage());
        assertEquals("new\n", Files.readString(target));
    }

    @Test
    void theTextIsReplacedAndRestored() throws Exception {
        try (Journal journal = Journal.open("wg0")) {
            of("wg0").set(journal, quick("fd00::2", "example.org", "example.net"));
            String text = Files.readString(file);
            assertTrue(
                    text.endsWith("\nnameserver fd00::2\nsearch example.org example.net\n"), text);
            assertTrue(Files.getPosixFilePermissions(file).toString().contains("OTHERS_READ"));
            of("wg0").unset(journal, last(journal));
            assertEquals(OLD, Files.readString(file));
            of("wg0").unset(journal, last(journal));
            assertEquals(OLD, Files.readString(file));
            assertEquals(List.of(), notes.warnings);
            journal.clear();
        }
    }

    @Test
    void searchDomainsAloneChangeNothing() throws Exception {
        try (Journal journal = Journal.open("wg0")) {
            of("wg0").set(journal, quick("", "example.org"));
            assertEquals(OLD, Files.readString(file));
            assertEquals(List.of(), journal.steps());
            assertEquals(
                    List.of(
                            "DNS has search domains but no address of a name server:"
                                    + " nothing changes"),
                    notes.warnings);
        }
    }

    @Test
    void aSymbolicLinkIsRestored() throws Exception {
        Path target = Files.writeString(directory.resolve("stub"), "nameserver 127.0.0.53\n");
        Files.delete(file);
        Files.createSymbolicLink(file, Path.of("stub"));
        try (Journal journal = Journal.open("wg0")) {
            of("wg0").set(journal, quick("10.0.0.1"));
            assertFalse(Files.isSymbolicLink(file));
            assertEquals("nameserver 127.0.0.53\n", Files.readString(target));
            of("wg0").unset(journal, last(journal));
            assertEquals(Path.of("stub"), Files.readSymbolicLink(file));
        }
    }

    @Test
    void withoutAFileBeforeThereIsNoneAfterwards() throws Exception {
        Files.delete(file);
        try (Journal journal = Journal.open("wg0")) {
            of("wg0").set(journal, quick("10.0.0.1"));
            assertTrue(Files.exists(file));
            of("wg0").unset(journal, last(journal));
            assertFalse(Files.exists(file));
        }
    }

    @Test
    void aTextOfAnotherProgramStays() throws Exception {
        try (Journal journal = Journal.open("wg0")) {
            of("wg0").set(journal, quick("10.0.0.1"));
            Files.writeString(file, "nameserver 198.51.100.1\n");
            of("wg0").unset(journal, last(journal));
            assertEquals("nameserver 198.51.100.1\n", Files.readString(file));
            assertEquals(1, notes.warnings.size());
        }
    }

    @Test
    void aCrashBeforeTheTextIsWrittenIsNoForeignChange() throws Exception {
        try (Journal journal = Journal.open("wg0")) {
            Step.ResolvConfFile step = new Step.ResolvConfFile(OLD, false, "never written");
            of("wg0").unset(journal, step);
            assertEquals(OLD, Files.readString(file));
            assertEquals(List.of(), notes.warnings);
        }
    }

    @Test
    void interfacesMayGoDownInAnyOrder() throws Exception {
        try (Journal first = Journal.open("wg0")) {
            of("wg0").set(first, quick("10.0.0.1"));
            try (Journal second = Journal.open("wg1")) {
                of("wg1").set(second, quick("10.0.0.2"));
            }
            of("wg0").unset(first, last(first));
            assertTrue(Files.readString(file).contains("10.0.0.2"));
            first.clear();
        }
        try (Journal second = Journal.open("wg1")) {
            of("wg1").unset(second, last(second));
            assertEquals(OLD, Files.readString(file));
            second.clear();
        }
        assertEquals(List.of(), notes.warnings);
    }

    /** Leaves our text in the file, as if it could not be written when the interface went down. */
    private Step.ResolvConfFile left(Journal journal) throws IOException {
        of("wg0").set(journal, quick("10.0.0.1"));
        journal.keep(List.of(last(journal)));
        return last(journal);
    }

    @Test
    void theTextBeforeTheFirstUpIsRestoredAlthoughOursWasLeft() throws Exception {
        try (Journal journal = Journal.open("wg0")) {
            left(journal);
            of("wg0").set(journal, quick("10.0.0.2"));
            assertEquals(OLD, last(journal).before());
            of("wg0").unset(journal, last(journal));
            assertEquals(OLD, Files.readString(file));
            journal.clear();
        }
    }

    @Test
    void aLeftTextIsOursAlthoughTheNextCouldNotBeWritten() throws Exception {
        try (Journal journal = Journal.open("wg0")) {
            left(journal);
            journal.append(new Step.ResolvConfFile(OLD, false, "could not be written"));
            of("wg0").unset(journal, last(journal));
            assertEquals(OLD, Files.readString(file));
            assertEquals(List.of(), notes.warnings);
            journal.clear();
        }
    }

    @Test
    void aLeftTextBelowAnotherInterfacesTextIsHandedToThatOne() throws Exception {
        try (Journal first = Journal.open("wg0")) {
            left(first);
            try (Journal second = Journal.open("wg1")) {
                of("wg1").set(second, quick("10.0.0.2"));
            }
            first.append(new Step.ResolvConfFile(OLD, false, "could not be written"));
            of("wg0").unset(first, last(first));
            first.clear();
        }
        try (Journal second = Journal.open("wg1")) {
            of("wg1").unset(second, last(second));
            assertEquals(OLD, Files.readString(file));
            second.clear();
        }
        assertEquals(List.of(), notes.warnings);
    }
}
