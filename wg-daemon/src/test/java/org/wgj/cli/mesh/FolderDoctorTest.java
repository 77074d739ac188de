// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli.mesh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.mesh.doctor.Fault;
import org.wgj.mesh.doctor.FolderDoctor;
import org.wgj.mesh.doctor.MeshFile;
import org.wgj.mesh.doctor.Verdict;
import org.wgj.mesh.doctor.Verdict.Level;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** Each fault of a folder of files is injected and named, and the folder without it is clean. */
class FolderDoctorTest {
    private static final String PRESHARED = Base64.getEncoder().encodeToString(new byte[32]);
    private static final String OTHER_PRESHARED = key("fifth").toBase64();

    /** The files of the second guide: three servers, each with the two others. */
    private static final Map<String, String> MESH =
            Map.of(
                    "a.conf", server("a", 1, 2, 3),
                    "b.conf", server("b", 2, 1, 3),
                    "c.conf", server("c", 3, 1, 2));

    @TempDir private Path folder;

    private static PrivateKey key(String name) {
        return PrivateKey.generate(new Random(name.hashCode()));
    }

    private static PublicKey publicKey(int number) {
        return key(Character.toString('a' + number - 1)).publicKey();
    }

    private static String server(String name, int number, int... others) {
        StringBuilder text =
                new StringBuilder(
                        """
                        [Interface]
                        PrivateKey = %s
                        Address = 10.0.0.%d/24
                        ListenPort = 51820
                        """
                                .formatted(key(name).toBase64(), number));
        for (int other : others) {
            text.append(
                    """

                    [Peer]
                    # Server %1$d
                    PublicKey = %2$s
                    Endpoint = 203.0.113.%1$d:51820
                    AllowedIPs = 10.0.0.%1$d/32
                    PersistentKeepalive = 25
                    """
                            .formatted(other, publicKey(other).toBase64()));
        }
        return text.toString();
    }

    /** A fault: what is done to the files, and what must be said of it. */
    private record Injected(Fault fault, Level level, String seen, Consumer<Draft> change) {
        @Override
        public String toString() {
            return fault.id() + " " + seen;
        }
    }

    /** The files before they are written. */
    private static final class Draft {
        private final Map<String, String> texts = new LinkedHashMap<>(MESH);
        private boolean open;

        void edit(String name, UnaryOperator<String> edit) {
            String before = texts.get(name);
            String after = edit.apply(before);
            assertFalse(after.equals(before), "nothing was changed in " + name);
            texts.put(name, after);
        }

        void replace(String name, String what, String by) {
            edit(name, text -> text.replace(what, by));
        }

        /** Takes the section of a peer out, or changes it. */
        void section(String name, int other, UnaryOperator<String> change) {
            edit(
                    name,
                    text -> {
                        int begin = text.indexOf("\n[Peer]\n# Server " + other);
                        int end = text.indexOf("\n[Peer]", begin + 1);
                        end = end < 0 ? text.length() : end;
                        return text.substring(0, begin)
                                + change.apply(text.substring(begin, end))
                                + text.substring(end);
                    });
        }
    }

    private static Arguments fault(Fault fault, Level level, String seen, Consumer<Draft> change) {
        return Arguments.of(new Injected(fault, level, seen, change));
    }

    static Stream<Arguments> faults() {
        return Stream.of(
                fault(
                        Fault.ONE_SIDED,
                        Level.FAIL,
                        "a.conf lists this node, but is not listed here",
                        files -> files.section("b.conf", 1, section -> "")),
                fault(
                        Fault.ONE_SIDED,
                        Level.FAIL,
                        "none of these 3 files lists another one",
                        files ->
                                List.of("a.conf", "b.conf", "c.conf")
                                        .forEach(
                                                name ->
                                                        files.edit(
                                                                name,
                                                                text ->
                                                                        text.replaceAll(
                                                                                "(?s)\n\\[Peer.*",
                                                                                "")))),
                fault(
                        Fault.ONE_SIDED,
                        Level.FAIL,
                        "packets of b.conf to c.conf come from a.conf, which is not allowed",
                        files -> {
                            // b reaches c over a, but c accepts b's packets from b alone
                            files.section("b.conf", 3, section -> "");
                            files.replace("b.conf", "10.0.0.1/32", "10.0.0.0/24");
                            files.section("c.conf", 2, section -> "");
                        }),
                fault(
                        Fault.KEY,
                        Level.FAIL,
                        "the peer has the address of b.conf, but the key",
                        files ->
                                files.replace(
                                        "a.conf",
                                        publicKey(2).toBase64(),
                                        publicKey(9).toBase64())),
                fault(
                        Fault.KEY,
                        Level.FAIL,
                        "the peer has the public key of this file itself",
                        files ->
                                files.replace(
                                        "a.conf",
                                        publicKey(2).toBase64(),
                                        publicKey(1).toBase64())),
                fault(
                        Fault.FILE,
                        Level.FAIL,
                        "each peer has one section",
                        files ->
                                files.edit(
                                        "a.conf",
                                        text ->
                                                text
                                                        + "[Peer]\nPublicKey = "
                                                        + publicKey(2).toBase64()
                                                        + "\nAllowedIPs = 10.0.9.9/32\n")),
                fault(
                        Fault.KEY,
                        Level.FAIL,
                        "the other files give it 2 different public keys",
                        files -> {
                            files.edit(
                                    "c.conf",
                                    text ->
                                            text.replaceFirst(
                                                    "PrivateKey = .*",
                                                    "PostUp = wg set %i private-key /etc/key"));
                            files.replace(
                                    "a.conf", publicKey(3).toBase64(), publicKey(8).toBase64());
                        }),
                fault(
                        Fault.KEY,
                        Level.SKIP,
                        "no file of this folder has the key of its peer",
                        files ->
                                files.edit(
                                        "a.conf",
                                        text ->
                                                text
                                                        + "[Peer]\nPublicKey = "
                                                        + publicKey(7).toBase64()
                                                        + "\nAllowedIPs = 10.0.0.77/32\n")),
                fault(
                        Fault.PRESHARED_KEY,
                        Level.FAIL,
                        "there is a preshared key for b.conf, and none on its side",
                        files ->
                                files.section(
                                        "a.conf",
                                        2,
                                        s -> s + "PresharedKey = " + OTHER_PRESHARED + "\n")),
                fault(
                        Fault.PRESHARED_KEY,
                        Level.FAIL,
                        "b.conf has a preshared key for this node, and there is none here",
                        files ->
                                files.section(
                                        "b.conf",
                                        1,
                                        s -> s + "PresharedKey = " + OTHER_PRESHARED + "\n")),
                fault(
                        Fault.PRESHARED_KEY,
                        Level.FAIL,
                        "different preshared keys",
                        files -> {
                            files.section(
                                    "a.conf",
                                    2,
                                    s -> s + "PresharedKey = " + OTHER_PRESHARED + "\n");
                            files.section(
                                    "b.conf",
                                    1,
                                    s -> s + "PresharedKey = " + key("sixth").toBase64() + "\n");
                        }),
                fault(
                        Fault.CLONE,
                        Level.FAIL,
                        "has the private key of b.conf",
                        files -> files.texts.put("copy.conf", files.texts.get("b.conf"))),
                fault(
                        Fault.CLONE,
                        Level.WARN,
                        "has the private key of d/wg0.conf",
                        files -> {
                            files.texts.put("d/wg0.conf", alone("d", "10.1.0.1/24", 1));
                            files.texts.put("d/wg1.conf", alone("d", "10.2.0.1/24", 2));
                        }),
                fault(
                        Fault.ADDRESS,
                        Level.FAIL,
                        "has the address 10.0.0.2, which b.conf has too",
                        files -> files.replace("c.conf", "10.0.0.3/24", "10.0.0.2/24")),
                fault(
                        Fault.ALLOWED_IPS,
                        Level.FAIL,
                        "10.0.0.2/32 is given to b.conf and to c.conf",
                        files ->
                                files.replace("a.conf", "10.0.0.3/32", "10.0.0.3/32, 10.0.0.2/32")),
                fault(
                        Fault.ALLOWED_IPS,
                        Level.FAIL,
                        "packets for 10.0.0.2, the address of b.conf, go to c.conf",
                        files -> {
                            files.replace("a.conf", "10.0.0.2/32", "10.0.0.0/24");
                            files.replace("a.conf", "10.0.0.3/32", "10.0.0.2/31");
                        }),
                fault(
                        Fault.ALLOWED_IPS,
                        Level.FAIL,
                        "the AllowedIPs of b.conf leave out its address 10.0.0.2/32",
                        files -> files.replace("a.conf", "10.0.0.2/32", "10.0.0.22/32")),
                fault(
                        Fault.ALLOWED_IPS,
                        Level.WARN,
                        "leave out its address fd77::2/128",
                        files -> files.replace("b.conf", "10.0.0.2/24", "10.0.0.2/24, fd77::2/64")),
                fault(
                        Fault.ALLOWED_IPS,
                        Level.WARN,
                        "b.conf has no AllowedIPs",
                        files -> files.replace("a.conf", "AllowedIPs = 10.0.0.2/32\n", "")),
                fault(
                        Fault.ALLOWED_IPS,
                        Level.WARN,
                        "the address of this node itself",
                        files ->
                                files.replace("a.conf", "10.0.0.2/32", "10.0.0.2/32, 10.0.0.1/32")),
                fault(
                        Fault.ALLOWED_IPS,
                        Level.WARN,
                        "b.conf sends packets for c.conf here, but no peer has 10.0.0.3/32",
                        files -> {
                            files.section("b.conf", 3, section -> "");
                            files.replace("b.conf", "10.0.0.1/32", "10.0.0.0/24");
                            files.section("c.conf", 2, section -> "");
                            files.section("a.conf", 3, section -> "");
                            files.section("c.conf", 1, section -> "");
                            files.texts.put(
                                    "c.conf",
                                    files.texts.get("c.conf")
                                            + "[Peer]\nPublicKey = "
                                            + publicKey(1).toBase64()
                                            + "\nAllowedIPs = 10.0.0.0/24\n"
                                            + "Endpoint = 203.0.113.1:51820\n");
                        }),
                fault(
                        Fault.TUNNEL_IN_TUNNEL,
                        Level.FAIL,
                        "the endpoint 203.0.113.2:51820 of b.conf is in 203.0.113.0/24",
                        files ->
                                files.replace(
                                        "a.conf", "10.0.0.3/32", "10.0.0.3/32, 203.0.113.0/24")),
                fault(
                        Fault.TUNNEL_IN_TUNNEL,
                        Level.FAIL,
                        "the endpoint 10.0.0.2:51820 of b.conf is in 10.0.0.",
                        files -> files.replace("a.conf", "203.0.113.2", "10.0.0.2")),
                fault(
                        Fault.TUNNEL_IN_TUNNEL,
                        Level.FAIL,
                        "give each other the default route 0.0.0.0/0",
                        files -> {
                            files.replace("a.conf", "10.0.0.2/32", "0.0.0.0/0");
                            files.replace("b.conf", "10.0.0.1/32", "0.0.0.0/0");
                        }),
                fault(
                        Fault.TUNNEL_IN_TUNNEL,
                        Level.WARN,
                        "which goes into d/wg0.conf: a tunnel in a tunnel",
                        files -> {
                            files.texts.put("d/wg0.conf", alone("d", "10.1.0.1/24", 1));
                            files.texts.put(
                                    "d/wg1.conf",
                                    alone("e", "10.2.0.1/24", 2)
                                            .replace("203.0.113.1", "10.1.0.7"));
                        }),
                fault(
                        Fault.RANGE,
                        Level.WARN,
                        "its address 10.0.1.3 is outside of 10.0.0.0/24",
                        files ->
                                Stream.of("a.conf", "b.conf", "c.conf")
                                        .forEach(
                                                name ->
                                                        files.edit(
                                                                name,
                                                                text ->
                                                                        text.replace(
                                                                                "10.0.0.3",
                                                                                "10.0.1.3")))),
                fault(
                        Fault.RANGE,
                        Level.FAIL,
                        "overlaps 10.1.0.0/16 of d/wg0.conf",
                        files -> {
                            files.texts.put("d/wg0.conf", alone("d", "10.1.0.1/16", 1));
                            files.texts.put("d/wg1.conf", alone("e", "10.1.2.1/24", 2));
                        }),
                fault(
                        Fault.PORT,
                        Level.WARN,
                        "is called at port 51820, but its ListenPort is 51821",
                        files -> files.replace("b.conf", "ListenPort = 51820", "ListenPort=51821")),
                fault(
                        Fault.PORT,
                        Level.FAIL,
                        "at port 51829, but its ListenPort is 51820, where others call it",
                        files -> files.replace("a.conf", "203.0.113.2:51820", "203.0.113.2:51829")),
                fault(
                        Fault.PORT,
                        Level.WARN,
                        "has no ListenPort",
                        files -> files.replace("b.conf", "ListenPort = 51820\n", "")),
                fault(
                        Fault.PORT,
                        Level.FAIL,
                        "has the ListenPort 51900 of d/wg0.conf",
                        files -> {
                            files.texts.put("d/wg0.conf", alone("d", "10.1.0.1/24", 0));
                            files.texts.put("d/wg1.conf", alone("e", "10.2.0.1/24", 0));
                        }),
                fault(
                        Fault.ENDPOINT,
                        Level.FAIL,
                        "neither it nor b.conf has an Endpoint for the other",
                        files -> {
                            files.replace("a.conf", "Endpoint = 203.0.113.2:51820\n", "");
                            files.replace("b.conf", "Endpoint = 203.0.113.1:51820\n", "");
                        }),
                fault(
                        Fault.ENDPOINT,
                        Level.WARN,
                        "it sends a.conf no keepalive",
                        files -> {
                            files.replace("a.conf", "Endpoint = 203.0.113.3:51820\n", "");
                            files.replace("b.conf", "Endpoint = 203.0.113.3:51820\n", "");
                            files.section(
                                    "c.conf", 1, s -> s.replace("PersistentKeepalive = 25\n", ""));
                        }),
                fault(
                        Fault.ENDPOINT,
                        Level.WARN,
                        "calls b.conf at 203.0.113.3:51820, which is where c.conf is",
                        files -> files.replace("a.conf", "203.0.113.2:51820", "203.0.113.3:51820")),
                fault(
                        Fault.MTU,
                        Level.WARN,
                        "has MTU = 1380, but most others have no MTU",
                        files ->
                                files.replace(
                                        "b.conf",
                                        "ListenPort = 51820",
                                        "MTU = 1380\nListenPort = 51820")),
                fault(
                        Fault.MTU,
                        Level.WARN,
                        "MTU = 1500 does not fit",
                        files ->
                                Stream.of("a.conf", "b.conf", "c.conf")
                                        .forEach(
                                                name ->
                                                        files.replace(
                                                                name,
                                                                "ListenPort",
                                                                "MTU = 1500\nListenPort"))),
                fault(
                        Fault.MTU,
                        Level.FAIL,
                        "Linux removes IPv6 addresses below 1280",
                        files ->
                                files.texts.put("d.conf", alone("d", "fd77::1/64\nMTU = 1200", 0))),
                fault(
                        Fault.HOOK,
                        Level.WARN,
                        "removes every rule of the firewall",
                        files ->
                                files.replace(
                                        "b.conf",
                                        "ListenPort",
                                        "PostDown = nft flush ruleset\nListenPort")),
                fault(
                        Fault.HOOK,
                        Level.WARN,
                        "switches forwarding off",
                        files ->
                                files.replace(
                                        "b.conf",
                                        "ListenPort",
                                        "PostDown = sysctl -w net.ipv4.ip_forward=0\nListenPort")),
                fault(
                        Fault.FILE,
                        Level.FAIL,
                        "[Interface] Address: expected",
                        files -> files.replace("b.conf", "10.0.0.2/24", "10.0.0.333/24")),
                fault(
                        Fault.FILE,
                        Level.FAIL,
                        "no PrivateKey",
                        files -> files.edit("b.conf", t -> t.replaceFirst("PrivateKey.*", ""))),
                fault(Fault.FILE, Level.WARN, "every user can read it", files -> files.open = true),
                fault(
                        Fault.FIREWALL,
                        Level.FAIL,
                        "drops what comes to its ListenPort 51820",
                        files -> files.texts.put("b.nft", ruleset("udp dport 51821 accept"))));
    }

    private static String alone(String name, String address, int peer) {
        return """
        [Interface]
        PrivateKey = %s
        Address = %s
        ListenPort = %d
        [Peer]
        PublicKey = %s
        AllowedIPs = 10.%d.0.0/16
        Endpoint = 203.0.113.1:51820
        """
                .formatted(
                        key(name).toBase64(),
                        address,
                        51_900 + peer,
                        publicKey(20 + peer).toBase64(),
                        peer == 0 ? 9 : peer);
    }

    /** The guide's ruleset, with another rule for the ports of the planes. */
    private static String ruleset(String ports) {
        return """
        table inet filter {
          chain input {
            type filter hook input priority 0; policy drop;

            # Allow established connections
            ct state established,related accept
            iifname "lo" accept
            %s
            # Allow SSH only from the management tunnel (wg1)
            iifname "wg1" tcp dport 22 accept
            iifname "wg*" icmp type echo-request accept
            log prefix "nft-drop: " drop
          }
          chain forward {
            type filter hook forward priority 0; policy drop;
            iifname "wg0" oifname "wg0" accept
          }
        }
        """
                .formatted(ports);
    }

    private List<Verdict> judge(Draft files) throws IOException {
        for (Map.Entry<String, String> file : files.texts.entrySet()) {
            Path path = folder.resolve(file.getKey());
            Files.createDirectories(path.getParent());
            Files.writeString(path, file.getValue());
            Files.setPosixFilePermissions(
                    path, PosixFilePermissions.fromString(files.open ? "rw-r--r--" : "rw-------"));
        }
        Files.setPosixFilePermissions(
                folder, PosixFilePermissions.fromString(files.open ? "rwxr-xr-x" : "rwx------"));
        List<MeshFile> read = FolderReader.read(folder);
        return FolderDoctor.judge("folder", read);
    }

    private static List<Verdict> bad(List<Verdict> verdicts) {
        return verdicts.stream().filter(verdict -> verdict.level() != Level.PASS).toList();
    }

    @ParameterizedTest
    @MethodSource("faults")
    void isNamed(Injected injected) throws IOException {
        Draft files = new Draft();
        injected.change().accept(files);
        List<Verdict> verdicts = judge(files);
        assertTrue(
                verdicts.stream()
                        .anyMatch(
                                verdict ->
                                        verdict.fault() == injected.fault()
                                                && verdict.level() == injected.level()
                                                && verdict.seen().contains(injected.seen())),
                () -> String.join("\n", verdicts.stream().map(Object::toString).toList()));
        for (Verdict verdict : verdicts) {
            assertFalse(verdict.toString().contains(OTHER_PRESHARED), verdict.toString());
            assertFalse(verdict.toString().contains(key("b").toBase64()), verdict.toString());
            boolean fixed = verdict.level() == Level.WARN || verdict.level() == Level.FAIL;
            assertEquals(fixed, verdict.fixOrNull() != null, verdict.toString());
        }
    }

    @Test
    void theFilesOfTheGuidePass() throws IOException {
        List<Verdict> verdicts = judge(new Draft());
        assertEquals(List.of(), bad(verdicts));
        assertEquals(13, verdicts.size(), "one PASS for each fault of files");
    }

    @Test
    void aPairWithTheSamePresharedKeyPasses() throws IOException {
        Draft files = new Draft();
        UnaryOperator<String> both = s -> s + "PresharedKey = " + PRESHARED + "\n";
        files.section("a.conf", 2, both);
        files.section("b.conf", 1, both);
        assertEquals(List.of(), bad(judge(files)));
    }

    @Test
    void aNodeThatKeepsItsPrivateKeyPasses() throws IOException {
        Draft files = new Draft();
        files.edit(
                "c.conf",
                text ->
                        text.replaceFirst(
                                "PrivateKey = .*", "PostUp = wg set %i private-key /etc/key"));
        assertEquals(List.of(), bad(judge(files)));
    }

    @Test
    void aNodeBehindARouterWithKeepalivesPasses() throws IOException {
        Draft files = new Draft();
        files.replace("a.conf", "Endpoint = 203.0.113.3:51820\n", "");
        files.replace("b.conf", "Endpoint = 203.0.113.3:51820\n", "");
        files.replace("c.conf", "ListenPort = 51820\n", "");
        assertEquals(List.of(), bad(judge(files)));
    }

    @Test
    void aForwardedPortThatAllAgreeOnIsOnlyAWarning() throws IOException {
        Draft files = new Draft();
        files.replace("b.conf", "ListenPort = 51820", "ListenPort = 4000");
        List<Verdict> bad = bad(judge(files));
        assertEquals(1, bad.size(), bad::toString);
        assertTrue(bad.stream().allMatch(verdict -> verdict.level() == Level.WARN));
    }

    @Test
    void aRulesetThatAcceptsThePortPasses() throws IOException {
        for (String rule :
                List.of(
                        "udp dport 51820 accept",
                        "udp dport { 51820, 51821 } accept",
                        "udp dport 51820-51823 accept",
                        "meta l4proto udp accept")) {
            Draft files = new Draft();
            files.texts.put("b.nft", ruleset(rule));
            List<Verdict> bad = bad(judge(files));
            assertTrue(
                    bad.stream().noneMatch(verdict -> verdict.level() == Level.FAIL),
                    () -> rule + bad);
        }
    }

    @Test
    void planesOfOneNodeAreClosedByTheGuidesRuleset() throws IOException {
        Draft files = new Draft();
        files.texts.clear();
        for (int plane = 0; plane < 4; plane++) {
            for (String node : List.of("m", "n")) {
                String other = node.equals("m") ? "n" : "m";
                int number = node.equals("m") ? 1 : 2;
                files.texts.put(
                        "%s/wg%d.conf".formatted(node, plane),
                        """
                        [Interface]
                        PrivateKey = %s
                        Address = 10.%d.0.%d/16
                        ListenPort = %d
                        [Peer]
                        PublicKey = %s
                        AllowedIPs = 10.%d.0.%d/32
                        Endpoint = 203.0.113.%d:%d
                        """
                                .formatted(
                                        key(node + plane).toBase64(),
                                        77 + plane,
                                        number,
                                        51_820 + plane,
                                        key(other + plane).publicKey().toBase64(),
                                        77 + plane,
                                        3 - number,
                                        3 - number,
                                        51_820 + plane));
            }
        }
        assertEquals(List.of(), bad(judge(files)));
        files.texts.put("n.nft", ruleset("udp dport 51820 accept"));
        List<Verdict> bad = bad(judge(files));
        assertEquals(
                List.of("n/wg1.conf", "n/wg2.conf", "n/wg3.conf"),
                bad.stream().map(Verdict::subject).toList(),
                bad::toString);
        assertTrue(bad.stream().allMatch(verdict -> verdict.fault() == Fault.FIREWALL));
    }

    @Test
    void aHubWithClientsThatReachEachOtherOverItPasses() throws IOException {
        Draft files = new Draft();
        files.texts.clear();
        String hub =
                """
                [Interface]
                Address = 10.99.0.1/24
                ListenPort = 51820
                PrivateKey = %s
                """
                        .formatted(key("hub").toBase64());
        for (int client = 10; client < 13; client++) {
            hub +=
                    """
                    [Peer]
                    PublicKey = %s
                    AllowedIPs = 10.99.0.%d/32
                    """
                            .formatted(key("client" + client).publicKey().toBase64(), client);
            files.texts.put(
                    "client-%d.conf".formatted(client),
                    """
                    [Interface]
                    Address = 10.99.0.%d/24
                    PrivateKey = %s
                    DNS = 10.99.0.1
                    [Peer]
                    PublicKey = %s
                    Endpoint = 198.51.100.10:51820
                    AllowedIPs = 10.99.0.0/24
                    PersistentKeepalive = 25
                    """
                            .formatted(
                                    client,
                                    key("client" + client).toBase64(),
                                    key("hub").publicKey().toBase64()));
        }
        files.texts.put("hub.conf", hub);
        assertEquals(List.of(), bad(judge(files)));
    }

    @Test
    void aThousandFaultsMakeAShortReport() throws IOException {
        Draft files = new Draft();
        files.texts.clear();
        StringBuilder hub = new StringBuilder(server("hub", 1));
        for (int i = 0; i < 200; i++) {
            hub.append("[Peer]\nPublicKey = ")
                    .append(key("n" + i).publicKey().toBase64())
                    .append("\nAllowedIPs = 10.0.0.2/32\n");
        }
        files.texts.put("hub.conf", hub.toString());
        List<Verdict> verdicts = judge(files);
        assertTrue(verdicts.size() < 40, () -> "too many: " + verdicts.size());
        assertTrue(
                verdicts.stream().anyMatch(v -> v.seen().contains("more of this kind")),
                verdicts::toString);
    }

    @Test
    void aFolderWithoutFilesIsNamed() throws IOException {
        Files.writeString(folder.resolve("notes.txt"), "nothing");
        IOException e = assertThrows(IOException.class, () -> FolderReader.read(folder));
        assertTrue(e.getMessage().contains("there is no file NAME.conf"), e.getMessage());
    }
}
