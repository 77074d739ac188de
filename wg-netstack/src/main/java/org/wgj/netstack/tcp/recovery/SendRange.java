// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp.recovery;

/**
 * A range of the stream to put into one segment; filled by {@link LossRecovery} and reused. Owner
 * thread only.
 */
public final class SendRange {
    private long from;
    private long to;

    /** Makes an empty range. */
    public SendRange() {}

    void set(long newFrom, long newTo) {
        from = newFrom;
        to = newTo;
    }

    /**
     * Returns the first position.
     *
     * @return a stream position
     */
    public long from() {
        return from;
    }

    /**
     * Returns the position after the last.
     *
     * @return a stream position
     */
    public long to() {
        return to;
    }

    /**
     * Returns how many positions the range has; a FIN counts as one.
     *
     * @return a length, at most the largest segment
     */
    public int length() {
        return (int) (to - from);
    }
}
