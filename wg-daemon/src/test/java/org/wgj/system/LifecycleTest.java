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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.wgj.lab.Await;
import org.wgj.lab.Command;
import org.wgj.lab.Daemon;
import org.wgj.lab.Host;
import org.wgj.lab.Implementation;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A daemon starts, ends, is killed or is refused, and leaves nothing behind. */
@Tag("root")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LifecycleTest {
    /**
     * Starts every program that runs for long; /run/ready tells whether all have begun, and loaded
     * their classes.
     */
    private static final String PROGRAMS =
            """
            umask 077
            PATH=/run/opt/bin:$PATH
            ip link set lo up
            start() { name=$1; shift; "$@" >/run/$name.log 2>&1 </dev/null & echo $! >/run/$name.pid; }
            configure() {
                printf '[Interface]\\nPrivateKey = %s\\nAddress = 10.9.9.1/24\\n' $(wg genkey) >/run/$1.conf
                printf '[Peer]\\nPublicKey = %s\\nAllowedIPs = 10.9.9.2/32\\n' $(wg genkey | wg pubkey) >>/run/$1.conf
            }
            for name in wgr proxy user; do configure $name; done
            sed -i s,10.9.9.2/32,0.0.0.0/0, /run/wgr.conf
            printf '[Socks5]\\nBindAddress = 127.0.0.1:1080\\n' >>/run/proxy.conf
            printf '[Socks5]\\nBindAddress = 127.0.0.1:1081\\n' >>/run/user.conf
            wgj mesh init --name prod --endpoint 127.0.0.1:51820 --state /run/mesh
            start serve wgj mesh serve --state /run/mesh
            start daemon wireguard-java -f wgd
            start run wgj run /run/wgr.conf
            start proxy wgj proxy /run/proxy.conf
            start userspace wgj run --userspace /run/user.conf
            until [ -S /run/mesh/coordinator/coordinator.sock ]; do sleep 0.1; done
            token=$(wgj mesh token --state /run/mesh)
            start node wgj join --foreground --name a --port 51821 --state /run/node $token
            cat >/run/ready <<'END'
            for pid in $(cat /run/*.pid); do ! grep -q wgj-classes /proc/$pid/task/*/comm || exit; done
            cd /var/run/wireguard && test -S wg0.sock -a -S wgd.sock -a -S wgr.sock &&
                grep -q 'node 1 a' /run/node.log &&
                ss -Hltn | grep -q :1080 && ss -Hltn | grep -q :1081
            END
            """;

    private static final String UNDONE =
            "ip -4 rule && nft list tables && sysctl net.ipv4.conf.all.src_valid_mark";

    @RegisterExtension final Lab lab = new Lab();

    private Host host;
    private String before;

    @BeforeAll
    void open() {
        host = lab.host("host");
        host.sh("mkdir -p /var/run/wireguard");
        before = host.sh(Leftovers.SCRIPT);
    }

    /** Each test ends what it started. */
    @AfterEach
    void nothingIsLeftBehind() {
        Leftovers.awaitNone(host, before);
    }

    private Daemon start() {
        return lab.daemon(host, Implementation.WGJ, "wg0");
    }

    private static Path launcher() {
        return Implementation.WGJ.launcher();
    }

    @Test
    void whenTheLauncherReturnsTheSocketAnswers() {
        Daemon daemon = start();
        assertEquals("wg0", host.sh("wg show interfaces"));
        host.sh("test -S " + daemon.socket());
        assertNotEquals("", daemon.pid());
        host.sh("ip link del wg0");
    }

    @Test
    void deletingTheInterfaceEndsTheDaemonAndRemovesItsSocket() {
        Daemon daemon = start();
        host.sh("ip link set wg0 up && ip link del wg0");
        daemon.awaitGone();
    }

    @Test
    void deletingTheSocketEndsTheDaemonAndRemovesItsInterface() {
        Daemon daemon = start();
        host.sh("rm " + daemon.socket());
        daemon.awaitGone();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TERM", "INT"})
    void aSignalEndsTheDaemonInOrder(String signal) {
        Daemon daemon = start();
        daemon.signal(signal);
        daemon.awaitGone();
    }

    /** As in the background of a script. */
    @ParameterizedTest
    @ValueSource(strings = {"TERM", "INT"})
    void aSignalThatItsParentIgnoresEndsTheDaemonToo(String signal) {
        host.sh("trap '' INT TERM; '%s' wg0 >>/run/wg0.log 2>&1", Implementation.WGJ.launcher());
        Daemon daemon = new Daemon(host, "wg0");
        daemon.signal(signal);
        daemon.awaitGone();
    }

    @Test
    void afterSigkillTheNextStartTakesOverTheStaleSocket() {
        Daemon daemon = start();
        daemon.signal("KILL");
        Await.until("the killed process gone", () -> daemon.pid().isEmpty());
        assertEquals(
                0, host.run("test -S " + daemon.socket()).exit(), "no stale socket to take over");
        Daemon next = start();
        host.sh("wg set wg0 listen-port 51820 && ip link set wg0 up");
        assertEquals("51820", host.sh("wg show wg0 listen-port"));
        host.sh("ip link del wg0");
        next.awaitGone();
    }

    @Test
    void aSecondDaemonOnTheSameNameIsRefusedAndTheFirstGoesOn() {
        Daemon first = start();
        String pid = first.pid();
        host.sh("wg set wg0 fwmark 0x77");
        Command.Result second = Daemon.launch(host, Implementation.WGJ, "wg0", Map.of());
        assertNotEquals(0, second.exit());
        assertTrue(second.text().matches("(?is).*\\b(in use|busy|already)\\b.*"), second.text());
        assertEquals(pid, first.pid());
        assertEquals("0x77", host.sh("wg show wg0 fwmark"));
        host.sh("ip link del wg0");
        first.awaitGone();
    }

    @ParameterizedTest
    @ValueSource(strings = {"'%s' -f wg0", "WG_PROCESS_FOREGROUND=1 '%s' wg0"})
    void inTheForegroundItStaysUntilItIsEnded(String command) {
        // The shell waits for it and then writes down how it ended.
        host.sh(
                "rm -f /run/ended; ("
                        + command.formatted(launcher())
                        + "; echo $? >/run/ended) >/run/wg0.log 2>&1 &");
        Await.until("configurable", () -> host.run("wg show wg0").exit() == 0);
        assertNotEquals(0, host.run("test -e /run/ended").exit());
        host.sh("ip link del wg0");
        Await.until("ended", () -> host.run("test -s /run/ended").exit() == 0);
        assertEquals("0", host.sh("cat /run/ended; rm /run/ended"));
    }

    /**
     * As an upgrade in place does it. Classes that were not loaded before are lost; so the programs
     * load ours at the start, and end as ever. The last one also loses classes of other jars, such
     * as those of the log's interface, and ends all the same.
     */
    @Test
    void programsWhoseJarsWereOverwrittenEndAllTheSame() {
        OnlyOurs.assume("only ours has jars");
        Host other = lab.host("overwritten");
        OpenCopy.of(other);
        other.file("setup", PROGRAMS);
        String before = other.sh(UNDONE);
        other.sh("mkdir -p /var/run/wireguard && bash /run/setup");
        List<String> programs = List.of("daemon", "run", "proxy", "userspace", "node", "serve");
        Await.until(
                "all run", Duration.ofMinutes(2), () -> other.run("bash /run/ready").exit() == 0);
        for (String program : programs) {
            boolean last = program.equals("serve");
            other.sh(
                    "for jar in %s; do head -c 1000 /dev/urandom >$jar; done",
                    last
                            ? "/run/opt/wg-daemon/target/lib/*.jar"
                            : "/run/opt/wg-daemon/target/{,lib/}wg-*.jar");
            other.sh("kill $(cat /run/%s.pid)", program);
            // "serve", the last one, also loses the jars of libraries, which the others need to
            // end.
            Await.until(
                    program + " has ended",
                    () -> other.run("kill -0 $(cat /run/" + program + ".pid)").exit() != 0);
            if (!last) {
                String log = other.sh("cat /run/%s.log", program);
                assertFalse(log.contains("the end takes longer"), log);
                assertFalse(log.contains("NoClassDefFound"), log);
            }
        }
        assertEquals(before, other.sh(UNDONE));
    }

    @Test
    void anInheritedTunAndSocketAreTaken() {
        // As a supervisor would: it holds /dev/net/tun attached to wg0 as 3 and the listening
        // socket as 4.
        host.file(
                "supervisor",
                """
                use Socket; $^F = 9;
                sysopen(my $tun, "/dev/net/tun", 2) or die; # O_RDWR
                my $request = pack("a16 s x22", "wg0", 0x1001); # IFF_TUN | IFF_NO_PI
                ioctl($tun, 0x400454ca, $request) or die "$!"; # TUNSETIFF
                socket(my $uapi, AF_UNIX, SOCK_STREAM, 0) or die;
                bind($uapi, sockaddr_un("/var/run/wireguard/wg0.sock")) or die "$!";
                listen($uapi, 5) or die;
                chmod 0600, "/var/run/wireguard/wg0.sock";
                $ENV{WG_TUN_FD} = fileno($tun); $ENV{WG_UAPI_FD} = fileno($uapi);
                exec @ARGV;
                """);
        host.sh("perl /run/supervisor '%s' wg0 >/run/wg0.log 2>&1; rm /run/supervisor", launcher());
        Await.until("configurable", () -> host.run("wg show wg0").exit() == 0);
        host.sh("wg set wg0 listen-port 51821 && ip link set wg0 up");
        assertEquals("51821", host.sh("wg show wg0 listen-port"));
        host.sh("ip link del wg0");
    }

    @Test
    void aNameThatCannotBeAnInterfaceIsRefused() {
        refused("'%s' a-name-beyond-15-bytes", "(?is).*(invalid|name|argument).*");
    }

    @Test
    void aNameThatIsAPathIsRefused() {
        OnlyOurs.assume("wireguard-go leaves it to the kernel, which says nothing of the name");
        refused("'%s' ../wg0", "(?is).*name.*");
    }

    @Test
    void aNameThatAnotherKindOfLinkHasIsRefused() {
        host.sh("ip link add wg0 type veth peer name wg0-peer");
        Command.Result result = host.run("'%s' wg0".formatted(launcher()));
        host.sh("ip link del wg0");
        assertNotEquals(0, result.exit());
        assertTrue(
                result.text().matches("(?is).*(in use|busy|already|taken|invalid argument).*"),
                result.text());
    }

    @Test
    void withoutCapNetAdminItSaysSo() {
        refused(
                "setpriv --bounding-set=-net_admin --inh-caps=-net_admin '%s' wg0",
                Implementation.isOurs() ? "(?is).*CAP_NET_ADMIN.*" : "(?is).*not permitted.*");
    }

    @Test
    void withoutDevNetTunItSaysSo() {
        refused(
                "unshare -m bash -c \"mount -t tmpfs tmpfs /dev/net; exec '%s' wg0\"",
                "(?is).*/dev/net/tun.*");
    }

    @Test
    void withoutAnInterfaceItPrintsItsUsage() {
        OnlyOurs.assume("wireguard-go calls that a success");
        refused("'%s'", "(?is).*usage.*");
    }

    private void refused(String command, String words) {
        Command.Result result = host.run(command.formatted(launcher()));
        assertNotEquals(0, result.exit(), result.toString());
        assertTrue(result.text().matches(words), result.toString());
        assertFalse(result.text().contains("\tat "), "a stack trace is no explanation: " + result);
    }

    @Test
    void itPrintsItsVersion() {
        Command.Result version = host.run("'%s' --version".formatted(launcher())).orFail();
        assertTrue(version.out().matches("(?s).*\\d+\\.\\d+.*"), version.toString());
    }

    @Test
    void itPrintsItsUsage() {
        OnlyOurs.assume("wireguard-go calls --help an error");
        Command.Result help = host.run("'%s' --help".formatted(launcher())).orFail();
        assertTrue(help.out().matches("(?is).*usage.*"), help.toString());
    }
}
