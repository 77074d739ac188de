// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp;

/**
 * What the connections of a stack may take. Immutable; each {@code with} method returns a changed
 * copy.
 *
 * @param memory bytes that the buffers of all connections may have
 * @param maxBuffer bytes to which each buffer, for sending and for receiving, grows by itself; the
 *     part above 4 MiB only while all such parts together take less than half of {@code memory}
 * @param halfOpen the most half-open connections of a listener; beyond it only cookies serve
 * @param halfOpenPerPeer the most of them of one peer address
 */
public record TcpLimits(long memory, int maxBuffer, int halfOpen, int halfOpenPerPeer) {
    /** The least that {@link #maxBuffer} may be: a connection begins with that. */
    public static final int LEAST_MAX_BUFFER = Receiver.INITIAL_BUFFER;

    /** The most that {@link #maxBuffer} may be: 64 MiB. */
    public static final int MOST_MAX_BUFFER = 64 << 20;

    /** The most that {@link #halfOpen} may be: each SYN looks at all of them. */
    public static final int MOST_HALF_OPEN = 4096;

    /** 64 MiB, 16 MiB, 128, 32. */
    public static final TcpLimits DEFAULT = new TcpLimits(64L << 20, 16 << 20, 128, 32);

    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if one is out of range
     */
    public TcpLimits {
        if (memory < 0) {
            throw new IllegalArgumentException("memory for TCP is negative");
        }
        require("buffer maximum", maxBuffer, LEAST_MAX_BUFFER, MOST_MAX_BUFFER);
        require("half-open connections", halfOpen, 1, MOST_HALF_OPEN);
        require("half-open connections of a peer", halfOpenPerPeer, 1, halfOpen);
    }

    private static void require(String what, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(
                    what + " " + value + " is not from " + least + " to " + most);
        }
    }

    /**
     * Returns the shift of the windows that our SYN announces (RFC 7323 2.3): for a receive buffer
     * of the maximum, or one unit less.
     */
    int windowScale() {
        int scale = Receiver.LEAST_SCALE;
        while (1 << 16 + scale < maxBuffer) {
            scale++;
        }
        return scale;
    }

    /**
     * Changes {@link #memory}.
     *
     * @param bytes the new value
     * @return a copy
     */
    public TcpLimits withMemory(long bytes) {
        return new TcpLimits(bytes, maxBuffer, halfOpen, halfOpenPerPeer);
    }

    /**
     * Changes {@link #maxBuffer}.
     *
     * @param bytes the new value
     * @return a copy
     */
    public TcpLimits withMaxBuffer(int bytes) {
        return new TcpLimits(memory, bytes, halfOpen, halfOpenPerPeer);
    }

    /**
     * Changes {@link #halfOpen} and {@link #halfOpenPerPeer}.
     *
     * @param ofListener the first
     * @param ofPeer the second
     * @return a copy
     */
    public TcpLimits withHalfOpen(int ofListener, int ofPeer) {
        return new TcpLimits(memory, maxBuffer, ofListener, ofPeer);
    }
}
