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

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
