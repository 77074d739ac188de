// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.session;

import java.util.Arrays;

/**
 * Remembers which counters of a session were received (RFC 6479): a ring of bits that advances by
 * whole words, so that no bits are shifted.
 *
 * <p>Call {@link #accept} only for authenticated packets. Otherwise a forged packet with a huge
 * counter would push genuine ones out of the window. Counters are unsigned.
 */
public final class ReplayWindow {
    private static final int BITS = 8192;
    private static final int WORDS = BITS / Long.SIZE;

    /**
     * The distance that a counter may be behind the greatest: the ring without the word being
     * filled.
     */
    public static final int SIZE = BITS - Long.SIZE;

    private final long[] received = new long[WORDS];

    /** The greatest accepted counter plus one; 0 before the first. */
    private long next;

    /** Creates an empty window. */
    public ReplayWindow() {}

    /**
     * Accepts a counter once.
     *
     * @param counter of an authenticated packet
     * @return false if it was accepted before or is too old to tell
     */
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

    /**
     * Returns whether a counter is greater than all accepted so far.
     *
     * @param counter one that has not been accepted yet
     * @return whether it is the greatest
     */
    public boolean isAhead(long counter) {
        return Long.compareUnsigned(counter, next) >= 0;
    }

    /**
     * Returns whether no counter was accepted yet.
     *
     * @return true for a new window
     */
    public boolean isEmpty() {
        return next == 0;
    }

    /** Clears the words between the greatest counter so far and the new one. */
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
