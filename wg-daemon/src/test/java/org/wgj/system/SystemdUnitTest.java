// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.wgj.lab.Await;
import org.wgj.lab.KeyPair;

/** Runs the unit of dist/ under systemd, installed as in docs/services.md. */
@Tag("root")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SystemdUnitTest {
    @RegisterExtension final Lab lab = new Lab();

    private Systemd systemd;
    private String file =
            """
            [Interface]
            PrivateKey = %s
            Address = 10.77.0.1/24
            ListenPort = 53
            """
                    .formatted(KeyPair.generate().privateKey());

    @BeforeAll
    void boot() {
        systemd = lab.systemd(lab.host("host"));
        systemd.sh("cp /opt/wgj/dist/wgj@.service /etc/systemd/system/");
        systemd.sh("mkdir -p -m 700 /etc/wireguard");
    }

    private String property(String name) {
        return systemd.sh("systemctl show --property %s --value wgj@wg0", name);
    }

    /** Appends a peer to the file of wg0. */
    private void addPeer(String allowedIp) {
        file +=
                "[Peer]\nPublicKey = %s\nAllowedIPs = %s\n"
                        .formatted(KeyPair.generate().publicKey(), allowedIp);
        systemd.sh("cp -p %s /etc/wireguard", systemd.file("wg0.conf", file));
    }

    private boolean hasPeer(String allowedIp) {
        return systemd.run("wg show wg0 allowed-ips").out().contains(allowedIp);
    }

    @Test
    void anInterfaceIsStartedReloadedRestartedAndStopped() {
        addPeer("10.77.0.2/32");
        systemd.sh("systemctl enable --now wgj@wg0");
        assertEquals("running wg0", property("StatusText"));
        assertEquals("53", systemd.sh("wg show wg0 listen-port"));
        String first = property("MainPID");
        assertEquals(
                "0000000000001400",
                systemd.sh("sed -n 's/^CapBnd:[[:space:]]*//p' /proc/%s/status", first));

        addPeer("10.77.0.3/32");
        systemd.sh("systemctl reload wgj@wg0");
        assertTrue(hasPeer("10.77.0.3/32"));
        systemd.sh("echo nonsense >>/etc/wireguard/wg0.conf");
        assertNotEquals(0, systemd.run("systemctl reload wgj@wg0").exit(), "it says so");
        addPeer("10.77.0.4/32");
        assertEquals("active", property("ActiveState"));
        assertEquals(first, property("MainPID"));

        systemd.sh("kill -KILL " + first);
        Await.until("restarted", () -> property("NRestarts").equals("1"));
        Await.until("back", () -> property("ActiveState").equals("active"));
        assertTrue(hasPeer("10.77.0.2/32"));
        assertNotEquals(first, property("MainPID"));

        systemd.sh("systemctl stop wgj@wg0");
        assertEquals("success", property("Result"));
        assertNotEquals(0, systemd.run("ip link show wg0").exit(), "its interface is gone");
    }

    @Test
    void aDropInRunsItAsAUserWithoutRoot() {
        systemd.sh(
                """
                mkdir -p /opt/open/wg-daemon/target /etc/systemd/system/wgj@wg1.service.d
                cd /opt/wgj && cp -r bin pom.xml /opt/open
                cp -r wg-daemon/target/wg-daemon-*.jar wg-daemon/target/lib /opt/open/wg-daemon/target
                chmod -R a+rX /opt/open
                mknod -m 666 /run/tun c 10 200 && mount --bind /run/tun /dev/net/tun
                sed 's|/opt/wgj/|/opt/open/|' dist/user.conf >/etc/systemd/system/wgj@wg1.service.d/user.conf
                useradd --system --shell /usr/sbin/nologin wgj
                chmod 711 /etc/wireguard
                """);
        String text = file.replace("10.77.0.1", "10.78.0.1").replace("ListenPort = 53", "");
        systemd.sh("install -m 600 -o wgj %s /etc/wireguard/wg1.conf", systemd.file("wg1", text));
        systemd.sh("systemctl daemon-reload && systemctl start wgj@wg1");
        String pid = systemd.sh("systemctl show --property MainPID --value wgj@wg1");
        String status = systemd.sh("cat /proc/%s/status", pid);
        assertTrue(status.contains("CapBnd:\t0000000000001400"), status);
        String user = systemd.sh("id -u wgj");
        assertTrue(status.contains("Uid:\t%1$s\t%1$s\t%1$s\t%1$s".formatted(user)), status);
        assertTrue(systemd.sh("wg show wg1").contains("public key"));
        systemd.sh("systemctl reload wgj@wg1 && systemctl stop wgj@wg1");
        assertNotEquals(0, systemd.run("ip link show wg1").exit(), "its interface is gone");
    }

    /** Lines have their priority, and no time beside that of the journal. */
    @Test
    void theJournalHasEventsWithPriorities() {
        addPeer("10.77.0.9/32");
        systemd.sh("systemctl start wgj@wg0");
        systemd.sh("echo garbage >/dev/udp/127.0.0.1/53");
        String journal = "journalctl --sync && journalctl --no-pager --unit wgj@wg0 --output ";
        Await.until(
                "the event",
                () -> systemd.sh(journal + "cat --priority 6..6").contains("wg0: refused "));
        String line =
                systemd.sh(journal + "cat --priority 6..6 | grep 'wg0: refused ' | tail -n 1");
        assertTrue(line.startsWith("EventLog - wg0: refused 1: malformed"), line);
        assertTrue(systemd.sh(journal + "cat --priority 6..6").contains("[#] ip link set"));
        systemd.sh("echo nonsense >>/etc/wireguard/wg0.conf");
        systemd.run("systemctl reload wgj@wg0");
        Await.until(
                "the warning",
                () -> systemd.sh(journal + "cat --priority 4..4").contains("[!] not reloaded: "));
        systemd.sh("systemctl stop wgj@wg0");
        assertNotEquals(0, systemd.run("systemctl start wgj@nothing").exit());
        assertTrue(
                systemd.sh(
                                "journalctl --sync && journalctl --no-pager --unit wgj@nothing"
                                        + " --output cat --priority 3..3")
                        .contains("wgj: /etc/wireguard/nothing.conf: there is no such file"));
        systemd.sh("systemctl stop wgj@nothing"); // systemd would try again
    }

    @Test
    void theJournalSaysWhatIsWrong() {
        assertNotEquals(0, systemd.run("systemctl start wgj@nosuch").exit());
        String journal = systemd.sh("journalctl --sync && journalctl --no-pager --unit wgj@nosuch");
        assertTrue(journal.contains("/etc/wireguard/nosuch.conf: there is no such file"), journal);
        systemd.sh("systemctl stop wgj@nosuch"); // systemd would try again
    }
}
