// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli.mesh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.wgj.crypto.PrivateKey;
import org.wgj.mesh.doctor.Fault;
import org.wgj.mesh.doctor.FolderDoctor;
import org.wgj.mesh.doctor.Verdict;
import org.wgj.mesh.doctor.Verdict.Level;
import org.wgj.mesh.generate.ConfFolder;
import org.wgj.mesh.generate.Generator;
import org.wgj.mesh.generate.Generator.Format;
import org.wgj.mesh.generate.Generator.Request;
import org.wgj.mesh.generate.Topology;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;

/**
 * Generated folders are clean; so are the folders that the guides have a reader write by hand,
 * except their hooks.
 */
class FolderDoctorGuidesTest {
    private static final String GUIDE =
            """
            node-1 198.51.100.1 10.77.0.1/16
            node-2 198.51.100.2 10.77.0.2/16
            node-3 203.0.113.1  10.77.0.3/16
            a-node-with-a-long-name - 10.77.0.4/16
            """;

    private static final String SITES =
            """
            [mesh]
            topology = "sites"
            [[node]]
            name = "hq"
            endpoint = "198.51.100.1"
            address = ["10.99.0.1", "fd77::1"]
            lan = ["192.168.1.0/24"]
            [[node]]
            name = "branch-a"
            endpoint = "198.51.100.2"
            address = ["10.99.0.2", "fd77::2"]
            lan = "192.168.2.0/24"
            [[node]]
            name = "b1"
            site = "b"
            hub = true
            endpoint = "b.example.com"
            address = "10.99.0.3"
            lan = "192.168.3.0/24"
            [[node]]
            name = "b2"
            site = "b"
            address = "10.99.0.4"
            """;

    @TempDir private Path folder;

    static Stream<Arguments> lists() {
        return Stream.of(
                Arguments.of("nodes.txt", GUIDE, null, false, false),
                Arguments.of("nodes.txt", GUIDE, null, false, true),
                Arguments.of("nodes.txt", GUIDE, Topology.HUB, false, false),
                Arguments.of("nodes.txt", GUIDE, null, true, true),
                Arguments.of("nodes.toml", SITES, null, false, false));
    }

    private List<Verdict> bad(Path files) throws IOException {
        return FolderDoctor.judge("folder", FolderReader.read(files)).stream()
                .filter(verdict -> verdict.level() != Level.PASS)
                .toList();
    }

    @ParameterizedTest
    @MethodSource("lists")
    void whatIsGeneratedIsClean(
            String name, String text, Topology topology, boolean planes, boolean psk)
            throws IOException {
        Path list = Files.writeString(folder.resolve(name), text);
        Path out = folder.resolve("out");
        for (Format format : planes ? List.of(Format.CONF, Format.NFT) : List.of(Format.CONF)) {
            Path existing = Files.exists(out) ? out : null;
            Request request = new Request(list, topology, planes, psk, format, existing);
            ConfFolder.write(out, Generator.generate(request).files());
        }
        assertEquals(List.of(), bad(out));
        Path link = Files.createSymbolicLink(folder.resolve("link"), out);
        assertEquals(List.of(), bad(link), "a link to the folder is as good");
    }

    /** The three offices of the first guide; its commands switch forwarding off for others. */
    @Test
    void theGuidesOfficesAreCleanExceptTheirHooks() throws IOException {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
        PrivateKey[] keys = {PrivateKey.generate(), PrivateKey.generate(), PrivateKey.generate()};
        String[] endpoints = {"198.51.100.1", "198.51.100.2", "203.0.113.1"};
        office(
                "hq",
                1,
                keys[0],
                peer(keys[1], "10.99.0.2/32, 192.168.2.0/24", endpoints[1])
                        + peer(keys[2], "10.99.0.3/32, 192.168.3.0/24", endpoints[2]));
        office(
                "branch-a",
                2,
                keys[1],
                peer(
                        keys[0],
                        "10.99.0.1/32, 192.168.1.0/24, 10.99.0.3/32, 192.168.3.0/24",
                        endpoints[0]));
        office(
                "branch-b",
                3,
                keys[2],
                peer(
                        keys[0],
                        "10.99.0.1/32, 192.168.1.0/24, 10.99.0.2/32, 192.168.2.0/24",
                        endpoints[0]));
        List<Verdict> bad = bad(folder);
        assertEquals(3, bad.size(), bad::toString);
        assertTrue(
                bad.stream().allMatch(v -> v.fault() == Fault.HOOK && v.level() == Level.WARN),
                bad::toString);
    }

    private void office(String name, int number, PrivateKey key, String peers) throws IOException {
        Files.writeString(
                folder.resolve(name + ".conf"),
                """
                [Interface]
                Address    = 10.99.0.%d/24
                ListenPort = 51820
                PrivateKey = %s

                PostUp   = sysctl -w net.ipv4.ip_forward=1
                PostDown = sysctl -w net.ipv4.ip_forward=0
                %s\
                """
                        .formatted(number, key.toBase64(), peers));
    }

    private static String peer(PrivateKey key, String allowed, String endpoint) {
        return """

        [Peer]
        PublicKey  = %s
        AllowedIPs = %s
        Endpoint   = %s:51820
        PersistentKeepalive = 25
        """
                .formatted(key.publicKey().toBase64(), allowed, endpoint);
    }
}
