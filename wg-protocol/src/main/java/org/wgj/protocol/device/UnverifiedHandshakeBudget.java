// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

/**
 * Limits the handshake messages that are worked on without a valid cookie to 1,000 a second: about
 * a tenth of a processor, at a hundred microseconds a message. Without this limit, a flood just
 * slower than our work would never make a long queue, and yet take all of the thread that also
 * carries data.
 *
 * <p>A token bucket, as deep as the queue that counts as load ({@link HandshakeQueue#LOADED_FROM}).
 * The kernel has no such limit, since its handshakes have threads of their own.
 *
 * <p>Owned by the device's thread.
 */
final class UnverifiedHandshakeBudget {
    private static final long COST_NS = Limits.SECOND / 1_000;
    private static final long FULL_NS = HandshakeQueue.LOADED_FROM * COST_NS;

    private long tokensNs = FULL_NS;
    private long filledNs;

    /** Takes a message; returns false if there is none left. */
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
