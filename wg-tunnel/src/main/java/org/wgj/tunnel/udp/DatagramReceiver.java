// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.udp;

import org.wgj.protocol.Endpoint;
import org.wgj.protocol.PacketBatch;
import org.wgj.tun.linux.Errno;

/**
 * Receives with recvmmsg for one socket, into a batch that it shares with the socket of the other
 * family. Owned by the event loop.
 *
 * <p>With UDP_GRO a message may hold many datagrams of one flow, back to back; each becomes an
 * entry of the batch where it lies. The kernel joins only datagrams with the same traffic class.
 * There is no {@link PacketBatch#HEADROOM} between the datagrams, and none is needed: sealing needs
 * it for the header and tag that it adds, but opening removes them. A packet begins 16 bytes behind
 * the beginning of its datagram. Only these 16 bytes, its own header, may be overwritten before it
 * is used, and behind it lies its own tag.
 */
final class DatagramReceiver {
    /**
     * The distance between messages in bytes. It is not a power of two, because then the datagrams
     * of 64 messages would compete for the same few sets of the processor's caches. So each begins
     * 25 cache lines further on, about as many as a datagram of a full-sized packet fills.
     */
    private static final int STRIDE = 65_536 + 25 * 64;

    /** No datagram and no joined message is longer: IP has 16 bits for the length. */
    private static final int MAX_MESSAGE_BYTES = 65_535;

    /**
     * Messages that a call receives if each is one datagram: only their beginnings stay in caches.
     */
    private static final int MESSAGES = 64;

    /**
     * Messages that a call receives if each may hold many datagrams; they take 1 MiB, a quarter of
     * the memory of {@link #MESSAGES}.
     */
    private static final int GRO_MESSAGES = 16;

    /** Datagrams in one batch. The others that a call received follow in another batch. */
    private static final int CAPACITY = 256;

    /**
     * A wake-up ends after so many datagrams, which take a third of a millisecond. With UDP_GRO the
     * last call may bring about a thousand more.
     */
    private static final int ENOUGH = 256;

    /** Calls in one wake-up. */
    private static final int CALLS = 4;

    private static final int MSG_DONTWAIT = 0x40;

    private final Syscalls calls;
    private final UdpTransport.Receiver receiver;
    private final EndpointCache endpoints;
    private final UdpTally counters;
    private final PacketBatch batch;
    private final MessageVector vector;
    private final boolean gro;
    private boolean closed;

    /**
     * @param gro whether the socket joins datagrams
     * @param batch made by {@link #newBatch}
     */
    DatagramReceiver(
            Syscalls calls,
            SocketFamily family,
            boolean gro,
            PacketBatch batch,
            EndpointCache endpoints,
            UdpTransport.Receiver receiver,
            UdpTally counters) {
        this.calls = calls;
        this.gro = gro;
        this.batch = batch;
        this.endpoints = endpoints;
        this.receiver = receiver;
        this.counters = counters;
        int messages = Math.toIntExact(batch.slab().byteSize() / STRIDE);
        vector = new MessageVector(family, messages, messages);
        for (int message = 0; message < messages; message++) {
            vector.setData(message, batch.slab().address() + offset(message), MAX_MESSAGE_BYTES);
        }
    }

    /**
     * Makes a batch with room for a vector of messages of any length.
     *
     * @param gro whether messages may hold many datagrams
     */
    static PacketBatch newBatch(boolean gro) {
        return new PacketBatch((gro ? GRO_MESSAGES : MESSAGES) * STRIDE, CAPACITY);
    }

    /** Returns whether the socket joins datagrams. */
    boolean gro() {
        return gro;
    }

    /**
     * Receives the waiting datagrams, up to a bound.
     *
     * @return false if there were only errors, so that trying again at once would not help
     */
    boolean receive(int fd) {
        boolean working = false;
        int datagrams = 0;
        for (int call = 0; call < CALLS && datagrams < ENOUGH; call++) {
            int count = calls.recvmmsg(fd, vector.address(0), vector.messages(), MSG_DONTWAIT);
            if (count == -Errno.EAGAIN) {
                return true;
            }
            if (count <= 0) {
                // Reading an ICMP error takes it off the socket. The datagrams behind it are still
                // there.
                if (count != -Errno.EINTR) {
                    counters.receiveErrors++;
                }
                continue;
            }
            working = true;
            datagrams += deliver(count);
            if (count < vector.messages() || closed) {
                return true;
            }
        }
        return working;
    }

    /** Hands on the datagrams of the first messages and returns how many there were. */
    private int deliver(int messages) {
        int total = 0;
        int kept = 0;
        for (int message = 0; message < messages; message++) {
            if (vector.receivedWhole(message)) {
                int from = offset(message);
                int end = from + vector.receivedBytes(message);
                int segment = gro ? vector.receivedSegmentBytes(message) : 0;
                byte trafficClass = vector.receivedTrafficClass(message);
                Endpoint endpoint = vector.receivedFrom(message, endpoints);
                do {
                    if (kept == batch.capacity()) {
                        handOn(kept);
                        kept = 0;
                    }
                    int left = end - from;
                    int length = segment == 0 ? left : Math.min(segment, left);
                    batch.offsets()[kept] = from;
                    batch.lengths()[kept] = length;
                    batch.trafficClasses()[kept] = trafficClass;
                    batch.endpoints()[kept] = endpoint;
                    kept++;
                    total++;
                    from += length;
                } while (from < end);
            } else {
                counters.truncated++;
            }
            vector.forget(message);
        }
        handOn(kept);
        return total;
    }

    private void handOn(int count) {
        if (count > 0 && !closed) {
            batch.setCount(count);
            counters.received += count;
            receiver.received(batch);
        }
    }

    /** Stops receiving. The receiver may call this while it is handed datagrams. */
    void close() {
        closed = true;
    }

    private static int offset(int message) {
        return message * STRIDE + PacketBatch.HEADROOM;
    }
}
