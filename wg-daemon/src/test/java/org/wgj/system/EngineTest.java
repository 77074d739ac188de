// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
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

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * The image in the hands of the tools of container engines: skopeo reads it, umoci unpacks it and
 * crun runs it, as a user of whom the image knows nothing, without any capability or device and
 * with a read-only root, as OpenShift does.
 */
@Tag("root")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EngineTest {
    private static final Duration BUILD = Duration.ofMinutes(10);
    private static final int ANY_USER = 1_000_660_000;
    private static final String CRUN = "crun --cgroup-manager=disabled ";

    @RegisterExtension final Lab lab = new Lab();

    private Path archive;
    private Path folder;
    private Host host;

    @BeforeAll
    void unpack() throws IOException {
        archive = BuiltFile.newest("bin/image", "target/wgj-image.tar", BUILD);
        folder = Files.createTempDirectory("wgjt-engine-");
        host = lab.host("node");
        // crun wants the second version of control groups, and nothing of the machine's.
        host.sh("mount -t cgroup2 none /sys/fs/cgroup");
        host.run(
                        BUILD,
                        "mkdir '%1$s/layout' && tar -xf '%2$s' -C '%1$s/layout' && umoci unpack --image '%1$s/layout:wgj:0.1.0' '%1$s/bundle'"
                                .formatted(folder, archive))
                .orFail();
    }

    @AfterAll
    void delete() {
        Command.run(Command.DEADLINE, "", List.of("rm", "-rf", folder.toString())).orFail();
    }

    @Test
    void skopeoReadsIt() {
        JsonObject seen =
                JsonParser.parseString(
                                host.run(BUILD, "skopeo inspect oci-archive:" + archive)
                                        .orFail()
                                        .out())
                        .getAsJsonObject();
        assertEquals("linux", seen.get("Os").getAsString());
        String machine = host.sh("uname -m");
        assertEquals(
                machine.equals("aarch64") ? "arm64" : "amd64",
                seen.get("Architecture").getAsString());
        assertEquals(2, seen.getAsJsonArray("Layers").size());
        assertEquals(
                "wgj",
                seen.getAsJsonObject("Labels").get("org.opencontainers.image.title").getAsString());
    }

    /** Makes what the image asks for a container without rights that runs these words. */
    private void restrict(Path configuration, List<String> words) throws IOException {
        Path file = folder.resolve("bundle/config.json");
        JsonObject config = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
        JsonObject process = config.getAsJsonObject("process");
        process.addProperty("terminal", false);
        process.addProperty("noNewPrivileges", true);
        JsonObject user = new JsonObject();
        user.addProperty("uid", ANY_USER);
        user.addProperty("gid", 0);
        process.add("user", user);
        JsonObject none = new JsonObject();
        for (String set : List.of("bounding", "effective", "permitted", "inheritable", "ambient")) {
            none.add(set, new JsonArray());
        }
        process.add("capabilities", none);
        JsonArray arguments = new JsonArray();
        JsonArray entry = process.getAsJsonArray("args");
        arguments.add(entry.get(0)); // the entry point's two words
        arguments.add(entry.get(1));
        words.forEach(arguments::add);
        process.add("args", arguments);
        config.getAsJsonObject("root").addProperty("readonly", true);
        JsonArray mounts = config.getAsJsonArray("mounts");
        mounts.add(
                mount("/etc/wireguard", "bind", configuration.toString(), "rbind", "ro", "nosuid"));
        mounts.add(mount("/run", "tmpfs", "tmpfs", "nosuid", "nodev", "mode=1777", "size=1m"));
        JsonArray kept = new JsonArray();
        for (JsonElement each : config.getAsJsonObject("linux").getAsJsonArray("namespaces")) {
            if (!each.getAsJsonObject().get("type").getAsString().equals("network")) {
                kept.add(each); // the network stays the host's
            }
        }
        config.getAsJsonObject("linux").add("namespaces", kept);
        Files.writeString(file, config.toString());
    }

    private static JsonObject mount(
            String destination, String type, String source, String... options) {
        JsonObject mount = new JsonObject();
        mount.addProperty("destination", destination);
        mount.addProperty("type", type);
        mount.addProperty("source", source);
        JsonArray all = new JsonArray();
        List.of(options).forEach(all::add);
        mount.add("options", all);
        return mount;
    }

    private Path configuration() throws IOException {
        KeyPair near = KeyPair.generate();
        KeyPair far = KeyPair.generate();
        Path files = Files.createDirectory(folder.resolve("configuration"));
        Files.writeString(
                files.resolve("far.conf"),
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
                files.resolve("near.conf"),
                """
                [Interface]
                Address = 10.0.0.2/24
                PrivateKey = %s
                [Peer]
                PublicKey = %s
                Endpoint = 127.0.0.1:51820
                AllowedIPs = 10.0.0.0/24
                PersistentKeepalive = 25
                [Socks5]
                BindAddress = 127.0.0.1:1080
                """
                        .formatted(near.privateKey(), far.publicKey()));
        Command.run(Command.DEADLINE, "", List.of("chmod", "-R", "a+rX", folder.toString()))
                .orFail();
        return files;
    }

    /** Runs wgj in the container as its user, as engines run a health check. */
    private Command.Result exec(String words) {
        return host.run(
                CRUN
                        + "exec --user "
                        + ANY_USER
                        + ":0 --cwd /usr/lib/wgj rootless java @wgj "
                        + words);
    }

    @Test
    void crunRunsItForAnyUserWithoutCapabilityDeviceOrWritableRoot() throws Exception {
        restrict(configuration(), List.of("run", "--userspace", "/etc/wireguard"));
        Path log = folder.resolve("log");
        Process container =
                host.start(
                        List.of(
                                "bash",
                                "-c",
                                CRUN + "run --bundle '" + folder + "/bundle' rootless"),
                        log);
        try {
            Await.until(
                    "a healthy container",
                    Await.BOUND.multipliedBy(3),
                    () -> container.isAlive() && exec("health").exit() == 0);
            // The far end refuses the port (5), so the answer came through the tunnel.
            assertEquals(
                    " 05 00\n 05 05\n",
                    host.run(
                                    "exec 3<>/dev/tcp/127.0.0.1/1080 && printf '\\5\\1\\0' >&3 &&"
                                        + " head -c 2 <&3 | od -An -tx1 && printf"
                                        + " '\\5\\1\\0\\1\\12\\0\\0\\1\\0\\121' >&3 && head -c 2"
                                        + " <&3 | od -An -tx1")
                            .text());
            String pid = host.sh("pgrep -f '^/usr/lib/jre/bin/java @/usr/lib/wgj/run run'");
            String status = host.sh("cat /proc/%s/status", pid);
            assertTrue(status.contains("Uid:\t%1$d\t%1$d\t".formatted(ANY_USER)), status);
            for (String set : List.of("CapBnd", "CapPrm", "CapEff")) {
                assertTrue(status.contains(set + ":\t0000000000000000"), status);
            }
            assertTrue(exec("show interfaces").out().contains("near"));
            assertNotEquals(0, host.run("ls /proc/%s/root/dev/net/tun".formatted(pid)).exit());
            host.sh(CRUN + "kill rootless TERM");
            assertEquals(0, container.waitFor(), () -> read(log));
        } finally {
            container.descendants().forEach(ProcessHandle::destroyForcibly);
            container.destroyForcibly();
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }
}
