// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun;

import java.util.ArrayDeque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A bounded queue of packets for one direction of a {@link MemoryTun}. It can refuse packets, and a
 * change of that wakes every waiting thread.
 *
 * <p>Any thread may call any method. The lock guards all fields and is held for memory accesses
 * only.
 */
class PacketQueue {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition notFull = lock.newCondition();
    private final Condition notEmpty = lock.newCondition();
    private final ArrayDeque<byte[]> packets = new ArrayDeque<>();
    private final int capacity;

    /** Why packets are refused now; null while they are taken. */
    private PacketOutcome refusal;

    PacketQueue(int capacity) {
        this.capacity = capacity;
    }

    /** Appends the packet if the queue has room and refuses nothing; never waits. */
    PacketOutcome offer(byte[] packet) {
        lock.lock();
        try {
            return append(packet);
        } finally {
            lock.unlock();
        }
    }

    /** Does the same, but waits for room up to the given time. A refusal ends the wait. */
    PacketOutcome offer(byte[] packet, long timeoutNs) throws InterruptedException {
        long leftNs = timeoutNs;
        lock.lockInterruptibly();
        try {
            while (true) {
                PacketOutcome outcome = append(packet);
                if (outcome != PacketOutcome.QUEUE_FULL || leftNs <= 0) {
                    return outcome;
                }
                leftNs = notFull.awaitNanos(leftNs);
            }
        } finally {
            lock.unlock();
        }
    }

    private PacketOutcome append(byte[] packet) {
        if (refusal != null) {
            return refusal;
        }
        if (packets.size() == capacity) {
            return PacketOutcome.QUEUE_FULL;
        }
        packets.addLast(packet);
        notEmpty.signal();
        return PacketOutcome.TAKEN;
    }

    /** Removes the first packet; returns null if the queue is empty. */
    byte[] poll() {
        lock.lock();
        try {
            return remove();
        } finally {
            lock.unlock();
        }
    }

    /** Removes the first packet; returns null if none came in time, or if none will come. */
    byte[] poll(long timeoutNs) throws InterruptedException {
        long leftNs = timeoutNs;
        lock.lockInterruptibly();
        try {
            while (packets.isEmpty() && !hasEnded() && leftNs > 0) {
                leftNs = notEmpty.awaitNanos(leftNs);
            }
            return remove();
        } finally {
            lock.unlock();
        }
    }

    /** Removes the first packet, however long it takes; returns null only if none will come. */
    byte[] take() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (packets.isEmpty() && !hasEnded()) {
                notEmpty.await();
            }
            return remove();
        } finally {
            lock.unlock();
        }
    }

    private byte[] remove() {
        byte[] packet = packets.pollFirst();
        if (packet != null) {
            notFull.signal();
        }
        return packet;
    }

    /** Returns whether the queue refuses packets for good; those it holds can still be taken. */
    private boolean hasEnded() {
        return refusal == PacketOutcome.DELETED || refusal == PacketOutcome.CLOSED;
    }

    boolean isEmpty() {
        lock.lock();
        try {
            return packets.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /** Refuses packets for this reason from now on; null takes packets again. */
    void refuse(PacketOutcome reason) {
        lock.lock();
        try {
            refusal = reason;
            notFull.signalAll();
            notEmpty.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
