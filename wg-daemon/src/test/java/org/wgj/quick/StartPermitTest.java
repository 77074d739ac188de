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
import org.wgj.process.FileLock;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

class StartPermitTest {
    @TempDir Path directory;

    @BeforeEach
    void putItElsewhere() {
        System.setProperty("wgj.state.directory", folder().toString());
    }

    @AfterEach
    void putItBack() {
        System.clearProperty("wgj.state.directory");
    }

    private Path folder() {
        return directory.resolve("state");
    }

    /** The permit as the daemon gets it. */
    private static StartPermit passedOn(StartPermit permit) {
        Map<String, String> environment = new HashMap<>();
        permit.addTo(environment);
        return StartPermit.of("wg0", environment).orElseThrow();
    }

    private static String use(StartPermit permit) throws IOException {
        return passedOn(permit).use(() -> "made");
    }

    /** As where /run is full: the file can take no further line. */
    @Test
    void aPermitIsWithdrawnWithoutSpace() throws Exception {
        try (Journal journal = Journal.open("wg0")) {
            StartPermit old = StartPermit.create(journal.path());
            StartPermit permit = StartPermit.create(journal.path());
            journal.append(old.step());
            journal.append(new Step.Link());
            journal.append(permit.step());
            journal.append(new Step.Link());
            assertEquals("made", use(permit));
            long length = Files.size(journal.path());
            journal.voidLastPermit();
            assertEquals(length, Files.size(journal.path()));
            assertThrows(IOException.class, () -> use(permit));
            assertThrows(IOException.class, () -> use(old));
        }
        try (Journal again = Journal.open("wg0")) {
            assertEquals(4, again.steps().size());
            again.clear();
            again.voidLastPermit(); // there is none
        }
    }

    @Test
    void aLockThatIsHeldForeverIsToldOf() throws Exception {
        Path file = Journal.sharedLock(folder());
        FileLock held = FileLock.lock(file);
        try {
            IOException told =
                    assertThrows(
                            IOException.class, () -> FileLock.lock(file, Duration.ofMillis(50)));
            assertTrue(told.getMessage().contains("has held " + file), told::getMessage);
            assertTrue(told.getMessage().contains("fuser"), told::getMessage);
            Thread.currentThread().interrupt();
            assertThrows(InterruptedIOException.class, () -> FileLock.lock(file));
            assertTrue(Thread.interrupted(), "the interrupt is kept");
            CompletableFuture<FileLock> next =
                    CompletableFuture.supplyAsync(
                            () -> {
                                try {
                                    return FileLock.lock(file, Duration.ofMinutes(1));
                                } catch (IOException e) {
                                    throw new UncheckedIOException(e);
                                }
                            });
            held.close();
            held = null;
            next.get(60, TimeUnit.SECONDS).close();
        } finally {
            if (held != null) {
                held.close();
            }
        }
    }

    @Test
    void onlyTheLastPermitCounts() throws Exception {
        try (Journal journal = Journal.open("wg0")) {
            StartPermit first = StartPermit.create(journal.path());
            StartPermit second = StartPermit.create(journal.path());
            assertThrows(IOException.class, () -> use(first));
            journal.append(first.step());
            journal.append(new Step.Link());
            assertEquals("made", use(first));
            journal.append(second.step());
            assertThrows(IOException.class, () -> use(first));
            assertEquals("made", use(second));
            journal.append(new Step.Permit(Step.Permit.NONE));
            assertThrows(IOException.class, () -> use(second));
        }
    }

    @Test
    void whatUndoingLeavesInTheJournalPermitsNothing() throws Exception {
        try (Journal journal = Journal.open("wg0")) {
            StartPermit permit = StartPermit.create(journal.path());
            journal.append(permit.step());
            journal.append(new Step.Link());
            journal.keep(List.of(new Step.ValidMark()));
            assertThrows(IOException.class, () -> use(permit));
            journal.clear();
            assertThrows(IOException.class, () -> use(permit));
        }
    }

    @Test
    void withoutItsJournalItLeavesNoFile() throws Exception {
        StartPermit permit = StartPermit.create(folder().resolve("wg0.journal"));
        assertThrows(IOException.class, () -> use(permit));
        assertFalse(Files.exists(folder()));
    }

    @Test
    void aDaemonWithoutOneOrForAnotherInterfaceIsFree() {
        assertEquals(Optional.empty(), StartPermit.of("wg0", Map.of()));
        Map<String, String> environment = new HashMap<>();
        StartPermit.create(folder().resolve("wg1.journal")).addTo(environment);
        assertEquals(Optional.empty(), StartPermit.of("wg0", environment));
    }

    @Test
    void makingAndWithdrawingExcludeEachOther() throws Exception {
        try (Journal journal = Journal.open("wg0")) {
            StartPermit permit = StartPermit.create(journal.path());
            journal.append(permit.step());
            CountDownLatch making = new CountDownLatch(1);
            CountDownLatch goOn = new CountDownLatch(1);
            CompletableFuture<Boolean> made = new CompletableFuture<>();
            Thread daemon =
                    Thread.ofPlatform()
                            .start(
                                    () -> {
                                        try {
                                            made.complete(
                                                    permit.use(
                                                            () -> {
                                                                making.countDown();
                                                                return await(goOn);
                                                            }));
                                        } catch (IOException e) {
                                            made.completeExceptionally(e);
                                        }
                                    });
            assertTrue(await(making));
            assertTrue(FileLock.tryLock(Journal.sharedLock(folder())) == null);
            goOn.countDown();
            assertTrue(made.get(30, TimeUnit.SECONDS));
            daemon.join();
            Journal.lockShared().close();
        }
    }

    private static boolean await(CountDownLatch latch) {
        try {
            return latch.await(30, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
