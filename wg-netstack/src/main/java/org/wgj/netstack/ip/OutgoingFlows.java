// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.ip;

import org.wgj.netstack.wire.OutgoingBatch;

import java.util.ArrayDeque;

/**
 * The packets of all flows that wait for the tunnel to take them. The flows take turns, each with
 * as many bytes as the others (deficit round robin), so a busy one delays the others by a packet or
 * two and costs them nothing.
 *
 * <p>Bounds: {@value OutgoingFlow#MAX_BYTES} bytes a flow and {@value #MAX_BYTES} in all. A flow
 * without packets may add one message beyond that, up to twice the total, so that many busy flows
 * do not shut out the others. Packets beyond that are refused; the sender is told when there is
 * room.
 *
 * <p>Use for each message: {@link #admits}, then for each of its packets {@link #begin}, writing to
 * {@link #memory} and {@link #commit}, at last {@link #finish}, or {@link #rollback} if {@code
 * begin} failed. Owned by the stack's thread.
 */
public final class OutgoingFlows {
    /** The number of bytes of packets that may wait in all flows together. */
    public static final int MAX_BYTES = 4 << 20;

    /** The number of bytes that a flow may send in a turn; one packet at least. */
    private static final int QUANTUM = 2048;

    /** The memory that is kept for the next packets while no packet waits. */
    private static final int MAX_SPARE_BYTES = 512 << 10;

    private final ArrayDeque<OutgoingQueue> spare = new ArrayDeque<>();
    private int spareBytes;

    private OutgoingFlow first;
    private OutgoingFlow last;
    private int bytes;
    private ArrayDeque<OutgoingFlow> refused = new ArrayDeque<>();
    private ArrayDeque<OutgoingFlow> stillRefused = new ArrayDeque<>();

    /** Makes an object without packets. */
    public OutgoingFlows() {}

    /**
     * Returns whether nothing waits.
     *
     * @return true if there is no packet
     */
    public boolean isEmpty() {
        return first == null;
    }

    /**
     * Returns how many bytes of packets wait.
     *
     * @return bytes, at most twice {@link #MAX_BYTES}
     */
    public int bytes() {
        return bytes;
    }

    /**
     * Returns whether a message may be added now. If not, the flow is told when there is room.
     *
     * @param flow the sender
     * @param length the length of all its packets
     */
    boolean admits(OutgoingFlow flow, int length) {
        int most = flow.bytes == 0 ? 2 * MAX_BYTES : MAX_BYTES;
        boolean admitted = bytes + length <= most && flow.bytes + length <= OutgoingFlow.MAX_BYTES;
        if (admitted) {
            flow.markedBytes = flow.bytes;
            if (flow.queue == null) {
                flow.queue = obtain();
            }
            flow.queue.mark();
        } else {
            refuse(flow);
        }
        return admitted;
    }

    private void refuse(OutgoingFlow flow) {
        if (!flow.refused) {
            flow.refused = true;
            refused.add(flow);
        }
    }

    /** Makes room for a packet; returns where to write it, -1 if there is none. */
    long begin(OutgoingFlow flow, int length) {
        return flow.queue.begin(length);
    }

    /** Adds the packet that was begun. */
    void commit(OutgoingFlow flow, int length) {
        flow.queue.commit(length);
        flow.bytes += length;
        bytes += length;
    }

    /** Takes back the packets of a message that did not fit. */
    void rollback(OutgoingFlow flow) {
        flow.queue.rollback();
        bytes -= flow.bytes - flow.markedBytes;
        flow.bytes = flow.markedBytes;
        if (flow.queue.isEmpty()) {
            giveBack(flow);
        }
        refuse(flow);
    }

    /** Lets the packets of a message leave. */
    void finish(OutgoingFlow flow) {
        if (!flow.waits) {
            flow.waits = true;
            flow.credit = QUANTUM;
            append(flow);
        }
    }

    private void append(OutgoingFlow flow) {
        flow.next = null;
        if (last == null) {
            first = flow;
        } else {
            last.next = flow;
        }
        last = flow;
    }

    private void removeFirst() {
        first = first.next;
        if (first == null) {
            last = null;
        }
    }

    /**
     * Moves packets into a batch.
     *
     * @param out the batch
     * @param most how many packets the batch may have then
     */
    public void emit(OutgoingBatch out, int most) {
        while (first != null && out.count() < most) {
            OutgoingFlow flow = first;
            int length = flow.queue.firstLength();
            if (flow.credit <= 0) {
                flow.credit += QUANTUM;
                removeFirst();
                append(flow);
                continue;
            }
            if (!flow.queue.moveFirst(out)) {
                return;
            }
            flow.credit -= length;
            flow.bytes -= length;
            bytes -= length;
            if (flow.queue.isEmpty()) {
                flow.waits = false;
                removeFirst();
                giveBack(flow);
            }
        }
    }

    /**
     * Tells flows that were refused and have room now.
     *
     * @return whether a flow was told, so that there may be more packets
     */
    public boolean tellWritable() {
        if (refused.isEmpty() || bytes > MAX_BYTES / 4 * 3) {
            return false;
        }
        ArrayDeque<OutgoingFlow> asked = refused;
        refused = stillRefused;
        stillRefused = asked;
        boolean told = false;
        for (OutgoingFlow flow = asked.poll(); flow != null; flow = asked.poll()) {
            if (flow.bytes > OutgoingFlow.MAX_BYTES / 2) {
                refused.add(flow);
            } else {
                flow.refused = false;
                told = true;
                flow.tellWritable();
            }
        }
        return told;
    }

    private OutgoingQueue obtain() {
        OutgoingQueue queue = spare.poll();
        if (queue == null) {
            return new OutgoingQueue(OutgoingFlow.MAX_BYTES);
        }
        spareBytes -= queue.capacity();
        return queue;
    }

    private void giveBack(OutgoingFlow flow) {
        OutgoingQueue queue = flow.queue;
        flow.queue = null;
        if (spareBytes + queue.capacity() <= MAX_SPARE_BYTES) {
            spareBytes += queue.capacity();
            spare.push(queue);
        }
    }

    /** Removes all packets and gives the memory back. */
    public void clear() {
        while (first != null) {
            first.queue = null;
            first.waits = false;
            first.bytes = 0;
            removeFirst();
        }
        bytes = 0;
        spare.clear();
        spareBytes = 0;
        refused.clear();
    }
}
