// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.wgj.lab.Command;
import org.wgj.lab.KeyPair;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * The package of {@code bin/deb}: installed by dpkg, used and purged on a system that runs systemd
 * over a layer of its own and has no other Java. The tests use what the ones before them left.
 */
@Tag("root")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DebTest {
    private static final Duration BUILD = Duration.ofMinutes(10);
    private static final long MOST_MEGABYTES = 65; // though packed fast

    @RegisterExtension final Lab lab = new Lab();

    private Path archive;
    private Systemd systemd;

    @BeforeAll
    void install() throws IOException {
        archive = BuiltFile.newest("bin/deb --fast", "target/wgj_0.1.0_*.deb", BUILD);
        systemd = lab.systemd(lab.host("host"));
        systemd.sh("mount -t tmpfs none /usr/lib/jvm"); // the package has its own
        systemd.sh("mkdir -p -m 700 /etc/wireguard");
        configure("wg0", "10.77.0.1/24");
    }

    private void configure(String name, String address) {
        String text =
                "[Interface]\nPrivateKey = %s\nAddress = %s\n"
                        .formatted(KeyPair.generate().privateKey(), address);
        systemd.sh("cp -p %s /etc/wireguard/%s.conf", systemd.file(name, text), name);
    }

    private String property(String unit, String name) {
        return systemd.sh("systemctl show --property %s --value %s", name, unit);
    }

    private void start(String unit) {
        Command.Result started = systemd.run("systemctl start " + unit);
        if (started.exit() != 0) {
            throw new AssertionError(
                    started
                            + systemd.sh(
                                    "journalctl --sync; journalctl --no-pager --unit %s", unit));
        }
    }

    @Test
    @Order(1)
    void itIsSmallAndHasNothingInEtc() throws IOException {
        assertTrue(Files.size(archive) < MOST_MEGABYTES * 1_000_000, "size of " + archive);
        List<String> files =
                systemd.sh("dpkg-deb --fsys-tarfile %s | tar -t", packaged()).lines().toList();
        assertTrue(files.contains("./usr/bin/wgj"), files::toString);
        assertEquals(
                List.of(),
                files.stream()
                        .filter(file -> file.startsWith("./etc") || file.startsWith("./var"))
                        .toList());
        String control = systemd.sh("dpkg-deb --ctrl-tarfile %s | tar -t", packaged());
        assertTrue(control.contains("./control"), control);
        assertTrue(!control.contains("conffiles"), control);
    }

    private String packaged() {
        return "/opt/wgj/target/" + archive.getFileName();
    }

    @Test
    @Order(2)
    void dpkgInstallsIt() {
        String before = systemd.sh("ls -lA --full-time /etc/wireguard");
        systemd.run(BUILD, "dpkg --install " + packaged()).orFail();
        assertEquals(before, systemd.sh("ls -lA --full-time /etc/wireguard"));
        assertEquals(
                "install ok installed",
                systemd.sh("dpkg-query --show --showformat '${Status}' wgj"));
        assertTrue(systemd.sh("cd / && wgj --version").matches("wgj \\d.*"));
        String shell =
                "env -i bash -c 'source /usr/share/bash-completion/completions/wgj; complete -p"
                        + " wgj'";
        assertTrue(systemd.sh(shell).contains("wgj"));
        systemd.sh("test -f /usr/share/man/man1/wgj-run.1.gz -a -f /usr/share/man/man1/wgj.1.gz");
        String verified =
                systemd.run("systemd-analyze verify --man=no wgj@wg0.service").orFail().text();
        assertTrue(!verified.contains("wgj"), verified);
    }

    @Test
    @Order(3)
    void itsUnitRunsAnInterfaceWithItsOwnRuntime() {
        start("wgj@wg0");
        String pid = property("wgj@wg0", "MainPID");
        assertEquals("/usr/lib/wgj/jre/bin/java", systemd.sh("readlink /proc/%s/exe", pid));
        assertTrue(
                systemd.sh("grep -c aot /proc/%s/maps", pid).matches("[1-9]\\d*"),
                "it starts from its cache");
        assertTrue(systemd.sh("wg show wg0").contains("public key"));
        systemd.sh("systemctl reload wgj@wg0");
    }

    @Test
    @Order(4)
    void aDropInOfTwoLinesSwitchesUsersOfWgQuick() {
        configure("wg1", "10.78.0.1/24");
        systemd.sh(
                """
                install -D -m 644 /usr/share/doc/wgj/examples/wg-quick.conf \
                    /etc/systemd/system/wg-quick@.service.d/wgj.conf
                systemctl daemon-reload
                systemctl start wg-quick@wg1
                """);
        String group = property("wg-quick@wg1", "ControlGroup");
        assertEquals(
                "/usr/lib/wgj/jre/bin/java",
                systemd.sh("readlink /proc/$(head -1 '/sys/fs/cgroup%s/cgroup.procs')/exe", group));
        String peer = KeyPair.generate().publicKey();
        systemd.sh(
                "printf '[Peer]\\n"
                        + "PublicKey = %s\\n"
                        + "AllowedIPs = 10.78.0.2/32\\n"
                        + "' >>/etc/wireguard/wg1.conf",
                peer);
        systemd.sh("systemctl reload wg-quick@wg1");
        assertEquals(peer, systemd.sh("wg show wg1 peers"));
        systemd.sh("systemctl stop wg-quick@wg1");
        assertNotEquals(0, systemd.run("ip link show wg1").exit(), "its interface is gone");
        assertNotEquals(0, systemd.run("pgrep -f org.wgj.cli.WireguardJava").exit());
    }

    @Test
    @Order(5)
    void aMeshRunsFromIt() {
        systemd.sh("systemctl stop wgj@wg0"); // which the node's interface is called, too
        start("wgj@wg1");
        systemd.sh(
                """
                wgj mesh init --name prod --cidr 10.99.0.0/16 --endpoint 127.0.0.1:7000
                printf '[Service]\nType=notify\nExecStart=/usr/bin/wgj mesh serve\n' \
                    >/etc/systemd/system/wgj-mesh.service
                systemctl daemon-reload
                """);
        start("wgj-mesh");
        systemd.run(BUILD, "wgj join --name self --port 7001 --wait 60 $(wgj mesh token)").orFail();
        assertEquals("active", property("wgj-node", "ActiveState"));
    }

    @Test
    @Order(6)
    void purgeStopsItsUnitsAndLeavesOnlyTheConfiguration() {
        String files = systemd.sh("find /etc/wireguard -type f | sort | xargs sha256sum");
        String listed = systemd.sh("dpkg --listfiles wgj | grep wgj");
        systemd.run(BUILD, "dpkg --purge wgj").orFail();
        for (String name : List.of("wg0", "wg1")) {
            assertNotEquals(0, systemd.run("ip link show " + name).exit(), name + " is gone");
        }
        for (String unit : List.of("wgj@wg1", "wgj-mesh", "wgj-node")) {
            assertNotEquals("active", property(unit, "ActiveState"), unit);
        }
        assertNotEquals(0, systemd.run("ls /etc/systemd/system/wgj-node.service").exit());
        systemd.sh("test -e /var/lib/wgj/node/identity.json");
        for (String path : listed.lines().toList()) {
            assertNotEquals(0, systemd.run("ls -d " + path).exit(), path);
        }
        assertNotEquals(0, systemd.run("dpkg-query --show wgj").exit());
        assertEquals(files, systemd.sh("find /etc/wireguard -type f | sort | xargs sha256sum"));
    }
}
