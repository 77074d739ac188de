// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
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
import org.wgj.lab.KeyPair;
import org.wgj.lab.Repository;
import org.wgj.lab.WgInterface;

import java.util.List;

/** No packet goes past a tunnel with default routes, whatever the sysctls of IPv6 are. */
@Tag("root")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LeakTest {
    private static final String WGJ = Repository.folder().resolve("bin/wgj").toString();
    private static final String OUTSIDE = "2001:db8::1";

    @RegisterExtension final Lab lab = new Lab();

    private Host host;
    private Host world;
    private KeyPair keys;
    private String peer;
    private String before;

    /**
     * The world answers all packets past the tunnel. The other end of the tunnel does not exist;
     * the doctor alone would wait for its answer.
     */
    @BeforeEach
    void connect() {
        host = lab.host("host");
        world = lab.host("world");
        keys = KeyPair.generate();
        peer = KeyPair.generate().publicKey();
        Host.connect(host, "eth0", world, "eth0");
        world.address("eth0", "10.1.0.2/24");
        world.sh("ip address add fd01::2/64 dev eth0 nodad");
        world.sh("ip address add %s/128 dev lo nodad", OUTSIDE);
        host.address("eth0", "10.1.0.1/24");
        host.sh("ip address add fd01::1/64 dev eth0 nodad");
        host.sh("ip -4 route add default via 10.1.0.2; ip -6 route add default via fd01::2");
        Traffic.ping(host, OUTSIDE);
    }

    @AfterEach
    void forget() {
        Leftovers.awaitNone(host, before);
    }

    private Command.Result up(String wgj) {
        before = host.sh(Leftovers.SCRIPT);
        host.file(
                "wg0.conf",
                """
                [Interface]
                PrivateKey = %s
                Address = 10.7.0.2/32, fd07::2/128
                [Peer]
                PublicKey = %s
                AllowedIPs = 0.0.0.0/0, ::/0
                Endpoint = 10.1.0.2:51820
                """
                        .formatted(keys.privateKey(), peer));
        return host.run(wgj + " up /run/wg0.conf");
    }

    /** It answers handshakes and no packets, as it has no address. */
    private void startPeer() {
        WgInterface other = lab.wireguard(world, Implementation.WGJ, "wg0");
        other.configure(
                51820,
                "[Peer]\nPublicKey = %s\nAllowedIPs = 10.7.0.2/32, fd07::2/128"
                        .formatted(keys.publicKey()));
        other.up();
        peer = other.keys().publicKey();
    }

    private boolean isAnsweredPastTheTunnel() {
        return host.run("ping -6 -c 1 -W 1 " + OUTSIDE).exit() == 0;
    }

    /** As Docker has it on an IPv6 network, and as administrators do. */
    @ParameterizedTest
    @ValueSource(
            strings = {"all.disable_ipv6=1 %1$s.eth0.disable_ipv6=0", "default.disable_ipv6=1"})
    void ipv6SwitchedOffForNewInterfacesIsSwitchedOnForTheTunnel(String switches) {
        String conf = "net.ipv6.conf";
        host.sh("sysctl -qw " + conf + "." + switches.formatted(conf));
        host.sh("ip address replace fd01::1/64 dev eth0 nodad");
        host.sh("ip -6 route replace default via fd01::2");
        Traffic.ping(host, OUTSIDE);
        up(WGJ).orFail();
        assertTrue(host.sh("ip -6 address show dev wg0").contains("fd07::2/128"));
        assertFalse(isAnsweredPastTheTunnel());
        host.sh(WGJ + " down wg0");
    }

    @Test
    void ipv6ThatCannotBeSwitchedOnIsAnErrorWithAdvice() {
        host.sh("sysctl -qw net.ipv6.conf.default.disable_ipv6=1");
        Command.Result up =
                up(
                        "unshare -m sh -c 'mount --bind /proc/sys /proc/sys && mount -o"
                                + " remount,bind,ro /proc/sys && exec \"$@\"' - "
                                + WGJ);
        assertEquals(1, up.exit(), up::toString);
        assertTrue(up.err().contains("set net.ipv6.conf.default.disable_ipv6=0"), up::toString);
    }

    private String leaks() {
        String report = host.run(WGJ + " doctor /run/wg0.conf").out();
        return String.join(
                "\n", report.lines().filter(line -> line.matches("  .* leaks .*")).toList());
    }

    /** Undone by hand, since what the doctor advises ends in going down and up. */
    @Test
    void theDoctorFindsEveryLeak() {
        startPeer();
        host.file("resolv.conf", "nameserver 10.1.0.2\n");
        host.sh("mount --bind /run/resolv.conf /etc/resolv.conf");
        up(WGJ).orFail();
        String names = leaks();
        assertTrue(
                names.contains("FAIL  leaks          names are looked up past the tunnel"), names);
        host.sh("echo nameserver 10.7.0.1 > /etc/resolv.conf");
        assertTrue(leaks().contains("PASS  leaks "), leaks());
        record Leak(String command, String undo, String seen) {}
        for (Leak leak :
                List.of(
                        new Leak(
                                "ip -4 rule del not fwmark 51820 table 51820",
                                "ip -4 rule add priority 32765 not fwmark 51820 table 51820",
                                "IPv4 goes past the tunnel: packets to 133.0.0.1 leave by eth0,"
                                        + " because no rule sends them to table 51820"),
                        new Leak(
                                "ip -6 rule add priority 5 table main",
                                "ip -6 rule del priority 5 table main",
                                "because the rule \"table main\" (priority 5) comes before"),
                        new Leak(
                                "ip route add 128.0.0.0/1 via 10.1.0.2",
                                "ip route del 128.0.0.0/1",
                                "because there is a narrower route: 128.0.0.0/1 via 10.1.0.2"),
                        new Leak(
                                "nft delete table ip6 wg-quick-wg0",
                                "nft add table ip6 wg-quick-wg0",
                                "packets to fd07::2 that come in past the tunnel are not dropped"),
                        new Leak(
                                "sysctl -qw net.ipv6.conf.wg0.disable_ipv6=1",
                                "true",
                                "because IPv6 is switched off for wg0"),
                        new Leak(
                                "ip link set wg0 mtu 1200",
                                "true",
                                "because IPv6 needs an MTU of 1280 and wg0 has 1200"))) {
            host.sh(leak.command());
            String found = leaks();
            host.sh(leak.undo());
            assertTrue(
                    found.lines().anyMatch(l -> l.contains("FAIL") && l.contains(leak.seen())),
                    () -> leak + " in\n" + found);
        }
        host.sh(WGJ + " down wg0");
    }

    private String rules(String program) {
        return host.sh(program).lines().filter(line -> line.contains("wg0")).toList().toString();
    }

    /** As on a kernel without nf_tables. */
    @Test
    void iptablesReplacesAFailingNftAndIfBothFailAWarningSaysSo() {
        startPeer();
        host.sh("mkdir /run/bin; ln -s /bin/false /run/bin/nft");
        String path = "PATH=/run/bin:$PATH ";
        String up = up(path + WGJ).orFail().err();
        assertFalse(up.contains("[!]"), up);
        assertTrue(rules("iptables-save").contains("-d 10.7.0.2/32 ! -i wg0"));
        assertTrue(rules("ip6tables-save").contains("-d fd07::2/128 ! -i wg0"));
        String doctor = path + WGJ + " doctor /run/wg0.conf";
        assertFalse(host.run(doctor).out().contains("CVE-2019-14899"));
        host.sh(path + WGJ + " down wg0");
        assertEquals("[]", rules("iptables-save"));
        assertEquals("[]", rules("ip6tables-save"));

        for (String program : List.of("iptables", "ip6tables")) {
            host.sh("ln -s /bin/false /run/bin/%s-restore", program);
            host.sh("ln -s /bin/false /run/bin/%s-save", program);
        }
        String without = up(path + WGJ).orFail().err();
        for (String program : List.of("iptables-restore", "ip6tables-restore")) {
            String warning = "[!] neither nft nor " + program + " works here: packets to the";
            assertTrue(without.contains(warning), without);
        }
        assertTrue(host.run(doctor).out().contains("packets to 10.7.0.2 and fd07::2 that come in"));
        host.sh(path + WGJ + " down wg0");
    }
}
