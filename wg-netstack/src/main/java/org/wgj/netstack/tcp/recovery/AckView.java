// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp.recovery;

/**
 * The content of an acceptable acknowledgement for the loss recovery: filled by the caller for each
 * segment and reused.
 *
 * <p>Positions are 64-bit stream positions. The caller has dropped acknowledgements of data that
 * was never sent (RFC 9293 section 3.10.7.4, RFC 5961); selective blocks may be anything, {@link
 * LossRecovery} ignores those that make no sense. Owner thread only.
 */
public final class AckView {
    /** The number of selective blocks that fit a segment without other options (RFC 2018). */
    public static final int MAX_BLOCKS = 4;

    /** Stands for "no timestamp was echoed". */
    public static final long NO_ECHO = Long.MIN_VALUE;

    /** Length of a tick of our timestamps in nanoseconds (RFC 7323 section 5.4). */
    public static final long TICK_NS = 1_000_000L;

    private long position;
    private long echoNs = NO_ECHO;
    private boolean carriesData;
    private boolean windowChanged;
    private int blocks;
    private final long[] from = new long[MAX_BLOCKS];
    private final long[] to = new long[MAX_BLOCKS];

    /** Makes an empty view. */
    public AckView() {}

    /**
     * Begins a new acknowledgement without selective blocks.
     *
     * @param newPosition the next position the peer expects: everything below is acknowledged
     * @param newEchoNs the time, on the clock of {@code nowNs}, at which the tick of the echoed
     *     timestamp began; {@link #NO_ECHO} if none
     * @param newCarriesData whether the segment carries data or a FIN, so that it is no duplicate
     *     acknowledgement
     * @param newWindowChanged whether the segment changes the advertised window, so that it is no
     *     duplicate acknowledgement
     * @return this
     */
    public AckView set(
            long newPosition, long newEchoNs, boolean newCarriesData, boolean newWindowChanged) {
        position = newPosition;
        echoNs = newEchoNs;
        carriesData = newCarriesData;
        windowChanged = newWindowChanged;
        blocks = 0;
        return this;
    }

    /**
     * Adds a selective block in the order of the option; blocks over {@link #MAX_BLOCKS} are
     * dropped.
     *
     * @param blockFrom first position of the block
     * @param blockTo position after the block
     * @return this
     */
    public AckView block(long blockFrom, long blockTo) {
        if (blocks < MAX_BLOCKS) {
            from[blocks] = blockFrom;
            to[blocks] = blockTo;
            blocks++;
        }
        return this;
    }

    /**
     * Returns the next position the peer expects.
     *
     * @return the position
     */
    public long position() {
        return position;
    }

    /**
     * Returns when the tick of the echoed timestamp began.
     *
     * @return nanoseconds, or {@link #NO_ECHO}
     */
    public long echoNs() {
        return echoNs;
    }

    /**
     * Tells whether a timestamp was echoed.
     *
     * @return whether {@link #echoNs()} is a time
     */
    public boolean hasEcho() {
        return echoNs != NO_ECHO;
    }

    /**
     * Tells whether the segment carries data or a FIN.
     *
     * @return whether it does
     */
    public boolean carriesData() {
        return carriesData;
    }

    /**
     * Tells whether the segment changes the advertised window.
     *
     * @return whether it does
     */
    public boolean windowChanged() {
        return windowChanged;
    }

    /**
     * Returns the number of selective blocks.
     *
     * @return 0 to {@link #MAX_BLOCKS}
     */
    public int blocks() {
        return blocks;
    }

    /**
     * Returns the beginning of a selective block.
     *
     * @param index 0 is the first in the option
     * @return its first position
     */
    public long blockFrom(int index) {
        return from[index];
    }

    /**
     * Returns the end of a selective block.
     *
     * @param index 0 is the first in the option
     * @return the position after it
     */
    public long blockTo(int index) {
        return to[index];
    }
}
