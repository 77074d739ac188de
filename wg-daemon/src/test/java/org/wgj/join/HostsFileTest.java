// SPDX-License-Identifier: Apache-2.0
package org.wgj.join;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.wgj.crypto.PrivateKey;
import org.wgj.mesh.map.Bytes;
import org.wgj.mesh.map.MapNode;
import org.wgj.mesh.map.Membership;
import org.wgj.mesh.map.MeshMap;
import org.wgj.mesh.map.Plane;
import org.wgj.protocol.IpPrefix;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.TreeMap;
import java.util.UUID;

class HostsFileTest {
    private static final String OTHERS = "127.0.0.1 localhost\n192.168.1.9\tnas Printer # two\n";
    private static final String BLOCK =
            """
            # wgj mesh prod: written by wgj join --hosts, removed by wgj leave
            10.77.0.2 web-1.prod web-1
            10.77.0.3 db.prod db
            # wgj mesh prod: end
            """;

    @TempDir Path folder;

    private Path file() {
        return folder.resolve("hosts");
    }

    private HostsFile hosts() {
        return new HostsFile(file(), "prod");
    }

    private static MeshMap map(String... names) {
        TreeMap<Long, MapNode> nodes = new TreeMap<>();
        for (int i = 0; i < names.length; i++) {
            TreeMap<String, Membership> planes = new TreeMap<>();
            planes.put(
                    "wg0",
                    new Membership(
                            PrivateKey.generate().publicKey(),
                            null,
                            List.of(InetAddress.ofLiteral("10.77.0." + (i + 2))),
                            List.of()));
            nodes.put(
                    i + 2L,
                    new MapNode(i + 2L, names[i], planes, List.of(), false, false, Bytes.NONE));
        }
        return new MeshMap(
                "prod",
                new UUID(1, 1),
                1,
                List.of(new Plane("wg0", List.of(IpPrefix.parse("10.77.0.0/16")), 51820, 1420)),
                List.of(),
                nodes);
    }

    private String text() throws IOException {
        return Files.readString(file(), StandardCharsets.ISO_8859_1);
    }

    @Test
    void theBlockFollowsTheMapAndOtherLinesStay() throws IOException {
        byte[] before = (OTHERS + "10.0.0.1 caf\u00e9").getBytes(StandardCharsets.ISO_8859_1);
        Files.write(file(), before);
        Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("rw-rw-r--"));
        hosts().update(map("web-1", "db"));
        assertEquals(OTHERS + "10.0.0.1 caf\u00e9\n" + BLOCK, text());
        assertEquals(
                "rw-rw-r--", PosixFilePermissions.toString(Files.getPosixFilePermissions(file())));
        Files.writeString(file(), text() + "10.0.0.7 later\n", StandardCharsets.ISO_8859_1);
        hosts().update(map("web-1"));
        assertTrue(text().endsWith("10.77.0.2 web-1.prod web-1\n# wgj mesh prod: end\n"), text());
        assertTrue(text().contains("10.0.0.7 later\n"));
        assertFalse(text().contains("db"));
        hosts().remove();
        assertEquals(OTHERS + "10.0.0.1 caf\u00e9\n10.0.0.7 later\n", text());
        hosts().remove();
        assertEquals(OTHERS + "10.0.0.1 caf\u00e9\n10.0.0.7 later\n", text());
        try (var files = Files.list(folder)) {
            assertEquals(1, files.count(), "no temporary file is left");
        }
    }

    @Test
    void aNodeCannotTakeANameThatIsThere() throws IOException {
        Files.writeString(file(), OTHERS);
        hosts().update(map("localhost", "nas", "printer", "ok"));
        String text = text();
        assertTrue(text.contains("10.77.0.2 localhost.prod\n"), text);
        assertTrue(text.contains("10.77.0.3 nas.prod\n"), text);
        assertTrue(text.contains("10.77.0.4 printer.prod\n"), text);
        assertTrue(text.contains("10.77.0.5 ok.prod ok\n"), text);
    }

    @Test
    void whatIsNoNameOfAHostIsLeftOut() throws IOException {
        Files.writeString(file(), OTHERS);
        hosts().update(map("a\n6.6.6.6 bank", "b c", "d#e", "f.example.com", "-g", "caf\u00e9"));
        assertEquals(OTHERS, text());
    }

    @Test
    void aLinkStaysALinkAndAMissingFileIsMade() throws IOException {
        Path real = folder.resolve("real");
        Files.writeString(real, OTHERS);
        Files.createSymbolicLink(file(), real);
        hosts().update(map("web-1", "db"));
        assertTrue(Files.isSymbolicLink(file()));
        assertEquals(OTHERS + BLOCK, Files.readString(real));
        Files.delete(file());
        hosts().remove();
        assertFalse(Files.exists(file()));
        hosts().update(map("web-1", "db"));
        assertEquals(BLOCK, text());
        assertEquals(
                "rw-r--r--", PosixFilePermissions.toString(Files.getPosixFilePermissions(file())));
    }

    @Test
    void aBlockWithoutAnEndIsNotGuessed() throws IOException {
        String broken = OTHERS + BLOCK.substring(0, BLOCK.indexOf("# wgj mesh prod: end"));
        Files.writeString(file(), broken);
        IOException e = assertThrows(IOException.class, () -> hosts().remove());
        assertTrue(e.getMessage().contains("is missing: delete"), e::getMessage);
        hosts().update(map("web-1"));
        assertEquals(broken, text());
    }
}
