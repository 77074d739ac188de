package org.wgj.udp;

import org.wgj.protocol.PacketBatch;
import org.wgj.tun.linux.Errno;

/**
 * Receives with recvmmsg for one socket into a batch it shares with the other family's. Owned by
 * the event loop.
 */
final class DatagramReceiver {
    /**
     * How far apart datagrams lie. Not a power of two: 64 datagrams would compete for the same few
     * sets of the processor's caches. So each begins 25 cache lines further on, about as many as a
     * datagram of a full-sized packet fills.
     */
    private static final int STRIDE = 65_536 + 25 * 64;

    /** No datagram is longer: UDP has 16 bits for the length. */
    private static final int MAX_DATAGRAM_BYTES = 65_535;

    /** Calls a wake-up makes at most: 256 datagrams, a third of a millisecond's work. */
    private static final int CALLS = 4;

    private static final int MSG_DONTWAIT = 0x40;

    private final Syscalls calls;
    private final UdpTransport.Receiver receiver;
    private final EndpointCache endpoints;
    private final UdpCounters counters;
    private final PacketBatch batch;
    private final MessageVector vector;
    private boolean closed;

    /**
     * @param batch made by {@link #newBatch}
     */
    DatagramReceiver(
            Syscalls calls,
            Family family,
            PacketBatch batch,
            EndpointCache endpoints,
            UdpTransport.Receiver receiver,
            UdpCounters counters) {
        this.calls = calls;
        this.batch = batch;
        this.endpoints = endpoints;
        this.receiver = receiver;
        this.counters = counters;
        vector = new MessageVector(family);
        for (int slot = 0; slot < MessageVector.CAPACITY; slot++) {
            vector.setData(slot, batch.slab().address() + offset(slot), MAX_DATAGRAM_BYTES);
        }
    }

    /**
     * A batch with room for a vector of datagrams of any length. Only the pages that datagrams
     * reach stay in caches.
     */
    static PacketBatch newBatch() {
        return new PacketBatch(MessageVector.CAPACITY * STRIDE, MessageVector.CAPACITY);
    }

    /**
     * Receives what there is, up to a bound.
     *
     * @return false when it only met errors: trying again at once would not help
     */
    boolean receive(int fd) {
        boolean working = false;
        for (int call = 0; call < CALLS; call++) {
            int count = calls.recvmmsg(fd, vector.address(0), MessageVector.CAPACITY, MSG_DONTWAIT);
            if (count == -Errno.EAGAIN) {
                return true;
            }
            if (count <= 0) {
                // Reading an ICMP error takes it off the socket; the datagrams behind it are still
                // there.
                if (count != -Errno.EINTR) {
                    counters.receiveErrors++;
                }
                continue;
            }
            working = true;
            deliver(count);
            if (count < MessageVector.CAPACITY || closed) {
                return true;
            }
        }
        return working;
    }

    private void deliver(int count) {
        int kept = 0;
        for (int slot = 0; slot < count; slot++) {
            if (vector.receivedWhole(slot)) {
                batch.offsets()[kept] = offset(slot);
                batch.lengths()[kept] = vector.receivedBytes(slot);
                batch.trafficClasses()[kept] = vector.receivedTrafficClass(slot);
                batch.endpoints()[kept] = vector.receivedFrom(slot, endpoints);
                kept++;
            } else {
                counters.truncated++;
            }
            vector.forget(slot);
        }
        batch.setCount(kept);
        if (kept > 0) {
            receiver.received(batch);
        }
    }

    /**
     * The receiver may close the socket while it is handed datagrams: nothing is received any more.
     */
    void close() {
        closed = true;
    }

    private static int offset(int slot) {
        return slot * STRIDE + PacketBatch.HEADROOM;
    }
}
