// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.udp;

/**
 * The numbers in which Linux's two internet address families differ (linux/socket.h, linux/in.h,
 * linux/in6.h).
 */
enum SocketFamily {
    IPV4(2, 16, 0, 8, 12, 1),
    IPV6(10, 28, 41, 50, 20, 67);

    /** AF_INET, AF_INET6. */
    final int domain;

    /** The length of struct sockaddr_in, sockaddr_in6. */
    final int addressBytes;

    /** IPPROTO_IP, IPPROTO_IPV6: the level of the options and control messages below. */
    final int level;

    /** IP_PKTINFO, IPV6_PKTINFO: the control message of the local address, both ways. */
    final int packetInfo;

    /** The length of struct in_pktinfo, in6_pktinfo. */
    final int packetInfoBytes;

    /** IP_TOS, IPV6_TCLASS: the control message of the traffic class, both ways. */
    final int trafficClass;

    SocketFamily(
            int domain,
            int addressBytes,
            int level,
            int packetInfo,
            int packetInfoBytes,
            int trafficClass) {
        this.domain = domain;
        this.addressBytes = addressBytes;
        this.level = level;
        this.packetInfo = packetInfo;
        this.packetInfoBytes = packetInfoBytes;
        this.trafficClass = trafficClass;
    }
}
