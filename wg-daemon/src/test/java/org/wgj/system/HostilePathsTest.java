// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.wgj.lab.Command;
import org.wgj.lab.Daemon;
import org.wgj.lab.Host;
import org.wgj.lab.Implementation;

/**
 * Root's commands with paths that another user, {@code nobody}, owns: they refuse to read, write,
 * lock, connect to or delete them, name the owner, and do nothing that user wanted.
 */
@Tag("root")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HostilePathsTest {
    private static final String WGJ =
            "'" + Implementation.WGJ.launcher().resolveSibling("wgj") + "'";

    @RegisterExtension final Lab lab = new Lab();

    private Host host;
    private String file;

    @BeforeAll
    void open() {
        host = lab.host("host");
        file =
                host.file(
                        "wg0.conf",
                        "[Interface]\nPrivateKey = %s\nPostUp = true\nPreDown = touch /run/was-root\n"
                                .formatted(host.sh("wg genkey")));
        host.sh("echo precious >/run/precious");
    }

    @AfterEach
    void nothingOfItWasDone() {
        host.sh("rm -rf /run/wgj /run/wireguard");
        assertEquals("precious", host.sh("cat /run/precious"));
        assertEquals("root 644", host.sh("stat -c '%U %a' /run/precious"));
    }

    private void assertRefused(String command, String... words) {
        Command.Result result = host.run(WGJ + " " + command);
        assertNotEquals(0, result.exit(), result::toString);
        for (String word : words) {
            assertTrue(result.err().contains(word), result::toString);
        }
    }

    /** The journal that "up" writes, as it is when it was cut off before the end. */
    private String journal() {
        host.sh("%s up %s && cp /run/wgj/wg0.journal /run/saved && %s down wg0", WGJ, file, WGJ);
        host.sh("rm -f /run/was-root");
        return "/run/saved";
    }

    @Test
    void aJournalInAnotherUsersFolderIsNotFollowed() {
        String saved = journal();
        host.sh("install -d -o nobody /run/wgj && install -o root %s /run/wgj/wg0.journal", saved);
        for (String command : new String[] {"down wg0", "up " + file, "run " + file}) {
            assertRefused(command, "/run/wgj belongs to nobody");
        }
        assertNotEquals(0, host.run("test -e /run/was-root").exit(), "the hook ran as root");
        host.sh("chown root /run/wgj && chmod 777 /run/wgj");
        assertRefused("down wg0", "/run/wgj is writable by other users: chmod go-w /run/wgj");
        assertNotEquals(0, host.run("test -e /run/was-root").exit(), "the hook ran as root");
        host.sh("chmod 755 /run/wgj && %s down wg0 && test -e /run/was-root", WGJ);
    }

    @Test
    void aJournalOfAnotherUserIsNotFollowedInAFolderOfRoots() {
        String saved = journal();
        host.sh("install -d /run/wgj && install -o nobody %s /run/wgj/wg0.journal", saved);
        assertRefused("down wg0", "/run/wgj/wg0.journal belongs to nobody");
        host.sh("chmod 1777 /run/wgj"); // what a container's tmpfs is
        assertRefused("down wg0", "/run/wgj/wg0.journal belongs to nobody");
        assertNotEquals(0, host.run("test -e /run/was-root").exit(), "the hook ran as root");
    }

    @Test
    void aLinkInPlaceOfAJournalLockOrNoteIsNotFollowed() {
        host.sh("install -d -m 1777 /run/wgj");
        host.sh("setpriv --reuid nobody ln -s ../precious /run/wgj/wg0.journal");
        assertRefused("down wg0", "/run/wgj/wg0.journal");
        assertRefused("up " + file, "/run/wgj/wg0.journal");
        host.sh("rm /run/wgj/* && setpriv --reuid nobody ln -s ../precious /run/wgj/lock");
        String full =
                host.file(
                        "wg1.conf",
                        "[Interface]\nPrivateKey = %s\n[Peer]\nPublicKey = %s\nAllowedIPs = 0.0.0.0/0\n"
                                .formatted(host.sh("wg genkey"), host.sh("wg genkey | wg pubkey")));
        assertRefused("up " + full, "/run/wgj/lock");
        host.sh("rm -rf /run/wgj; install -d -m 1777 /run/wgj");
        host.sh("setpriv --reuid nobody ln -s ../precious /run/wgj/src_valid_mark");
        host.sh("echo 0 >/proc/sys/net/ipv4/conf/all/src_valid_mark");
        assertRefused("up " + full, "/run/wgj/src_valid_mark");
    }

    /** Prints what it is sent; argument: the path of its socket. */
    private static final String FAKE =
            """
            cat >/run/fake <<'end'
            use Socket;
            $SIG{PIPE} = 'IGNORE';
            socket(my $s, AF_UNIX, SOCK_STREAM, 0) or die "$!";
            bind($s, sockaddr_un($ARGV[0])) && listen($s, 8) or die "$!";
            open(my $log, '>', '/run/heard/log') or die "$!";
            while (accept(my $c, $s)) {
                while (my $line = <$c>) { syswrite($log, $line); last if $line eq "\\n"; }
                syswrite($c, "errno=0\\n\\n"); close($c);
            }
            end
            install -d -o nobody /run/heard
            setpriv --reuid nobody perl /run/fake %1$s </dev/null >/run/fake.log 2>&1 &
            until test -S %1$s; do sleep 0.01; done
            """;

    private void assertHeardNoKey() {
        String heard = host.sh("cat /run/heard/log");
        assertFalse(heard.contains("private_key"), heard);
        host.sh("kill $(pgrep -xf 'perl /run/fake .*')");
    }

    @Test
    void aSocketOfAnotherUserGetsNoKey() {
        host.sh("wg genkey >/run/key");
        host.sh("install -d -o nobody /run/wireguard");
        host.sh(FAKE, "/run/wireguard/wg7.sock");
        assertRefused("set wg7 private-key /run/key", "run/wireguard belongs to nobody");
        assertRefused("setconf wg7 <(%s strip %s)".formatted(WGJ, file), "belongs to nobody");
        assertRefused("show", "run/wireguard belongs to nobody");

        host.sh("chown root /run/wireguard && chmod 1777 /run/wireguard");
        String served = "wg7.sock: is served by a process of user nobody";
        assertRefused("set wg7 private-key /run/key", served);
        assertRefused("show wg7", served);
        assertRefused("show", served);
        // The file may belong to root, as its folder does: the process counts.
        host.sh("chown root /run/wireguard/wg7.sock && chmod 755 /run/wireguard");
        assertRefused("set wg7 private-key /run/key", served);
        assertHeardNoKey();
    }

    @Test
    void aLinkIsFollowedOnlyIfRootSetIt() {
        host.sh("wg genkey >/run/key");
        host.sh("install -d -m 1777 /run/wireguard && install -d -o nobody /run/wgj-65534");
        host.sh("'%s' wg8", Implementation.WGJ.launcher());
        host.sh("setpriv --reuid nobody ln -s wg8.sock /run/wireguard/wg7.sock");
        assertRefused("set wg7 private-key /run/key", "wg7.sock: is a link that belongs to nobody");
        // In the folder of the user that root named, another's socket is not that user's.
        host.sh("rm /run/wireguard/wg7.sock && ln -s /run/wgj-65534/wg7.sock /run/wireguard");
        host.sh("setpriv --reuid nobody ln -s ../wireguard/wg8.sock /run/wgj-65534/wg7.sock");
        assertRefused("set wg7 private-key /run/key", "is served by a process of user root");
        assertEquals("(none)", host.sh("wg show wg8 private-key"));
        host.sh("rm /run/wireguard/wg8.sock");
        new Daemon(host, "wg8").awaitGone();
        host.sh("rm -r /run/wgj-65534");
    }

    /** JNA unpacks its library there, unless it is told where it is. */
    @Test
    void nothingThatRootRunsIsUnpackedIntoAHomeOfAnotherUser() {
        host.sh("install -d -o nobody /run/home && HOME=/run/home %s up %s", WGJ, file);
        Daemon daemon = new Daemon(host, "wg0");
        String libraries = host.sh("sed 's/^[^/]*//' /proc/%s/maps | grep '[.]so'", daemon.pid());
        assertTrue(libraries.contains("/lib/native/com/sun/jna/"), libraries);
        assertTrue(libraries.contains("/lib/native/META-INF/native/libnetty"), libraries);
        assertFalse(libraries.contains("/tmp/"), libraries);
        assertEquals("", host.sh("ls -A /run/home"));
        host.sh("%s down wg0; rm -f /run/was-root", WGJ);
        daemon.awaitGone();
    }

    @Test
    void aDaemonMakesNoSocketInAnotherUsersFolder() {
        host.sh("install -d -o nobody /run/wireguard");
        Command.Result result = host.run("'%s' wg0".formatted(Implementation.WGJ.launcher()));
        assertNotEquals(0, result.exit());
        assertTrue(result.err().contains("run/wireguard belongs to nobody"), result::toString);
        assertEquals("", host.sh("ls -A /run/wireguard"));
    }
}
