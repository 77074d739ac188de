// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.wgj.doctor.nft.Ruleset;
import org.wgj.doctor.observation.Internet;
import org.wgj.doctor.observation.Observation.DeviceState;
import org.wgj.doctor.observation.Observation.FirewallState;
import org.wgj.doctor.observation.Observation.NameServer;
import org.wgj.doctor.observation.Observation.NameService;
import org.wgj.doctor.report.Finding;
import org.wgj.doctor.report.Level;
import org.wgj.protocol.IpPrefix;
import org.wgj.tun.linux.Cidr;
import org.wgj.tun.linux.Route;
import org.wgj.tun.linux.Rule;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Every leak past a tunnel with a default route. */
class LeakCheckTest {
    private static final String FILE =
            """
            [Interface]
            Address = 10.7.0.2/32, fd07::2/128
            PrivateKey = K1
            DNS = 10.7.0.1
            [Peer]
            PublicKey = P2
            AllowedIPs = 0.0.0.0/0, ::/0
            Endpoint = 203.0.113.20:51820
            """;
    private static final InetAddress SERVER = InetAddress.ofLiteral("10.7.0.1");
    private static final InetAddress ROUTER = InetAddress.ofLiteral("192.168.1.1");
    private static final int TABLE = 51820;

    @TempDir Path folder;
    private ObservationBuilder seen;

    /** Sets up the state after {@code wgj up}, on a host whose eth0 has both families. */
    @BeforeEach
    void nothingLeaks() throws IOException {
        seen =
                new ObservationBuilder()
                        .link("wg0", 1420, true, "10.7.0.2/32", "fd07::2/128", "fe80::1/64")
                        .link("eth0", 1500, true, "192.168.1.7/24", "2001:db8::7/64");
        for (boolean ipv4 : new boolean[] {true, false}) {
            route("wg0", all(ipv4), TABLE);
            route("eth0", all(ipv4), Route.MAIN_TABLE);
            seen.rules.add(Rule.mainWithoutDefault(ipv4, 32764));
            seen.rules.add(Rule.unlessMarked(ipv4, 32765, TABLE, TABLE));
            seen.rules.add(new Rule(ipv4, 32766, false, 0, Route.MAIN_TABLE, -1, false));
        }
        Internet.samples(List.of()).forEach(address -> seen.outgoingLinks.put(address, "wg0"));
        seen.names = new NameService(List.of(new NameServer(SERVER, "wg0")), null);
        seen.firewall = new FirewallState(filter("wg0", "10.7.0.2", "fd07::2"), null);
        file(FILE, "0.0.0.0/0", "::/0");
    }

    private static String all(boolean ipv4) {
        return ipv4 ? "0.0.0.0/0" : "::/0";
    }

    private void route(String link, String destination, int table) {
        seen.routes.add(Route.through(link, Cidr.parse(destination)).withTable(table));
    }

    private void file(String text, String... allowed) {
        DeviceState device =
                new DeviceState(
                        ObservationBuilder.OWN.publicKey(),
                        51820,
                        TABLE,
                        List.of(
                                ObservationBuilder.peer(
                                        ObservationBuilder.OTHER, "203.0.113.20", 1L, allowed)),
                        Map.of());
        seen.subjects.clear();
        seen.running(
                text == null ? null : ObservationBuilder.read(folder, "wg0.conf", text),
                device,
                Map.of());
    }

    private static Ruleset filter(String link, String... addresses) throws IOException {
        StringBuilder json = new StringBuilder("{\"nftables\": [");
        for (String address : addresses) {
            String family = address.contains(":") ? "ip6" : "ip";
            json.append(
                    """
                    {"chain": {"family": "%1$s", "table": "t", "name": "preraw",
                     "type": "filter", "hook": "prerouting", "prio": -300, "policy": "accept"}},
                    {"rule": {"family": "%1$s", "table": "t", "chain": "preraw", "expr": [
                     {"match": {"op": "!=", "left": {"meta": {"key": "iifname"}},
                      "right": "%2$s"}},
                     {"match": {"op": "==", "left": {"payload":
                      {"protocol": "%1$s", "field": "daddr"}}, "right": "%3$s"}},
                     {"match": {"op": "!=", "left": {"fib": {"result": "type",
                      "flags": ["saddr"]}}, "right": "local"}}, {"drop": null}]}},\
                    """
                            .formatted(family, link, address));
        }
        return Ruleset.parse(json + "{\"metainfo\": {}}]}");
    }

    /** Makes packets of a family leave by eth0. */
    private void past(boolean ipv6) {
        seen.outgoingLinks.replaceAll(
                (to, link) -> IpPrefix.host(to).ipv6() == ipv6 ? "eth0" : link);
    }

    private List<Finding> findings() {
        return seen.judge(new LeakCheck());
    }

    private void assertOne(Level level, String part, String fix) {
        List<Finding> findings = findings();
        assertEquals(1, findings.size(), findings::toString);
        assertEquals(level, findings.getFirst().level(), findings::toString);
        assertTrue(findings.getFirst().seen().contains(part), findings::toString);
        assertTrue(String.valueOf(findings.getFirst().fix()).contains(fix), findings::toString);
    }

    private void assertPasses() {
        assertOne(Level.PASS, "all packets to the Internet and all names", "null");
    }

    @Test
    void theStateAfterUpPassesAlsoAsHalvesAndWithoutAFile() {
        assertPasses();
        file(FILE, "0.0.0.0/1", "128.0.0.0/1", "::/1", "8000::/1");
        assertPasses();
        file(null, "0.0.0.0/0", "::/0");
        assertPasses();
    }

    @Test
    void aTunnelWithoutADefaultRouteIsNotJudged() {
        past(false);
        past(true);
        String text = FILE.replace("DNS = 10.7.0.1\n", "");
        file(text, "10.7.0.0/24");
        assertEquals(List.of(), findings());
        file(text.replace("[Peer]", "Table = off\n[Peer]"), "0.0.0.0/0", "::/0");
        assertEquals(List.of(), findings());
        file(text.replace("[Peer]", "Table = 1234\n[Peer]"), "0.0.0.0/0", "::/0");
        assertEquals(List.of(), findings());
    }

    @Test
    void aFamilyWithoutARouteOutsideCannotLeak() {
        seen.outgoingLinks.keySet().removeIf(address -> IpPrefix.host(address).ipv6());
        file(FILE, "0.0.0.0/0");
        assertPasses();
    }

    @Test
    void ipv6OutsideOfATunnelForIpv4Fails() {
        past(true);
        file(FILE, "0.0.0.0/0");
        assertOne(
                Level.FAIL,
                "IPv6 goes past the tunnel: packets to 2001:4860::1 leave by eth0",
                "::/0");
    }

    @Test
    void ipv4OutsideOfATunnelForIpv6IsWarnedOf() {
        past(false);
        file(FILE, "::/0");
        assertOne(Level.WARN, "IPv4 goes past the tunnel", "0.0.0.0/0");
    }

    @Test
    void ipv6ThatIsOffForTheTunnelFails() {
        past(true);
        seen.sysctls.put("net.ipv6.conf.wg0.disable_ipv6", "1");
        assertOne(
                Level.FAIL,
                "IPv6 is switched off for wg0",
                "sysctl -w net.ipv6.conf.default.disable_ipv6=0 && wgj down");
    }

    @Test
    void anMtuTooSmallForIpv6Fails() {
        past(true);
        seen.links.clear();
        seen.link("wg0", 1200, true, "10.7.0.2/32");
        assertOne(Level.FAIL, "IPv6 needs an MTU of 1280 and wg0 has 1200", "MTU = 1280");
    }

    @Test
    void aMissingDefaultRouteFails() {
        for (boolean ipv6 : new boolean[] {false, true}) {
            past(ipv6);
            seen.routes.removeIf(r -> "wg0".equals(r.link()) && r.destination().isIpv4() != ipv6);
            List<Finding> findings = findings();
            assertTrue(
                    findings.getLast().seen().contains("no route leads them into wg0"),
                    findings::toString);
        }
    }

    @Test
    void narrowerRoutesOfOthersFail() {
        seen.outgoingLinks.put(InetAddress.ofLiteral("128.0.0.1"), "tun7");
        route("tun7", "128.0.0.0/1", Route.MAIN_TABLE);
        assertOne(
                Level.FAIL,
                "packets to 128.0.0.1 leave by tun7, because there is a narrower route:"
                        + " 128.0.0.0/1",
                "ip route delete 128.0.0.0/1 dev tun7");
    }

    @Test
    void halfDefaultRoutesOfOthersAreSampled() {
        List<Route> halves =
                List.of(
                        Route.through("tun7", Cidr.parse("128.0.0.0/1")),
                        Route.through("tun7", Cidr.parse("2000::/3")),
                        Route.through("eth0", Cidr.parse("224.0.0.0/4")),
                        Route.through("eth0", Cidr.parse("192.168.0.0/16")));
        List<InetAddress> samples = Internet.samples(halves);
        assertTrue(samples.contains(InetAddress.ofLiteral("128.0.0.1")), samples::toString);
        assertTrue(samples.contains(InetAddress.ofLiteral("2000::1")), samples::toString);
        assertEquals(Internet.samples(List.of()).size() + 2, samples.size());
    }

    @Test
    void aMissingRuleFails() {
        past(false);
        seen.rules.removeIf(rule -> rule.ipv4() && rule.not());
        assertOne(
                Level.FAIL,
                "no rule sends them to table 51820",
                "ip -4 rule add not fwmark 51820 table 51820");
    }

    @Test
    void aRuleThatComesBeforeFails() {
        past(true);
        seen.rules.addFirst(new Rule(false, 100, false, 0, Route.MAIN_TABLE, -1, false));
        assertOne(Level.FAIL, "the rule \"table main\" (priority 100) comes before", "wgj down");
        // The same rule without suppress_prefixlength.
        seen.rules.removeFirst();
        seen.rules.replaceAll(
                rule ->
                        rule.suppressPrefixLength() == 0
                                ? new Rule(rule.ipv4(), 32764, false, 0, 254, -1, false)
                                : rule);
        assertOne(Level.FAIL, "(priority 32764) comes before", "wgj down");
    }

    @Test
    void aPreferredRouteInTheMainTableFails() {
        past(false);
        seen.routes.removeIf(r -> "wg0".equals(r.link()) && r.destination().isIpv4());
        route("wg0", "0.0.0.0/0", Route.MAIN_TABLE);
        file(FILE.replace("[Peer]", "Table = main\n[Peer]"), "0.0.0.0/0", "::/0");
        assertOne(Level.FAIL, "another route is preferred in the main table", "ip route get 1");
    }

    @Test
    void packetsIntoAnotherTunnelDoNotLeak() {
        seen.tunnels.add("eth0");
        past(true);
        assertPasses();
    }

    @Test
    void namesLookedUpPastTheTunnelFail() {
        NameServer router = new NameServer(ROUTER, "eth0");
        seen.names = new NameService(List.of(new NameServer(SERVER, "wg0"), router), null);
        assertOne(
                Level.FAIL, "names are looked up past the tunnel: 192.168.1.1 by eth0", "wgj down");
        // Also if the file's server was meant only for names of a private network.
        seen.names = new NameService(List.of(router), null);
        file(FILE, "10.7.0.0/24");
        assertOne(
                Level.FAIL, "names are looked up past the tunnel: 192.168.1.1 by eth0", "wgj down");
        file(FILE.replace("DNS = 10.7.0.1\n", ""), "0.0.0.0/0", "::/0");
        assertOne(Level.FAIL, "192.168.1.1 by eth0", "DNS = ADDRESS in the file");
    }

    @Test
    void anUnusedNameServerOfTheFileIsWarnedOf() {
        seen.names = new NameService(List.of(new NameServer(ROUTER, "wg0")), null);
        assertOne(Level.WARN, "names are not looked up at 10.7.0.1", "wgj down");
        seen.names = new NameService(List.of(), "it does not tell");
        assertOne(Level.SKIP, "it does not tell", "null");
    }

    @Test
    void aMissingFilterFails() throws IOException {
        seen.firewall = new FirewallState(filter("wg0", "10.7.0.2"), null);
        assertOne(Level.FAIL, "packets to fd07::2 that come in past the tunnel", "install nft");
        seen.firewall = new FirewallState(filter("wg1", "10.7.0.2", "fd07::2"), null);
        assertOne(Level.FAIL, "packets to 10.7.0.2 and fd07::2 that", "install nft");
        seen.firewall = new FirewallState(null, "no nft", "");
        assertOne(Level.FAIL, "packets to 10.7.0.2 and fd07::2 that", "install nft");
    }

    @Test
    void aFilterOfIptablesIsAsGood() {
        String rule =
                "-A PREROUTING -d %s ! -i wg0 -m addrtype ! --src-type LOCAL -m comment --comment"
                        + " \"wg-quick(8) rule for wg0\" -j DROP\n";
        seen.firewall =
                new FirewallState(
                        null,
                        "no nft",
                        rule.formatted("10.7.0.2/32") + rule.formatted("fd07::2/128"));
        assertPasses();
    }

    @Test
    void aFilterThatCannotBeSeenIsNotJudged() {
        seen.firewall = new FirewallState(null, "try sudo");
        List<Finding> findings = findings();
        assertEquals(
                List.of(Level.SKIP, Level.SKIP), findings.stream().map(Finding::level).toList());
    }

    @Test
    void aStrictSourceCheckIsAsGoodForIpv4() throws IOException {
        seen.firewall = new FirewallState(filter("wg0", "fd07::2"), null);
        seen.sysctls.put("net.ipv4.conf.all.rp_filter", "1");
        assertPasses();
        seen.sysctls.put("net.ipv4.conf.eth0.rp_filter", "2");
        assertOne(Level.FAIL, "packets to 10.7.0.2 that", "rp_filter=1");
    }
}
