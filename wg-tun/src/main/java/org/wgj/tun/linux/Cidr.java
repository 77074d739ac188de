// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.linux;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Objects;

/**
 * An IPv4 or IPv6 address with the length of its network prefix, as an interface has one: {@code
 * 10.0.0.1/24}. Keeps the bits behind the prefix; {@link #network} clears them.
 *
 * @param address a numeric address
 * @param length the prefix length, 0 to 32 for IPv4 and 0 to 128 for IPv6
 */
public record Cidr(InetAddress address, int length) {
    /**
     * Checks the length.
     *
     * @throws IllegalArgumentException if the length is more than the address has bits
     */
    public Cidr {
        Objects.requireNonNull(address);
        int bits = address.getAddress().length * Byte.SIZE;
        if (length < 0 || length > bits) {
            throw new IllegalArgumentException(
                    "prefix length " + length + " is not from 0 to " + bits);
        }
    }

    /**
     * Reads {@code address/length}, or an address alone, whose prefix is then all of it. Names are
     * not looked up.
     *
     * @param text the text
     * @return the address and its prefix length
     * @throws IllegalArgumentException if the text is something else
     */
    public static Cidr parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 0) {
            InetAddress address = InetAddress.ofLiteral(text);
            return new Cidr(address, address.getAddress().length * Byte.SIZE);
        }
        InetAddress address = InetAddress.ofLiteral(text.substring(0, slash));
        String length = text.substring(slash + 1);
        if (!length.matches("[0-9]{1,3}")) {
            throw new IllegalArgumentException("\"" + length + "\" is not a prefix length");
        }
        return new Cidr(address, Integer.parseInt(length));
    }

    /**
     * Returns whether the address is IPv4.
     *
     * @return false for IPv6
     */
    public boolean isIpv4() {
        return address instanceof Inet4Address;
    }

    /**
     * Returns the network: the same with all bits behind the prefix cleared.
     *
     * @return the network
     */
    public Cidr network() {
        byte[] bytes = address.getAddress();
        for (int i = 0; i < bytes.length; i++) {
            int kept = Math.clamp(length - (long) i * Byte.SIZE, 0, Byte.SIZE);
            bytes[i] &= (byte) (0xff00 >> kept);
        }
        return new Cidr(addressOf(bytes), length);
    }

    /** Makes an address of 4 or 16 bytes; one of 16 stays IPv6 even if it maps IPv4. */
    static InetAddress addressOf(byte[] bytes) {
        try {
            return bytes.length == 16
                    ? Inet6Address.getByAddress(null, bytes, -1)
                    : InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("an address of " + bytes.length + " bytes", e);
        }
    }

    /** Writes {@code address/length}, IPv6 as RFC 5952 says. */
    @Override
    public String toString() {
        return AddressText.of(address) + "/" + length;
    }
}
