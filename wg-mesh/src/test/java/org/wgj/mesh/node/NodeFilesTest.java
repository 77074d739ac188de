// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.wgj.crypto.PrivateKey;
import org.wgj.mesh.enrol.EnrolPlane;
import org.wgj.mesh.map.Bytes;
import org.wgj.mesh.map.MeshMap;
import org.wgj.mesh.map.SignedOrder;
import org.wgj.mesh.relay.RelayLimits;
import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.config.HostPort;

import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;

class NodeFilesTest {
    @TempDir private Path state;
    private NodeFolder folder;

    @BeforeEach
    void folder() {
        folder = new NodeFolder(state);
    }

    @Test
    void aConsentToAnotherEpochIsGoodOnceAndForAnHour() throws Exception {
        Instant now = Instant.parse("2026-11-28T12:00:00Z");
        assertFalse(EpochConsent.take(folder, now));
        assertFalse(EpochConsent.isGiven(folder));
        EpochConsent.give(folder, now);
        assertTrue(EpochConsent.isGiven(folder));
        assertTrue(EpochConsent.take(folder, now.plusSeconds(3_599)));
        assertFalse(EpochConsent.take(folder, now.plusSeconds(3_599)), "used up");
        EpochConsent.give(folder, now);
        assertFalse(EpochConsent.take(folder, now.plusSeconds(3_600)), "too old");
        folder.write(EpochConsent.FILE, new byte[0]); // without a time
        assertFalse(EpochConsent.take(folder, now));
    }

    @Test
    void theOrderOfSignaturesIsKeptForItsEpoch() throws Exception {
        UUID epoch = new UUID(1, 2);
        assertEquals(SignedOrder.NONE, OrderFile.read(folder, epoch));
        SignedOrder order = new SignedOrder(1_790_000_000_000L, Map.of(7L, 5L, 8L, -1L));
        OrderFile.write(folder, epoch, order);
        assertEquals(order, OrderFile.read(folder, epoch));
        assertEquals(SignedOrder.NONE, OrderFile.read(folder, new UUID(1, 3)));
        for (String damaged : List.of("", "x", epoch + "", epoch + " 1\n7\n", epoch + " z\n")) {
            folder.write(OrderFile.FILE, damaged.getBytes(StandardCharsets.US_ASCII));
            assertEquals(SignedOrder.NONE, OrderFile.read(folder, epoch), damaged);
        }
    }

    private static Identity identity() {
        SortedMap<String, PrivateKey> keys = new TreeMap<>();
        for (String plane : List.of("wg0", "wg1")) {
            keys.put(plane, PrivateKey.generate());
        }
        return new Identity(
                "ab".repeat(32),
                keys,
                new NodeOptions(
                        51900,
                        true,
                        List.of(IpPrefix.parse("192.168.2.0/24")),
                        true,
                        true,
                        true,
                        true,
                        true,
                        new HostPort("node.example.com", 0),
                        RelayLimits.DEFAULT.withBytes(1_000, 20_000_000),
                        new NodeOptions.Metrics("unix:/run/m", "active")),
                Bytes.of(new byte[32]),
                Set.of(TestMaps.COORDINATOR.publicKey()),
                null);
    }

    private static Identity.Member member() {
        return new Identity.Member(
                7,
                "web-1",
                TestMaps.MESH,
                TestMaps.EPOCH,
                List.of(
                        new EnrolPlane(
                                "wg0",
                                TestMaps.PLANES.getFirst().ranges(),
                                51820,
                                1420,
                                List.of(TestMaps.address(7)))),
                List.of(TestMaps.coordinator()));
    }

    @Test
    void anIdentityIsKeptForItsOwnerAlone() throws IOException {
        assertEquals(Optional.empty(), IdentityFile.read(folder));
        Identity made = identity();
        IdentityFile.write(folder, made);
        assertEquals(made, IdentityFile.read(folder).orElseThrow());
        Identity joined = made.joined(member());
        IdentityFile.write(folder, joined);
        Identity read = IdentityFile.read(folder).orElseThrow();
        assertEquals(joined, read);
        assertEquals(Set.of("wg0"), read.keys().keySet());
        Path file = folder.path().resolve("identity.json");
        assertEquals(
                "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        assertEquals(
                "rwx------",
                PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.path())));
        assertFalse(joined.toString().contains(joined.keys().get("wg0").toBase64()));
    }

    @Test
    void aDamagedIdentityIsNamedWithoutItsKeys() throws IOException {
        Identity made = identity();
        IdentityFile.write(folder, made);
        String json = Files.readString(folder.path().resolve("identity.json"));
        String key = made.keys().get("wg1").toBase64();
        for (String damaged :
                List.of(
                        json.substring(0, json.length() / 2),
                        json.replace(key, key.substring(2)),
                        json.replace("\"machine\"", "\"machin\""))) {
            folder.write("identity.json", damaged.getBytes(StandardCharsets.UTF_8));
            IOException error = assertThrows(IOException.class, () -> IdentityFile.read(folder));
            assertTrue(error.getMessage().contains("is damaged"), error.getMessage());
            assertFalse(error.getMessage().contains(key.substring(2, 20)), error.getMessage());
        }
    }

    @Test
    void aPlaneWithoutAKeyCannotBeJoined() {
        SortedMap<String, PrivateKey> keys = new TreeMap<>();
        keys.put("wg9", PrivateKey.generate());
        Identity other = new Identity("", keys, NodeOptions.DEFAULT, Bytes.NONE, Set.of(), null);
        assertThrows(IllegalArgumentException.class, () -> other.joined(member()));
    }

    @Test
    void aMapIsKeptAndADamagedOneIsForgotten() throws IOException {
        assertEquals(Optional.empty(), MapFile.read(folder));
        MeshMap map = TestMaps.map(4, 2, 3);
        MapFile.write(folder, map);
        assertEquals(Optional.of(map), MapFile.read(folder));
        folder.write(MapFile.FILE, new byte[] {'{'});
        assertEquals(Optional.empty(), MapFile.read(folder));
    }

    @Test
    void aNodeRunsOnce() throws IOException {
        assertEquals(Optional.empty(), folder.runner());
        folder.make();
        Files.writeString(folder.path().resolve("lock"), "1\n");
        assertEquals(Optional.empty(), folder.runner(), "the lock is what counts");
        try (Closeable claim = folder.claim().orElseThrow()) {
            assertTrue(claim != null);
            String pid = Files.readString(folder.path().resolve("lock")).strip();
            assertEquals(Long.toString(ProcessHandle.current().pid()), pid);
            assertEquals(Optional.of(ProcessHandle.current().pid()), folder.runner());
            assertEquals(Optional.empty(), folder.claim());
        }
        assertEquals(Optional.empty(), folder.runner());
    }

    @Test
    void aMachineIsKnownByItsFiles() throws IOException {
        Path id = state.resolve("machine-id");
        Path none = state.resolve("none");
        Files.writeString(id, "0123\n");
        String one = MachineId.of(id, none);
        assertEquals(64, one.length());
        assertEquals(one, MachineId.of(id, none));
        assertNotEquals(one, MachineId.of(id, id));
        assertNotEquals(one, MachineId.of(none, id));
        assertEquals("", MachineId.of(none, none));
    }

    @Test
    void theClockOfHandshakesNeverGoesBack() throws IOException {
        AtomicReference<Instant> system = new AtomicReference<>(Instant.ofEpochSecond(1_000_000));
        List<Runnable> writes = new ArrayList<>();
        HandshakeClock clock = new HandshakeClock(folder, system::get, writes::add);
        Instant first = clock.instant();
        assertEquals(system.get(), first.minusNanos(first.getNano()));
        system.set(Instant.ofEpochSecond(1_000_035));
        Instant before = clock.instant();
        assertEquals(1, writes.size(), "the mark is moved before it is reached");
        writes.removeFirst().run();
        system.set(Instant.ofEpochSecond(1_000_035 - 86_400)); // set back a day
        Instant after = clock.instant();
        assertTrue(after.isAfter(before));
        system.set(system.get().plusSeconds(5));
        assertTrue(clock.instant().isAfter(after.plusSeconds(4)), "it goes on with the time");
        Instant last = clock.instant();

        HandshakeClock restarted = new HandshakeClock(folder, system::get, writes::add);
        assertTrue(restarted.instant().isAfter(last), "also over a restart");
        system.set(Instant.ofEpochSecond(2_000_000)); // set forward
        assertEquals(system.get(), restarted.instant());
        system.set(Instant.ofEpochSecond(1_000_000));
        HandshakeClock again = new HandshakeClock(folder, system::get, writes::add);
        assertTrue(again.instant().isAfter(Instant.ofEpochSecond(2_000_000)));
    }

    @Test
    void aRestartDoesNotMoveTheClockAhead() throws IOException {
        AtomicReference<Instant> system = new AtomicReference<>(Instant.ofEpochSecond(1_000_000));
        HandshakeClock clock = new HandshakeClock(folder, system::get, Runnable::run);
        Instant last = clock.instant();
        clock.close();
        system.set(system.get().plusSeconds(3));
        HandshakeClock restarted = new HandshakeClock(folder, system::get, Runnable::run);
        Instant next = restarted.instant();
        assertTrue(next.isAfter(last));
        assertEquals(system.get().getEpochSecond(), next.getEpochSecond());

        // After a crash it is ahead, and lets the system's clock catch up.
        HandshakeClock crashed = new HandshakeClock(folder, system::get, Runnable::run);
        Instant before = crashed.instant();
        assertTrue(before.isAfter(system.get().plusSeconds(30)));
        for (int second = 0; second < 200; second++) {
            system.set(system.get().plusSeconds(1));
            Instant now = crashed.instant();
            assertTrue(now.isAfter(before));
            before = now;
        }
        assertEquals(system.get(), before);
    }

    @Test
    void aDamagedMarkIsMadeAnew() throws IOException {
        folder.write("clock", "yesterday".getBytes(StandardCharsets.US_ASCII));
        Instant now = Instant.ofEpochSecond(1_000_000);
        assertFalse(new HandshakeClock(folder, () -> now, Runnable::run).instant().isBefore(now));
    }
}
