// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp;

/**
 * How large one buffer, of a direction of a connection, may become by itself: {@link #FREE} without
 * asking, and more if the pool grants it, which it does while few connections want that. Owned by
 * the stack's thread.
 */
final class BufferGrowth {
    /** The size in bytes up to which each buffer may grow. */
    static final int FREE = 4 << 20;

    private final TcpLayer layer;
    private int granted;

    BufferGrowth(TcpLayer layer) {
        this.layer = layer;
    }

    /**
     * Returns the size that a buffer may have now.
     *
     * @param wanted bytes
     * @return at most that and the maximum of the layer; less than both if others have the memory
     */
    int size(long wanted) {
        int most = (int) Math.min(wanted, layer.limits().maxBuffer());
        int beyond = most - FREE;
        if (beyond > granted) {
            granted += layer.pool().grant(beyond - granted);
        }
        return Math.min(most, FREE + granted);
    }

    /** Returns whether the pool granted something. */
    boolean isGranted() {
        return granted > 0;
    }

    /** Gives back what the pool granted: the buffer is small again, chosen, or no more. */
    void giveBack() {
        layer.pool().giveBack(granted);
        granted = 0;
    }
}
