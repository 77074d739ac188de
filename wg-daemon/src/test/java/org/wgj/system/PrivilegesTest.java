// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.wgj.lab.Await;
import org.wgj.lab.Command;
import org.wgj.lab.Daemon;
import org.wgj.lab.Host;
import org.wgj.lab.Implementation;
import org.wgj.lab.Repository;

import java.util.Map;

/**
 * A daemon has only the capabilities it needs, in every thread. The other system tests of the
 * launcher run with the same capabilities.
 */
@Tag("root")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PrivilegesTest {
    /** linux/capability.h: CAP_NET_BIND_SERVICE is bit 10, CAP_NET_ADMIN bit 12. */
    private static final long NEEDED = 1L << 10 | 1L << 12;

    /** Bit 2: needed where the project's folder is closed to root, as a home may be. */
    private static final long DAC_READ_SEARCH = 1L << 2;

    @RegisterExtension final Lab lab = new Lab();

    private Host host;

    @BeforeAll
    void open() {
        host = lab.host("host");
    }

    /** The distinct values of one field of /proc/PID/status over all threads. */
    private String ofAllThreads(Daemon daemon, String field) {
        String pid = daemon.pid();
        assertNotEquals("", pid, "no daemon");
        int threads = Integer.parseInt(daemon.host().sh("ls /proc/%s/task | wc -l", pid));
        assertTrue(threads > 5, () -> "only " + threads + " threads looked at");
        return daemon.host()
                .sh("cat /proc/%s/task/*/status | grep '^%s:' | cut -f 2 | sort -u", pid, field);
    }

    private void assertFewPrivileges(Daemon daemon) {
        for (String set : new String[] {"CapEff", "CapPrm", "CapBnd"}) {
            long held = Long.parseLong(ofAllThreads(daemon, set), 16);
            assertEquals(NEEDED, held & ~DAC_READ_SEARCH, set);
        }
        for (String set : new String[] {"CapInh", "CapAmb"}) {
            assertEquals(0, Long.parseLong(ofAllThreads(daemon, set), 16), set);
        }
        assertEquals("1", ofAllThreads(daemon, "NoNewPrivs"));
        // SECCOMP_MODE_FILTER of linux/seccomp.h
        assertEquals("2", ofAllThreads(daemon, "Seccomp"));
    }

    private static String wgj() {
        return Implementation.WGJ.launcher().resolveSibling("wgj").toString();
    }

    /** Starts {@code wgj run} of a file that has these lines too; ends with the host. */
    private Daemon run(String interfaceName, String lines) {
        String key = host.sh("wg genkey");
        String text = "[Interface]\nPrivateKey = %s\nAddress = 10.77.0.1/24\n%s\n";
        String file = host.file(interfaceName + ".conf", text.formatted(key, lines));
        host.sh("'%s' run %s </dev/null >/run/%s.log 2>&1 &", wgj(), file, interfaceName);
        Daemon daemon = new Daemon(host, interfaceName);
        Await.until(
                interfaceName + " up",
                () -> host.run("ip -br addr show up " + interfaceName).out().contains("10.77."));
        return daemon;
    }

    @Test
    void runUndoesEverythingWithFewCapabilities() {
        Daemon daemon =
                run(
                        "wg3",
                        """
                        ListenPort = 53

                        [Peer]
                        PublicKey = %s
                        AllowedIPs = 0.0.0.0/0, ::/0
                        """
                                .formatted(host.sh("wg genkey | wg pubkey")));
        awaitSocket(host, 53);
        Await.until(
                "the filter, which comes last", () -> ofAllThreads(daemon, "Seccomp").equals("2"));
        assertFewPrivileges(daemon);
        host.sh("ip link set wg3 down && wg set wg3 listen-port 54 fwmark 0x44");
        host.sh("ip link set wg3 up");
        awaitSocket(host, 54);
        assertNotEquals("", addedRules(host));
        daemon.signal("TERM");
        daemon.awaitGone();
        assertEquals("", addedRules(host));
    }

    @Test
    void runWithHooksKeepsAllCapabilities() {
        Daemon daemon = run("wg4", "PostDown = mount -t tmpfs hook /mnt && touch /run/mounted");
        assertEquals("0", ofAllThreads(daemon, "NoNewPrivs"));
        assertEquals("0", ofAllThreads(daemon, "Seccomp"));
        daemon.signal("TERM");
        daemon.awaitGone();
        host.sh("test -e /run/mounted && umount /mnt");
    }

    @Test
    void runCanBelongToAnotherUser() {
        Host host = lab.host("users");
        String folder = "/run/wgj-" + host.sh("id -u nobody");
        String wgj = OpenCopy.of(host);
        String file =
                host.file(
                        "wg6.conf",
                        """
                        [Interface]
                        PrivateKey = %s
                        ListenPort = 55
                        PostUp = id -un >/run/wgj-$(id -u)/hook

                        [Peer]
                        PublicKey = %s
                        AllowedIPs = 0.0.0.0/0
                        """
                                .formatted(host.sh("wg genkey"), host.sh("wg genkey | wg pubkey")));
        Command.Result nobody = host.run("'%s' run --user nosuch %s".formatted(wgj, file));
        assertTrue(nobody.err().contains("there is no user nosuch"), nobody::err);
        Command.Result unread = host.run("'%s' run --user nobody %s".formatted(wgj, file));
        assertTrue(unread.err().contains("permission denied to nobody"), unread::err);
        Command.Result still =
                host.run("setpriv --reuid nobody '%s' run --user root %s".formatted(wgj, file));
        assertTrue(still.err().contains("cannot become root"), still::err);

        host.sh("chown nobody %s", file);
        host.sh("'%s' run --user nobody %s </dev/null >/run/wg6.log 2>&1 &", wgj, file);
        Await.until("wg6 up", () -> host.run("test -s " + folder + "/hook").exit() == 0);
        Daemon daemon = new Daemon(host, "wg6");
        assertEquals("nobody", host.sh("cat " + folder + "/hook"));
        String nobodys = host.sh("id -u nobody");
        assertEquals(
                String.join("\t", nobodys, nobodys, nobodys, nobodys),
                host.sh(
                        "cat /proc/%s/task/*/status | grep '^Uid:' | cut -f 2- | sort -u",
                        daemon.pid()));
        for (String set : new String[] {"CapEff", "CapPrm", "CapBnd"}) {
            assertEquals(NEEDED, Long.parseLong(ofAllThreads(daemon, set), 16), set);
        }
        assertEquals("1", ofAllThreads(daemon, "NoNewPrivs"));
        host.sh("wg set wg6 listen-port 56 fwmark 0x66");
        awaitSocket(host, 56);
        host.sh("'%s' reload wg6", wgj);
        host.sh("setpriv --reuid nobody '%s' reload", wgj);
        daemon.signal("TERM");
        daemon.awaitGone();
        assertEquals("", addedRules(host));
        assertEquals("", host.sh("grep -F '[!]' /run/wg6.log || true"), "nothing went wrong");
    }

    @Test
    void rootTakesAnotherUsersInterfaceDownAndTrustsNothingElse() {
        Host host = lab.host("both");
        String wgj = OpenCopy.of(host);
        String folder = "/run/wgj-" + host.sh("id -u nobody");
        String text = "[Interface]\nPrivateKey = %s\nPreDown = id -un >%s/hook\n";
        String file = host.file("wg7.conf", text.formatted(host.sh("wg genkey"), folder));
        host.sh("chown nobody " + file);

        host.sh("ln -s /run/elsewhere %s && mkdir -m 777 /run/elsewhere", folder);
        Command.Result link = host.run("'%s' run --user nobody %s".formatted(wgj, file));
        assertTrue(link.err().contains(folder + " does not belong to the user"), link::toString);
        host.sh("rm %s && mkdir %1$s", folder);
        Command.Result roots = host.run("'%s' run --user nobody %s".formatted(wgj, file));
        assertTrue(roots.err().contains(folder + " does not belong to the user"), roots::toString);
        host.sh("rmdir " + folder);

        host.sh("'%s' run --user nobody %s </dev/null >/run/wg7.log 2>&1 &", wgj, file);
        Daemon daemon = new Daemon(host, "wg7");
        Await.until("wg7 up", () -> host.run("wg show wg7").exit() == 0);
        assertEquals("root 700", host.sh("stat -c '%U %a' /run/wireguard"));
        assertEquals("nobody 700", host.sh("stat -c '%U %a' " + folder));
        assertTrue(host.sh("'%s' show", wgj).startsWith("interface: wg7"));
        host.sh("'%s' set wg7 listen-port 57", wgj);
        String as = "setpriv --reuid nobody --clear-groups ";
        assertEquals("57", host.sh(as + "'%s' show wg7 listen-port", wgj));
        host.sh("'%s' down wg7", wgj);
        daemon.awaitGone();
        assertEquals("nobody", host.sh("cat %s/hook", folder));

        // Root without DAC_OVERRIDE could not write in what is that user's.
        String few = "setpriv --inh-caps=-all --bounding-set=-all,+net_admin ";
        host.sh("chown root %s && rm %s/hook", file, folder);
        host.sh(few + "'%s' up %s", wgj, file);
        host.sh("wg show wg7 && test ! -L /run/wireguard/wg7.sock");
        host.sh("chmod 777 " + folder); // for the hook of a root that may not write there
        host.sh(few + "'%s' down wg7", wgj);
        daemon.awaitGone();
        assertEquals("root", host.sh("cat %s/hook", folder));
    }

    @Test
    void rootIsToldTheOwnerOfAnUnreadableFileAndWhatAHookLacks() {
        String few = "setpriv --inh-caps=-all --bounding-set=-all,+net_admin,+net_bind_service ";
        String text = "[Interface]\nPrivateKey = %s\nPreUp = %s\n";
        String key = host.sh("wg genkey");
        String file = host.file("wg8.conf", text.formatted(key, "true"));
        host.sh("chown nobody " + file);
        for (String command : new String[] {"up", "run", "strip"}) {
            Command.Result result = host.run(few + "'%s' %s %s".formatted(wgj(), command, file));
            assertNotEquals(0, result.exit());
            assertTrue(result.err().contains(file + " belongs to nobody (mode 600)"), result::err);
            assertTrue(result.err().contains("chown root " + file), result::err);
            assertTrue(result.err().contains("--cap-add DAC_READ_SEARCH"), result::err);
            assertFalse(result.err().contains("grep"), result::err);
            assertFalse(result.err().contains("sudo"), result::err);
        }
        file = host.file("wg9.conf", text.formatted(key, "mount -t tmpfs none /mnt"));
        Command.Result hook = host.run(few + "'%s' up %s".formatted(wgj(), file));
        assertTrue(hook.err().contains("it may lack the capability SYS_ADMIN"), hook::err);
        assertTrue(hook.err().contains("systemctl edit wgj@wg9"), hook::err);
    }

    @Test
    void theDaemonWorksWithFewCapabilities() {
        Daemon daemon = lab.daemon(host, Implementation.WGJ, "wg0");
        assertFewPrivileges(daemon);
        host.sh("wg set wg0 listen-port 51 fwmark 0x33 && ip link set wg0 up");
        assertEquals("51", host.sh("wg show wg0 listen-port"));
        assertEquals("0x33", host.sh("wg show wg0 fwmark"));
        awaitSocket(host, 51);
        host.sh("ip link set wg0 down && wg set wg0 listen-port 52 fwmark 0");
        host.sh("ip link set wg0 up");
        awaitSocket(host, 52);
        assertFewPrivileges(daemon);
        assertEquals("600", host.sh("stat -c %a " + daemon.socket()));
        host.sh("ip link del wg0");
        daemon.awaitGone();
    }

    /** The rules of routing that every system does not have. */
    private static String addedRules(Host host) {
        return host.sh("ip rule | grep -v 'lookup \\(local\\|main\\|default\\)' || true");
    }

    /** It follows the interface, which is up a moment earlier. */
    private static void awaitSocket(Host host, int port) {
        Await.until(
                "a socket at port " + port,
                () ->
                        host.run("ss -Hlun sport = :%1$d | grep -q :%1$d".formatted(port)).exit()
                                == 0);
    }

    /**
     * Prepares a TUN as {@code --user} needs it: a persistent TUN of that user's, with the MTU set.
     */
    @Test
    void theDaemonNeedsNoCapabilityOnATunOfItsUser() {
        host.sh("ip tuntap add wg5 mode tun user root vnet_hdr && ip link set wg5 mtu 1420");
        host.sh(
                "LOG_LEVEL=verbose setpriv --no-new-privs --inh-caps=-all"
                        + " --bounding-set=-all,+dac_read_search '%s' wg5 >/run/wg5.log 2>&1",
                Implementation.WGJ.launcher());
        Daemon daemon = new Daemon(host, "wg5");
        long held = Long.parseLong(ofAllThreads(daemon, "CapPrm"), 16);
        assertEquals(0, held & ~DAC_READ_SEARCH);
        assertEquals("2", ofAllThreads(daemon, "Seccomp"));
        host.sh("wg set wg5 listen-port 5005 && ip link set wg5 up");
        awaitSocket(host, 5005);
        assertNotEquals(0, host.run("wg set wg5 fwmark 1").exit(), "that needs NET_ADMIN");
        host.sh("ip link del wg5");
        daemon.awaitGone();
    }

    @Test
    void theDaemonOfUpHasFewCapabilities() {
        String key = host.sh("wg genkey");
        String file = host.file("wg1.conf", "[Interface]\nPrivateKey = " + key + "\n");
        host.sh("'%s' up %s", wgj(), file);
        assertFewPrivileges(new Daemon(host, "wg1"));
        host.sh("'%s' down %s", wgj(), file);
    }

    /**
     * With EPERM, as a kernel, a container or a filter may answer, whatever a tunnel can do
     * without.
     */
    @Test
    void itWorksWithoutOptionalCapabilities() {
        host.sh(
                "LOG_LEVEL=verbose strace -f -q -o /run/strace"
                        + " -e inject=prctl,seccomp:error=EPERM"
                        + " '%s' wg7 >/run/wg7.log 2>&1 &",
                Implementation.WGJ.launcher());
        Await.until("configurable", () -> host.run("wg show wg7").exit() == 0);
        Daemon daemon = new Daemon(host, "wg7");
        assertEquals("0", ofAllThreads(daemon, "Seccomp"));
        host.sh("wg set wg7 listen-port 57 && ip link set wg7 up");
        awaitSocket(host, 57);
        for (String missing : new String[] {"may be dumped", "no filter of system calls"}) {
            assertTrue(daemon.log().contains(missing), daemon::log);
        }
        host.sh("ip link del wg7");
        daemon.awaitGone();
    }

    /** TUNSETOFFLOAD fails with EPERM, by a filter (seccomp) as container engines have them. */
    @Test
    void itWorksOnATunWithoutOffloads() {
        String loadCall = "\\x20\\x00\\x00\\x00\\x00\\x00\\x00\\x00";
        String unlessIoctlAllow = "\\x15\\x00\\x00\\x03\\x10\\x00\\x00\\x00";
        String loadRequest = "\\x20\\x00\\x00\\x00\\x18\\x00\\x00\\x00";
        String unlessOffloadAllow = "\\x15\\x00\\x00\\x01\\xd0\\x54\\x04\\x40";
        String refuse = "\\x06\\x00\\x00\\x00\\x01\\x00\\x05\\x00"; // EPERM is 1
        String allow = "\\x06\\x00\\x00\\x00\\x00\\x00\\xff\\x7f";
        String filter =
                loadCall + unlessIoctlAllow + loadRequest + unlessOffloadAllow + refuse + allow;
        host.sh("printf '%s' >/run/filter", filter);
        host.sh(
                "bwrap --dev-bind / / --seccomp 9 '%s' wg8 9</run/filter",
                Implementation.WGJ.launcher());
        Daemon daemon = new Daemon(host, "wg8");
        host.sh("wg set wg8 listen-port 58 && ip link set wg8 up");
        awaitSocket(host, 58);
        String status = host.sh("'%s' show wg8 --json", Repository.folder().resolve("bin/wgj"));
        assertTrue(status.contains("\"tunOffloads\": []"), status);
        host.sh("ip link del wg8");
        daemon.awaitGone();
    }

    @Test
    void allCapabilitiesAreKeptOnRequest() {
        Daemon daemon =
                lab.daemon(host, Implementation.WGJ, "wg2", Map.of("WGJ_PRIVILEGES", "all"));
        assertEquals("0", ofAllThreads(daemon, "NoNewPrivs"));
        assertEquals("0", ofAllThreads(daemon, "Seccomp"));
        assertNotEquals(NEEDED, Long.parseLong(ofAllThreads(daemon, "CapEff"), 16));
        host.sh("ip link del wg2");
        daemon.awaitGone();
    }
}
