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
import org.wgj.lab.Await;
import org.wgj.lab.Command;
import org.wgj.lab.Daemon;
import org.wgj.lab.Host;
import org.wgj.lab.Implementation;
import org.wgj.lab.KeyPair;
import org.wgj.lab.Repository;
import org.wgj.lab.WgInterface;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/**
 * {@code wgj up} and {@code down} with and without the programs they can use, and beside the stock
 * wg-quick; after each test the host is as before, foreign rules and filters included.
 */
@Tag("root")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WgjUpTest {
    private static final String OLD_RESOLV_CONF = "nameserver 127.0.0.53\noptions edns0";

    /** The programs that bin/wgj itself needs: only a shell. */
    private static final List<String> BARE =
            List.of("bash", "readlink", "dirname", "sed", "nproc", "cat");

    @RegisterExtension final Lab lab = new Lab();

    private RoadWarrior warrior;
    private Host client;
    private Host serverHost;
    private WgInterface server;
    private String before;

    /** The client has a rule, a route and a packet filter of its own. */
    @BeforeAll
    void connect() {
        warrior = new RoadWarrior(lab);
        client = warrior.client();
        serverHost = warrior.serverHost();
        server = warrior.server();
        client.sh("mkdir /run/bare");
        for (String program : BARE) {
            client.sh("ln -s \"$(command -v %s)\" /run/bare/", program);
        }
        client.file("resolv.conf", OLD_RESOLV_CONF + "\n");
        client.sh("mount --bind /run/resolv.conf /etc/resolv.conf");
        client.sh("ip rule add from 203.0.113.0/24 table 7 && ip route add 203.0.113.0/24 dev lo");
        client.sh("ip route add blackhole 203.0.113.128/25 table 51821");
        client.sh("nft add table inet foreign && nft add chain inet foreign drops");
        before = client.sh(Leftovers.SCRIPT);
    }

    @BeforeEach
    void anEmptyLog() {
        client.sh("rm -f /run/bin/* /run/log");
    }

    @AfterEach
    void nothingIsLeftBehind() {
        client.run("ip link del tunnel0; ip link del tunnel1");
        Leftovers.awaitNone(client, before);
        assertEquals(OLD_RESOLV_CONF, client.sh("cat /etc/resolv.conf"));
        assertEquals("", client.sh("ls /run/wgj 2>/dev/null || true"));
        assertEquals("0", client.sh("cat /proc/sys/net/ipv4/conf/all/src_valid_mark"));
    }

    private String file(String interfaceLines, String allowedIps) {
        return file("tunnel0", "10.9.0.1/24, fd09::1/64", interfaceLines, allowedIps);
    }

    private String file(String name, String addresses, String interfaceLines, String allowedIps) {
        return warrior.file(name, addresses, interfaceLines, allowedIps);
    }

    private void program(String name, String script) {
        warrior.program(name, script);
    }

    private Command.Result wgj(String path, String arguments) {
        return client.run(
                "PATH=%s '%s' %s"
                        .formatted(path, Repository.folder().resolve("bin/wgj"), arguments));
    }

    private Command.Result wgj(String arguments) {
        return wgj("/run/bin:$PATH", arguments);
    }

    /** With nothing but a shell. */
    private Command.Result bareWgj(String arguments) {
        return wgj("/run/bare", arguments);
    }

    @Test
    void withOnlyAShellAFileComesUpCarriesTrafficAndGoesDown() {
        String file =
                file(
                        "DNS = 10.9.0.2, example.org\nPostUp = echo %i > /run/log\n",
                        "10.9.0.0/24, fd09::/64, 10.77.0.0/16, 10.77.1.0/24");
        client.sh("ip route add 10.1.0.2/32 dev eth0 mtu 1400");
        String up = bareWgj("up " + file).orFail().err();
        client.sh("ip route delete 10.1.0.2/32 dev eth0 mtu 1400");
        assertTrue(up.contains("[#] ip -4 address add 10.9.0.1/24 dev tunnel0\n"), up);
        assertTrue(up.contains("[#] ip link set mtu 1320 up dev tunnel0\n"), up);
        Traffic.ping(client, "10.9.0.2");
        Traffic.ping(client, "fd09::2");
        assertEquals("tunnel0", client.sh("cat /run/log"));
        assertEquals("1320", client.sh("cat /sys/class/net/tunnel0/mtu"));
        assertEquals("off", client.sh("wg show tunnel0 fwmark"));
        assertEquals(
                "10.9.0.0/24 10.77.0.0/16 10.77.1.0/24",
                client.sh("ip -o route show dev tunnel0 | awk '{ print $1 }' | xargs"));
        String resolvConf = client.sh("cat /etc/resolv.conf");
        assertTrue(resolvConf.endsWith("\nnameserver 10.9.0.2\nsearch example.org"), resolvConf);

        Command.Result second = bareWgj("up " + file);
        assertEquals(1, second.exit());
        assertTrue(second.err().contains("`tunnel0' already exists"), second.err());
        Traffic.ping(client, "10.9.0.2");
        bareWgj("down " + file).orFail();
    }

    @Test
    void defaultRoutesLeadIntoTheTunnelAndDownNeedsNoFile() {
        String file = file("", "0.0.0.0/0, ::/0");
        wgj("up " + file).orFail();
        assertEquals("0xca6c", client.sh("wg show tunnel0 fwmark"));
        for (String family : new String[] {"-4", "-6"}) {
            String rules = client.sh("ip %s rule", family);
            assertTrue(rules.contains("not from all fwmark 0xca6c lookup 51820"), rules);
            assertTrue(rules.contains("lookup main suppress_prefixlength 0"), rules);
        }
        String filter = client.sh("nft list ruleset");
        assertTrue(filter.contains("table ip wg-quick-tunnel0"), filter);
        assertTrue(filter.contains("ip6 daddr fd09::1 fib saddr type != local drop"), filter);
        assertEquals("1", client.sh("cat /proc/sys/net/ipv4/conf/all/src_valid_mark"));
        try (Capture outside =
                Capture.open(serverHost, "eth0", "icmp or icmp6 and not icmp6[0] >= 133")) {
            Traffic.ping(client, "198.51.100.1");
            Traffic.ping(client, "2001:db8::1");
            Traffic.ping(serverHost, "10.9.0.1");
            assertEquals("", outside.text());
        }
        client.sh("rm %s", file);
        wgj("down tunnel0").orFail();
    }

    @Test
    void existingProgramsAreUsedAsWgQuickUsesThem() {
        program("resolvconf", "{ echo \"$*\"; [[ $1 != -a ]] || cat; } >> /run/log");
        String file =
                file(
                        "DNS = 10.9.0.2\nTable = 1234\nFwMark = 0x77\nMTU = 1380",
                        "10.9.0.0/24, 0.0.0.0/0");
        wgj("up " + file).orFail();
        assertEquals("-a tunnel0 -m 0 -x\nnameserver 10.9.0.2", client.sh("cat /run/log"));
        assertEquals(OLD_RESOLV_CONF, client.sh("cat /etc/resolv.conf"));
        assertEquals(
                "default dev tunnel0 scope link \n10.9.0.0/24 dev tunnel0 scope link",
                client.sh("ip route show table 1234"));
        assertFalse(client.sh("ip rule").contains("1234"));
        assertEquals("0x77", client.sh("wg show tunnel0 fwmark"));
        assertEquals("1380", client.sh("cat /sys/class/net/tunnel0/mtu"));
        wgj("down " + file).orFail();
        assertTrue(client.sh("cat /run/log").endsWith("\n-d tunnel0 -f"));
    }

    @Test
    void theStockWgQuickTakesOursDownAndWeTakeItsDown() {
        String file = file("", "0.0.0.0/0, ::/0");
        wgj("up " + file).orFail();
        client.sh("wg-quick down " + file);
        client.sh("sysctl -q net.ipv4.conf.all.src_valid_mark=0"); // wg-quick leaves it

        client.sh(
                "WG_QUICK_USERSPACE_IMPLEMENTATION='%s' wg-quick up %s >/run/quick.log 2>&1",
                Implementation.WGJ.launcher(), file);
        client.sh("rm -r /run/wgj/*"); // ours is of the first time
        wgj("down " + file).orFail();
        client.sh("sysctl -q net.ipv4.conf.all.src_valid_mark=0");
    }

    @Test
    void rulesThatWgQuickUsesMeanwhileAreNotUndone() {
        String file = file("", "0.0.0.0/0");
        wgj("up " + file).orFail();
        client.sh("wg-quick down " + file);
        String other = file("tunnel1", "10.9.0.1/24", "", "0.0.0.0/0");
        client.sh(
                "WG_QUICK_USERSPACE_IMPLEMENTATION='%s' wg-quick up %s >/run/quick.log 2>&1",
                Implementation.WGJ.launcher(), other);
        wgj("down tunnel0").orFail();
        Traffic.ping(client, "198.51.100.1");
        assertTrue(client.sh("ip rule").contains("not from all fwmark 0xca6c lookup 51820"));
        client.sh("wg-quick down " + other);
        client.sh("rm -r /run/wgj"); // knows that the switch was off, for the next interface that
        // needs it
        client.sh("sysctl -q net.ipv4.conf.all.src_valid_mark=0");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "PostUp = echo post; exit 3",
                "PostUp = true | false | true; echo not reached",
                "ListenPort = 5353",
                "Address = 10.9.0.1/24",
            })
    void aFailedUpLeavesNothing(String line) {
        Process taken =
                client.start(
                        List.of(
                                "perl",
                                "-MIO::Socket::INET",
                                "-e",
                                "my $s = IO::Socket::INET->new(Proto => 'udp', LocalPort => 5353)"
                                        + " or die;"
                                        + " $| = 1; print \"bound\\n\"; <STDIN>"));
        try {
            assertEquals("bound", taken.inputReader().readLine());
            String file =
                    file("DNS = 10.9.0.2\nPostDown = echo down >> /run/log\n" + line, "0.0.0.0/0");
            Command.Result up = wgj("up " + file);
            assertEquals(1, up.exit(), up.toString());
            assertFalse(up.text().contains("\tat "), up.toString());
            boolean hook = line.startsWith("PostUp");
            // PostDown undoes the work of PostUp; if PostUp had not begun, there is nothing to
            // undo.
            assertEquals(hook ? "down" : "", client.sh("cat /run/log 2>/dev/null || true"));
            String expected =
                    hook
                            ? "the hook failed with exit code"
                            : line.startsWith("ListenPort") ? "UDP port 5353" : "10.9.0.1/24";
            assertTrue(up.err().contains(expected), up.err());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            taken.destroy();
        }
    }

    @Test
    void settingsThatTheKernelWouldRefuseAreRefusedEarly() {
        Command.Result mtu = wgj("up " + file("MTU = 1200", "0.0.0.0/0, ::/0"));
        assertEquals(1, mtu.exit(), mtu.toString());
        assertTrue(mtu.err().contains("MTU: IPv6 needs at least 1280"), mtu.err());
        assertFalse(mtu.err().contains("[#]"), mtu.err());
        Command.Result route = wgj("up " + file("", "203.0.113.0/24"));
        assertEquals(1, route.exit(), route.toString());
        assertTrue(
                route.err().contains("another route to that already (203.0.113.0/24 dev lo"),
                route.err());
    }

    @Test
    void anMtuTooLongForADatagramIsWarnedOf() {
        String up = wgj("up " + file("MTU = 65500", "10.9.0.0/24")).orFail().err();
        assertTrue(up.contains("MTU: a datagram carries packets of 65475 bytes at most"), up);
        Command.Result ping = client.run("ping -c 1 -w 5 -M do -s 65460 10.9.0.2");
        assertTrue(ping.out().contains("Frag needed and DF set (mtu = 65472)"), ping.toString());
        wgj("down tunnel0").orFail();
    }

    @Test
    void aSmallMtuToTheEndpointStillAllowsIpv6() {
        client.sh("ip route add 10.1.0.2/32 dev eth0 mtu 1300");
        String up = wgj("up " + file("", "10.9.0.0/24, fd09::/64")).orFail().err();
        client.sh("ip route delete 10.1.0.2/32 dev eth0 mtu 1300");
        assertTrue(up.contains("[#] ip link set mtu 1280 up dev tunnel0\n"), up);
        Traffic.ping(client, "fd09::2");
        wgj("down tunnel0").orFail();
    }

    @Test
    void anUnknownHostOrOneBadFileOfSeveralLeavesNothing() {
        String good = file("", "10.9.0.0/24");
        String bad =
                client.file(
                        "tunnel1.conf",
                        """
                        [Interface]
                        PrivateKey = %s
                        [Peer]
                        PublicKey = %s
                        Endpoint = no-such-host.invalid:51820
                        AllowedIPs = 10.20.0.0/16
                        """
                                .formatted(
                                        warrior.clientKeys().privateKey(),
                                        server.keys().publicKey()));
        Command.Result up =
                client.run(
                        "WG_ENDPOINT_RESOLUTION_RETRIES=0 '%s' up %s %s"
                                .formatted(Repository.folder().resolve("bin/wgj"), good, bad));
        assertEquals(1, up.exit());
        assertTrue(up.err().contains("no-such-host.invalid"), up.err());
        assertTrue(up.err().contains("[#] ip link delete dev tunnel0"), up.err());

        client.file("tunnel1.conf", "[Interface]\nPrivateKey = nonsense\n");
        Command.Result unread = wgj("up " + good + " " + bad);
        assertEquals(1, unread.exit());
        assertFalse(unread.err().contains("[#]"), unread.err());
    }

    /** Each kills the JVM of {@code wgj up} at a moment of its own. */
    @ParameterizedTest
    @ValueSource(strings = {"PreUp", "resolvconf", "nft", "PostUp"})
    void afterACrashOfUpDownUndoesWhatWasDone(String where) {
        boolean hook = where.endsWith("Up");
        if (!hook) {
            program(where, "[[ $1 = -d || $1 = list ]] || { kill -9 $PPID; exit 1; }");
        }
        String line = hook ? where + " = kill -9 $PPID" : "";
        String file = file("DNS = 10.9.0.2\n" + line, "0.0.0.0/0, ::/0");
        Command.Result up = wgj("up " + file);
        assertEquals(137, up.exit(), up.toString());
        assertNotEquals("", client.sh("ls /run/wgj"));
        client.sh("rm -f /run/bin/nft");
        wgj("down " + file).orFail();
    }

    @Test
    void afterTheDaemonWasKilledUpUndoesTheRestAndDownRemovesItsSocket() {
        String file = file("DNS = 10.9.0.2", "0.0.0.0/0");
        for (int i = 0; i < 2; i++) {
            wgj("up " + file).orFail();
            new Daemon(client, "tunnel0").signal("KILL");
            Await.until(
                    "the interface is gone", () -> client.run("ip link show tunnel0").exit() != 0);
        }
        wgj("up " + file).orFail();
        Traffic.ping(client, "198.51.100.1");
        new Daemon(client, "tunnel0").signal("KILL");
        Await.until("the interface is gone", () -> client.run("ip link show tunnel0").exit() != 0);
        wgj("down " + file).orFail();
    }

    @Test
    void aDaemonWhoseUpWasKilledDoesNotOutliveIt() {
        String file = file("", "10.9.0.0/24");
        client.sh(
                "'%s' up %s >/run/quick.log 2>&1 & echo $! > /run/pid",
                Repository.folder().resolve("bin/wgj"), file);
        Await.until(
                "the interface is being made",
                () -> client.run("grep -qx link /run/wgj/tunnel0.journal").exit() == 0);
        client.sh("kill -9 $(cat /run/pid); rm /run/pid");
        wgj("down tunnel0").orFail();
    }

    /** The daemon waits in setpriv(1), which comes before its JVM. */
    @Test
    void aDaemonThatStartsAfterDownMakesNoInterface() {
        program(
                "setpriv",
                """
                if [[ $* = *WireguardJava* ]]; then
                    echo $$ >/run/held.new && mv /run/held.new /run/held
                    until [ -e /run/go ]; do sleep 0.1; done
                fi
                PATH=${PATH#/run/bin:} exec setpriv "$@"
                """);
        String file = file("", "10.9.0.0/24");
        client.sh(
                "PATH=/run/bin:$PATH '%s' up %s >/run/quick.log 2>&1 & echo $! > /run/pid",
                Repository.folder().resolve("bin/wgj"), file);
        Await.until("the daemon is starting", () -> client.run("test -e /run/held").exit() == 0);
        client.sh("kill -9 $(cat /run/pid); rm /run/pid");
        wgj("down tunnel0").orFail();
        client.sh("touch /run/go");
        Await.until(
                "the daemon has ended", () -> client.run("kill -0 $(cat /run/held)").exit() != 0);
        client.sh("rm /run/held /run/go");
        String log = client.sh("cat /run/quick.log");
        assertTrue(log.contains("no interface is made"), log);
    }

    @Test
    void twoInterfacesWithDefaultRoutesDoNotDisturbEachOther() {
        String first = file("DNS = 10.9.0.2", "0.0.0.0/0");
        String second = file("tunnel1", "10.9.1.1/24", "DNS = 10.9.0.3", "0.0.0.0/0, ::/0");
        bareWgj("up %s %s".formatted(first, second)).orFail();
        assertEquals("0xca6c", client.sh("wg show tunnel0 fwmark"));
        // 51821 is in use by somebody else.
        assertEquals("0xca6e", client.sh("wg show tunnel1 fwmark"));
        bareWgj("down tunnel0").orFail();
        assertTrue(client.sh("ip rule").contains("not from all fwmark 0xca6e lookup 51822"));
        assertTrue(client.sh("ip rule").contains("suppress_prefixlength 0"));
        assertEquals("1", client.sh("cat /proc/sys/net/ipv4/conf/all/src_valid_mark"));
        assertTrue(client.sh("cat /etc/resolv.conf").contains("10.9.0.3"));
        bareWgj("down tunnel1").orFail();
    }

    @Test
    void withoutWritableSysctlsItGoesOnAndWarns() {
        String file = file("", "0.0.0.0/0");
        Command.Result up =
                client.run(
                        "unshare -m bash -c \"mount --bind /proc/sys /proc/sys && mount -o"
                                + " remount,bind,ro /proc/sys && exec '%s' up %s\""
                                        .formatted(Repository.folder().resolve("bin/wgj"), file));
        up.orFail();
        assertTrue(up.err().contains("[!] net.ipv4.conf.all.src_valid_mark"), up.err());
        Traffic.ping(client, "198.51.100.1");
        wgj("down tunnel0").orFail();
    }

    @Test
    void aPeerAddedLiveIsSavedAndComesUpAgain() {
        String peer = KeyPair.generate().publicKey();
        String file = file("SaveConfig = true\nPostUp = echo '#1' %i", "10.9.0.0/24, fd09::/64");
        wgj("up " + file).orFail();
        client.sh("wg set tunnel0 peer %s allowed-ips 10.66.0.0/16", peer);
        String shown = client.sh("wg showconf tunnel0");
        wgj("down tunnel0").orFail();
        assertEquals("600", client.sh("stat -c %a " + file));
        String saved = client.sh("cat " + file);
        assertTrue(saved.contains("Address = 10.9.0.1/24\nAddress = fd09::1/64\n"), saved);
        assertTrue(saved.contains("SaveConfig = true\nPostUp = echo '#1' %i\n"), saved);
        assertFalse(saved.contains("fe80"), saved);

        wgj("up " + file).orFail();
        assertEquals(shown, client.sh("wg showconf tunnel0"));
        assertTrue(client.sh("ip route").contains("10.66.0.0/16 dev tunnel0"));
        Traffic.ping(client, "fd09::2");
        client.sh("wg set tunnel0 peer %s remove", peer);
        wgj("save " + file).orFail();
        assertFalse(client.sh("cat " + file).contains(peer));
        wgj("down " + file).orFail();
    }

    @Test
    void anInterruptedUpUndoesWhatItDid() {
        String file = file("PostUp = kill $PPID; sleep 60; true", "10.9.0.0/24");
        Command.Result up = wgj("up " + file);
        assertEquals(143, up.exit(), up.toString());
        assertTrue(up.err().contains("[#] ip link delete dev tunnel0"), up.err());
    }

    /** On a host of its own: iptables leaves empty tables behind. */
    @Test
    void itWorksWithIptablesAndWithoutIpv6() {
        Host host = lab.host("old");
        host.sh("mkdir -p /run/old && sysctl -q net.ipv6.conf.all.disable_ipv6=1");
        for (String program : BARE) {
            host.sh("ln -s \"$(command -v %s)\" /run/old/", program);
        }
        host.sh("ln -s \"$(command -v iptables)\"* /run/old/");
        String file =
                host.file(
                        "wg7.conf",
                        "[Interface]\nPrivateKey = %s\nAddress = 10.9.0.1/24, fd09::1/64\n[Peer]\nPublicKey = %s\nAllowedIPs = 0.0.0.0/0, ::/0"
                                .formatted(
                                        warrior.clientKeys().privateKey(),
                                        server.keys().publicKey()));
        String wgj = "PATH=/run/old '" + Repository.folder().resolve("bin/wgj") + "' ";
        String up = host.run(wgj + "up " + file).orFail().err();
        assertTrue(up.contains("[!] this host has no IPv6: wg7 goes without fd09::1/64"), up);
        String rules = host.sh("iptables-save");
        assertTrue(rules.contains("-d 10.9.0.1/32 ! -i wg7 -m addrtype"), rules);
        assertTrue(rules.contains("--save-mark"), rules);
        assertEquals("1420", host.sh("cat /sys/class/net/wg7/mtu"));
        host.run(wgj + "down wg7").orFail();
        assertFalse(host.sh("iptables-save").contains("wg7"));
        assertFalse(host.sh("ip rule").contains("51820"));
    }

    @Test
    void withoutRootTheMessageSaysWhatToDo() {
        String file = file("", "10.9.0.0/24");
        Command.Result up =
                client.run(
                        "setpriv --bounding-set=-net_admin --inh-caps=-net_admin '%s' up %s"
                                .formatted(Repository.folder().resolve("bin/wgj"), file));
        assertEquals(1, up.exit());
        assertTrue(up.err().contains("CAP_NET_ADMIN"), up.err());
        Command.Result nobody =
                client.run(
                        "chmod 644 %s; setpriv --reuid=65534 --clear-groups '%s' up %s"
                                .formatted(file, Repository.folder().resolve("bin/wgj"), file));
        assertEquals(1, nobody.exit());
        assertTrue(nobody.err().contains("run as root"), nobody.err());
        Command.Result down = wgj("down tunnel0");
        assertEquals(1, down.exit());
        Command.Result notThere = wgj("down " + file);
        assertTrue(
                notThere.err().contains("`tunnel0' is not a WireGuard interface"), notThere.err());
    }
}
