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
import org.wgj.lab.Await;
import org.wgj.lab.Command;

import java.time.Duration;
import java.util.List;

/**
 * A mesh of machines with systemd: the coordinator's unit of dist/, the unit that {@code wgj join}
 * installs, and the one that joins at the first boot.
 */
@Tag("root")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class MeshUnitTest {
    private static final Duration LONG = Duration.ofSeconds(120);
    private static final String WGJ = "/opt/wgj/bin/wgj ";

    @RegisterExtension final Lab lab = new Lab();

    private Systemd server;
    private Systemd a;
    private Systemd b;
    private String used;

    @BeforeAll
    void begin() {
        NatLab net = new NatLab(lab);
        server = lab.systemd(net.host("server", 1));
        a = lab.systemd(net.host("a", 10));
        b = lab.systemd(net.host("b", 11));
        // As the head of the unit says, with a copy of the project that its user may read.
        server.sh(
                """
                useradd --system --home-dir /var/lib/wgj --shell /usr/sbin/nologin wgj
                mkdir -p /opt/open/wg-daemon/target
                cd /opt/wgj && cp -r bin pom.xml /opt/open
                cp -r wg-daemon/target/wg-daemon-*.jar wg-daemon/target/lib /opt/open/wg-daemon/target
                chmod -R a+rX /opt/open
                sed 's|/opt/wgj/|/opt/open/|' dist/wgj-mesh.service >/etc/systemd/system/wgj-mesh.service
                /opt/open/bin/wgj mesh init --name prod --planes --endpoint 203.0.113.1
                chown -R wgj: /var/lib/wgj
                systemctl daemon-reload && systemctl enable --now wgj-mesh
                """);
    }

    private static String property(Systemd machine, String unit, String name) {
        return machine.sh("systemctl show --property %s --value %s", name, unit);
    }

    private String token() {
        return server.run(LONG, "/opt/open/bin/wgj mesh token").orFail().out().strip();
    }

    @Test
    @Order(1)
    void theCoordinatorRunsWithoutPrivileges() {
        assertEquals("mesh prod on UDP port 51820", property(server, "wgj-mesh", "StatusText"));
        String pid = property(server, "wgj-mesh", "MainPID");
        String status = server.sh("cat /proc/%s/status", pid);
        assertTrue(status.contains("CapBnd:\t0000000000000000"), status);
        server.sh("kill -KILL " + pid);
        Await.until("it is back", () -> isActive(server, "wgj-mesh", pid));
        server.sh("systemctl stop wgj-mesh");
        assertEquals("success", property(server, "wgj-mesh", "Result"));
        server.sh("systemctl start wgj-mesh");
    }

    /** Returns whether a unit runs as another process than before. */
    private static boolean isActive(Systemd machine, String unit, String before) {
        // For a moment after its process has ended, systemd shows the unit as active, with process
        // 0.
        return property(machine, unit, "ActiveState").equals("active")
                && !List.of(before, "0").contains(property(machine, unit, "MainPID"));
    }

    /**
     * The five steps of the first guide, without hands: keys for four interfaces, the connection to
     * the manager, the peers of the other planes, four interfaces, and each node reaches the other
     * on all four.
     */
    @Test
    @Order(2)
    void machinesJoinAtTheirFirstBoot() {
        for (Systemd machine : List.of(a, b)) {
            String name = machine == a ? "a" : "b";
            machine.sh("cp /opt/wgj/dist/wgj-join.service /etc/systemd/system/");
            machine.sh(
                    "install -d -m 700 /etc/wgj && umask 077 && printf 'WGJ_TOKEN=%%s\\n"
                            + "WGJ_JOIN=--name %s\\n"
                            + "' %s >/etc/wgj/join",
                    name, token());
            machine.sh("systemctl enable --now --no-block wgj-join");
        }
        for (Systemd machine : List.of(a, b)) {
            Await.until( // a busy machine may need a second attempt
                    "it has joined", LONG, () -> machine.run("ls /etc/wgj/join").exit() != 0);
            String other = machine == a ? "3" : "2";
            for (int plane = 0; plane < 4; plane++) {
                Traffic.ping(machine, "10." + (77 + plane) + ".0." + other);
            }
            assertEquals("enabled", machine.sh("systemctl is-enabled wgj-node"));
            assertEquals("active", property(machine, "wgj-node", "ActiveState"));
            assertEquals(4, machine.sh("ip -br link show type tun").lines().count());
            // As the next boot does.
            machine.run(LONG, "systemctl start wgj-join").orFail();
            assertEquals("no", property(machine, "wgj-join", "ConditionResult"));
        }
    }

    @Test
    @Order(3)
    void theUnitStartsTheNodeAgainAndLeavingDeletesIt() {
        String first = property(a, "wgj-node", "MainPID");
        assertEquals(
                "0000000000001400",
                a.sh("sed -n 's/^CapBnd:[[:space:]]*//p' /proc/%s/status", first));
        Command.Result again = a.run(LONG, WGJ + "join").orFail();
        assertTrue(again.err().contains("already"), again::toString);
        assertEquals(first, property(a, "wgj-node", "MainPID"), "it is not started again");

        a.sh("kill -KILL " + first);
        Await.until("it is back", () -> isActive(a, "wgj-node", first));
        // It asks the coordinator before its tunnels get peers.
        Await.until("it reaches b", () -> a.run("ping -c 1 -W 1 10.77.0.3").exit() == 0);
        a.sh("systemctl stop wgj-node");
        assertEquals("success", property(a, "wgj-node", "Result"));
        assertNotEquals(0, a.run("ip link show wg0").exit(), "stopped, it takes them down");
        a.run(LONG, WGJ + "join").orFail();
        Traffic.ping(b, "10.77.0.2");

        a.run(LONG, WGJ + "leave").orFail();
        assertNotEquals(0, a.run("ip link show wg0").exit());
        assertNotEquals(0, a.run("ls /etc/systemd/system/wgj-node.service").exit());
    }

    @Test
    @Order(4)
    void theUnitOfARemovedNodeStaysDown() {
        server.run(LONG, "/opt/open/bin/wgj mesh rm b").orFail();
        Await.until("it ended", () -> property(b, "wgj-node", "ActiveState").equals("failed"));
        assertEquals("3", property(b, "wgj-node", "ExecMainStatus"));
        b.sh("sleep 6"); // longer than the pause before a start
        assertEquals("failed", property(b, "wgj-node", "ActiveState"));
        b.run(LONG, WGJ + "leave").orFail();
        assertNotEquals(0, b.run("ls /etc/systemd/system/wgj-node.service").exit());
        used = token();
        b.run(LONG, WGJ + "join --name again " + used).orFail();
        assertEquals("active", property(b, "wgj-node", "ActiveState"));
    }

    /** An attempt that would fail again is not repeated, and the token's file stays. */
    @Test
    @Order(5)
    void theFirstBootGivesUpWhatIsRefusedForGood() {
        for (String file : List.of("WGJ_TOKEN=" + used, "WGJ_TOKEN=x\nWGJ_JOIN=--nmae a")) {
            a.sh("umask 077 && printf '" + file + "\n' >/etc/wgj/join");
            assertNotEquals(0, a.run(LONG, "systemctl start wgj-join").exit());
            Await.until(
                    "it stays down", () -> property(a, "wgj-join", "ActiveState").equals("failed"));
            assertEquals("4", property(a, "wgj-join", "ExecMainStatus"));
            assertEquals(0, a.run("ls /etc/wgj/join").exit());
        }
        b.sh("systemctl stop wgj-node && touch /var/lib/wgj/node/removed");
        assertNotEquals(0, b.run(LONG, "systemctl start wgj-node").exit());
        Await.until(
                "nor is it started again",
                () -> property(b, "wgj-node", "ActiveState").equals("failed"));
        assertEquals("3", property(b, "wgj-node", "ExecMainStatus"));
    }
}
