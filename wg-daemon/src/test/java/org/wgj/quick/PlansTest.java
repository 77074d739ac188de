// SPDX-License-Identifier: Apache-2.0
package org.wgj.quick;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.wgj.tun.linux.Cidr;
import org.wgj.tun.linux.Route;
import org.wgj.tun.linux.Rule;
import org.wgj.tunnel.config.QuickConfig.Table;

import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Decisions before any change: MTU, routes, firewall rules and the daemon's command. */
class PlansTest {
    private static final Table AUTO = new Table.Auto();

    private static Route route(String link, String destination) {
        return Route.through(link, Cidr.parse(destination));
    }

    private static List<Cidr> prefixes(String... ranges) {
        return Stream.of(ranges).map(Cidr::parse).toList();
    }

    private static List<Cidr> destinations(List<Route> routes) {
        return routes.stream().map(Route::destination).toList();
    }

    @Test
    void allowedIpsAreSortedAsSortNrDoes() {
        // printf '%s\n' ... | LC_ALL=C sort -nr -k 2 -t /
        assertEquals(
                prefixes(
                        "fd00::/64",
                        "10.0.9.0/24",
                        "10.0.10.0/24",
                        "10.0.0.0/8",
                        "::/0",
                        "0.0.0.0/0"),
                DeviceView.sorted(
                        List.of(
                                "0.0.0.0/0",
                                "10.0.10.0/24",
                                "::/0",
                                "10.0.0.0/8",
                                "fd00::/64",
                                "10.0.9.0/24")));
    }

    @Test
    void aRangeCoveredByARouteOfTheInterfaceGetsNone() {
        List<Route> present =
                List.of(
                        route("wg0", "10.9.0.0/24"),
                        route("eth0", "10.20.0.0/16"),
                        route("wg0", "fd09::/64"),
                        route("wg0", "10.30.0.0/16").withTable(7));
        List<Cidr> allowed =
                prefixes(
                        "10.9.0.7/32",
                        "fd09::7/128",
                        "10.9.0.0/24",
                        "10.20.1.0/24",
                        "10.30.0.0/16",
                        "10.9.0.0/16",
                        "::/0",
                        "0.0.0.0/0");
        assertEquals(
                prefixes("10.20.1.0/24", "10.30.0.0/16", "10.9.0.0/16"),
                destinations(AllowedRoutes.of("wg0", allowed, AUTO, present)));
    }

    @Test
    void aNumberedTableGetsAllRoutesAndOffGetsNone() {
        List<Cidr> allowed = prefixes("10.9.0.0/24", "10.9.0.0/16", "0.0.0.0/0");
        List<Route> routes = AllowedRoutes.of("wg0", allowed, new Table.Number(1234), List.of());
        assertEquals(allowed, destinations(routes));
        assertEquals(List.of(1234, 1234, 1234), routes.stream().map(Route::table).toList());
        assertEquals(List.of(), AllowedRoutes.of("wg0", allowed, new Table.Off(), List.of()));
    }

    private static int mtu(List<String> endpoints, Map<String, Integer> ways, int ofDefault)
            throws Exception {
        return MtuChoice.choose(
                endpoints.stream().map(InetAddress::ofLiteral).toList(),
                new MtuChoice.RouteMtus() {
                    @Override
                    public int mtuTo(InetAddress address) {
                        return ways.getOrDefault(address.getHostAddress(), 0);
                    }

                    @Override
                    public int mtuOfDefault() {
                        return ofDefault;
                    }
                });
    }

    @Test
    void theMtuIsTheGreatestRouteMtuMinus80() throws Exception {
        Map<String, Integer> ways = Map.of("192.0.2.1", 1400, "192.0.2.2", 9000);
        assertEquals(8920, mtu(List.of("192.0.2.1", "192.0.2.2"), ways, 1500));
        assertEquals(1320, mtu(List.of("192.0.2.1", "192.0.2.3"), ways, 1500));
        assertEquals(1412, mtu(List.of("192.0.2.3"), ways, 1492));
        assertEquals(1420, mtu(List.of(), ways, 0));
    }

    @Test
    void theRulesOfOneInterfaceAreDistinguishedFromOthers() {
        Rule ours = Rule.unlessMarked(true, 100, 51820, 51820);
        Rule oursBefore = Rule.mainWithoutDefault(true, 99);
        Rule theirs = Rule.unlessMarked(true, 98, 51821, 51821);
        Rule theirsBefore = Rule.mainWithoutDefault(true, 97);
        Rule ipv6 = Rule.unlessMarked(false, 100, 51820, 51820);
        List<Rule> rules = List.of(theirsBefore, theirs, oursBefore, ours, ipv6);
        List<Route> routes =
                List.of(
                        route("wg0", "0.0.0.0/0").withTable(51820),
                        route("wg1", "0.0.0.0/0").withTable(51821),
                        route("wg1", "::/0").withTable(51820));
        assertEquals(List.of(ours, oursBefore), Down.rulesOfDefaultRoutes(rules, routes, "wg0"));
    }

    @Test
    void theAddedIptablesRulesAreTheRemovedOnes() {
        FirewallRules firewall = new FirewallRules("wg0", new RecordedOutput());
        String added = firewall.restoreLines(List.of("10.9.0.1"), 51820);
        assertEquals(
                """
                *raw
                -I PREROUTING ! -i wg0 -d 10.9.0.1 -m addrtype ! --src-type LOCAL -j DROP -m comment --comment "wg-quick(8) rule for wg0"
                COMMIT
                *mangle
                -I POSTROUTING -m mark --mark 51820 -p udp -j CONNMARK --save-mark -m comment --comment "wg-quick(8) rule for wg0"
                -I PREROUTING -p udp -j CONNMARK --restore-mark -m comment --comment "wg-quick(8) rule for wg0"
                COMMIT
                """,
                added);
        String saved =
                """
                # Generated
                *raw
                :PREROUTING ACCEPT [0:0]
                -A PREROUTING -d 10.9.0.1/32 ! -i wg0 -m comment --comment "wg-quick(8) rule for wg0" -j DROP
                -A PREROUTING -d 10.9.0.2/32 -m comment --comment "wg-quick(8) rule for wg01" -j DROP
                COMMIT
                """;
        assertEquals(
                """
                *raw
                -D PREROUTING -d 10.9.0.1/32 ! -i wg0 -m comment --comment "wg-quick(8) rule for wg0" -j DROP
                COMMIT
                """,
                firewall.deletion(saved));
        assertEquals("", firewall.deletion(saved.replace("rule for wg0\"", "rule for wg7\"")));
    }

    @Test
    void theDaemonIsStartedLikeThisProcess() {
        assertEquals(
                List.of(
                        "/opt/java",
                        "-Xmx256m",
                        "-cp",
                        "/a/org.wgj.cli.jar:b",
                        "org.wgj.cli.WireguardJava"),
                ProcessStarter.daemonCommand(
                        List.of(
                                "/opt/java",
                                "-Xmx256m",
                                "-cp",
                                "/a/org.wgj.cli.jar:b",
                                "org.wgj.cli.Wgj",
                                "up",
                                "org.wgj.cli.conf")));
        assertEquals(
                List.of("/opt/java", "-m", "org.wgj.daemon/org.wgj.cli.WireguardJava"),
                ProcessStarter.daemonCommand(
                        List.of("/opt/java", "-m", "org.wgj.daemon/org.wgj.cli.Wgj", "up", "x")));
    }

    @Test
    void theLinesOfWgQuickComeFirstInASavedFile() {
        String shown = "[Interface]\nListenPort = 51820\n\n[Peer]\nPublicKey = x\n";
        String saved =
                SavedConfig.text(
                        shown,
                        QuickConfigText.parse(
                                List.of(
                                        "Address = fd09::1/64",
                                        "SaveConfig = true",
                                        "PostUp = a = b # c")));
        assertEquals(
                "[Interface]\nAddress = fd09::1/64\nSaveConfig = true\nPostUp = a = b # c\n"
                        + shown.substring("[Interface]\n".length()),
                saved);
    }
}
