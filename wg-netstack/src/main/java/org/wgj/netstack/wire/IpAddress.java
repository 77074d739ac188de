// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.wire;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/**
 * An IPv4 or IPv6 address as numbers, so that a packet's addresses can be compared without an
 * object for each. IPv6 addresses have no scope here: a tunnel is one link.
 *
 * @param ipv6 true for IPv6, false for IPv4
 * @param high the first 64 bits of an IPv6 address in network order; 0 for IPv4
 * @param low the last 64 bits of an IPv6 address; an IPv4 address in the low 32 bits
 */
public record IpAddress(boolean ipv6, long high, long low) {
    /** 0.0.0.0 */
    public static final IpAddress ANY4 = new IpAddress(false, 0, 0);

    /** :: */
    public static final IpAddress ANY6 = new IpAddress(true, 0, 0);

    /**
     * Checks the components.
     *
     * @throws IllegalArgumentException if an IPv4 address has more than 32 bits
     */
    public IpAddress {
        if (!ipv6 && (high != 0 || low >>> 32 != 0)) {
            throw new IllegalArgumentException("an IPv4 address has 32 bits");
        }
    }

    /**
     * Returns the address of a Java object. An IPv4-mapped IPv6 address does not exist there: Java
     * makes an {@link Inet4Address} of it.
     *
     * @param address any address
     * @return the same address
     */
    public static IpAddress of(InetAddress address) {
        ByteBuffer bytes = ByteBuffer.wrap(address.getAddress());
        return address instanceof Inet4Address
                ? new IpAddress(false, 0, bytes.getInt() & 0xffff_ffffL)
                : new IpAddress(true, bytes.getLong(), bytes.getLong());
    }

    /**
     * Reads a numeric address; no name is looked up.
     *
     * @param literal for example {@code 10.0.0.1} or {@code fd00::1}
     * @return the address
     * @throws IllegalArgumentException if the text is no numeric address
     */
    public static IpAddress parse(String literal) {
        return of(InetAddress.ofLiteral(literal));
    }

    /**
     * Returns the address as a Java object without a host name.
     *
     * @return a new object
     */
    public InetAddress toInetAddress() {
        byte[] bytes =
                ipv6
                        ? ByteBuffer.allocate(16).putLong(high).putLong(low).array()
                        : ByteBuffer.allocate(4).putInt((int) low).array();
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new AssertionError(e); // only for other lengths than 4 and 16
        }
    }

    /**
     * Returns whether these numbers are this address.
     *
     * @param otherIpv6 true for IPv6
     * @param otherHigh as {@link #high}
     * @param otherLow as {@link #low}
     * @return true if all three are equal
     */
    public boolean is(boolean otherIpv6, long otherHigh, long otherLow) {
        return ipv6 == otherIpv6 && high == otherHigh && low == otherLow;
    }

    /**
     * Returns whether this is 0.0.0.0 or ::.
     *
     * @return true for the unspecified address
     */
    public boolean isUnspecified() {
        return high == 0 && low == 0;
    }

    /**
     * Returns whether the address is one of many receivers: 224.0.0.0/4, ff00::/8, or the IPv4
     * broadcast address.
     *
     * @return true for multicast and 255.255.255.255
     */
    public boolean isMulticast() {
        return ipv6 ? high >>> 56 == 0xff : low >>> 28 == 0xe || low == 0xffff_ffffL;
    }

    /**
     * Returns whether the address means the own machine: 127.0.0.0/8 or ::1.
     *
     * @return true for a loopback address
     */
    public boolean isLoopback() {
        return ipv6 ? high == 0 && low == 1 : low >>> 24 == 127;
    }

    /** Returns the address in numbers, as {@link InetAddress#getHostAddress} writes it. */
    @Override
    public String toString() {
        return toInetAddress().getHostAddress();
    }
}
