// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.nft;

import java.util.OptionalInt;
import java.util.Set;

/**
 * The first packet of a flow, as far as it is known, to be sent through the chains of a firewall in
 * mind.
 *
 * @param protocol {@code udp}, {@code tcp}, ...; null for any
 * @param port its destination; empty for any
 * @param in the interface it comes in by; null for any but {@code others}
 * @param out the interface it leaves by; null for any but {@code others}
 * @param others interfaces it has nothing to do with
 */
public record Packet(
        boolean ipv6,
        String protocol,
        OptionalInt port,
        String in,
        String out,
        Set<String> others) {
    public Packet {
        others = Set.copyOf(others);
    }

    /** A datagram from anywhere outside to a port of this machine. */
    public static Packet datagram(boolean ipv6, int port, Set<String> notBy) {
        return new Packet(ipv6, "udp", OptionalInt.of(port), null, null, notBy);
    }

    /** Anything that comes out of one interface and leaves by another. */
    public static Packet forwarded(boolean ipv6, String in, String out, Set<String> notBy) {
        return new Packet(ipv6, null, OptionalInt.empty(), in, out, notBy);
    }
}
