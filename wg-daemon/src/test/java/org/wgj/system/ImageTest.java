// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.wgj.lab.Await;
import org.wgj.lab.Host;
import org.wgj.lab.KeyPair;
import org.wgj.system.Container.Allowed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** The image runs with only a TUN and one capability. */
@Tag("root")
class ImageTest {
    private static final long MOST_MEGABYTES = 72;

    /** The calls that only an intruder would make. */
    private static final Set<String> TOOLS =
            Set.of(
                    "sh",
                    "bash",
                    "dash",
                    "busybox",
                    "ip",
                    "wg",
                    "wg-quick",
                    "nft",
                    "apt",
                    "keytool");

    @RegisterExtension static final Lab lab = new Lab();

    private static ImageFiles image;

    @TempDir Path folder;

    @BeforeAll
    static void unpack() throws IOException {
        image = ImageFiles.unpack();
    }

    @AfterAll
    static void delete() {
        image.close();
    }

    @Test
    void itIsSmallAndContainsNoTools() throws IOException {
        assertTrue(Files.size(image.archive()) < MOST_MEGABYTES * 1_000_000, "size");
        List<String> programs =
                image.paths().stream()
                        .filter(path -> TOOLS.contains(path.substring(path.lastIndexOf('/') + 1)))
                        .toList();
        assertEquals(List.of(), programs);
        List<String> libraries =
                image.paths().stream()
                        .filter(path -> path.startsWith("/usr/lib/wgj/native/"))
                        .toList();
        assertEquals(3, libraries.size(), "JNA's, Netty's and SQLite's: " + libraries);
        assertEquals(List.of("run", "/etc/wireguard"), image.words("Cmd"));
    }

    @Test
    void aCommandRunsInItFromItsCache() throws IOException {
        Host host = lab.host("keys");
        try (Container container =
                Container.start(host, image, folder, Set.of(), List.of("java", "@wgj", "genkey"))) {
            assertEquals(0, container.awaitExit(), container.log());
            String key = container.log().lines().toList().getLast();
            assertEquals(44, key.length(), "a key in base64");
            assertEquals(44, host.sh("echo %s | wg pubkey", key).length());
        }
    }

    @Test
    void twoContainersHaveATunnelThatTheirHostsCanUse() throws IOException {
        Host left = lab.host("left");
        Host right = lab.host("right");
        Host.connect(left, "eth0", right, "eth0");
        left.address("eth0", "192.0.2.1/24");
        right.address("eth0", "192.0.2.2/24");
        KeyPair leftKeys = KeyPair.generate();
        KeyPair rightKeys = KeyPair.generate();
        String before = left.sh(Leftovers.SCRIPT);
        Path leftFolder =
                configuration(
                        "left",
                        """
                        [Interface]
                        PrivateKey = %s
                        Address = 10.9.0.1/24, fd09::1/64
                        [Peer]
                        PublicKey = %s
                        Endpoint = 192.0.2.2:51820
                        AllowedIPs = 10.9.0.2/32, fd09::2/128
                        """
                                .formatted(leftKeys.privateKey(), rightKeys.publicKey()));
        Path rightFolder =
                configuration(
                        "right",
                        """
                        [Interface]
                        PrivateKey = %s
                        ListenPort = 51820
                        Address = 10.9.0.2/24, fd09::2/64
                        [Peer]
                        PublicKey = %s
                        AllowedIPs = 10.9.0.1/32, fd09::1/128
                        """
                                .formatted(rightKeys.privateKey(), leftKeys.publicKey()));
        Files.createDirectory(rightFolder.resolve("later"));
        Files.writeString(
                rightFolder.resolve("later/wg1.conf"),
                "[Interface]\nPrivateKey = %s\nAddress = 10.9.5.1/24\n"
                        .formatted(KeyPair.generate().privateKey()));
        try (Container a = run(left, leftFolder, Container.ALL);
                Container b = run(right, rightFolder, Container.ALL)) {
            Await.until(
                    "a ping through the tunnel\n" + a.log() + b.log(),
                    Await.BOUND.multipliedBy(2),
                    () -> Traffic.reaches(left, "10.9.0.2"));
            Traffic.ping(right, "fd09::1");
            assertEquals(
                    leftKeys.publicKey() + "\t10.9.0.1/32 fd09::1/128",
                    b.exec("java", "@wgj", "show", "wg0", "allowed-ips").orFail().out().strip());

            // Without a shell and setsid an interface comes up in a process of its own too.
            b.exec("java", "@wgj", "up", "/etc/wireguard/later/wg1.conf").orFail();
            assertTrue(right.sh("ip -4 address show dev wg1").contains("10.9.5.1/24"));
            b.exec("java", "@wgj", "down", "/etc/wireguard/later/wg1.conf").orFail();
            assertNotEquals(0, right.run("ip link show wg1").exit());

            a.signal("TERM");
            assertEquals(0, a.awaitExit(), a.log());
            assertTrue(a.log().contains("…"), "without a locale its log is UTF-8: " + a.log());
            Leftovers.awaitNone(left, before);
        }
    }

    @Test
    void aMissingPermissionIsNamed() throws IOException {
        Host host = lab.host("strict");
        String file = "[Interface]\nPrivateKey = %s\n".formatted(KeyPair.generate().privateKey());
        Path configuration = configuration("strict", file);
        assertRefused(host, configuration, EnumSet.of(Allowed.NET_ADMIN), "--device /dev/net/tun");
        assertRefused(host, configuration, EnumSet.of(Allowed.TUN), "--cap-add NET_ADMIN");
    }

    private static void assertRefused(
            Host host, Path configuration, Set<Allowed> allowed, String option) throws IOException {
        try (Container container = run(host, configuration, allowed)) {
            assertNotEquals(0, container.awaitExit());
            assertTrue(container.log().contains(option), container.log());
        }
    }

    private static Container run(Host host, Path configuration, Set<Allowed> allowed) {
        List<String> words =
                Stream.concat(image.words("Entrypoint").stream(), image.words("Cmd").stream())
                        .toList();
        return Container.start(host, image, configuration, allowed, words);
    }

    private Path configuration(String name, String text) throws IOException {
        Path directory = Files.createDirectory(folder.resolve(name));
        Files.writeString(directory.resolve("wg0.conf"), text);
        return directory;
    }
}
