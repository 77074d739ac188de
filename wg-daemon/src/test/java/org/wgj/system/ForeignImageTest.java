// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonParser;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.wgj.lab.Await;
import org.wgj.lab.Command;
import org.wgj.lab.Host;
import org.wgj.lab.KeyPair;
import org.wgj.lab.Repository;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The index of {@code bin/image --arch all}. The image for 64-bit ARM runs under qemu's emulation
 * of its processor, a hundred times slower: a command, the database of a coordinator, and two
 * tunnels that are each other's peers. Needs Debian's packages, and some minutes.
 */
@Tag("root")
@Tag("slow")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ForeignImageTest {
    private static final Duration BUILD = Duration.ofMinutes(20);
    private static final Duration EMULATED = Duration.ofMinutes(10);

    @RegisterExtension final Lab lab = new Lab();

    private Path archive;
    private Path folder;
    private Host host;

    @BeforeAll
    void unpack() throws IOException {
        host = lab.host("node");
        assumeTrue(host.sh("uname -m").equals("x86_64"), "64-bit ARM is foreign on x86-64 only");
        archive = BuiltFile.newest("bin/image --arch all", "target/wgj-image-all.tar", BUILD);
        folder = Files.createTempDirectory("wgjt-foreign-");
        Path repository = Repository.folder();
        String prepare =
                """
                set -e
                WGJ_HOME='%1$s'
                . "$WGJ_HOME/bin/lib/java.sh"
                . "$WGJ_HOME/bin/lib/packages.sh"
                fetch_emulator "$WGJ_HOME/target/peers" aarch64
                mkdir '%2$s/layout' '%2$s/etc'
                tar -xf '%3$s' -C '%2$s/layout'
                umoci unpack --image '%2$s/layout:wgj:0.1.0-arm64' '%2$s/arm64'
                umoci unpack --image '%2$s/layout:wgj:0.1.0-amd64' '%2$s/amd64'
                """
                        .formatted(repository, folder, archive);
        // On this machine: the host has no way to a mirror.
        Command.run(BUILD, "", List.of("bash", "-c", prepare)).orFail();
    }

    @AfterAll
    void delete() {
        if (folder != null) {
            Command.run(Command.DEADLINE, "", List.of("rm", "-rf", folder.toString())).orFail();
        }
    }

    @Test
    void anEngineFindsItsArchitectureUnderOneName() {
        for (String architecture : List.of("amd64", "arm64")) {
            for (String name :
                    List.of(
                            "--override-arch %s inspect oci-archive:%s:wgj:0.1.0",
                            "inspect oci-archive:%2$s:wgj:0.1.0-%1$s")) {
                String seen =
                        host.run(BUILD, "skopeo " + name.formatted(architecture, archive))
                                .orFail()
                                .out();
                assertEquals(
                        architecture,
                        JsonParser.parseString(seen)
                                .getAsJsonObject()
                                .get("Architecture")
                                .getAsString());
            }
        }
        String plain = "bwrap --ro-bind '%s/amd64/rootfs' / --proc /proc --dev /dev --tmpfs /tmp";
        assertEquals(
                "wgj 0.1.0",
                host.run(
                                EMULATED,
                                plain.formatted(folder)
                                        + " --chdir /usr/lib/wgj java @wgj --version")
                        .orFail()
                        .out()
                        .strip());
    }

    /** The words that run java in the image for ARM, without any right, with these arguments. */
    private List<String> emulated(String... arguments) {
        List<String> words = new ArrayList<>(List.of("bwrap", "--die-with-parent"));
        words.addAll(List.of("--ro-bind", folder + "/arm64/rootfs", "/", "--tmpfs", "/run"));
        Path emulator = Repository.peers().resolve("qemu-aarch64");
        words.addAll(List.of("--ro-bind", emulator.toString(), "/run/qemu"));
        words.addAll(List.of("--ro-bind", folder + "/etc", "/etc/wireguard"));
        words.addAll(List.of("--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"));
        words.addAll(List.of("--chdir", "/usr/lib/wgj", "--cap-drop", "ALL"));
        words.addAll(List.of("/run/qemu", "/usr/bin/java"));
        words.addAll(List.of(arguments));
        return words;
    }

    @Test
    void commandsRunOnArm() {
        String key = Command.run(EMULATED, "", emulated("@wgj", "genkey")).orFail().out().strip();
        assertEquals(
                host.sh("echo %s | wg pubkey", key),
                Command.run(EMULATED, key + "\n", emulated("@wgj", "pubkey"))
                        .orFail()
                        .out()
                        .strip());
        Command.Result made =
                Command.run(
                                EMULATED,
                                "",
                                emulated(
                                        "@wgj",
                                        "mesh",
                                        "init",
                                        "--state",
                                        "/tmp/mesh",
                                        "--name",
                                        "prod",
                                        "--cidr",
                                        "10.77.0.0/16",
                                        "--endpoint",
                                        "198.51.100.1:51820"))
                        .orFail();
        assertTrue(made.text().contains("mesh prod"), made::toString);
    }

    @Test
    void twoTunnelsOnArmCarryAConnection() throws Exception {
        KeyPair near = KeyPair.generate();
        KeyPair far = KeyPair.generate();
        Files.writeString(
                folder.resolve("etc/far.conf"),
                """
                [Interface]
                Address = 10.0.0.1/24
                PrivateKey = %s
                ListenPort = 51820
                [Peer]
                PublicKey = %s
                AllowedIPs = 10.0.0.2/32
                """
                        .formatted(far.privateKey(), near.publicKey()));
        Files.writeString(
                folder.resolve("etc/near.conf"),
                """
                [Interface]
                Address = 10.0.0.2/24
                PrivateKey = %s
                [Peer]
                PublicKey = %s
                Endpoint = 127.0.0.1:51820
                AllowedIPs = 10.0.0.0/24
                [Socks5]
                BindAddress = 127.0.0.1:1080
                """
                        .formatted(near.privateKey(), far.publicKey()));
        Path log = folder.resolve("log");
        Process running = host.start(emulated("@run", "run", "--userspace", "/etc/wireguard"), log);
        try {
            Await.until(
                    "the proxy listens",
                    EMULATED,
                    () -> read(log).contains("near: Socks5 on 127.0.0.1:1080"));
            // The far end refuses the port (5), so the answer came through the tunnel.
            Await.until(
                    "an answer through the tunnel",
                    EMULATED,
                    () ->
                            host.run(
                                            EMULATED,
                                            "exec 3<>/dev/tcp/127.0.0.1/1080 && printf '\\5\\1\\0'"
                                                + " >&3 && head -c 2 <&3 | od -An -tx1 && printf"
                                                + " '\\5\\1\\0\\1\\12\\0\\0\\1\\0\\121' >&3 && head"
                                                + " -c 2 <&3 | od -An -tx1")
                                    .text()
                                    .equals(" 05 00\n 05 05\n"));
        } finally {
            running.descendants().forEach(ProcessHandle::destroyForcibly);
            running.destroyForcibly();
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
