// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp.congestion;

/**
 * The congestion window and the slow start threshold of one connection, in bytes.
 *
 * <p>The loss recovery owns it; a {@link CongestionControl} changes it when it is asked to. The
 * window is never below one segment and never above {@link #limit()}. Owner thread only.
 */
public final class CongestionWindow {
    /** The threshold before the first loss: no threshold at all. */
    public static final long UNLIMITED = Long.MAX_VALUE;

    /** The default upper bound of the window: more than any buffer here. */
    public static final long DEFAULT_LIMIT = 1L << 30;

    /** Segments of the initial window (RFC 6928). */
    public static final int INITIAL_SEGMENTS = 10;

    private static final long INITIAL_BYTES = 14_600;

    private int mss;
    private long limit = DEFAULT_LIMIT;
    private long size;
    private long threshold = UNLIMITED;

    /**
     * Makes a window of the initial size.
     *
     * @param mss payload bytes of a full segment, at least 1
     */
    public CongestionWindow(int mss) {
        this.mss = Math.max(1, mss);
        this.size = initial(this.mss);
    }

    /**
     * Returns the initial window of RFC 6928 section 2.
     *
     * @param mss payload bytes of a full segment
     * @return bytes
     */
    public static long initial(int mss) {
        return Math.min((long) INITIAL_SEGMENTS * mss, Math.max(2L * mss, INITIAL_BYTES));
    }

    /**
     * Returns the size of a full segment.
     *
     * @return payload bytes
     */
    public int mss() {
        return mss;
    }

    /**
     * Sets the size of a full segment; the window keeps its bytes but does not fall below one
     * segment.
     *
     * @param bytes payload bytes of a full segment
     */
    public void setMss(int bytes) {
        mss = Math.max(1, bytes);
        setThreshold(threshold);
        setSize(size);
    }

    /**
     * Returns the congestion window.
     *
     * @return bytes
     */
    public long size() {
        return size;
    }

    /**
     * Sets the congestion window within its bounds.
     *
     * @param bytes the new size; values outside the bounds are moved to them
     */
    public void setSize(long bytes) {
        size = Math.max(mss, Math.min(bytes, limit));
    }

    /**
     * Returns the slow start threshold.
     *
     * @return bytes, {@link #UNLIMITED} before the first loss
     */
    public long threshold() {
        return threshold;
    }

    /**
     * Sets the slow start threshold; it is never below two segments (RFC 5681 section 3.1).
     *
     * @param bytes the new threshold
     */
    public void setThreshold(long bytes) {
        threshold = Math.max(2L * mss, bytes);
    }

    /**
     * Returns the upper bound of the window.
     *
     * @return bytes
     */
    public long limit() {
        return limit;
    }

    /**
     * Sets the upper bound of the window: as a rule the largest send buffer.
     *
     * @param bytes the bound; at least two segments are kept
     */
    public void setLimit(long bytes) {
        limit = Math.max(2L * mss, Math.min(bytes, DEFAULT_LIMIT));
        setSize(size);
    }

    /**
     * Tells whether the window is below the threshold, so that slow start applies (RFC 5681 section
     * 3.1).
     *
     * @return whether the connection is in slow start
     */
    public boolean inSlowStart() {
        return size < threshold;
    }
}
