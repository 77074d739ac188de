// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;

/**
 * A range of addresses such as {@code 10.0.0.0/24} or {@code fd00::/64}; the bits behind the prefix
 * are always zero.
 *
 * @param ipv6 whether it is of IPv6
 * @param high the first 64 bits of an IPv6 address in network order; 0 for IPv4
 * @param low the last 64 bits of an IPv6 address; an IPv4 address in the low 32 bits
 * @param length how many bits are fixed: 0 to 32, or to 128
 */
public record IpPrefix(boolean ipv6, long high, long low, int length) {
    public IpPrefix {
        int bits = ipv6 ? 128 : 32;
        if (length < 0 || length > bits) {
            throw new IllegalArgumentException("prefix length must be 0 to " + bits);
        }
        if (ipv6) {
            high &= mask64(length);
            low &= mask64(length - 64);
        } else {
            high = 0;
            low &= mask64(32 + length) & 0xffff_ffffL;
        }
    }

    /** The leading bits of a long: none for 0 and less, all for 64 and more. */
    private static long mask64(int bits) {
        return bits <= 0 ? 0 : bits >= 64 ? -1L : -1L << 64 - bits;
    }

    /**
     * Reads {@code address/length}, or an address alone, which stands for itself only. Bits behind
     * the prefix are dropped.
     *
     * @throws IllegalArgumentException when the text is something else; names are never looked up
     */
    public static IpPrefix parse(String text) {
        int slash = text.indexOf('/');
        String address = slash < 0 ? text : text.substring(0, slash);
        int length = slash < 0 ? -1 : parseLength(text.substring(slash + 1));
        long ipv4 = IpText.parseIpv4(address);
        if (ipv4 >= 0) {
            return new IpPrefix(false, 0, ipv4, slash < 0 ? 32 : length);
        }
        long[] ipv6 = IpText.parseIpv6(address);
        if (ipv6 == null) {
            throw new IllegalArgumentException("expected an IPv4 or IPv6 address with /length");
        }
        return new IpPrefix(true, ipv6[0], ipv6[1], slash < 0 ? 128 : length);
    }

    private static int parseLength(String text) {
        if (text.isEmpty()
                || text.length() > 3
                || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw new IllegalArgumentException("expected a prefix length");
        }
        return Integer.parseInt(text);
    }

    /** The range of {@code length} bits around an address. */
    public static IpPrefix of(InetAddress address, int length) {
        ByteBuffer bytes = ByteBuffer.wrap(address.getAddress());
        return address instanceof Inet4Address
                ? new IpPrefix(false, 0, bytes.getInt() & 0xffff_ffffL, length)
                : new IpPrefix(true, bytes.getLong(), bytes.getLong(), length);
    }

    /** {@code address/length}, IPv6 as RFC 5952 writes it. */
    @Override
    public String toString() {
        return IpText.format(ipv6, high, low) + "/" + length;
    }
}
