// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import org.wgj.lab.Host;

import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * An Internet of one bridge, and sites on it: a host with a public address, or one behind a home
 * router. The routers translate addresses with nftables in the ways that RFC 4787 tells apart.
 */
final class NatLab {
    /** The first addresses belong to the lab itself. */
    static final String PREFIX = "203.0.113.";

    private static final int FIRST_SITE = 100;

    private final Lab lab;
    private final Host internet;
    private int cables;
    private int sites;

    /** The equipment between a host and the Internet. */
    enum Router {
        /** None: the host has a public address. */
        OPEN(""),

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

        private String all() {
            return HOME + (this == OPEN_PORTS ? "" : CLOSED_PORTS) + rules;
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
        internet.sh("ip link add br0 type bridge && ip link set br0 up");
    }

    /** Makes a host with a public address, of which the last number is given. */
    Host host(String name, int number) {
        Host host = lab.host(name);
        attach(host, "eth0", PREFIX + number);
        return host;
    }

    private void attach(Host host, String link, String address) {
        String cable = "cable" + cables++;
        Host.connect(host, link, internet, cable);
        internet.sh("ip link set %s master br0", cable);
        host.address(link, address + "/24");
    }

    /** Makes a site. */
    Site site(String name, Router kind) {
        int number = FIRST_SITE + sites++;
        String address = PREFIX + number;
        if (kind == Router.OPEN) {
            return new Site(host(name, number), kind, null, address);
        }
        Host router = lab.host(name + "-router");
        Host host = lab.host(name);
        attach(router, "wan", address);
        Host.connect(host, "eth0", router, "lan");
        router.address("lan", "192.168.1.1/24");
        host.address("eth0", "192.168.1.2/24");
        host.sh("ip route add default via 192.168.1.1");
        router.sh("sysctl -q -w net.ipv4.ip_forward=1");
        router.sh("nft -f - <<'end'\n" + kind.all() + "end");
        return new Site(host, kind, router, address);
    }

    /** Drops all datagrams between two sites; those between either and others pass. */
    void cut(Site a, Site b) {
        internet.sh(
                """
                nft -f - <<'end'
                table bridge cut {
                    chain forward {
                        type filter hook forward priority 0
                        ip saddr %1$s ip daddr %2$s drop
                        ip saddr %2$s ip daddr %1$s drop
                    }
                }
                end
                """,
                a.address(), b.address());
    }

    /** Lets datagrams pass again. */
    void mend() {
        internet.sh("nft delete table bridge cut");
    }
}
