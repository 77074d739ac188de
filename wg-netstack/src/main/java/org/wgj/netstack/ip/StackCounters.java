// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.ip;

import java.util.EnumMap;
import java.util.Map;

/** Counts packets of one stack. Owned by the stack's thread. */
public final class StackCounters {
    private static final PacketDropReason[] REASONS = PacketDropReason.values();

    private final long[] drops = new long[REASONS.length];

    /** Packets that came from the tunnel. */
    public long received;

    /** Packets that left through the tunnel. */
    public long sent;

    /** Packets that this stack sent to an address of its own. */
    public long looped;

    /** Datagrams that were put together from fragments. */
    public long reassembled;

    /** ICMP errors that were sent. */
    public long icmpErrorsSent;

    /** ICMP errors that reached the transport layer that they are about. */
    public long icmpErrorsAccepted;

    /** Makes counters that are all 0. */
    public StackCounters() {}

    /**
     * Counts a packet that was dropped.
     *
     * @param reason why
     */
    public void drop(PacketDropReason reason) {
        drops[reason.ordinal()]++;
    }

    /**
     * Returns how many packets were dropped for a reason.
     *
     * @param reason the reason
     * @return their number
     */
    public long drops(PacketDropReason reason) {
        return drops[reason.ordinal()];
    }

    /**
     * Returns all reasons for which packets were dropped.
     *
     * @return a snapshot without zeros
     */
    public Map<PacketDropReason, Long> drops() {
        Map<PacketDropReason, Long> snapshot = new EnumMap<>(PacketDropReason.class);
        for (PacketDropReason reason : REASONS) {
            if (drops[reason.ordinal()] != 0) {
                snapshot.put(reason, drops[reason.ordinal()]);
            }
        }
        return snapshot;
    }
}
