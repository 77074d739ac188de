// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.nft;

import java.util.OptionalInt;
import java.util.Set;

/**
 * The known facts about the first packet of a flow, for a simulated walk through the chains of a
 * firewall.
 *
 * @param protocol {@code udp}, {@code tcp}, ...; null for any
 * @param port the destination port; empty for any
 * @param in the interface it comes in by; null for any except {@code others}
 * @param out the interface it leaves by; null for any except {@code others}
 * @param others interfaces that it neither comes in nor leaves by
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

    /** Any packet that comes in by one interface and leaves by another. */
    public static Packet forwarded(boolean ipv6, String in, String out, Set<String> notBy) {
        return new Packet(ipv6, null, OptionalInt.empty(), in, out, notBy);
    }
}
