// SPDX-License-Identifier: Apache-2.0
package org.wgj.claim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** Tests that a tunnel is claimed once at a time, and that what stays of a process does no harm. */
class TunnelClaimTest {
    private static final PublicKey OWN = key();
    private static final PublicKey A = key();
    private static final PublicKey B = key();
    private static final PublicKey C = key();

    @TempDir private Path temporary;
    private Path folder;
    private List<Path> folders;

    private static PublicKey key() {
        return PrivateKey.generate().publicKey();
    }

    private static TunnelKeys keys(PublicKey... peers) {
        return new TunnelKeys(OWN, Set.of(peers));
    }

    @BeforeEach
    void choose() {
        folder = temporary.resolve("wgj/tunnels");
        folders = List.of(folder);
    }

    private TunnelClaim take(TunnelKeys keys) throws TunnelTakenException {
        return TunnelClaim.take(keys, "wgj proxy\nwg0.conf", folders);
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> !name.equals("lock"))
                    .toList();
        }
    }

    @Test
    void aSecondTunnelWithTheKeyAndAPeerIsRefusedUntilTheFirstEnds() throws IOException {
        try (TunnelClaim first = take(keys(A, B))) {
            Files.createFile(first.socket().orElseThrow());
            RunningTunnel by =
                    assertThrows(TunnelTakenException.class, () -> take(keys(B, C))).by();
            assertEquals("wgj proxy wg0.conf", by.command());
            assertEquals(ProcessHandle.current().pid(), by.process());
            assertEquals(first.socket().orElseThrow(), by.socketOrNull());
            assertEquals(by, TunnelClaim.find(keys(A), folders).orElseThrow());
            Files.delete(first.socket().orElseThrow());
        }
        assertTrue(TunnelClaim.find(keys(A), folders).isEmpty());
        take(keys(B, C)).close();
        assertFalse(Files.exists(folder));
    }

    @Test
    void anotherKeyOrAnotherPeerIsAnotherTunnel() throws IOException {
        try (TunnelClaim _ = take(keys(A));
                TunnelClaim _ = take(keys(B));
                TunnelClaim _ = take(new TunnelKeys(key(), Set.of(A)));
                TunnelClaim _ = take(keys())) {
            assertEquals(4, files().size());
        }
    }

    @Test
    void whatAKilledProcessLeavesIsDeleted() throws IOException {
        try (TunnelClaim _ = take(keys(A))) {
            String name = files().getFirst();
            String hash = name.substring(0, name.indexOf('.') + 1);
            Files.copy(folder.resolve(name), folder.resolve(hash + "999-1"));
            Files.createFile(folder.resolve("999-1.sock"));
            Files.createFile(folder.resolve(hash + "998-1")); // it was killed before it wrote
        }
        try (TunnelClaim next = take(keys(A))) {
            assertEquals(1, files().size(), () -> next.socket().toString());
        }
    }

    @Test
    void aReloadClaimsOtherKeys() throws IOException {
        try (TunnelClaim one = take(keys(A));
                TunnelClaim _ = take(keys(B))) {
            assertThrows(TunnelTakenException.class, () -> one.change(keys(A, B)));
            assertTrue(TunnelClaim.find(keys(A), folders).isPresent());
            one.change(keys(C));
            assertTrue(TunnelClaim.find(keys(A), folders).isEmpty());
            assertTrue(TunnelClaim.find(keys(C), folders).isPresent());
            Path socket = one.socket().orElseThrow();
            TunnelKeys renewed = new TunnelKeys(key(), Set.of(C));
            one.change(renewed);
            assertEquals(socket, one.socket().orElseThrow());
            assertTrue(TunnelClaim.find(keys(C), folders).isEmpty());
            assertTrue(TunnelClaim.find(renewed, folders).isPresent());
            assertEquals(2, files().size());
        }
    }

    @Test
    void aTunnelRunsWhereNothingCanBeWritten() throws IOException {
        Path file = Files.createFile(temporary.resolve("file"));
        folders = List.of(file.resolve("tunnels"));
        try (TunnelClaim first = take(keys(A));
                TunnelClaim second = take(keys(A))) {
            assertTrue(first.socket().isEmpty());
            second.change(keys(B));
        }
        assertTrue(TunnelClaim.none().socket().isEmpty());
    }

    @Test
    void theNextFolderServesAndAllAreLookedAt() throws IOException {
        Path file = Files.createFile(temporary.resolve("file"));
        Path second = temporary.resolve("second/tunnels");
        try (TunnelClaim first =
                TunnelClaim.take(keys(A), "wgj proxy", List.of(file.resolve("tunnels"), second))) {
            assertEquals(second, first.socket().orElseThrow().getParent());
            assertThrows(
                    TunnelTakenException.class,
                    () -> TunnelClaim.take(keys(A), "wgj nc", List.of(folder, second)));
        }
    }

    @Test
    void aFolderThatOthersMayWriteIsNotUsed() throws IOException {
        Files.createDirectories(folder);
        Files.setPosixFilePermissions(
                folder.getParent(), PosixFilePermissions.fromString("rwxrwxrwx"));
        try (TunnelClaim claim = take(keys(A))) {
            assertTrue(claim.socket().isEmpty());
        }
    }

    @Test
    void onlyTheUserMayRead() throws IOException {
        try (TunnelClaim _ = take(keys(A))) {
            assertEquals(
                    "rwx------",
                    PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)));
            for (String each : files()) {
                assertEquals(
                        "rw-------",
                        PosixFilePermissions.toString(
                                Files.getPosixFilePermissions(folder.resolve(each))));
            }
        }
    }

    @Test
    void sessionsAndServicesOfAUserHaveAPlaceInCommon() throws IOException {
        Path run = Files.createDirectory(temporary.resolve("run"));
        Path tmp = Files.createDirectory(temporary.resolve("tmp"));
        Path common = Path.of("/tmp/wgj-65534/tunnels");
        List<Path> ofCron = ClaimFolders.of(Map.of(), 65_534);
        List<Path> ofSession =
                ClaimFolders.of(
                        Map.of("XDG_RUNTIME_DIR", run.toString(), "TMPDIR", tmp.toString()),
                        65_534);
        assertTrue(ofCron.contains(common), ofCron::toString);
        assertTrue(ofSession.containsAll(ofCron), ofSession::toString);
        assertTrue(ofSession.contains(run.resolve("wgj/tunnels")), ofSession::toString);
        assertTrue(ofSession.contains(tmp.resolve("wgj-65534/tunnels")), ofSession::toString);
    }

    /** The launcher names a folder to some commands only, and a container's /run may be open. */
    @Test
    void rootsFolderAndMissingOnesAreNoPlaceOfAnotherUser() {
        Path missing = temporary.resolve("missing");
        List<Path> places =
                ClaimFolders.of(
                        Map.of("XDG_RUNTIME_DIR", missing.toString(), "TMPDIR", "here"), 65_534);
        assertEquals(List.of(Path.of("/tmp/wgj-65534/tunnels")), places);
    }
}
