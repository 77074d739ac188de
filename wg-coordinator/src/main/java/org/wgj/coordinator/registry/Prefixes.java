// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.registry;

import org.wgj.protocol.IpPrefix;

import java.net.InetAddress;

/** Arithmetic of prefixes and the hosts in them. */
final class Prefixes {
    /** Host numbers are below this, also in ranges that have more (an IPv4 /8 has as many). */
    static final long MAX_HOST = 1L << 24;

    private Prefixes() {}

    static boolean contains(IpPrefix outer, IpPrefix inner) {
        return outer.ipv6() == inner.ipv6()
                && outer.length() <= inner.length()
                && IpPrefix.networkOf(inner.ipv6(), inner.high(), inner.low(), outer.length())
                        .equals(outer);
    }

    static boolean overlap(IpPrefix one, IpPrefix other) {
        return contains(one, other) || contains(other, one);
    }

    static boolean contains(IpPrefix range, InetAddress address) {
        return contains(range, host(address));
    }

    static IpPrefix host(InetAddress address) {
        return IpPrefix.of(address, address.getAddress().length * 8);
    }

    /**
     * Counts up the byte (IPv4) or the subnet (IPv6) that ends at a bit.
     *
     * @throws IllegalArgumentException if the range is longer than that or the count overflows
     */
    static IpPrefix plus(IpPrefix range, int count, int endBit) {
        if (count == 0) {
            return range;
        }
        if (range.length() < (range.ipv6() ? 48 : 9) || range.ipv6() && range.length() > endBit) {
            throw new IllegalArgumentException(
                    range
                            + " leaves no room to count up: take "
                            + (range.ipv6() ? "a /48 to /64" : "10.77.0.0/16, for example"));
        }
        // A range that is longer keeps its further bits: 10.77.4.0/24, 10.78.4.0/24.
        IpPrefix result =
                range.ipv6()
                        ? new IpPrefix(true, range.high() + count, range.low(), range.length())
                        : IpPrefix.networkOf(
                                false,
                                0,
                                range.low() + ((long) count << 32 - endBit),
                                range.length());
        long carry =
                range.ipv6() ? (range.high() & 0xffff) + count : (range.low() >> 16 & 0xff) + count;
        if (carry > (range.ipv6() ? 0xffff : 0xff) || overlap(range, result)) {
            throw new IllegalArgumentException(
                    range + " leaves no room to count up: take a range with a lower second byte");
        }
        return result;
    }

    /** Returns how many hosts nodes may have: without the network itself and IPv4's broadcast. */
    static long lastHost(IpPrefix range) {
        int bits = (range.ipv6() ? 128 : 32) - range.length();
        long hosts = bits >= 24 ? MAX_HOST : 1L << bits;
        return range.ipv6() ? hosts - 1 : hosts - 2;
    }

    static InetAddress address(IpPrefix range, long host) {
        return new IpPrefix(range.ipv6(), range.high(), range.low() + host, range.ipv6() ? 128 : 32)
                .firstAddress();
    }

    /** Returns the number of an address in a range that contains it; -1 if it is too high. */
    static long hostOf(IpPrefix range, InetAddress address) {
        IpPrefix host = host(address);
        long number = host.low() - range.low();
        return host.high() != range.high() || number < 0 || number > lastHost(range) ? -1 : number;
    }
}
