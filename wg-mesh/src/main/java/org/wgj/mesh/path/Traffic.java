// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.path;

import org.wgj.protocol.message.InitiationMessage;
import org.wgj.protocol.message.ResponseMessage;

/** Tells data from the path packets of a link, by the tunnel's counters. */
final class Traffic {
    /** A keepalive on the wire, in bytes; also what a datagram adds to its padded packet. */
    private static final int OVERHEAD = 32;

    private static final int PADDING = 16;

    /** An initiation and its response, in bytes, to the peer itself and over three relays. */
    private static final int HANDSHAKE = 4 * (InitiationMessage.LENGTH + ResponseMessage.LENGTH);

    /** Less than this in both directions between two counts is keepalives. */
    private static final int KEEPALIVES = 2 * OVERHEAD;

    /** Every path carries packets of this length in bytes: IPv6 wants that (RFC 8200 5). */
    private static final int PASSES_EVERYWHERE = 1280;

    private long pathHeard;
    private long pathSent;
    private long heard;
    private long sent;
    private boolean counted;
    private boolean flowing;
    private boolean unanswered;
    private long flowedNs = Long.MIN_VALUE / 2;

    /** The tunnel's counters begin at 0 again. */
    void restart() {
        pathHeard = 0;
        pathSent = 0;
        counted = false;
    }

    void heardPathPacket(int length, int mtu) {
        pathHeard += sealed(length, mtu);
    }

    void sentPathPacket(int length, int mtu) {
        pathSent += sealed(length, mtu);
    }

    /** Returns the length of a packet on the wire: padded, but not beyond the MTU. */
    private static int sealed(int length, int mtu) {
        int padded = (length + PADDING - 1) / PADDING * PADDING;
        return OVERHEAD + Math.max(length, Math.min(padded, mtu));
    }

    /**
     * Takes the tunnel's counters of all bytes.
     *
     * @param handshake whether there was a handshake since the last time
     */
    void count(long receivedBytes, long sentBytes, boolean handshake, long nowNs) {
        long nowHeard = receivedBytes - pathHeard;
        long nowSent = sentBytes - pathSent;
        long newHeard = nowHeard - heard;
        long newSent = nowSent - sent;
        long data = newHeard + newSent - (handshake ? HANDSHAKE : 0);
        flowing = counted && data > KEEPALIVES;
        unanswered = flowing && newHeard <= OVERHEAD && newSent > PASSES_EVERYWHERE;
        if (flowing || !counted) {
            flowedNs = nowNs;
        }
        counted = true;
        heard = nowHeard;
        sent = nowSent;
    }

    /** Counts the time without data from now on. */
    void woke(long nowNs) {
        flowedNs = nowNs;
    }

    boolean isFlowing() {
        return flowing;
    }

    /**
     * Returns whether there was data for the peer, at the last count, and none from it: long
     * packets may get lost, and nothing else be said. A keepalive of the peer is no data.
     */
    boolean isUnanswered() {
        return unanswered;
    }

    /** Returns the time without data, in ns. */
    long quietNs(long nowNs) {
        return nowNs - flowedNs;
    }

    /** Returns the bytes heard from the peer besides path packets. */
    long heardBytes() {
        return heard;
    }
}
