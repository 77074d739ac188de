// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

/**
 * How many handshake messages are worked on although their senders did not prove their addresses by
 * a cookie. A flood that is a little slower than we work never makes a long queue, and yet takes
 * all of the one thread that data needs as well; so what it may take is bounded by this: about a
 * tenth of a processor, at a hundred microseconds a message.
 *
 * <p>A token bucket. Its depth is what may wait without cookies at all ({@link
 * HandshakeQueue#LOADED_FROM}). The kernel has no such bound: its handshakes have threads of their
 * own.
 *
 * <p>Owned by the device's thread.
 */
final class UnverifiedHandshakeBudget {
    private static final long COST_NS = Limits.SECOND / 1_000;
    private static final long FULL_NS = HandshakeQueue.LOADED_FROM * COST_NS;

    private long tokensNs = FULL_NS;
    private long filledNs;

    /** Takes one; false when there is none left. */
    boolean take(long nowNs) {
        tokensNs = Math.min(FULL_NS, tokensNs + (nowNs - filledNs));
        filledNs = nowNs;
        if (tokensNs < COST_NS) {
            return false;
        }
        tokensNs -= COST_NS;
        return true;
    }
}
