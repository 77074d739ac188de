// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.ip;

import org.wgj.netstack.wire.IpAddress;

/**
 * An address of this stack with the length of its network's prefix, which tells the broadcast
 * address of an IPv4 network.
 *
 * @param address the own address
 * @param prefixLength 0 to 32 or 128; the full length if there is no network around the address
 */
public record OwnAddress(IpAddress address, int prefixLength) {
    /**
     * Checks the components.
     *
     * @throws IllegalArgumentException if the address is no single host's, or the prefix too long
     */
    public OwnAddress {
        if (address.isUnspecified() || address.isMulticast()) {
            throw new IllegalArgumentException(address + " is not the address of one host");
        }
        if (prefixLength < 0 || prefixLength > (address.ipv6() ? 128 : 32)) {
            throw new IllegalArgumentException(
                    "a prefix of " + prefixLength + " bits does not fit " + address);
        }
    }

    /**
     * Makes one without a network around it.
     *
     * @param address the own address
     * @return the address with the full prefix length
     */
    public static OwnAddress of(IpAddress address) {
        return new OwnAddress(address, address.ipv6() ? 128 : 32);
    }

    /** Returns whether an IPv4 address is the broadcast address of this address's network. */
    boolean isBroadcast(long ipv4) {
        // Networks of 31 and 32 bits have no broadcast address (RFC 3021).
        if (address.ipv6() || prefixLength >= 31) {
            return false;
        }
        long hosts = 0xffff_ffffL >>> prefixLength;
        return (address.low() | hosts) == ipv4;
    }
}
