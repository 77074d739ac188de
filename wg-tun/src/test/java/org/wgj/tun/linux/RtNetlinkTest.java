// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.wgj.tun.Netns;

import java.net.InetAddress;
import java.util.List;
import java.util.stream.Stream;

/** Compares with iproute2: it shows what is set, and what it sets is listed. */
@Tag("root")
class RtNetlinkTest {
    private Netns netns;
    private RtNetlink rtnetlink;

    @BeforeEach
    void makeNamespaceWithATun() throws Exception {
        netns = new Netns();
        netns.run("ip", "tuntap", "add", "dev", "wg0", "mode", "tun");
        rtnetlink = netns.call(RtNetlink::open);
    }

    @AfterEach
    void deleteNamespace() throws Exception {
        if (rtnetlink != null) {
            rtnetlink.close();
        }
        netns.close();
    }

    /** The output of {@code ip -j}, for a look at single members. */
    private String ip(String... arguments) throws Exception {
        return netns.run(
                Stream.concat(Stream.of("ip", "-j"), Stream.of(arguments)).toArray(String[]::new));
    }

    private static void assertHas(String json, String... members) {
        for (String member : members) {
            assertTrue(json.contains(member), json);
        }
    }

    private static void assertErrno(int errno, Executable call) {
        ErrnoException e = assertThrows(ErrnoException.class, call);
        assertEquals(errno, e.errno(), e.getMessage());
    }

    @Test
    void aLinkIsSetUpAndDownChangedRenamedAndDeleted() throws Exception {
        LinkState before = rtnetlink.link("wg0");
        assertEquals("tun", before.kind());
        assertEquals(1500, before.mtu());
        assertFalse(before.up());

        rtnetlink.setMtu("wg0", 1380);
        rtnetlink.setUp("wg0", true);
        assertHas(ip("link", "show", "wg0"), "\"mtu\":1380", "\"UP\"");
        assertEquals(
                new LinkState(before.index(), "wg0", 1380, true, "tun"), rtnetlink.link("wg0"));

        rtnetlink.setUp("wg0", false);
        assertFalse(ip("link", "show", "wg0").contains("\"UP\""));
        rtnetlink.rename("wg0", "vpn");
        assertHas(ip("link", "show", "vpn"), "\"ifindex\":" + before.index());
        assertTrue(rtnetlink.links().contains(rtnetlink.link("vpn")));
        assertEquals(1, rtnetlink.link("lo").index());

        rtnetlink.deleteLink("vpn");
        assertErrno(Errno.ENODEV, () -> rtnetlink.link("vpn"));
    }

    @Test
    void anUnknownLinkIsNamedInTheError() {
        Cidr address = Cidr.parse("10.0.0.1/24");
        ErrnoException e =
                assertThrows(ErrnoException.class, () -> rtnetlink.addAddress("nope", address));
        assertEquals(Errno.ENODEV, e.errno());
        assertTrue(e.getMessage().startsWith("add address 10.0.0.1/24 to nope: "), e.getMessage());
        assertErrno(Errno.ENODEV, () -> rtnetlink.setUp("nope", true));
        assertErrno(Errno.ENODEV, () -> rtnetlink.setMtu("nope", 1400));
        assertErrno(Errno.ENODEV, () -> rtnetlink.deleteLink("nope"));
        assertErrno(Errno.ENODEV, () -> rtnetlink.addRoute(Route.through("nope", address)));
    }

    @Test
    void theKernelsExplanationIsPassedOn() {
        ErrnoException e =
                assertThrows(ErrnoException.class, () -> rtnetlink.setMtu("wg0", 70_000));
        assertEquals(
                "set MTU of wg0 to 70000: invalid argument: mtu greater than device maximum"
                        + " (EINVAL)",
                e.getMessage());
    }

    @Test
    void addressesOfBothFamiliesAreAddedListedAndRemoved() throws Exception {
        Cidr v4 = Cidr.parse("10.9.0.1/24");
        Cidr v6 = Cidr.parse("fd09::1/64");
        rtnetlink.setUp("wg0", true);
        rtnetlink.addAddress("wg0", v4);
        rtnetlink.addAddress("wg0", v6);
        assertHas(
                ip("address", "show", "wg0"),
                "\"local\":\"10.9.0.1\",\"prefixlen\":24,\"scope\":\"global\"",
                "\"local\":\"fd09::1\",\"prefixlen\":64,\"scope\":\"global\"");
        assertHas(ip("-6", "address", "show", "wg0"), "\"nodad\":true");
        assertTrue(rtnetlink.addresses("wg0").containsAll(List.of(v4, v6)));
        assertErrno(Errno.EEXIST, () -> rtnetlink.addAddress("wg0", v4));

        rtnetlink.removeAddress("wg0", v4);
        rtnetlink.removeAddress("wg0", v6);
        assertFalse(ip("address", "show", "wg0").contains("10.9.0.1"));
        assertFalse(ip("address", "show", "wg0").contains("fd09::1"));
        assertErrno(Errno.EADDRNOTAVAIL, () -> rtnetlink.removeAddress("wg0", v4));
    }

    @Test
    void onlyTheAddressesOfThatLinkAreListed() throws Exception {
        netns.run("ip", "link", "set", "lo", "up");
        netns.run("ip", "address", "add", "10.9.0.1", "peer", "10.9.0.2", "dev", "wg0");
        assertEquals(List.of(Cidr.parse("10.9.0.1/32")), rtnetlink.addresses("wg0"));
        assertTrue(rtnetlink.addresses("lo").contains(Cidr.parse("127.0.0.1/8")));
    }

    @Test
    void routesAreAddedListedAndRemoved() throws Exception {
        rtnetlink.setUp("wg0", true);
        rtnetlink.addAddress("wg0", Cidr.parse("10.9.0.1/24"));
        rtnetlink.addAddress("wg0", Cidr.parse("fd09::1/64"));
        Route plain = Route.through("wg0", Cidr.parse("10.20.0.0/16"));
        Route gateway =
                Route.through("wg0", Cidr.parse("10.30.0.0/16"))
                        .withGateway(InetAddress.ofLiteral("10.9.0.2"))
                        .withMetric(7);
        Route mixed =
                Route.through("wg0", Cidr.parse("10.40.0.0/16"))
                        .withGateway(InetAddress.ofLiteral("fd09::2"));
        Route defaults = Route.through("wg0", Cidr.parse("0.0.0.0/0")).withTable(51820);
        Route defaults6 = Route.through("wg0", Cidr.parse("::/0")).withTable(51820).withMetric(5);
        List<Route> all = List.of(plain, gateway, mixed, defaults, defaults6);
        for (Route route : all) {
            rtnetlink.addRoute(route);
        }
        assertHas(ip("route", "show", "10.20.0.0/16"), "\"dev\":\"wg0\"", "\"scope\":\"link\"");
        assertHas(ip("route", "show", "10.30.0.0/16"), "\"gateway\":\"10.9.0.2\"", "\"metric\":7");
        assertHas(
                ip("route", "show", "10.40.0.0/16"),
                "\"via\":{\"family\":\"inet6\",\"host\":\"fd09::2\"}");
        assertHas(ip("route", "show", "table", "51820"), "\"dst\":\"default\"");
        assertHas(ip("-6", "route", "show", "table", "51820"), "\"metric\":5");
        assertEquals(List.of(defaults, defaults6), rtnetlink.routes(51820));
        assertTrue(rtnetlink.routes(Route.MAIN_TABLE).containsAll(List.of(plain, gateway, mixed)));
        assertTrue(rtnetlink.routes().containsAll(all));
        assertErrno(Errno.EEXIST, () -> rtnetlink.addRoute(plain));

        for (Route route : all) {
            rtnetlink.removeRoute(route);
        }
        String left = ip("route", "show", "table", "all");
        for (String destination : List.of("10.20.", "10.30.", "10.40.", "default")) {
            assertFalse(left.contains(destination), left);
        }
        assertEquals(List.of(), rtnetlink.routes(51820));
        assertErrno(Errno.ESRCH, () -> rtnetlink.removeRoute(plain));
    }

    @Test
    void rulesOfBothFamiliesAreAddedListedAndRemoved() throws Exception {
        List<Rule> rules =
                List.of(
                        Rule.mainWithoutDefault(true, 32764),
                        Rule.unlessMarked(true, 32765, 51820, 51820),
                        Rule.mainWithoutDefault(false, 100),
                        Rule.unlessMarked(false, 101, 0x80000001, 77));
        List<Rule> before = rtnetlink.rules();
        netns.run("ip", "rule", "add", "from", "10.0.0.0/8", "table", "51820", "priority", "32765");
        for (Rule rule : rules) {
            rtnetlink.addRule(rule);
        }
        String shown = netns.run("ip", "rule");
        assertHas(
                shown,
                "32764:\tfrom all lookup main suppress_prefixlength 0",
                "32765:\tnot from all fwmark 0xca6c lookup 51820");
        assertHas(
                netns.run("ip", "-6", "rule"),
                "100:\tfrom all lookup main suppress_prefixlength 0",
                "101:\tnot from all fwmark 0x80000001 lookup 77");
        assertTrue(rtnetlink.rules().containsAll(rules), rtnetlink.rules().toString());
        assertErrno(Errno.EEXIST, () -> rtnetlink.addRule(rules.getFirst()));

        for (Rule rule : rules) {
            rtnetlink.removeRule(rule);
        }
        assertErrno(Errno.ESRCH, () -> rtnetlink.removeRule(rules.getFirst()));
        assertHas(netns.run("ip", "rule"), "32765:\tfrom 10.0.0.0/8 lookup 51820");
        netns.run("ip", "rule", "delete", "priority", "32765");
        assertEquals(before, rtnetlink.rules());
    }

    @Test
    void removingARuleKeepsOneThatTheKernelComparesAsEqual() throws Exception {
        netns.run("ip", "rule", "add", "fwmark", "51820", "table", "51820", "priority", "50");
        assertErrno(
                Errno.ESRCH, () -> rtnetlink.removeRule(Rule.unlessMarked(true, 50, 51820, 51820)));
        assertHas(netns.run("ip", "rule"), "50:\tfrom all fwmark 0xca6c lookup 51820");
    }

    @Test
    void aRouteLookupReturnsInterfaceAndMtu() throws Exception {
        rtnetlink.setUp("wg0", true);
        rtnetlink.addAddress("wg0", Cidr.parse("10.9.0.1/24"));
        netns.run("ip", "route", "add", "10.20.0.0/16", "dev", "wg0", "mtu", "1300");
        assertEquals(
                new RouteLookup("wg0", 0),
                rtnetlink.lookUpRoute(InetAddress.ofLiteral("10.9.0.2")));
        assertEquals(
                new RouteLookup("wg0", 1300),
                rtnetlink.lookUpRoute(InetAddress.ofLiteral("10.20.1.1")));
        assertErrno(
                Errno.ENETUNREACH,
                () -> rtnetlink.lookUpRoute(InetAddress.ofLiteral("198.51.100.1")));
        assertErrno(
                Errno.ENETUNREACH,
                () -> rtnetlink.lookUpRoute(InetAddress.ofLiteral("2001:db8::1")));
    }

    @Test
    void theDefaultRouteLookupReturnsInterfaceAndMtu() throws Exception {
        assertEquals(new RouteLookup(null, 0), rtnetlink.lookUpDefaultRoute());
        rtnetlink.setUp("wg0", true);
        netns.run("ip", "route", "add", "default", "dev", "wg0", "metric", "5");
        assertEquals(new RouteLookup("wg0", 0), rtnetlink.lookUpDefaultRoute());
        netns.run("ip", "route", "add", "default", "dev", "wg0", "metric", "2", "mtu", "1300");
        assertEquals(new RouteLookup("wg0", 1300), rtnetlink.lookUpDefaultRoute());
    }

    @Test
    void aBlackholeRouteIsAddedListedAndRemoved() throws Exception {
        Cidr destination = Cidr.parse("10.50.0.0/16");
        Route hole = new Route(destination, null, null, Route.MAIN_TABLE, 0, Route.Kind.BLACKHOLE);
        rtnetlink.addRoute(hole);
        assertHas(ip("route", "show", "10.50.0.0/16"), "\"type\":\"blackhole\"");
        assertTrue(rtnetlink.routes(Route.MAIN_TABLE).contains(hole));
        rtnetlink.removeRoute(hole);
        assertFalse(rtnetlink.routes(Route.MAIN_TABLE).contains(hole));
    }

    @Test
    void aListingOfManyDatagramsIsComplete() throws Exception {
        rtnetlink.setUp("wg0", true);
        for (int i = 0; i < 3000; i++) {
            String destination = "10." + (100 + i / 256) + "." + i % 256 + ".0/24";
            rtnetlink.addRoute(Route.through("wg0", Cidr.parse(destination)).withTable(1000));
        }
        assertEquals(3000, rtnetlink.routes(1000).stream().distinct().count());
    }
}
