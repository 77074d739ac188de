// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.linux;

import java.net.InetAddress;
import java.util.Objects;

/**
 * A route: where packets to a destination go. The scope follows from the rest, as for {@code ip
 * route}.
 *
 * @param destination a prefix; bits behind it are cleared
 * @param gateway null if the destination is on the link itself; may be IPv6 for an IPv4 destination
 * @param link the interface's name; null if the kernel finds it or there is none
 * @param table an unsigned number; {@link #MAIN_TABLE} is the default
 * @param metric an unsigned number, the lowest is preferred; 0 means 1024 for IPv6
 * @param kind what happens to the packets
 */
public record Route(
        Cidr destination, InetAddress gateway, String link, int table, int metric, Kind kind) {
    /** RT_TABLE_MAIN of linux/rtnetlink.h. */
    public static final int MAIN_TABLE = 254;

    /** The fate of the packets, in the order of rtm_type of linux/rtnetlink.h, from 1. */
    public enum Kind {
        UNICAST,
        LOCAL,
        BROADCAST,
        ANYCAST,
        MULTICAST,
        BLACKHOLE,
        UNREACHABLE,
        PROHIBIT,
        THROW
    }

    public Route {
        destination = destination.network();
        Objects.requireNonNull(kind);
    }

    /**
     * Makes a route through an interface, in the main table.
     *
     * @param link the interface's name
     * @param destination where the packets go to
     * @return the route
     */
    public static Route through(String link, Cidr destination) {
        return new Route(destination, null, link, MAIN_TABLE, 0, Kind.UNICAST);
    }

    /**
     * Returns this route with another gateway.
     *
     * @param other the other gateway
     * @return the changed copy
     */
    public Route withGateway(InetAddress other) {
        return new Route(destination, other, link, table, metric, kind);
    }

    /**
     * Returns this route with another table.
     *
     * @param other the other table
     * @return the changed copy
     */
    public Route withTable(int other) {
        return new Route(destination, gateway, link, other, metric, kind);
    }

    /**
     * Returns this route with another metric.
     *
     * @param other the other metric
     * @return the changed copy
     */
    public Route withMetric(int other) {
        return new Route(destination, gateway, link, table, other, kind);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        if (kind != Kind.UNICAST) {
            text.append(kind.name().toLowerCase(java.util.Locale.ROOT)).append(' ');
        }
        text.append(destination);
        if (gateway != null) {
            text.append(" via ").append(AddressText.of(gateway));
        }
        if (link != null) {
            text.append(" dev ").append(link);
        }
        if (table != MAIN_TABLE) {
            text.append(" table ").append(Integer.toUnsignedString(table));
        }
        if (metric != 0) {
            text.append(" metric ").append(Integer.toUnsignedString(metric));
        }
        return text.toString();
    }
}
