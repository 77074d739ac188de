// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.session;

import java.util.Arrays;

/**
 * Which counters of a session have been received (RFC 6479): a ring of bits that is advanced by
 * whole words, so that nothing is ever shifted.
 *
 * <p>{@link #accept} must be called only for a packet that has been authenticated, and in one
 * order; otherwise a forged packet with a huge counter would push honest ones out of the window.
 * Counters are unsigned.
 */
public final class ReplayWindow {
    private static final int BITS = 8192;
    private static final int WORDS = BITS / Long.SIZE;

    /**
     * How far behind the greatest counter one may be: the word that is being filled takes the rest
     * of the ring.
     */
    public static final int SIZE = BITS - Long.SIZE;

    private final long[] received = new long[WORDS];

    /** One more than the greatest counter accepted; 0 before the first. */
    private long next;

    /** Whether the counter is new; it is not the second time. */
    public boolean accept(long counter) {
        if (isAhead(counter)) {
            forgetWordsUpTo(counter);
            next = counter + 1;
        } else if (Long.compareUnsigned(next - 1 - counter, SIZE) > 0) {
            return false;
        }
        int word = (int) (counter >>> 6) & WORDS - 1;
        long bit = 1L << counter; // the shift takes the low six bits of the counter
        boolean fresh = (received[word] & bit) == 0;
        received[word] |= bit;
        return fresh;
    }

    /** Whether the counter is greater than all accepted so far. To be asked before accepting it. */
    public boolean isAhead(long counter) {
        return Long.compareUnsigned(counter, next) >= 0;
    }

    /** Whether no counter was accepted yet. */
    public boolean isEmpty() {
        return next == 0;
    }

    /** Clears the words between the greatest counter so far and the new greatest one. */
    private void forgetWordsUpTo(long counter) {
        long newest = counter >>> 6;
        long current = next == 0 ? 0 : next - 1 >>> 6;
        if (newest - current >= WORDS) {
            Arrays.fill(received, 0);
            return;
        }
        for (long word = current + 1; word <= newest; word++) {
            received[(int) word & WORDS - 1] = 0;
        }
    }
}
