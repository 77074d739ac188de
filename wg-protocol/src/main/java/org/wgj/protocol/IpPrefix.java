// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/**
 * A range of IP addresses such as {@code 10.0.0.0/24} or {@code fd00::/64}, as allowed IPs name
 * them. The host bits, those behind the prefix, are always zero.
 *
 * <p>{@link #of}, {@link #parse} and the constructor refuse an address with host bits, which is
 * usually a mistake. {@link #networkOf} and {@link #parseNetwork} clear them, as {@code wg} does
 * for its files and for the configuration protocol.
 *
 * @param ipv6 true for IPv6, false for IPv4
 * @param high the first 64 bits of an IPv6 address in network order; 0 for IPv4
 * @param low the last 64 bits of an IPv6 address; an IPv4 address in the low 32 bits
 * @param length the prefix length: 0 to 32 for IPv4, 0 to 128 for IPv6
 */
public record IpPrefix(boolean ipv6, long high, long low, int length) {
    /**
     * Checks the components.
     *
     * @throws IllegalArgumentException if the length is out of range, a host bit is set, or an IPv4
     *     address has more than 32 bits
     */
    public IpPrefix {
        checkLength(ipv6, length);
        if ((high & ~highMask(ipv6, length)) != 0 || (low & ~lowMask(ipv6, length)) != 0) {
            throw new IllegalArgumentException(
                    IpText.format(ipv6, high, low)
                            + "/"
                            + length
                            + " has bits behind its prefix: the range is "
                            + networkOf(ipv6, high, low, length));
        }
    }

    /**
     * Returns the range that an address without host bits begins.
     *
     * @param address the first address of the range
     * @param length the prefix length
     * @return the range
     * @throws IllegalArgumentException if the length is out of range or a host bit is set
     */
    public static IpPrefix of(InetAddress address, int length) {
        ByteBuffer bytes = ByteBuffer.wrap(address.getAddress());
        return address instanceof Inet4Address
                ? new IpPrefix(false, 0, bytes.getInt() & 0xffff_ffffL, length)
                : new IpPrefix(true, bytes.getLong(), bytes.getLong(), length);
    }

    /**
     * Returns the range of one address alone.
     *
     * @param address any numeric address
     * @return a range of length 32 or 128
     */
    public static IpPrefix host(InetAddress address) {
        return of(address, address instanceof Inet4Address ? 32 : 128);
    }

    /**
     * Returns the range of a given length that contains an address.
     *
     * @param address any address of the range
     * @param length the prefix length
     * @return the range, its host bits zero
     * @throws IllegalArgumentException if the length is out of range
     */
    public static IpPrefix networkOf(InetAddress address, int length) {
        ByteBuffer bytes = ByteBuffer.wrap(address.getAddress());
        return address instanceof Inet4Address
                ? networkOf(false, 0, bytes.getInt(), length)
                : networkOf(true, bytes.getLong(), bytes.getLong(), length);
    }

    /**
     * Returns the range of a given length that contains an address.
     *
     * @param ipv6 true for IPv6, false for IPv4
     * @param high the first 64 bits of an IPv6 address; ignored for IPv4
     * @param low the last 64 bits of an IPv6 address; an IPv4 address in the low 32 bits
     * @param length the prefix length
     * @return the range, its host bits zero
     * @throws IllegalArgumentException if the length is out of range
     */
    public static IpPrefix networkOf(boolean ipv6, long high, long low, int length) {
        checkLength(ipv6, length);
        return new IpPrefix(
                ipv6, high & highMask(ipv6, length), low & lowMask(ipv6, length), length);
    }

    /**
     * Reads {@code address/length}, or an address alone for the range of that address only. Never
     * looks up a name.
     *
     * @param text such as {@code 10.0.0.0/24}
     * @return the range
     * @throws IllegalArgumentException if the text is no range, or a host bit is set
     */
    public static IpPrefix parse(String text) {
        IpPrefix network = parseNetwork(text);
        int slash = text.indexOf('/');
        IpPrefix address = slash < 0 ? network : parseNetwork(text.substring(0, slash));
        return new IpPrefix(network.ipv6, address.high, address.low, network.length);
    }

    /**
     * Reads {@code address/length} as {@link #parse} does, but accepts host bits and clears them:
     * {@code 10.0.0.1/24} is {@code 10.0.0.0/24}.
     *
     * @param text such as {@code 10.0.0.1/24}
     * @return the range that contains the address
     * @throws IllegalArgumentException if the text is no range
     */
    public static IpPrefix parseNetwork(String text) {
        int slash = text.indexOf('/');
        String address = slash < 0 ? text : text.substring(0, slash);
        int length = slash < 0 ? -1 : parseLength(text.substring(slash + 1));
        long ipv4 = IpText.parseIpv4(address);
        if (ipv4 >= 0) {
            return networkOf(false, 0, ipv4, slash < 0 ? 32 : length);
        }
        long[] ipv6 = IpText.parseIpv6(address);
        if (ipv6 == null) {
            throw new IllegalArgumentException("expected an IPv4 or IPv6 address with /length");
        }
        return networkOf(true, ipv6[0], ipv6[1], slash < 0 ? 128 : length);
    }

    /**
     * Returns the first address of the range.
     *
     * @return the address; an IPv4-mapped IPv6 address becomes IPv4, as always in the JDK
     */
    public InetAddress firstAddress() {
        byte[] bytes =
                ipv6
                        ? ByteBuffer.allocate(16).putLong(high).putLong(low).array()
                        : ByteBuffer.allocate(4).putInt((int) low).array();
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new AssertionError(e); // 4 and 16 bytes always are an address
        }
    }

    /**
     * Returns whether an address is in this range.
     *
     * @param address any numeric address
     * @return false also if the address is of the other family
     */
    public boolean contains(InetAddress address) {
        return contains(host(address));
    }

    /**
     * Returns whether all addresses of another range are in this one.
     *
     * @param other any range
     * @return true also if both are equal; false if they are of different families
     */
    public boolean contains(IpPrefix other) {
        return ipv6 == other.ipv6 && length <= other.length && other.cut(length).equals(this);
    }

    /**
     * Returns whether two ranges have an address in common.
     *
     * @param other any range
     * @return true if one contains the other; false if they are of different families
     */
    public boolean overlaps(IpPrefix other) {
        return contains(other) || other.contains(this);
    }

    private IpPrefix cut(int shorter) {
        return networkOf(ipv6, high, low, shorter);
    }

    private static int parseLength(String text) {
        if (text.isEmpty()
                || text.length() > 3
                || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw new IllegalArgumentException("expected a prefix length");
        }
        return Integer.parseInt(text);
    }

    private static void checkLength(boolean ipv6, int length) {
        int bits = ipv6 ? 128 : 32;
        if (length < 0 || length > bits) {
            throw new IllegalArgumentException("prefix length must be 0 to " + bits);
        }
    }

    private static long highMask(boolean ipv6, int length) {
        return ipv6 ? leadingBits(length) : 0;
    }

    private static long lowMask(boolean ipv6, int length) {
        return ipv6 ? leadingBits(length - 64) : leadingBits(32 + length) & 0xffff_ffffL;
    }

    /** Sets the leading bits of a long: none for 0 and less, all for 64 and more. */
    private static long leadingBits(int bits) {
        return bits <= 0 ? 0 : bits >= 64 ? -1L : -1L << 64 - bits;
    }

    // Written out, because a JVM makes those of a record at run time, which takes 25 ms of a start.
    @Override
    public boolean equals(Object other) {
        return other instanceof IpPrefix that
                && ipv6 == that.ipv6
                && high == that.high
                && low == that.low
                && length == that.length;
    }

    @Override
    public int hashCode() {
        int hash = 31 * Long.hashCode(high) + Long.hashCode(low);
        return 31 * (31 * hash + length) + Boolean.hashCode(ipv6);
    }

    /** Formats as {@code address/length}, IPv6 as RFC 5952 writes it. */
    @Override
    public String toString() {
        return IpText.format(ipv6, high, low) + "/" + length;
    }
}
