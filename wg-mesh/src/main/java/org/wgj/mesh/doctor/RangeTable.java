// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.doctor;

import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.config.PeerConfig;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/**
 * Finds the peer that gets a packet: the one with the longest range around its destination. If two
 * ranges are equal, the later one in the file counts, as in WireGuard.
 */
final class RangeTable {
    private final Map<IpPrefix, PeerConfig> ranges = new HashMap<>();
    private final BitSet lengths4 = new BitSet();
    private final BitSet lengths6 = new BitSet();

    /** A range and its peer. */
    record Hit(IpPrefix range, PeerConfig peer) {}

    void add(IpPrefix range, PeerConfig peer) {
        ranges.put(range, peer);
        (range.ipv6() ? lengths6 : lengths4).set(range.length());
    }

    /** Finds the peer of an address; null if there is none. */
    Hit of(IpPrefix host) {
        BitSet lengths = host.ipv6() ? lengths6 : lengths4;
        for (int length = lengths.length() - 1;
                length >= 0;
                length = length == 0 ? -1 : lengths.previousSetBit(length - 1)) {
            IpPrefix range = IpPrefix.networkOf(host.ipv6(), host.high(), host.low(), length);
            PeerConfig peer = ranges.get(range);
            if (peer != null) {
                return new Hit(range, peer);
            }
        }
        return null;
    }
}
