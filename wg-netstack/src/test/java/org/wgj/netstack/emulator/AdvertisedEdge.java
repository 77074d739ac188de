// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.emulator;

/**
 * The right edge of a window as a peer sees it in one acknowledgment after the other, and the rule
 * for it, which holds in every test: it never moves left (RFC 9293 3.8.6), except by the rounding
 * of the window scale, that is by less than its unit (RFC 7323 2.4).
 *
 * <p>The stack rounds up, so that not even that happens, until a peer that sends segments shorter
 * than the unit to a reader that sleeps has been promised twice the buffer: rounding up for ever
 * would keep the window open without bound. What was offered before is still taken.
 */
public final class AdvertisedEdge {
    private int highest;

    /** Begins at an edge, a sequence number. */
    public AdvertisedEdge(int edge) {
        highest = edge;
    }

    /** Returns whether an edge may come next, and remembers it. */
    public boolean mayBe(int edge, int scale) {
        boolean right = edge - highest > -(1 << scale);
        if (edge - highest > 0) {
            highest = edge;
        }
        return right;
    }

    /** Returns the rightmost edge so far. */
    public int highest() {
        return highest;
    }
}
