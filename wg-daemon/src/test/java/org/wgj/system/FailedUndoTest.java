// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.wgj.lab.Command;
import org.wgj.lab.Host;
import org.wgj.lab.Implementation;
import org.wgj.lab.Repository;

/**
 * {@code wgj down} if one step of {@code up} cannot be undone: the interface is deleted
 * nevertheless, its name is free, and a later {@code down} undoes the rest when that works again.
 */
@Tag("root")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FailedUndoTest {
    private static final String JOURNAL = "/run/wgj/tunnel0.journal";

    @RegisterExtension final Lab lab = new Lab();

    private RoadWarrior warrior;
    private Host client;

    @BeforeAll
    void connect() {
        warrior = new RoadWarrior(lab);
        client = warrior.client();
        warrior.recordState();
    }

    @BeforeEach
    void anEmptyLog() {
        client.sh("rm -f /run/bin/* /run/log /run/broken");
    }

    @AfterEach
    void nothingIsLeftBehind() {
        warrior.assertStateIsRestored();
        assertEquals("0", client.sh("cat /proc/sys/net/ipv4/conf/all/src_valid_mark"));
    }

    private Command.Result wgj(String arguments) {
        return client.run(
                "PATH=/run/bin:$PATH '%s' %s"
                        .formatted(Repository.folder().resolve("bin/wgj"), arguments));
    }

    /** Adds a program that works until /run/broken exists. */
    private void program(String name) {
        warrior.program(
                name,
                "[[ ! -e /run/broken ]] || exit 1; exec %s \"$@\""
                        .formatted(
                                name.equals("resolvconf")
                                        ? "true"
                                        : client.sh("command -v " + name)));
    }

    private void prepare(String member) {
        switch (member) {
            case "resolvconf", "nft" -> program(member);
            default -> {}
        }
    }

    private void spoil(String member) {
        switch (member) {
            case "resolv.conf" -> client.sh("mount -o remount,bind,ro /etc/resolv.conf");
            case "sysctl" ->
                    client.sh(
                            "mount --bind /proc/sys /proc/sys && mount -o remount,bind,ro"
                                    + " /proc/sys");
            default -> client.sh("touch /run/broken");
        }
    }

    private void mend(String member) {
        switch (member) {
            case "resolv.conf" -> client.sh("mount -o remount,bind,rw /etc/resolv.conf");
            case "sysctl" -> client.sh("umount /proc/sys");
            default -> client.sh("rm /run/broken");
        }
    }

    private void assertDownAndLeft(Command.Result down) {
        assertEquals(1, down.exit(), down.toString());
        assertNotEquals(0, client.run("ip link show tunnel0").exit(), down.toString());
        assertTrue(down.err().contains(JOURNAL), down.err());
        assertTrue(down.err().contains("wgj down --force tunnel0"), down.err());
    }

    private String file(String lines, String allowedIps) {
        return warrior.file(
                "tunnel0",
                "10.9.0.1/24",
                lines
                        + "\n"
                        + "PreUp = echo pre-up >> /run/log\n"
                        + "PostUp = echo post-up >> /run/log\n"
                        + "PreDown = echo pre-down >> /run/log\n"
                        + "PostDown = echo post-down >> /run/log",
                allowedIps);
    }

    @ParameterizedTest
    @ValueSource(strings = {"resolvconf", "resolv.conf", "nft", "sysctl"})
    void leftoversOutsideTheInterfaceDoNotBlockItsName(String member) {
        prepare(member);
        wgj("up " + file("DNS = 10.9.0.2", "0.0.0.0/0")).orFail();
        spoil(member);
        assertDownAndLeft(wgj("down tunnel0"));
        assertDownAndLeft(wgj("down tunnel0"));

        String other = file("", "10.9.0.0/24");
        Command.Result up = wgj("up " + other).orFail();
        assertTrue(up.err().contains(JOURNAL), up.err());
        Traffic.ping(client, "10.9.0.2");
        assertDownAndLeft(wgj("down " + other));

        mend(member);
        wgj("down tunnel0").orFail();
        String once = "pre-up\npost-up\npre-down\npost-down";
        assertEquals(once + "\n" + once, client.sh("cat /run/log"));
    }

    /** Uses a host of its own, because iptables leaves empty tables behind. */
    @Test
    void rulesThatIptablesCannotRemoveAreKeptForLater() {
        Host host = lab.host("old");
        host.sh("mkdir /run/old");
        for (String program :
                new String[] {
                    "bash", "readlink", "dirname", "sed", "nproc", "cat", "iptables-restore"
                }) {
            host.sh("ln -s \"$(command -v %s)\" /run/old/", program);
        }
        String save = host.sh("command -v iptables-save");
        host.sh("ln -s %s /run/old/iptables-save", save);
        String file =
                host.file(
                        "wg7.conf",
                        "[Interface]\nPrivateKey = %s\nAddress = 10.9.0.1/24\n[Peer]\nPublicKey = %s\nAllowedIPs = 0.0.0.0/0"
                                .formatted(
                                        warrior.clientKeys().privateKey(),
                                        warrior.server().keys().publicKey()));
        String wgj = "PATH=/run/old '" + Repository.folder().resolve("bin/wgj") + "' ";
        host.run(wgj + "up " + file).orFail();
        for (String program : new String[] {"false", "nothing"}) {
            host.sh(
                    "rm -f /run/old/iptables-save; ! type -P %s || ln -s \"$(type -P %s)\""
                            + " /run/old/iptables-save",
                    program, program);
            Command.Result down = host.run(wgj + "down wg7");
            assertEquals(1, down.exit(), down.toString());
            assertTrue(down.err().contains("/run/wgj/wg7.journal"), down.err());
            assertTrue(host.sh("iptables-save").contains("wg7"));
        }
        host.sh("ln -sf %s /run/old/iptables-save", save);
        host.run(wgj + "down wg7").orFail();
        assertFalse(host.sh("iptables-save").contains("wg7"));
        assertEquals("", host.sh("ls /run/wgj 2>/dev/null || true"));
    }

    @Test
    void aForcedDownForgetsWhatCannotBeUndone() {
        prepare("resolvconf");
        String file = file("DNS = 10.9.0.2", "10.9.0.0/24");
        wgj("up " + file).orFail();
        spoil("resolvconf");
        Command.Result down = wgj("down --force tunnel0").orFail();
        assertTrue(down.err().contains("[!] resolvconf -d tunnel0 -f failed"), down.err());
        assertTrue(down.err().contains("stays until it is undone by hand"), down.err());
        Command.Result again = wgj("down " + file);
        assertTrue(again.err().contains("is not a WireGuard interface"), again.err());
    }

    @Test
    void anUndeletableInterfaceIsNotForgottenAndHooksRunOnce() {
        String file = file("DNS = 10.9.0.2", "0.0.0.0/0");
        wgj("up " + file).orFail();
        for (String force : new String[] {"", "--force "}) {
            Command.Result down =
                    client.run(
                            "setpriv --bounding-set=-net_admin --inh-caps=-net_admin '%s' down %stunnel0"
                                    .formatted(Repository.folder().resolve("bin/wgj"), force));
            assertEquals(1, down.exit(), down.toString());
            assertTrue(down.err().contains("tunnel0 could not be deleted"), down.err());
        }
        wgj("down tunnel0").orFail();
        assertEquals("pre-up\npost-up\npre-down\npost-down", client.sh("cat /run/log"));
    }

    @Test
    void anInterfaceOfWgQuickGoesDownAlsoWithLeftoversOfOurs() {
        prepare("resolvconf");
        String file = file("DNS = 10.9.0.2", "10.9.0.0/24");
        wgj("up " + file).orFail();
        spoil("resolvconf");
        assertDownAndLeft(wgj("down tunnel0"));
        mend("resolvconf");
        client.sh(
                "PATH=/run/bin:$PATH WG_QUICK_USERSPACE_IMPLEMENTATION='%s' wg-quick up %s"
                        + " >/run/quick.log 2>&1",
                Implementation.WGJ.launcher(), file);
        spoil("resolvconf");
        assertDownAndLeft(wgj("down " + file));
        mend("resolvconf");
        wgj("down tunnel0").orFail();
    }
}
