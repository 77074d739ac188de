// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/**
 * Messages about routes (linux/rtnetlink.h). Their fixed part is {@code struct rtmsg}:
 *
 * <pre>
 *   0  rtm_family    1        4  rtm_table     1     above 255: only in RTA_TABLE
 *   1  rtm_dst_len   1        5  rtm_protocol  1     which kind of program made it
 *   2  rtm_src_len   1        6  rtm_scope     1     how far away
 *   3  rtm_tos       1        7  rtm_type      1     {@link Route.Kind}
 *                             8  rtm_flags     4
 * </pre>
 */
final class RouteMessages {
    private RouteMessages() {}

    private static final int RTM_NEWROUTE = 24;
    private static final int RTM_DELROUTE = 25;
    private static final int RTM_GETROUTE = 26;
    private static final int RTA_DST = 1;
    private static final int RTA_OIF = 4;
    private static final int RTA_GATEWAY = 5;
    private static final int RTA_PRIORITY = 6;
    private static final int RTA_METRICS = 8;
    private static final int RTA_MULTIPATH = 9;
    private static final int RTA_TABLE = 15;
    private static final int RTA_VIA = 18;
    private static final int RTAX_MTU = 2;
    private static final int RT_TABLE_UNSPEC = 0;
    private static final int RTPROT_UNSPEC = 0;
    private static final int RTPROT_BOOT = 3;
    private static final int RT_SCOPE_UNIVERSE = 0;
    private static final int RT_SCOPE_LINK = 253;
    private static final int RT_SCOPE_HOST = 254;
    private static final int RT_SCOPE_NOWHERE = 255;
    private static final int RTM_F_CLONED = 0x200;

    private static final int FAMILY = 0;
    private static final int DESTINATION_LENGTH = 1;
    private static final int TABLE = 4;
    private static final int TYPE = 7;
    private static final int FLAGS = 8;
    private static final int FIXED_LENGTH = 12;

    /* struct rtnexthop: rtnh_len 2, rtnh_flags 1, rtnh_hops 1, rtnh_ifindex 4, then attributes */
    private static final int NEXT_HOP_INDEX = 4;
    private static final int NEXT_HOP_LENGTH = 8;

    private static final Route.Kind[] KINDS = Route.Kind.values();

    static NetlinkRequest list(int family) {
        return new NetlinkRequest(RTM_GETROUTE, NetlinkRequest.NLM_F_DUMP)
                .putByte(family)
                .putByte(0)
                .putShort(0)
                .putInt(0)
                .putInt(0);
    }

    /** Looks up the route to one destination. */
    static NetlinkRequest lookUp(InetAddress destination) {
        byte[] address = destination.getAddress();
        NetlinkRequest request =
                new NetlinkRequest(RTM_GETROUTE, 0)
                        .putByte(AddressFamily.of(destination))
                        .putByte(address.length * Byte.SIZE)
                        .putShort(0)
                        .putInt(0)
                        .putInt(0)
                        .attribute(RTA_DST, address);
        return destination instanceof Inet6Address scoped && scoped.getScopeId() != 0
                ? request.attribute(RTA_OIF, scoped.getScopeId())
                : request;
    }

    /**
     * Reads the answer to a lookup.
     *
     * @param linkName returns the name of the interface with an index
     */
    static RouteLookup parseLookup(NetlinkMessage message, IntFunction<String> linkName)
            throws IOException {
        NetlinkAttributes attributes =
                message.requirePayload(FIXED_LENGTH).attributes(FIXED_LENGTH);
        int index = attributes.number(RTA_OIF, 0);
        return new RouteLookup(
                index == 0 ? null : linkName.apply(index),
                attributes.nested(RTA_METRICS).number(RTAX_MTU, 0));
    }

    /**
     * Adds a route.
     *
     * @param index of the route's interface; 0 if it names none
     */
    static NetlinkRequest add(Route route, int index) {
        int flags = NetlinkRequest.NLM_F_CREATE | NetlinkRequest.NLM_F_EXCL;
        return of(new NetlinkRequest(RTM_NEWROUTE, flags), route, RTPROT_BOOT, scope(route), index);
    }

    /** Removes a route, whatever its protocol and scope. */
    static NetlinkRequest remove(Route route, int index) {
        return of(
                new NetlinkRequest(RTM_DELROUTE, 0), route, RTPROT_UNSPEC, RT_SCOPE_NOWHERE, index);
    }

    private static NetlinkRequest of(
            NetlinkRequest request, Route route, int protocol, int scope, int index) {
        Cidr destination = route.destination();
        boolean shortTable = Integer.compareUnsigned(route.table(), 255) <= 0;
        request.putByte(AddressFamily.of(destination.address()))
                .putByte(destination.length())
                .putByte(0)
                .putByte(0)
                .putByte(shortTable ? route.table() : RT_TABLE_UNSPEC)
                .putByte(protocol)
                .putByte(scope)
                .putByte(route.kind().ordinal() + 1)
                .putInt(0);
        if (destination.length() > 0) {
            request.attribute(RTA_DST, destination.address().getAddress());
        }
        if (route.gateway() != null) {
            putGateway(request, destination, route.gateway());
        }
        if (index != 0) {
            request.attribute(RTA_OIF, index);
        }
        if (!shortTable) {
            request.attribute(RTA_TABLE, route.table());
        }
        if (route.metric() != 0) {
            request.attribute(RTA_PRIORITY, route.metric());
        }
        return request;
    }

    /** A gateway of the other family needs {@code struct rtvia}: the family, then the address. */
    private static void putGateway(NetlinkRequest request, Cidr destination, InetAddress gateway) {
        byte[] address = gateway.getAddress();
        if (AddressFamily.of(gateway) == AddressFamily.of(destination.address())) {
            request.attribute(RTA_GATEWAY, address);
            return;
        }
        byte[] via = new byte[Short.BYTES + address.length];
        MemorySegment.ofArray(via).set(JAVA_SHORT_UNALIGNED, 0, (short) AddressFamily.of(gateway));
        System.arraycopy(address, 0, via, Short.BYTES, address.length);
        request.attribute(RTA_VIA, via);
    }

    /** Returns the scope that {@code ip route} chooses; IPv6 has no scopes. */
    private static int scope(Route route) {
        if (!route.destination().isIpv4()) {
            return RT_SCOPE_UNIVERSE;
        }
        return switch (route.kind()) {
            case LOCAL -> RT_SCOPE_HOST;
            case BROADCAST, ANYCAST, MULTICAST -> RT_SCOPE_LINK;
            case UNICAST -> route.gateway() == null ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
            default -> RT_SCOPE_UNIVERSE;
        };
    }

    /**
     * Returns the routes that a message describes: one; one for each next hop of a multipath route;
     * or none if it is an entry of the route cache.
     *
     * @param family the family that was asked for: a kernel without IPv6 lists all others instead
     * @param linkName returns the name of the interface with an index
     */
    static List<Route> parse(NetlinkMessage message, int family, IntFunction<String> linkName)
            throws IOException {
        message.requirePayload(FIXED_LENGTH);
        int type = message.byteAt(TYPE);
        boolean cloned = (message.intAt(FLAGS) & RTM_F_CLONED) != 0;
        if (message.byteAt(FAMILY) != family || cloned || type < 1 || type > KINDS.length) {
            return List.of();
        }
        NetlinkAttributes attributes = message.attributes(FIXED_LENGTH);
        InetAddress address = attributes.address(RTA_DST);
        if (address == null) {
            address = Cidr.addressOf(new byte[AddressFamily.addressLength(family)]);
        }
        int index = attributes.number(RTA_OIF, 0);
        Route route =
                new Route(
                        NetlinkAttributes.prefix(address, message.byteAt(DESTINATION_LENGTH)),
                        gateway(attributes),
                        index == 0 ? null : linkName.apply(index),
                        attributes.number(RTA_TABLE, message.byteAt(TABLE)),
                        attributes.number(RTA_PRIORITY, 0),
                        KINDS[type - 1]);
        MemorySegment ways = attributes.segment(RTA_MULTIPATH);
        return ways == null ? List.of(route) : parseNextHops(ways, route, linkName);
    }

    private static List<Route> parseNextHops(
            MemorySegment ways, Route route, IntFunction<String> linkName) throws IOException {
        List<Route> routes = new ArrayList<>();
        long at = 0;
        while (ways.byteSize() - at >= NEXT_HOP_LENGTH) {
            int length = Short.toUnsignedInt(ways.get(JAVA_SHORT_UNALIGNED, at));
            if (length < NEXT_HOP_LENGTH || length > ways.byteSize() - at) {
                throw new IOException("malformed next hop of length " + length);
            }
            NetlinkAttributes attributes =
                    NetlinkAttributes.parse(
                            ways.asSlice(at + NEXT_HOP_LENGTH, length - NEXT_HOP_LENGTH));
            routes.add(
                    new Route(
                            route.destination(),
                            gateway(attributes),
                            linkName.apply(ways.get(JAVA_INT_UNALIGNED, at + NEXT_HOP_INDEX)),
                            route.table(),
                            route.metric(),
                            route.kind()));
            at += NetlinkMessage.align(length);
        }
        return routes;
    }

    private static InetAddress gateway(NetlinkAttributes attributes) throws IOException {
        InetAddress gateway = attributes.address(RTA_GATEWAY);
        return gateway == null ? attributes.addressBehind(RTA_VIA, Short.BYTES) : gateway;
    }
}
