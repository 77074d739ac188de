// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.ip;

/**
 * The packets of one sender, such as a UDP port, that wait for the tunnel. It holds memory only
 * while packets wait. Owned by the stack's thread; {@link OutgoingFlows} has the rules.
 */
public final class OutgoingFlow {
    /** The number of bytes of packets that may wait in one flow. */
    public static final int MAX_BYTES = 256 << 10;

    private final Runnable writable;

    /** Borrowed while packets wait; else null. */
    OutgoingQueue queue;

    /** The next flow that has packets. */
    OutgoingFlow next;

    boolean waits;
    int bytes;
    int markedBytes;

    /** The number of bytes that may leave in this turn. */
    int credit;

    /** True if a packet was refused and the sender waits for {@link #writable}. */
    boolean refused;

    /**
     * Makes a flow without packets.
     *
     * @param writable called on the stack's thread, outside of any call of the flow, when there is
     *     room again after a refusal
     */
    public OutgoingFlow(Runnable writable) {
        this.writable = writable;
    }

    void tellWritable() {
        writable.run();
    }
}
