// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.linux;

import java.io.IOException;
import java.net.InetAddress;

/**
 * Messages about addresses of interfaces (linux/if_addr.h). Their fixed part is {@code struct
 * ifaddrmsg}:
 *
 * <pre>
 *   0  ifa_family     1
 *   1  ifa_prefixlen  1
 *   2  ifa_flags      1
 *   3  ifa_scope      1
 *   4  ifa_index      4     of the interface
 * </pre>
 */
final class AddressMessages {
    private AddressMessages() {}

    private static final int RTM_NEWADDR = 20;
    private static final int RTM_DELADDR = 21;
    private static final int RTM_GETADDR = 22;
    private static final int IFA_ADDRESS = 1;
    private static final int IFA_LOCAL = 2;
    private static final int IFA_F_NODAD = 2;
    private static final int RT_SCOPE_UNIVERSE = 0;
    private static final int RT_SCOPE_HOST = 254;

    private static final int FAMILY = 0;
    private static final int PREFIX_LENGTH = 1;
    private static final int INDEX = 4;
    private static final int FIXED_LENGTH = 8;

    static NetlinkRequest list() {
        return new NetlinkRequest(RTM_GETADDR, NetlinkRequest.NLM_F_DUMP).putInt(0).putInt(0);
    }

    /**
     * Adds an address.
     *
     * @param unique whether no neighbour can have the address. Linux looks for no neighbours on a
     *     link without them. But without this flag an IPv6 address is tentative for a moment there
     *     too, and cannot be bound to.
     */
    static NetlinkRequest add(int index, Cidr address, boolean unique) {
        int flags = NetlinkRequest.NLM_F_CREATE | NetlinkRequest.NLM_F_EXCL;
        return of(new NetlinkRequest(RTM_NEWADDR, flags), index, address, unique ? IFA_F_NODAD : 0);
    }

    static NetlinkRequest remove(int index, Cidr address) {
        return of(new NetlinkRequest(RTM_DELADDR, 0), index, address, 0);
    }

    private static NetlinkRequest of(NetlinkRequest request, int index, Cidr address, int flags) {
        byte[] bytes = address.address().getAddress();
        // The kernel derives the scope of an IPv6 address itself.
        boolean host = address.isIpv4() && address.address().isLoopbackAddress();
        return request.putByte(AddressFamily.of(address.address()))
                .putByte(address.length())
                .putByte(flags)
                .putByte(host ? RT_SCOPE_HOST : RT_SCOPE_UNIVERSE)
                .putInt(index)
                .attribute(IFA_LOCAL, bytes)
                .attribute(IFA_ADDRESS, bytes);
    }

    /** Returns the index of the interface that the message is about. */
    static int index(NetlinkMessage message) throws IOException {
        return message.requirePayload(FIXED_LENGTH).intAt(INDEX);
    }

    /** Returns the address; null if it is of another family or missing. */
    static Cidr parse(NetlinkMessage message) throws IOException {
        if (!AddressFamily.isIp(message.requirePayload(FIXED_LENGTH).byteAt(FAMILY))) {
            return null;
        }
        NetlinkAttributes attributes = message.attributes(FIXED_LENGTH);
        InetAddress address = attributes.address(IFA_LOCAL);
        if (address == null) {
            // IPv6 sets IFA_LOCAL only if a link has two ends; IFA_ADDRESS is then the other end.
            address = attributes.address(IFA_ADDRESS);
        }
        return address == null
                ? null
                : NetlinkAttributes.prefix(address, message.byteAt(PREFIX_LENGTH));
    }
}
