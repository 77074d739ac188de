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
import java.util.regex.Matcher;
import java.util.regex.Pattern;

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

    /** The exit code of a JVM that SIGTERM has ended in order. */
    private static final int ENDED = 128 + 15;

    private static final String CRUN = "crun --cgroup-manager=disabled ";

    @RegisterExtension final Lab lab = new Lab();

    private Path archive;
    private Path folder;
    private Host host;

    @BeforeAll
    void unpack() throws IOException {
        archive = BuiltFile.newest("bin/image", "target/wgj-image.tar", BUILD);
        folder = Files.createTempDirectory("wgjt-engine-");
        host = engine("node");
        host.run(
                        BUILD,
                        "mkdir '%1$s/layout' && tar -xf '%2$s' -C '%1$s/layout' && umoci unpack --image '%1$s/layout:wgj:0.1.0' '%1$s/bundle'"
                                .formatted(folder, archive))
                .orFail();
    }

    /** A host on which crun runs containers. */
    private Host engine(String name) {
        Host made = lab.host(name);
        // crun wants the second version of control groups, and nothing of the machine's.
        made.sh("mount -t cgroup2 none /sys/fs/cgroup");
        return made;
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

    /**
     * Makes a container without rights of the image that runs these words.
     *
     * @param name that of its folder, beside that of umoci
     * @param mounts besides a writable /run
     * @return what crun must be told to run it
     */
    private String restricted(String name, List<String> words, JsonObject... mounts)
            throws IOException {
        JsonObject config =
                JsonParser.parseString(Files.readString(folder.resolve("bundle/config.json")))
                        .getAsJsonObject();
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
        JsonObject root = config.getAsJsonObject("root");
        root.addProperty("path", folder.resolve("bundle/rootfs").toString());
        root.addProperty("readonly", true);
        JsonArray all = config.getAsJsonArray("mounts");
        List.of(mounts).forEach(all::add);
        all.add(mount("/run", "tmpfs", "tmpfs", "nosuid", "nodev", "mode=1777", "size=1m"));
        JsonArray kept = new JsonArray();
        for (JsonElement each : config.getAsJsonObject("linux").getAsJsonArray("namespaces")) {
            if (!each.getAsJsonObject().get("type").getAsString().equals("network")) {
                kept.add(each); // the network stays the host's
            }
        }
        config.getAsJsonObject("linux").add("namespaces", kept);
        Path bundle = Files.createDirectory(folder.resolve(name));
        Files.writeString(bundle.resolve("config.json"), config.toString());
        return CRUN + "run --bundle '" + bundle + "' " + name;
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

    /**
     * Two tunnels of one process, and a proxy's: each reaches a page of the host through the first.
     */
    private Path configuration() throws IOException {
        KeyPair near = KeyPair.generate();
        KeyPair far = KeyPair.generate();
        KeyPair proxy = KeyPair.generate();
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
                [Peer]
                PublicKey = %s
                AllowedIPs = 10.0.0.3/32
                [TCPServerTunnel]
                ListenPort = 80
                Target = 127.0.0.1:8000
                """
                        .formatted(far.privateKey(), near.publicKey(), proxy.publicKey()));
        Files.writeString(files.resolve("near.conf"), reachesFar(near, far, 2));
        Path other = Files.createDirectory(files.resolve("proxy"));
        Files.writeString(other.resolve("proxy.conf"), reachesFar(proxy, far, 3));
        Command.run(Command.DEADLINE, "", List.of("chmod", "-R", "a+rX", folder.toString()))
                .orFail();
        return files;
    }

    private static String reachesFar(KeyPair own, KeyPair far, int number) {
        return """
        [Interface]
        Address = 10.0.0.%d/24
        PrivateKey = %s
        [Peer]
        PublicKey = %s
        Endpoint = 127.0.0.1:51820
        AllowedIPs = 10.0.0.0/24
        PersistentKeepalive = 25
        [Socks5]
        BindAddress = 127.0.0.1:108%d
        """
                .formatted(number, own.privateKey(), far.publicKey(), number);
    }

    private static Process start(Host machine, String command, Path log) throws IOException {
        return machine.start(List.of("bash", "-c", command), log);
    }

    private static void end(Process... containers) {
        for (Process container : containers) {
            container.descendants().forEach(ProcessHandle::destroyForcibly);
            container.destroyForcibly();
        }
    }

    /** Runs wgj in a container as its user, as engines run a health check. */
    private static Command.Result exec(Host machine, String container, String words) {
        return machine.run(
                CRUN
                        + "exec --user %d:0 --cwd /usr/lib/wgj %s java @wgj %s"
                                .formatted(ANY_USER, container, words));
    }

    @Test
    void crunRunsItForAnyUserWithoutCapabilityDeviceOrWritableRoot() throws Exception {
        JsonObject files =
                mount(
                        "/etc/wireguard",
                        "bind",
                        configuration().toString(),
                        "rbind",
                        "ro",
                        "nosuid");
        String run = restricted("rootless", List.of("run", "--userspace", "/etc/wireguard"), files);
        String runProxy =
                restricted(
                        "proxy", List.of("proxy", "-c", "/etc/wireguard/proxy/proxy.conf"), files);
        host.sh("mkdir /run/web && echo hello >/run/web/page");
        Path log = folder.resolve("log");
        Path logOfProxy = folder.resolve("proxy.log");
        Process web =
                start(
                        host,
                        "cd /run/web && exec python3 -m http.server 8000",
                        folder.resolve("web"));
        Process container = start(host, run, log);
        Process proxy = null;
        try {
            proxy = start(host, runProxy, logOfProxy);
            Await.until(
                    "a healthy container",
                    Await.BOUND.multipliedBy(3),
                    () -> container.isAlive() && exec(host, "rootless", "health").exit() == 0);
            assertFetchesThePage(1082, log);
            assertFetchesThePage(1083, logOfProxy);
            assertHasNoRight("run --userspace");
            assertHasNoRight("proxy -c");
            assertTrue(exec(host, "rootless", "show interfaces").out().contains("near"));
            host.sh(CRUN + "kill rootless TERM");
            assertEquals(0, container.waitFor(), () -> read(log));
            host.sh(CRUN + "kill proxy TERM");
            assertEquals(0, proxy.waitFor(), () -> read(logOfProxy));
        } finally {
            end(web, container);
            if (proxy != null) {
                end(proxy);
            }
        }
    }

    /** From a web server behind the tunnel, through SOCKS5. */
    private void assertFetchesThePage(int port, Path log) {
        String curl =
                "curl -sS --max-time 5 --noproxy '' --proxy socks5h://127.0.0.1:%d http://10.0.0.1/page"
                        .formatted(port);
        try {
            Await.until(
                    curl,
                    Await.BOUND.multipliedBy(2),
                    () -> host.run(curl).out().equals("hello\n"));
        } catch (AssertionError e) {
            throw new AssertionError(read(log), e);
        }
    }

    private void assertHasNoRight(String words) {
        String pid = host.sh("pgrep -f '^/usr/lib/jre/bin/java @/usr/lib/wgj/run %s'", words);
        String status = host.sh("cat /proc/%s/status", pid);
        assertTrue(status.contains("Uid:\t%1$d\t%1$d\t".formatted(ANY_USER)), status);
        for (String set : List.of("CapInh", "CapBnd", "CapPrm", "CapEff", "CapAmb")) {
            assertTrue(status.contains(set + ":\t0000000000000000\n"), status);
        }
        assertTrue(status.contains("NoNewPrivs:\t1\n"), status);
        assertNotEquals(0, host.run("ls /proc/%s/root/dev/net/tun".formatted(pid)).exit());
        String mounts = host.sh("cat /proc/%s/mounts", pid);
        assertTrue(mounts.lines().anyMatch(line -> line.matches("\\S+ / \\S+ ro[, ].*")), mounts);
    }

    /** A folder that the containers' user may write, where the image keeps a mesh's state. */
    private JsonObject volume(String name) {
        Path state = folder.resolve(name);
        host.sh("chmod a+x '%s' && install -d -o %d -m 700 '%s'", folder, ANY_USER, state);
        return mount("/var/lib/wgj", "bind", state.toString(), "rbind", "nosuid");
    }

    @Test
    void aCoordinatorAndANodeRunForAnyUserToo() throws Exception {
        Host other = engine("other");
        Host.connect(host, "eth0", other, "eth0");
        host.address("eth0", "192.0.2.1/24");
        other.address("eth0", "192.0.2.2/24");
        JsonObject store = volume("store");
        host.run(
                        restricted(
                                "init",
                                List.of(
                                        "mesh",
                                        "init",
                                        "--name",
                                        "prod",
                                        "--endpoint",
                                        "192.0.2.1"),
                                store))
                .orFail();
        Path log = folder.resolve("serve.log");
        Process mesh =
                start(
                        host,
                        restricted("mesh", List.of("mesh", "serve", "--page", "off"), store),
                        log);
        Path logOfNode = folder.resolve("node.log");
        Process node = null;
        try {
            Await.until(
                    "the coordinator is ready",
                    () -> mesh.isAlive() && read(log).contains("ready on UDP port"));
            String token = exec(host, "mesh", "mesh token").orFail().out().strip();
            String join =
                    restricted(
                            "node",
                            List.of("join", "--userspace", "--foreground", "--name", "web", token),
                            volume("identity"));
            node = start(other, join, logOfNode);
            assertReachesThePage(other, logOfNode);
            assertTrue(exec(host, "mesh", "mesh status").out().contains("web"));
            assertEquals(0, exec(other, "node", "mesh status").exit());
            other.sh(CRUN + "kill node TERM");
            assertEquals(ENDED, node.waitFor(), () -> read(logOfNode));

            // It is started again, with the words of before.
            node = start(other, join, logOfNode);
            assertReachesThePage(other, logOfNode);
            assertTrue(read(logOfNode).contains("node web of mesh prod already"));
            host.sh(CRUN + "kill mesh TERM");
            assertEquals(ENDED, mesh.waitFor(), () -> read(log));
        } finally {
            end(mesh);
            if (node != null) {
                end(node);
            }
        }
    }

    /** By the proxy that the node prints. */
    private static void assertReachesThePage(Host machine, Path log) {
        Pattern proxies = Pattern.compile("http://\\S+");
        Await.until("the node names its proxies", () -> proxies.matcher(read(log)).find());
        Matcher proxy = proxies.matcher(read(log));
        assertTrue(proxy.find());
        String page =
                machine.sh(
                        "curl -sS --max-time 20 --noproxy '' --proxy %s http://10.77.0.1:7707/",
                        proxy.group());
        assertTrue(page.contains("Mesh prod"), page);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }
}
