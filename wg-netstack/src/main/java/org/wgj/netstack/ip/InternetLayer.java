// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.ip;

import org.wgj.netstack.wire.IpAddress;

/** The services of the Internet layer for the transport layers. Owned by the stack's thread. */
public interface InternetLayer {
    /**
     * Returns the longest packet that reaches an address now.
     *
     * @param remote the destination
     * @return the path MTU in bytes, IP header included; at most the tunnel's MTU
     */
    int mtu(IpAddress remote);

    /**
     * Chooses the own address for packets to a destination (RFC 6724 5, rules 1, 2 and 8).
     *
     * @param remote the destination
     * @return an own address of the same family; null if there is none
     */
    IpAddress sourceFor(IpAddress remote);

    /**
     * Says why {@link #sourceFor} has no address, for messages.
     *
     * @param remote the destination
     * @return the reason, without a full stop
     */
    default String noSourceFor(IpAddress remote) {
        int mtu = mtu(remote);
        return remote.ipv6() && mtu < PathMtus.IPV6_FLOOR
                ? "MTU " + mtu + " is below " + PathMtus.IPV6_FLOOR + ", which IPv6 needs"
                : "the tunnel has no IPv" + (remote.ipv6() ? 6 : 4) + " address";
    }

    /**
     * Returns whether an address is one of our own.
     *
     * @param address any address
     * @return true if packets to it are for this stack
     */
    boolean isLocal(IpAddress address);
}
