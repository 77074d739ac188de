// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import org.wgj.lab.Host;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * An Internet of one bridge, and sites on it: a host with a public address, or one behind a home
 * router. The routers translate addresses with nftables in the ways that RFC 4787 tells apart. Only
 * the kinds that say so have IPv6: number N is 2001:db8:113::N there, with 2001:db8:N::/64 behind
 * its router.
 */
final class NatLab {
    /** The first addresses belong to the lab itself. */
    static final String PREFIX = "203.0.113.";

    private static final String PREFIX6 = "2001:db8:113::";
    private static final String GATEWAY6 = PREFIX6 + "ffff"; // the host of the bridge itself
    private static final int FIRST_SITE = 100;
    private static final int SMALL_MTU = 1_400;

    private final Lab lab;
    private final Host internet;
    private int cables;
    private int sites;
    private boolean routing6;

    /** The equipment between a host and the Internet. */
    enum Router {
        /** None: the host has a public address. */
        OPEN(""),

        /** None: the host has a public IPv6 address and no IPv4. */
        OPEN_6(""),

        /** One outer port for all destinations, through which all may send. */
        FULL_CONE(
                """
                table ip nat {
                    map known {
                        type inet_service : ipv4_addr . inet_service
                        flags dynamic,timeout
                        timeout 2m
                    }
                    chain prerouting {
                        type nat hook prerouting priority dstnat
                        iifname wan dnat ip to udp dport map @known
                    }
                    chain postrouting {
                        type nat hook postrouting priority srcnat
                        oifname wan masquerade
                    }
                    chain learn {
                        type filter hook postrouting priority srcnat + 50
                        oifname wan meta l4proto udp update @known { \
                            ct reply proto-dst : ct original ip saddr . ct original proto-src \
                        }
                    }
                }
                """),

        /** One outer port for all destinations, which may send once they were sent to. */
        ADDRESS_RESTRICTED(
                """
                table ip nat {
                    map known {
                        type inet_service . ipv4_addr : ipv4_addr . inet_service
                        flags dynamic,timeout
                        timeout 2m
                    }
                    chain prerouting {
                        type nat hook prerouting priority dstnat
                        iifname wan dnat ip to udp dport . ip saddr map @known
                    }
                    chain postrouting {
                        type nat hook postrouting priority srcnat
                        oifname wan masquerade
                    }
                    chain learn {
                        type filter hook postrouting priority srcnat + 50
                        oifname wan meta l4proto udp update @known { \
                            ct reply proto-dst . ip daddr \
                                : ct original ip saddr . ct original proto-src \
                        }
                    }
                }
                """),

        /** One outer port for all destinations; only an address and port sent to may answer. */
        PORT_RESTRICTED(
                """
                table ip nat {
                    chain postrouting {
                        type nat hook postrouting priority srcnat
                        oifname wan masquerade
                    }
                }
                """),

        /** As {@link #PORT_RESTRICTED}, but the outer port is another than the host's. */
        OTHER_PORTS(
                """
                table ip nat {
                    chain postrouting {
                        type nat hook postrouting priority srcnat
                        oifname wan meta l4proto udp masquerade to :40000-49999
                    }
                }
                """),

        /** As {@link #PORT_RESTRICTED}, on a machine whose own ports are not closed. */
        OPEN_PORTS(
                """
                table ip nat {
                    chain postrouting {
                        type nat hook postrouting priority srcnat
                        oifname wan masquerade
                    }
                }
                """),

        /** Another outer port for each address, of which the port sent to may answer. */
        ADDRESS_DEPENDENT(addressDependent()),

        /** Another outer port for each destination, which alone may answer. */
        SYMMETRIC(
                """
                table ip nat {
                    chain postrouting {
                        type nat hook postrouting priority srcnat
                        oifname wan masquerade fully-random
                    }
                }
                """),

        /** As {@link #SYMMETRIC}, but the ports follow one another, eight in turn. */
        SEQUENTIAL(
                """
                table ip nat {
                    chain postrouting {
                        type nat hook postrouting priority srcnat
                        oifname wan meta l4proto udp snat to %s : numgen inc mod 8 map { \
                            0 : 40000, 1 : 40001, 2 : 40002, 3 : 40003, \
                            4 : 40004, 5 : 40005, 6 : 40006, 7 : 40007 \
                        }
                        oifname wan masquerade
                    }
                }
                """),

        /** One host gets all UDP that comes from outside, the "DMZ" of home routers. */
        FORWARDED(
                """
                table ip nat {
                    chain prerouting {
                        type nat hook prerouting priority dstnat
                        iifname wan udp dport 1024-65535 dnat to 192.168.1.2
                    }
                    chain postrouting {
                        type nat hook postrouting priority srcnat
                        oifname wan masquerade
                    }
                }
                """),

        /**
         * As {@link #PORT_RESTRICTED}, but a flow is forgotten after 10 s, or 20 s if it lasted.
         */
        SHORT_TIMERS(PORT_RESTRICTED.rules),

        /** Two routers in a row, both {@link #PORT_RESTRICTED}: the outer one is the provider's. */
        CARRIER(PORT_RESTRICTED.rules),

        /**
         * As {@link #CARRIER}, with packets of 1,400 bytes at most between the two routers, which
         * do not say so.
         */
        SMALL_MTU(PORT_RESTRICTED.rules),

        /** As {@link #SMALL_MTU}, and {@link #SYMMETRIC}. */
        SMALL_MTU_SYMMETRIC(SYMMETRIC.rules),

        /** No IPv4, and IPv6 without translation: only a place that was sent to may answer. */
        FIREWALL_6(""),

        /** {@link #SYMMETRIC} for IPv4 and {@link #FIREWALL_6} for IPv6. */
        SYMMETRIC_AND_6(SYMMETRIC.rules),

        /** UDP passes to and from the lab's first addresses only, as in some companies. */
        PEERS_BLOCKED(
                """
                table ip nat {
                    chain postrouting {
                        type nat hook postrouting priority srcnat
                        oifname wan masquerade
                    }
                }
                table ip block {
                    chain forward {
                        type filter hook forward priority -10
                        meta l4proto udp ip daddr 203.0.113.0/28 accept
                        meta l4proto udp ip saddr 203.0.113.0/28 accept
                        meta l4proto udp drop
                    }
                }
                """),

        /** No UDP passes; all else does. */
        BLOCKED(
                """
                table ip nat {
                    chain postrouting {
                        type nat hook postrouting priority srcnat
                        oifname wan masquerade
                    }
                }
                table ip block {
                    chain forward {
                        type filter hook forward priority -10
                        meta l4proto udp drop
                    }
                }
                """);

        /** A home router drops what comes from outside and belongs to no flow. */
        private static final String HOME =
                """
                table ip filter {
                    chain forward {
                        type filter hook forward priority 0
                        policy drop
                        ct state established,related accept
                        ct status dnat accept
                        iifname lan accept
                    }
                }
                """;

        /** The same for IPv6, which is not translated. */
        private static final String HOME_6 =
                """
                table ip6 filter {
                    chain forward {
                        type filter hook forward priority 0
                        policy drop
                        ct state established,related accept
                        iifname lan accept
                    }
                }
                """;

        /** What tells a sender that its packet was too long gets lost. */
        private static final String SILENT_ABOUT_LENGTH =
                """
                table ip silent {
                    chain output {
                        type filter hook output priority 0
                        icmp type destination-unreachable icmp code frag-needed drop
                    }
                }
                """;

        private static final String CLOSED_PORTS =
                """
                table ip own {
                    chain input {
                        type filter hook input priority 0
                        iifname wan meta l4proto udp drop
                    }
                }
                """;

        private final String rules;

        Router(String rules) {
            this.rules = rules;
        }

        /** A range of outer ports for each address that this lab may have. */
        private static String addressDependent() {
            String line =
                    "        oifname wan meta l4proto udp ip daddr %s%d masquerade to :%d-%d\n";
            String lines =
                    IntStream.concat(IntStream.range(1, 20), IntStream.range(FIRST_SITE, 130))
                            .mapToObj(
                                    n ->
                                            line.formatted(
                                                    PREFIX, n, 40_000 + 50 * n, 40_049 + 50 * n))
                            .collect(Collectors.joining());
            return """
            table ip nat {
                chain postrouting {
                    type nat hook postrouting priority srcnat
            %s        oifname wan masquerade
                }
            }
            """
                    .formatted(lines);
        }

        boolean hasIpv4() {
            return this != OPEN_6 && this != FIREWALL_6;
        }

        boolean hasIpv6() {
            return this == OPEN_6 || this == FIREWALL_6 || this == SYMMETRIC_AND_6;
        }

        private boolean isOpen() {
            return this == OPEN || this == OPEN_6;
        }

        private boolean isSmall() {
            return this == SMALL_MTU || this == SMALL_MTU_SYMMETRIC;
        }

        private boolean isDouble() {
            return this == CARRIER || isSmall();
        }

        /** The rules of a router with an outer IPv4 address. */
        private String all(String address) {
            return HOME
                    + (this == OPEN_PORTS ? "" : CLOSED_PORTS)
                    + (isSmall() ? SILENT_ABOUT_LENGTH : "")
                    + (this == SEQUENTIAL ? rules.formatted(address) : rules);
        }
    }

    /**
     * A host and what stands before it.
     *
     * @param routerOrNull null if the host has the public address itself
     * @param address the public address
     */
    record Site(Host host, Router kind, Host routerOrNull, String address) {
        /** Lets the router forget all flows, as after a restart. */
        void forgetFlows() {
            routerOrNull.sh("conntrack -F 2>/dev/null");
        }

        /** Gives the router another public address, as providers do. */
        Site moveTo(int number) {
            routerOrNull.sh("ip address del %s/24 dev wan", address);
            routerOrNull.sh("ip address add %s%d/24 dev wan", PREFIX, number);
            forgetFlows();
            return new Site(host, kind, routerOrNull, PREFIX + number);
        }
    }

    NatLab(Lab lab) {
        this.lab = lab;
        internet = lab.host("internet");
        // With snooping the bridge can forget after minutes who listens for IPv6's neighbour
        // solicitations.
        internet.sh("ip link add br0 type bridge mcast_snooping 0 && ip link set br0 up");
    }

    /** Makes a host with a public address, of which the last number is given. */
    Host host(String name, int number) {
        Host host = lab.host(name);
        attach(host, "eth0", PREFIX + number);
        return host;
    }

    private void attach(Host host, String link, String address) {
        plug(host, link);
        host.address(link, address + "/24");
    }

    private void plug(Host host, String link) {
        String cable = "cable" + cables++;
        Host.connect(host, link, internet, cable);
        internet.sh("ip link set %s master br0", cable);
    }

    /** Gives a host with a public address of a number the IPv6 address of that number too. */
    void ipv6(Host host, int number) {
        ipv6(host, "eth0", number);
    }

    private void ipv6(Host host, String link, int number) {
        if (!routing6) {
            routing6 = true;
            internet.address("br0", GATEWAY6 + "/64");
            internet.sh("sysctl -q -w net.ipv6.conf.all.forwarding=1");
        }
        host.address(link, PREFIX6 + number + "/64");
        host.sh("ip -6 route add default via %s", GATEWAY6);
    }

    /** Makes a site. */
    Site site(String name, Router kind) {
        int number = FIRST_SITE + sites++;
        String address = kind.hasIpv4() ? PREFIX + number : PREFIX6 + number;
        if (kind == Router.OPEN) {
            return new Site(host(name, number), kind, null, address);
        }
        if (kind == Router.OPEN_6) {
            Host host = lab.host(name);
            plug(host, "eth0");
            ipv6(host, "eth0", number);
            return new Site(host, kind, null, address);
        }
        Host router = lab.host(name + "-router");
        Host host = lab.host(name);
        plug(router, "wan");
        Host home = kind.isDouble() ? homeRouter(name, kind, router) : router;
        Host.connect(host, "eth0", home, "lan");
        if (kind.hasIpv4()) {
            router.address("wan", address + "/24");
            translate(router, kind.all(address));
            home.address("lan", "192.168.1.1/24");
            host.address("eth0", "192.168.1.2/24");
            host.sh("ip route add default via 192.168.1.1");
        }
        if (kind.hasIpv6()) {
            ipv6(router, "wan", number);
            filter6(router, host, number);
        }
        if (kind == Router.SHORT_TIMERS) {
            router.sh(
                    "sysctl -q -w net.netfilter.nf_conntrack_udp_timeout=10"
                            + " net.netfilter.nf_conntrack_udp_timeout_stream=20");
        }
        return new Site(host, kind, router, address);
    }

    private static void translate(Host router, String rules) {
        router.sh("sysctl -q -w net.ipv4.ip_forward=1");
        router.sh("nft -f - <<'end'\n" + rules + "end");
    }

    /** Makes the second router of a site with two, on the addresses that providers use there. */
    private Host homeRouter(String name, Router kind, Host carrier) {
        Host home = lab.host(name + "-home");
        Host.connect(home, "wan", carrier, "lan");
        carrier.address("lan", "100.64.0.1/24");
        home.address("wan", "100.64.0.2/24");
        home.sh("ip route add default via 100.64.0.1");
        if (kind.isSmall()) {
            carrier.sh("ip link set lan mtu %d", SMALL_MTU);
            home.sh("ip link set wan mtu %d", SMALL_MTU);
        }
        translate(home, kind.all("100.64.0.2"));
        return home;
    }

    /** Lets a host have IPv6 behind a router that has it. */
    private void filter6(Host router, Host host, int number) {
        String lan = "2001:db8:" + number + "::";
        internet.sh("ip -6 route add %s/64 via %s%d", lan, PREFIX6, number);
        router.address("lan", lan + "1/64");
        host.address("eth0", lan + "2/64");
        host.sh("ip -6 route add default via %s1", lan);
        router.sh("sysctl -q -w net.ipv6.conf.all.forwarding=1");
        router.sh("nft -f - <<'end'\n" + Router.HOME_6 + "end");
    }

    /**
     * Makes two sites in two networks of one router, a full cone, which lets neither into the
     * other's.
     *
     * @param hairpin whether the router lets them reach each other by its public address
     */
    List<Site> neighbours(String name, boolean hairpin) {
        String address = PREFIX + (FIRST_SITE + sites++);
        Host router = lab.host(name + "-router");
        attach(router, "wan", address);
        List<Site> both = new ArrayList<>();
        for (int i = 1; i <= 2; i++) {
            Host host = lab.host(name + i);
            Host.connect(host, "eth0", router, "lan" + i);
            router.address("lan" + i, "192.168." + i + ".1/24");
            host.address("eth0", "192.168." + i + ".2/24");
            host.sh("ip route add default via 192.168.%d.1", i);
            both.add(new Site(host, Router.FULL_CONE, router, address));
        }
        translate(router, Router.FULL_CONE.all(address));
        router.sh("nft flush chain ip filter forward");
        router.sh(
                """
                nft -f - <<'end'
                table ip filter {
                    chain forward {
                        ct state established,related accept
                        ct status dnat accept
                        iifname "lan*" oifname wan accept
                    }
                }
                end
                """);
        if (hairpin) {
            router.sh(
                    """
                    nft -f - <<'end'
                    table ip nat {
                        chain prerouting {
                            iifname "lan*" ip daddr %s dnat ip to udp dport map @known
                        }
                        chain postrouting {
                            iifname "lan*" oifname "lan*" masquerade
                        }
                    }
                    end
                    """,
                    address);
        }
        return both;
    }

    /** Drops all datagrams between two sites; those between either and others pass. */
    void cut(Site a, Site b) {
        cut(a, b, "");
    }

    /** As {@link #cut(Site, Site)}, but short datagrams still pass. */
    void cutLong(Site a, Site b) {
        cut(a, b, "meta length gt 1300");
    }

    private void cut(Site a, Site b, String which) {
        internet.sh(
                """
                nft -f - <<'end'
                table bridge cut {
                    chain forward {
                        type filter hook forward priority 0
                        ip saddr %1$s ip daddr %2$s %3$s drop
                        ip saddr %2$s ip daddr %1$s %3$s drop
                    }
                }
                end
                """,
                a.address(), b.address(), which);
    }

    /** Lets datagrams pass again. */
    void mend() {
        internet.sh("nft delete table bridge cut");
    }
}
