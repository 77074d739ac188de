// SPDX-License-Identifier: Apache-2.0
package org.wgj.quick;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.wgj.tun.linux.Cidr;
import org.wgj.tun.linux.Rule;
import org.wgj.tunnel.config.QuickConfig;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.OptionalInt;

class JournalTest {
    private static final QuickConfig QUICK =
            new QuickConfig(
                    List.of(Cidr.parse("10.9.0.1/24"), Cidr.parse("fd09::1/64")),
                    List.of(InetAddress.ofLiteral("10.9.0.2"), InetAddress.ofLiteral("fd09::2")),
                    List.of("example.org"),
                    OptionalInt.of(1380),
                    new QuickConfig.Table.Number(0xffff_fffe),
                    List.of("a = b\tc\\n"),
                    List.of("echo %i", "second"),
                    List.of("printf '\\0' = "),
                    List.of("x\ry"),
                    true);

    private static final List<Step> ALL =
            List.of(
                    new Step.From(Path.of("/etc/wire guard/tab\tand\nbreak.conf"), QUICK),
                    new Step.Hooks(false),
                    new Step.Permit("5f3c"),
                    new Step.Link(),
                    new Step.LinkMade(17),
                    new Step.Address(true, Cidr.parse("fd09::1/64")),
                    new Step.AllowedRoute(false, Cidr.parse("10.0.0.0/8"), 0xffff_fffe),
                    new Step.DefaultRoute(true, false, 51820),
                    new Step.Mark(0x8000_0001),
                    new Step.RoutingRule(
                            true, Rule.unlessMarked(true, 32765, 0x8000_0001, 51820), 51820),
                    new Step.RoutingRule(false, Rule.mainWithoutDefault(false, 32764), 51820),
                    new Step.ValidMark(),
                    new Step.Firewall(true, false),
                    new Step.Resolvconf("tun.wg0"),
                    new Step.ResolvConfFile("a\n\\0\n", false, "\\n"),
                    new Step.ResolvConfFile(null, false, ""),
                    new Step.ResolvConfFile("\\0", true, "x"),
                    new Step.Hooks(true),
                    new Step.Complete());

    @TempDir Path directory;

    @BeforeEach
    void putItElsewhere() {
        System.setProperty("wgj.state.directory", directory.resolve("state").toString());
    }

    @AfterEach
    void putItBack() {
        System.clearProperty("wgj.state.directory");
    }

    private Path file() {
        return directory.resolve("state/wg0.journal");
    }

    @Test
    void aDanglingLinkInItsPlaceIsAnError() throws Exception {
        Files.createSymbolicLink(directory.resolve("state"), directory.resolve("nowhere"));
        IOException e = assertThrows(IOException.class, () -> Journal.open("wg0"));
        assertTrue(e.getMessage().startsWith("open " + file() + ": "), e.getMessage());
    }

    @Test
    void aLinkInItsPlaceIsNotFollowed() throws Exception {
        Path precious = Files.writeString(directory.resolve("precious"), "no line's end");
        Files.createDirectory(file().getParent());
        Files.createSymbolicLink(file(), precious);
        assertTrue(Journal.exists("wg0"));
        IOException e = assertThrows(IOException.class, () -> Journal.open("wg0"));
        assertTrue(e.getMessage().contains(file().toString()), e.getMessage());
        Files.delete(file());
        Files.createSymbolicLink(file().resolveSibling("lock"), precious);
        assertThrows(IOException.class, Journal::lockShared);
        Files.createSymbolicLink(file().resolveSibling("wg1.journal"), precious);
        try (Journal journal = Journal.open("wg0")) {
            assertThrows(IOException.class, journal::others);
        }
        assertEquals("no line's end", Files.readString(precious));
    }

    @Test
    void aFileThatOthersCanWriteIsNotRead() throws Exception {
        try (Journal journal = Journal.open("wg0")) {
            journal.append(new Step.Link());
        }
        Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("rw-rw----"));
        IOException e = assertThrows(IOException.class, () -> Journal.open("wg0"));
        assertTrue(e.getMessage().contains(file() + " is writable by other"), e.getMessage());
        Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("rw-------"));
        Path folder = file().getParent();
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwx---"));
        e = assertThrows(IOException.class, () -> Journal.open("wg0"));
        assertTrue(e.getMessage().contains("chmod go-w " + folder), e.getMessage());
        Path moved = Files.move(folder, directory.resolve("moved"));
        Files.setPosixFilePermissions(moved, PosixFilePermissions.fromString("rwx------"));
        Files.createSymbolicLink(folder, moved);
        e = assertThrows(IOException.class, () -> Journal.open("wg0"));
        assertTrue(e.getMessage().contains(folder + " is a symbolic link"), e.getMessage());
    }

    @Test
    void everyKindOfStepIsReadAsItWasWritten() throws Exception {
        try (Journal journal = Journal.open("wg0")) {
            for (Step step : ALL) {
                journal.append(step);
            }
        }
        assertTrue(Journal.exists("wg0"));
        try (Journal journal = Journal.open("wg0")) {
            assertEquals(ALL, journal.steps());
        }
        assertEquals(
                ALL.stream().map(Object::getClass).distinct().count(),
                Step.class.getPermittedSubclasses().length);
    }

    @Test
    void onlyItsOwnerCanReadIt() throws Exception {
        try (Journal journal = Journal.open("wg0")) {
            journal.append(new Step.Link());
            assertEquals(
                    "rw-------",
                    PosixFilePermissions.toString(Files.getPosixFilePermissions(file())));
            assertEquals(
                    "rwx------",
                    PosixFilePermissions.toString(
                            Files.getPosixFilePermissions(file().getParent())));
        }
    }

    @Test
    void aCutOffLineIsIgnoredAndTheNextOneIsReadAlone() throws Exception {
        try (Journal journal = Journal.open("wg0")) {
            journal.append(new Step.Link());
            journal.append(new Step.LinkMade(17));
        }
        String text = Files.readString(file());
        for (int cut = 0; cut <= text.length(); cut++) {
            Files.writeString(file(), text.substring(0, cut));
            try (Journal journal = Journal.open("wg0")) {
                int whole = cut >= text.length() ? 2 : cut > text.indexOf('\n') ? 1 : 0;
                assertEquals(whole, journal.steps().size(), "cut at " + cut);
                journal.append(new Step.Complete());
            }
            try (Journal journal = Journal.open("wg0")) {
                assertEquals(new Step.Complete(), journal.steps().getLast());
            }
        }
    }

    @Test
    void someStepsAreKeptAlsoIfThatWasCutOff() throws Exception {
        List<Step> some = List.of(new Step.ValidMark(), new Step.Resolvconf("tun.wg0"));
        try (Journal journal = Journal.open("wg0")) {
            for (Step step : ALL) {
                journal.append(step);
            }
            journal.keep(some);
            assertEquals(some, journal.steps());
            journal.append(new Step.Link());
        }
        String text = Files.readString(file());
        try (Journal journal = Journal.open("wg0")) {
            assertEquals(
                    List.of(some.getFirst(), some.getLast(), new Step.Link()), journal.steps());
        }
        String mark = "only-last\t2\n";
        Files.writeString(file(), text.substring(0, text.indexOf(mark) + mark.length() - 1));
        try (Journal journal = Journal.open("wg0")) {
            assertTrue(journal.steps().containsAll(ALL));
        }
        Files.writeString(file(), "link\nonly-last\t2\n");
        assertThrows(IOException.class, () -> Journal.open("wg0"));
    }

    @Test
    void otherTextIsNotTouched() throws Exception {
        Files.createDirectories(file().getParent());
        Files.writeString(file(), "something else\n");
        IOException e = assertThrows(IOException.class, () -> Journal.open("wg0"));
        assertTrue(e.getMessage().contains("wg0.journal"), e.getMessage());
        assertEquals("something else\n", Files.readString(file()));
    }

    @Test
    void oneHolderHasItAndAnEmptyOneLeavesNothing() throws Exception {
        try (Journal journal = Journal.open("wg0")) {
            IOException e = assertThrows(IOException.class, () -> Journal.open("wg0"));
            assertTrue(e.getMessage().contains("another command"), e.getMessage());
            try (Journal other = Journal.open("wg1")) {
                other.append(new Step.Link());
                assertEquals(List.of(new Step.Link()), journal.others().getFirst().steps());
                other.clear();
            }
        }
        assertFalse(Files.exists(file().getParent()));
    }

    @Test
    void theSharedLockIsWaitedForAlsoIfItsFileIsDeleted() throws Exception {
        Path lock = directory.resolve("state/lock");
        Thread waiting;
        try (var _ = Journal.lockShared()) {
            waiting =
                    Thread.ofPlatform()
                            .start(
                                    () -> {
                                        try (var _ = Journal.lockShared()) {
                                            Files.writeString(
                                                    lock, "here", StandardOpenOption.WRITE);
                                        } catch (IOException e) {
                                            throw new java.io.UncheckedIOException(e);
                                        }
                                    });
            waiting.join(100);
            assertTrue(waiting.isAlive());
            assertEquals("", Files.readString(lock));
            Files.delete(lock);
        }
        waiting.join(10_000);
        assertEquals("here", Files.readString(lock));
    }
}
