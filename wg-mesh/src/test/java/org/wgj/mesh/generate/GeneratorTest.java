// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.mesh.generate.Generator.Format;
import org.wgj.mesh.generate.Generator.Request;
import org.wgj.mesh.generate.Generator.Result;
import org.wgj.tunnel.TunnelConfig;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

class GeneratorTest {
    /** The list of the guide's script. */
    private static final String GUIDE =
            """
            # Example nodes.txt:
            node-1 198.51.100.1 10.99.0.1
            node-2 198.51.100.2 10.99.0.2
            node-3 203.0.113.1  10.99.0.3
            node-4 203.0.113.2  10.99.0.4
            """;

    private static final String OFFICES =
            """
            [mesh]
            topology = "sites"

            [[node]]
            name = "hq"
            endpoint = "198.51.100.1"
            address = ["10.99.0.1", "fd77::1"]
            lan = ["192.168.1.0/24"]
            gateway = "192.168.1.1"

            [[node]]
            name = "branch-a"
            endpoint = "198.51.100.2"
            address = "10.99.0.2"
            lan = "192.168.2.0/24"

            [[node]]
            name = "b1"
            site = "b"
            hub = true
            endpoint = "b.example.com:4000"
            address = "10.99.0.3"
            lan = "192.168.3.0/24"

            [[node]]
            name = "b2"
            site = "b"
            address = "10.99.0.4"
            """;

    @TempDir private Path folder;

    private Path list(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    private Result generate(String name, String text, Topology topology) throws IOException {
        return Generator.generate(
                new Request(list(name, text), topology, false, false, Format.CONF, null));
    }

    private static Map<String, TunnelConfig> parsed(Result result) throws IOException {
        Map<String, TunnelConfig> parsed = new LinkedHashMap<>();
        for (Map.Entry<String, String> file : result.files().entrySet()) {
            parsed.put(
                    file.getKey().replace(".conf", ""),
                    TunnelConfig.parse(file.getKey(), file.getValue()));
        }
        return parsed;
    }

    /** Returns what goes to each peer, by the peer's name. */
    private static Map<String, String> peers(Map<String, TunnelConfig> files, String name) {
        Map<PublicKey, String> names = new LinkedHashMap<>();
        files.forEach((n, file) -> names.put(file.privateKey().publicKey(), n));
        Map<String, String> peers = new LinkedHashMap<>();
        for (TunnelConfig.Peer peer : files.get(name).peers()) {
            peers.put(
                    names.get(peer.publicKey()),
                    peer.allowedIps().stream()
                            .map(Object::toString)
                            .collect(Collectors.joining(" ")));
        }
        return peers;
    }

    private static List<String> keepalives(Map<String, TunnelConfig> files, String name) {
        return files.get(name).peers().stream()
                .filter(peer -> peer.persistentKeepalive().isPresent())
                .map(peer -> peer.endpoint().toString())
                .toList();
    }

    @Test
    void theGuidesListBecomesItsFilesWithEveryOtherNodeAsAPeer() throws IOException {
        Result result = generate("nodes.txt", GUIDE, null);
        assertEquals(
                List.of("node-1.conf", "node-2.conf", "node-3.conf", "node-4.conf"),
                List.copyOf(result.files().keySet()));
        assertEquals(12, result.peers());
        assertEquals(List.of(), result.warnings());
        Map<String, TunnelConfig> files = parsed(result);
        assertEquals(
                Map.of(
                        "node-2", "10.99.0.2/32",
                        "node-3", "10.99.0.3/32",
                        "node-4", "10.99.0.4/32"),
                peers(files, "node-1"));
        assertEquals("10.99.0.1/24", files.get("node-1").addresses().getFirst().toString());
        assertEquals(51820, files.get("node-1").listenPort().orElseThrow());
        for (TunnelConfig.Peer peer : files.get("node-1").peers()) {
            assertEquals(25, peer.persistentKeepalive().orElseThrow());
            assertEquals(51820, peer.endpoint().port());
        }
        // The layout of the guide, up to the keys.
        String text = result.files().get("node-1.conf").replaceAll("(Key *= ).*", "$1KEY");
        assertTrue(
                text.startsWith(
                        """
                        [Interface]
                        # node-1
                        Address    = 10.99.0.1/24
                        ListenPort = 51820
                        PrivateKey = KEY

                        [Peer]
                        # node-2
                        PublicKey  = KEY
                        AllowedIPs = 10.99.0.2/32
                        Endpoint   = 198.51.100.2:51820
                        PersistentKeepalive = 25
                        """),
                text);
    }

    @Test
    void aSecondRunChangesNothingAndANewNodeAddsOnlyItself() throws IOException {
        Path list = list("nodes.txt", GUIDE);
        Path out = folder.resolve("out");
        Request first = new Request(list, null, false, true, Format.CONF, out);
        assertEquals(4, ConfFolder.write(out, Generator.generate(first).files()));
        assertEquals(0, ConfFolder.write(out, Generator.generate(first).files()));
        assertEquals(List.of(), Changes.between(Generator.generate(first).files(), out));
        assertEquals(
                "rw-------",
                PosixFilePermissions.toString(
                        Files.getPosixFilePermissions(out.resolve("node-1.conf"))));
        assertEquals(
                "rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(out)));

        list("nodes.txt", GUIDE.replace("node-4 203.0.113.2  10.99.0.4", "node-5 - 10.99.0.5"));
        Result later = Generator.generate(first);
        assertEquals(
                List.of(
                        "~ node-1.conf: + peer node-5, - peer node-4",
                        "~ node-2.conf: + peer node-5, - peer node-4",
                        "~ node-3.conf: + peer node-5, - peer node-4",
                        "+ node-5.conf: new, with 3 peers",
                        "- node-4.conf: its node is gone"),
                Changes.between(later.files(), out));
        ConfFolder.write(out, later.files());
        assertEquals(List.of("node-4.conf"), ConfFolder.strangers(out, later.files().keySet()));
    }

    @Test
    void aDifferenceNamesWhatIsAnother() throws IOException {
        Path out = folder.resolve("out");
        Path list = list("nodes.txt", GUIDE);
        Request request = new Request(list, null, false, false, Format.CONF, out);
        ConfFolder.write(out, Generator.generate(request).files());
        list("nodes.txt", GUIDE.replace("203.0.113.1  10.99.0.3", "203.0.113.9:4000 10.99.0.33"));
        List<String> changes = Changes.between(Generator.generate(request).files(), out);
        assertEquals(
                "~ node-1.conf: peer node-3 has another endpoint and another allowed IPs",
                changes.getFirst());
        assertEquals("~ node-3.conf: another address, another port", changes.get(2));
        for (String change : changes) {
            for (TunnelConfig file : parsed(Generator.generate(request)).values()) {
                assertFalse(change.contains(file.privateKey().toBase64()));
            }
        }
    }

    @Test
    void aNodeThatKeepsItsKeyGetsAFileWithoutOne() throws IOException {
        PublicKey key = PrivateKey.generate().publicKey();
        Result result =
                generate(
                        "nodes.txt",
                        "a 198.51.100.1 10.0.0.1\nb b.example.com:4000 10.0.0.2 " + key.toBase64(),
                        null);
        Map<String, TunnelConfig> files = parsed(result);
        assertEquals(key, files.get("a").peers().getFirst().publicKey());
        assertNull(files.get("b").privateKey());
        assertTrue(result.files().get("b.conf").contains("private-key /etc/wireguard/private.key"));
        assertEquals(4000, files.get("b").listenPort().orElseThrow());
    }

    @Test
    void onlyNodesBehindNatKeepTheirRoutersOpen() throws IOException {
        Map<String, TunnelConfig> files = parsed(generate("nodes.toml", OFFICES, null));
        assertEquals(List.of("b.example.com:4000"), keepalives(files, "b2"));
        for (String name : List.of("hq", "branch-a", "b1")) {
            assertEquals(List.of(), keepalives(files, name));
        }
        Map<String, TunnelConfig> guide =
                parsed(generate("nodes.txt", GUIDE + "node-5 - 10.99.0.5", null));
        assertEquals(4, keepalives(guide, "node-5").size());
        assertEquals(3, keepalives(guide, "node-1").size());
    }

    @Test
    void sitesReachOneAnotherThroughTheirGateways() throws IOException {
        Result result = generate("nodes.toml", OFFICES, null);
        Map<String, TunnelConfig> files = parsed(result);
        assertEquals(
                Map.of(
                        "branch-a", "10.99.0.2/32 192.168.2.0/24",
                        "b1", "10.99.0.3/32 192.168.3.0/24 10.99.0.4/32"),
                peers(files, "hq"));
        assertEquals(
                Map.of(
                        "b1",
                        "10.99.0.3/32 192.168.3.0/24 10.99.0.1/32 fd77::1/128 192.168.1.0/24"
                                + " 10.99.0.2/32 192.168.2.0/24"),
                peers(files, "b2"));
        assertTrue(result.files().get("hq.conf").contains("net.ipv4.ip_forward=1"));
        assertTrue(result.files().get("hq.conf").contains("net.ipv6.conf.all.forwarding=1"));
        assertFalse(result.files().get("b2.conf").contains("sysctl"));
    }

    @Test
    void spokesReachOneAnotherThroughTheHub() throws IOException {
        Result result = generate("nodes.toml", OFFICES, Topology.HUB);
        Map<String, TunnelConfig> files = parsed(result);
        Map<String, String> spoke = peers(files, "branch-a");
        assertEquals(Set.of("b1"), spoke.keySet());
        assertEquals(
                Set.of("10.99.0.0/24", "fd77::1/128", "192.168.1.0/24", "192.168.3.0/24"),
                Set.of(spoke.get("b1").split(" ")));
        assertEquals(Set.of("hq", "branch-a", "b2"), peers(files, "b1").keySet());
        Result guide = generate("nodes.txt", GUIDE, Topology.HUB);
        assertTrue(
                guide.warnings().getFirst().contains("node-1 is the hub"),
                guide.warnings()::toString);
        assertEquals(Map.of("node-1", "10.99.0.0/24"), peers(parsed(guide), "node-3"));
    }

    @Test
    void nothingThatAFileSwitchesOffWasOnBefore() throws IOException {
        String hub =
                OFFICES.replace("gateway = \"192.168.1.1\"", "masquerade = \"eth0\"\nhub = true");
        for (Topology topology : Topology.values()) {
            for (String text : generate("nodes.toml", hub, topology).files().values()) {
                assertFalse(text.contains("flush"), text);
                assertFalse(text.contains("=0"), text);
                assertEquals(
                        text.contains("nft add table"),
                        text.contains("nft delete table inet wgj_%i"));
            }
        }
    }

    @Test
    void planesFollowOneAnother() throws IOException {
        Result result =
                Generator.generate(
                        new Request(
                                list(
                                        "nodes.txt",
                                        "a 198.51.100.1 10.77.0.1/16\nb - 10.77.3.4/16\n"),
                                null,
                                true,
                                true,
                                Format.CONF,
                                null));
        assertEquals(8, result.files().size());
        TunnelConfig storage = TunnelConfig.parse("b/wg3.conf", result.files().get("b/wg3.conf"));
        assertEquals("10.80.3.4/16", storage.addresses().getFirst().toString());
        assertEquals(51823, storage.listenPort().orElseThrow());
        assertEquals("198.51.100.1:51823", storage.peers().getFirst().endpoint().toString());
        Set<PublicKey> keys = new HashSet<>();
        for (Map.Entry<String, String> file : result.files().entrySet()) {
            keys.add(TunnelConfig.parse(file.getKey(), file.getValue()).privateKey().publicKey());
        }
        assertEquals(8, keys.size());
        assertEquals(
                TunnelConfig.parse("a", result.files().get("a/wg1.conf"))
                        .peers()
                        .getFirst()
                        .presharedKey(),
                TunnelConfig.parse("b", result.files().get("b/wg1.conf"))
                        .peers()
                        .getFirst()
                        .presharedKey());
        assertNotEquals(
                TunnelConfig.parse("a", result.files().get("a/wg2.conf"))
                        .peers()
                        .getFirst()
                        .presharedKey(),
                TunnelConfig.parse("b", result.files().get("b/wg1.conf"))
                        .peers()
                        .getFirst()
                        .presharedKey());
    }

    private void refused(String name, String text, String... messages) throws IOException {
        Path list = list(name, text);
        IOException e =
                assertThrows(
                        IOException.class,
                        () ->
                                Generator.generate(
                                        new Request(list, null, false, false, Format.CONF, null)));
        assertEquals(
                List.of(messages),
                e.getMessage().lines().map(line -> line.replace(folder + "/", "")).toList());
    }

    @Test
    void eachFaultOfAListIsNamedWithItsLine() throws IOException {
        refused(
                "nodes.txt",
                "a 1.2.3.4\nb 1.2.3.4 10.0.0.1/99\n-x- 1.2.3.4 10.0.0.1\nc a/b 10.0.0.1\n",
                "nodes.txt:1: expected NAME PUBLIC-ADDRESS TUNNEL-ADDRESS, and perhaps a public"
                        + " key, but there are 2 words",
                "nodes.txt:2: the tunnel address '10.0.0.1/99' must be an IPv4 or IPv6 address,"
                        + " with or without /length",
                "nodes.txt:3: the name '-x-' must be 1 to 63 letters, digits and hyphens, without"
                        + " a hyphen at an end",
                "nodes.txt:4: the public address 'a/b' must be an address or a host name, with or"
                        + " without :port");
        refused(
                "nodes.txt",
                "a 1.2.3.4 10.0.0.1\nA 1.2.3.4 10.0.0.1\nc 10.0.0.1 10.0.0.3\n",
                "nodes.txt:2: A has the name of a in line 1",
                "nodes.txt:2: A has the public address and port of a in line 1",
                "nodes.txt:2: the tunnel address 10.0.0.1 of A overlaps the tunnel address"
                        + " 10.0.0.1 of a in line 1",
                "nodes.txt:3: the public address 10.0.0.1 of c lies in the tunnel address 10.0.0.1"
                        + " of A, which goes through the tunnel",
                "nodes.txt:3: the public address 10.0.0.1 of c lies in the tunnel address 10.0.0.1"
                        + " of a, which goes through the tunnel");
        refused(
                "nodes.txt",
                "",
                "nodes.txt:1: a mesh needs at least two nodes, and this list has 0");
        refused(
                "nodes.toml",
                """
                [mesh]
                topolgy = "full"
                mtu = "big"
                [[node]]
                name = "a"
                [[node]]
                name = "b"
                address = "10.0.0.1"
                lan = "192.168.1.7/24"
                """,
                "nodes.toml:2: there is no 'topolgy' in [mesh]; there are keepalive, mtu, port,"
                        + " topology",
                "nodes.toml:3: mtu: expected a number from 576 to 65535",
                "nodes.toml:4: this [[node]] needs a name and an address",
                "nodes.toml:9: lan: the network 192.168.1.7/24 has bits beyond its length: did you"
                        + " mean 192.168.1.0/24?");
    }

    @Test
    void twoNodesBehindNatAreWarnedOf() throws IOException {
        Result result = generate("nodes.txt", "a - 10.0.0.1\nb - 10.0.0.2\n", null);
        assertEquals(1, result.warnings().size());
        assertTrue(result.warnings().getFirst().contains("a and b are both behind NAT"));
    }

    @Test
    void fiftyNodesBecomeAFullMesh() throws IOException {
        StringBuilder text = new StringBuilder();
        for (int i = 1; i <= 50; i++) {
            text.append("node-%d 198.51.100.%d 10.99.0.%d%n".formatted(i, i, i));
        }
        Result result = generate("nodes.txt", text.toString(), null);
        assertEquals(50 * 49, result.peers());
        for (TunnelConfig file : parsed(result).values()) {
            assertEquals(49, file.peers().size());
        }
    }

    @Test
    void otherFormatsNameWhatTheyAreFor() throws IOException {
        Path list = list("nodes.toml", OFFICES);
        String dot =
                Generator.generate(new Request(list, null, false, false, Format.DOT, null))
                        .files()
                        .get("mesh.dot");
        assertTrue(dot.contains("\"hq\" -- \"branch-a\""), dot);
        assertTrue(dot.contains("\"b1\" -- \"b2\""), dot);
        assertFalse(dot.contains("\"hq\" -- \"b2\""), dot);
        assertEquals(
                """
                # On each machine in 192.168.1.0/24, or on its router:
                ip route add 192.168.2.0/24 via 192.168.1.1
                ip route add 192.168.3.0/24 via 192.168.1.1
                """,
                Generator.generate(new Request(list, null, false, false, Format.ROUTES, null))
                        .files()
                        .get("hq.routes"));
        String nft =
                Generator.generate(
                                new Request(
                                        list("nodes.txt", GUIDE.replace("10.99", "10.77")),
                                        null,
                                        false,
                                        false,
                                        Format.NFT,
                                        null))
                        .files()
                        .get("node-1.nft");
        assertTrue(nft.contains("udp dport { 51820 } accept"), nft);
    }
}
