// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp;

import org.wgj.netstack.wire.IncomingPacket;
import org.wgj.netstack.wire.TcpSegment;

/**
 * Initial sequence numbers that carry what a half-open connection would remember (RFC 4987 3.6),
 * for listeners that have too many of them.
 *
 * <pre>
 * sequence number:  | 24 bits of a keyed hash | 5 bits of time | 3 bits of MSS |
 * timestamp:        | upper bits of the clock | 1 bit SACK     | 4 bits scale  |
 * </pre>
 *
 * <p>The hash covers both endpoints, the peer's sequence number, the time and the MSS. The options
 * are in the timestamp that the peer echoes; without timestamps there is neither scaling nor SACK.
 */
final class SynCookies {
    /** The unit of the time in a cookie; one that is older than two units is refused. */
    static final long PERIOD_NS = 32 * Timers.SECOND_NS;

    private static final int[] MSS = {88, 536, 1220, 1280, 1340, 1360, 1380, 1440};
    private static final int OPTION_BITS = 5;
    private static final int NO_SCALE = 15;

    private final ConnectionHash hash;

    SynCookies(ConnectionHash hash) {
        this.hash = hash;
    }

    /** Returns the sequence number of the SYN-ACK. */
    int sequence(IncomingPacket packet, TcpSegment syn, long nowNs) {
        int index = MSS.length - 1;
        int mss =
                syn.mss >= 0
                        ? syn.mss
                        : packet.ipv6 ? Sender.DEFAULT_MSS_IPV6 : Sender.DEFAULT_MSS_IPV4;
        while (index > 0 && MSS[index] > mss) {
            index--;
        }
        long time = nowNs / PERIOD_NS;
        return cookie(packet, syn, syn.sequence, time, index);
    }

    private int cookie(
            IncomingPacket packet, TcpSegment segment, int peerSequence, long time, int index) {
        int low = (int) (time & 31) << 3 | index;
        long more = (peerSequence & 0xffff_ffffL) << 32 | time << 3 & 0xffff_fff8L | index;
        long mixed =
                hash.of(
                        ConnectionHash.COOKIE,
                        packet.destinationHigh,
                        packet.destinationLow,
                        packet.sourceHigh,
                        packet.sourceLow,
                        segment.destinationPort << 16 | segment.sourcePort,
                        more);
        return (int) mixed << 8 | low;
    }

    /** Returns a clock, not later than the one given, that carries the options of a SYN. */
    static int timestamp(int clock, TcpSegment syn) {
        int options =
                (syn.windowScale < 0 ? NO_SCALE : syn.windowScale) | (syn.sackPermitted ? 16 : 0);
        int value = clock >>> OPTION_BITS << OPTION_BITS | options;
        return value - clock > 0 ? value - (1 << OPTION_BITS) : value;
    }

    /**
     * Checks the acknowledgment of a cookie and turns it back into the SYN that it answered.
     *
     * @param segment the acknowledgment; if the result is true, its MSS, scale, SACK and timestamps
     *     are those of the SYN
     * @return whether this stack sent the cookie, not long ago
     */
    boolean restore(IncomingPacket packet, TcpSegment segment, long nowNs) {
        int cookie = segment.acknowledgment - 1;
        int index = cookie & 7;
        long now = nowNs / PERIOD_NS;
        long time = now - (now - (cookie >>> 3) & 31);
        if (now - time > 1
                || time < 0
                || cookie(packet, segment, segment.sequence - 1, time, index) != cookie) {
            return false;
        }
        segment.mss = MSS[index];
        segment.windowScale = -1;
        segment.sackPermitted = false;
        if (segment.timestamps) {
            int scale = segment.timestampEcho & 15;
            segment.windowScale = scale == NO_SCALE ? -1 : scale;
            segment.sackPermitted = (segment.timestampEcho & 16) != 0;
        }
        return true;
    }
}
