// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp;

/**
 * What the connections of a stack may take. Immutable; each {@code with} method returns a changed
 * copy.
 *
 * @param memory bytes that the buffers of all connections may have
 * @param maxBuffer bytes to which each buffer, for sending and for receiving, grows by itself
 * @param halfOpen the most half-open connections of a listener; beyond it only cookies serve
 * @param halfOpenPerPeer the most of them of one peer address
 */
public record TcpLimits(long memory, int maxBuffer, int halfOpen, int halfOpenPerPeer) {
    /** The least that {@link #maxBuffer} may be: a connection begins with that. */
    public static final int LEAST_MAX_BUFFER = Receiver.INITIAL_BUFFER;

    /** The most that {@link #maxBuffer} may be: what the window scale can tell. */
    public static final int MOST_MAX_BUFFER = 0xffff << Receiver.WINDOW_SCALE;

    /** The most that {@link #halfOpen} may be: each SYN looks at all of them. */
    public static final int MOST_HALF_OPEN = 4096;

    /** 64 MiB, 4 MiB, 128, 32. */
    public static final TcpLimits DEFAULT = new TcpLimits(64L << 20, 4 << 20, 128, 32);

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
