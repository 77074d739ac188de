// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.map;

import org.wgj.protocol.IpPrefix;

import java.net.Inet6Address;
import java.net.InetAddress;

/** Questions about ranges of addresses. */
public final class Ranges {
    private Ranges() {}

    /**
     * Returns whether an address is in a range.
     *
     * @param range any range
     * @param address any numeric address
     * @return false also if they are of different families
     */
    public static boolean contains(IpPrefix range, InetAddress address) {
        return range.ipv6() == address instanceof Inet6Address
                && IpPrefix.networkOf(address, range.length()).equals(range);
    }

    /**
     * Returns whether two ranges have an address in common.
     *
     * @param one a range
     * @param other another
     * @return true if one contains the other
     */
    public static boolean overlap(IpPrefix one, IpPrefix other) {
        if (one.ipv6() != other.ipv6()) {
            return false;
        }
        int length = Math.min(one.length(), other.length());
        return cut(one, length).equals(cut(other, length));
    }

    private static IpPrefix cut(IpPrefix range, int length) {
        return IpPrefix.networkOf(range.ipv6(), range.high(), range.low(), length);
    }

    /**
     * Returns the range of one address alone.
     *
     * @param address any numeric address
     * @return a range of length 32 or 128
     */
    public static IpPrefix host(InetAddress address) {
        return IpPrefix.of(address, address instanceof Inet6Address ? 128 : 32);
    }
}
