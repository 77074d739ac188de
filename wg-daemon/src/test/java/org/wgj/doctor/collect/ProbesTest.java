// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.collect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.wgj.crypto.PrivateKey;
import org.wgj.doctor.collect.Targets.Target;
import org.wgj.doctor.observation.Observation.UdpPort;
import org.wgj.doctor.observation.PeerView;
import org.wgj.protocol.IpPrefix;
import org.wgj.tun.linux.Cidr;
import org.wgj.tun.linux.ErrnoException;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;

/** The parts of observing that need no root. */
class ProbesTest {
    private static final PrivateKey OTHER = PrivateKey.generate(new Random(2));
    private static final PrivateKey THIRD = PrivateKey.generate(new Random(3));

    @TempDir Path folder;

    // --- the MTU

    @Test
    void bisectionFindsEveryLimit() throws ErrnoException {
        for (int limit = 28; limit <= 1420; limit++) {
            int expected = limit;
            assertEquals(expected, MtuProbe.longest(28, 1420, length -> length <= expected));
        }
        assertEquals(28, MtuProbe.longest(28, 20, length -> false) + 8);
    }

    @Test
    void theGreatestLengthIsTriedFirst() throws ErrnoException {
        List<Integer> tried = new ArrayList<>();
        MtuProbe.longest(28, 1420, tried::add);
        assertEquals(List.of(1420), tried);
    }

    // --- where to send a packet into the tunnel

    private static PeerView peer(PrivateKey key, String... ranges) {
        return new PeerView(
                key.publicKey(), Stream.of(ranges).map(IpPrefix::parse).toList(), true, 0);
    }

    private static String target(PeerView peer, PeerView... others) {
        List<PeerView> all = Stream.concat(Stream.of(peer), Stream.of(others)).toList();
        InetAddress target =
                TunnelTarget.of(
                        peer,
                        all,
                        List.of(Cidr.parse("10.99.0.1/24"), Cidr.parse("fe80::1/64")),
                        InetAddress.ofLiteral("203.0.113.20"));
        return target == null ? null : target.getHostAddress();
    }

    @Test
    void theTargetIsAnAddressRoutedToThePeer() {
        assertEquals("10.99.0.7", target(peer(OTHER, "10.0.0.0/8", "10.99.0.7/32")));
        assertEquals("192.168.2.1", target(peer(OTHER, "192.168.2.0/24")));
        // 10.99.0.1 is our own.
        assertEquals("10.99.0.2", target(peer(OTHER, "10.99.0.0/24")));
        assertEquals("10.99.0.2", target(peer(OTHER, "0.0.0.0/0")));
        assertEquals("203.0.113.20", target(peer(OTHER, "0.0.0.0/0"), peer(THIRD, "10.0.0.0/8")));
        // We have no address to send IPv6 from.
        assertNull(target(peer(OTHER, "fd00::1/128")));
        assertNull(target(peer(OTHER)));
    }

    // --- ports

    @Test
    void theOwnerOfAPortIsFound() throws IOException {
        String heading =
                "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid "
                        + " timeout inode ref pointer drops\n";
        String line =
                " 1060: 00000000:CA6C 00000000:0000 07 00000000:00000000 00:00000000 00000000     0"
                        + "        0 4242 2 0000000000000000 0\n";
        Files.createDirectories(folder.resolve("net"));
        Files.writeString(folder.resolve("net/udp"), heading + line);
        Files.writeString(
                folder.resolve("net/udp6"),
                heading + line.replace("00000000:CA6C", "0".repeat(32) + ":CA6D"));
        Path descriptors = Files.createDirectories(folder.resolve("17/fd"));
        Files.createSymbolicLink(descriptors.resolve("3"), Path.of("socket:[4242]"));
        Files.writeString(folder.resolve("17/comm"), "nc\n");
        assertEquals(
                List.of(new UdpPort(51820, false, "nc (17)")),
                UdpPorts.read(folder, Set.of(51820)));
        assertEquals(
                List.of(new UdpPort(51821, true, "nc (17)")),
                UdpPorts.read(folder, Set.of(51821, 9)));
        Files.delete(descriptors.resolve("3"));
        assertNull(UdpPorts.read(folder, Set.of(51820)).getFirst().owner());
    }

    // --- words of the command line

    @Test
    void aFolderMeansTheFilesInItAndInItsFolders() throws IOException {
        Path a = Files.createDirectories(folder.resolve("a"));
        Files.createFile(a.resolve("wg0.conf"));
        Files.createFile(folder.resolve("wg1.conf"));
        Files.createFile(folder.resolve("notes.txt"));
        List<Target> targets = new Targets(Path.of("/nowhere")).of(List.of(folder.toString()));
        assertEquals(
                List.of(
                        new Target("wg0", a.resolve("wg0.conf"), false),
                        new Target("wg1", folder.resolve("wg1.conf"), false)),
                targets);
    }

    @Test
    void aSingleFileIsForThisMachineButSeveralMayNotBe() throws IOException {
        Targets targets = new Targets(folder);
        assertEquals(
                List.of(new Target("wg0", Path.of("x/wg0.conf"), true)),
                targets.of(List.of("x/wg0.conf")));
        assertTrue(targets.of(List.of("a.conf", "b.conf")).stream().noneMatch(Target::local));
    }

    @Test
    void anInterfaceAlsoMeansItsFile() throws IOException {
        Targets targets = new Targets(folder);
        assertEquals(List.of(new Target("wg0", null, true)), targets.of(List.of("wg0")));
        Path file = Files.createFile(folder.resolve("wg0.conf"));
        assertEquals(List.of(new Target("wg0", file, true)), targets.of(List.of("wg0")));
    }

    @Test
    void anEmptyFolderIsRefused() {
        assertThrows(IOException.class, () -> new Targets(folder).of(List.of(folder.toString())));
    }
}
