// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.linux;

import java.io.IOException;

/**
 * Messages about interfaces (linux/rtnetlink.h, linux/if_link.h). Their fixed part is {@code struct
 * ifinfomsg}:
 *
 * <pre>
 *   0  ifi_family, padding  2
 *   2  ifi_type             2
 *   4  ifi_index            4     0: the attribute IFLA_IFNAME says which interface
 *   8  ifi_flags            4
 *  12  ifi_change           4     which flags to change
 * </pre>
 */
final class LinkMessages {
    private LinkMessages() {}

    /** The kernel's answer for a namespace that has no number yet. */
    static final int NO_NAMESPACE_ID = -1;

    private static final int RTM_DELLINK = 17;
    private static final int RTM_GETLINK = 18;
    private static final int RTM_SETLINK = 19;
    private static final int RTM_NEWNSID = 88;
    private static final int RTM_GETNSID = 90;
    private static final int IFLA_IFNAME = 3;
    private static final int IFLA_MTU = 4;
    private static final int IFLA_TXQLEN = 13;
    private static final int IFLA_LINKINFO = 18;
    private static final int IFLA_TARGET_NETNSID = 46;
    private static final int IFLA_INFO_KIND = 1;
    private static final int IFLA_INFO_DATA = 2;
    private static final int IFLA_TUN_PI = 4;
    private static final int NETNSA_NSID = 1; // linux/net_namespace.h
    private static final int NETNSA_FD = 3;
    private static final int IFF_UP = 0x1;
    private static final int IFF_NOARP = 0x80;

    private static final int INDEX = 4;
    private static final int FLAGS = 8;
    private static final int FIXED_LENGTH = 16;

    static NetlinkRequest list() {
        return fixed(new NetlinkRequest(RTM_GETLINK, NetlinkRequest.NLM_F_DUMP), 0, 0, 0);
    }

    static NetlinkRequest get(String name) {
        return fixed(new NetlinkRequest(RTM_GETLINK, 0), 0, 0, 0).attribute(IFLA_IFNAME, name);
    }

    /** Asks about an interface of the namespace with that number (Linux 4.15). */
    static NetlinkRequest get(String name, int namespaceId) {
        return get(name).attribute(IFLA_TARGET_NETNSID, namespaceId);
    }

    /** Asks for the number of a namespace, given by a descriptor, in the caller's one. */
    static NetlinkRequest getNamespaceId(int namespace) {
        return namespaceId(RTM_GETNSID).attribute(NETNSA_FD, namespace);
    }

    /** Gives the namespace the first free number; EEXIST if it has one. */
    static NetlinkRequest assignNamespaceId(int namespace) {
        return namespaceId(RTM_NEWNSID)
                .attribute(NETNSA_FD, namespace)
                .attribute(NETNSA_NSID, NO_NAMESPACE_ID);
    }

    /** The fixed part is {@code struct rtgenmsg}: the family, and padding. */
    private static NetlinkRequest namespaceId(int type) {
        return new NetlinkRequest(type, 0).putInt(0);
    }

    static int parseNamespaceId(NetlinkMessage message) throws IOException {
        return message.attributes(Integer.BYTES).number(NETNSA_NSID, NO_NAMESPACE_ID);
    }

    static NetlinkRequest setUp(String name, boolean up) {
        return fixed(new NetlinkRequest(RTM_SETLINK, 0), 0, up ? IFF_UP : 0, IFF_UP)
                .attribute(IFLA_IFNAME, name);
    }

    static NetlinkRequest setMtu(String name, int mtu) {
        return fixed(new NetlinkRequest(RTM_SETLINK, 0), 0, 0, 0)
                .attribute(IFLA_IFNAME, name)
                .attribute(IFLA_MTU, mtu);
    }

    static NetlinkRequest setQueueLength(String name, int packets) {
        return fixed(new NetlinkRequest(RTM_SETLINK, 0), 0, 0, 0)
                .attribute(IFLA_IFNAME, name)
                .attribute(IFLA_TXQLEN, packets);
    }

    static NetlinkRequest rename(int index, String name) {
        return fixed(new NetlinkRequest(RTM_SETLINK, 0), index, 0, 0).attribute(IFLA_IFNAME, name);
    }

    static NetlinkRequest delete(String name) {
        return fixed(new NetlinkRequest(RTM_DELLINK, 0), 0, 0, 0).attribute(IFLA_IFNAME, name);
    }

    private static NetlinkRequest fixed(NetlinkRequest request, int index, int flags, int change) {
        return request.putShort(0).putShort(0).putInt(index).putInt(flags).putInt(change);
    }

    static boolean isWithoutNeighbours(NetlinkMessage message) throws IOException {
        return (message.requirePayload(FIXED_LENGTH).intAt(FLAGS) & IFF_NOARP) != 0;
    }

    static boolean hasPacketInformation(NetlinkMessage message) throws IOException {
        NetlinkAttributes info = message.attributes(FIXED_LENGTH).nested(IFLA_LINKINFO);
        byte[] given = info.nested(IFLA_INFO_DATA).bytes(IFLA_TUN_PI);
        return "tun".equals(info.string(IFLA_INFO_KIND, ""))
                && given != null
                && given.length > 0
                && given[0] != 0;
    }

    static LinkState parse(NetlinkMessage message) throws IOException {
        message.requirePayload(FIXED_LENGTH);
        NetlinkAttributes attributes = message.attributes(FIXED_LENGTH);
        return new LinkState(
                message.intAt(INDEX),
                attributes.string(IFLA_IFNAME, ""),
                attributes.number(IFLA_MTU, 0),
                (message.intAt(FLAGS) & IFF_UP) != 0,
                attributes.nested(IFLA_LINKINFO).string(IFLA_INFO_KIND, ""));
    }
}
