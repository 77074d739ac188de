// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.relay;

import java.util.Map;

/**
 * Counts what the relay has done since it was made, and what it holds now.
 *
 * @param forwardedPackets datagrams forwarded
 * @param forwardedBytes their UDP payload bytes
 * @param forwardedInitiations how many of the datagrams were initiations
 * @param drops datagrams dropped, with every reason
 * @param members the members it knows
 * @param liveMembers how many of them it serves: they have a recent session with it
 * @param handshakes initiations that wait for their response
 * @param sessions sessions between members
 */
public record RelayStatistics(
        long forwardedPackets,
        long forwardedBytes,
        long forwardedInitiations,
        Map<RelayDrop, Long> drops,
        int members,
        int liveMembers,
        int handshakes,
        int sessions) {
    public RelayStatistics {
        drops = Map.copyOf(drops);
    }
}
