package org.wgj.udp;

import org.wgj.protocol.Endpoint;
import org.wgj.protocol.PacketBatch;
import org.wgj.tun.linux.Errno;

/**
 * Sends with sendmmsg for one socket, in order. What the system does not take at once waits; a
 * datagram it refuses is lost and those behind it go on. Owned by the event loop.
 *
 * <p>A datagram refused because of its source address is sent again without one: the address was
 * taken away, or there is no way from it to the peer any more. The kernel's WireGuard asks the
 * routing table before it sends (socket.c, send4 and send6); trying is one call less in the usual
 * case.
 */
final class DatagramSender {
    /**
     * How often in a row the system may be out of buffers for one datagram before that is given up:
     * 100 ms.
     */
    private static final int BUFFER_ATTEMPTS = 50;

    private static final int MSG_DONTWAIT = 0x40;

    private final Syscalls calls;
    private final boolean ipv6;
    private final UdpTransport.Receiver receiver;
    private final UdpCounters counters;
    private final MessageVector vector;
    private final int[] indices = new int[MessageVector.CAPACITY];
    private final PendingDatagrams pending = new PendingDatagrams();
    private int refusal; // the errno that made the pending wait
    private int bufferAttempts;

    DatagramSender(
            Syscalls calls, Family family, UdpTransport.Receiver receiver, UdpCounters counters) {
        this.calls = calls;
        this.receiver = receiver;
        this.counters = counters;
        ipv6 = family == Family.IPV6;
        vector = new MessageVector(family);
    }

    /** Whether datagrams wait. */
    boolean isWaiting() {
        return !pending.isEmpty();
    }

    /** Whether datagrams wait for the socket to become writable; otherwise only time helps. */
    boolean awaitsEvent() {
        return isWaiting() && refusal == Errno.EAGAIN;
    }

    /**
     * Sends the batch's datagrams of this family, or lets them wait behind those that wait already.
     */
    void send(int fd, PacketBatch batch) {
        int next = isWaiting() ? 0 : transmit(fd, batch, 0);
        if (next < batch.count()) {
            counters.overflowed += pending.append(batch, next, ipv6);
        }
    }

    /** Sends what waits, as far as the system takes it. */
    void drain(int fd) {
        int first = pending.first();
        int next = transmit(fd, pending.batch(), first);
        if (next > first) {
            bufferAttempts = 0;
        } else if (refusal != Errno.EAGAIN && ++bufferAttempts >= BUFFER_ATTEMPTS) {
            // A long datagram may never fit a small send buffer in fragments: it must not hold up
            // the rest for ever.
            bufferAttempts = 0;
            counters.lost++;
            next++;
        }
        pending.leaveUpTo(next);
    }

    /**
     * Sends the batch's datagrams of this family from an index on.
     *
     * @return the index of the first that the system would not take now, else the batch's count
     */
    private int transmit(int fd, PacketBatch batch, int from) {
        int next = from;
        while (next < batch.count()) {
            int filled = 0;
            while (next < batch.count() && filled < MessageVector.CAPACITY) {
                if (batch.endpoints()[next].ipv6() == ipv6) {
                    fill(filled, batch, next);
                    indices[filled++] = next;
                }
                next++;
            }
            int sent = transmitVector(fd, batch, filled);
            if (sent < filled) {
                return indices[sent];
            }
        }
        return next;
    }

    private void fill(int slot, PacketBatch batch, int i) {
        vector.setData(slot, batch.slab().address() + batch.offsets()[i], batch.lengths()[i]);
        vector.setAddress(slot, batch.endpoints()[i], batch.trafficClasses()[i]);
    }

    /**
     * Returns how many slots are done with, less than {@code filled} when the system takes no more
     * now.
     */
    private int transmitVector(int fd, PacketBatch batch, int filled) {
        int done = 0;
        while (done < filled) {
            int sent = calls.sendmmsg(fd, vector.address(done), filled - done, MSG_DONTWAIT);
            if (sent > 0) {
                done += sent;
            } else if (mustWait(-sent)) {
                refusal = -sent;
                return done;
            } else if (sent != -Errno.EINTR) {
                if (!blamesSource(-sent) || !resendWithoutSource(fd, batch, done, filled)) {
                    counters.lost++;
                }
                done++;
            }
        }
        return done;
    }

    private static boolean mustWait(int errno) {
        return errno == Errno.EAGAIN || errno == Errno.ENOBUFS || errno == Errno.ENOMEM;
    }

    /**
     * What the kernel says when it cannot send from an address. Other reasons have the same
     * numbers: then sending without the source fails as well.
     */
    private static boolean blamesSource(int errno) {
        return errno == Errno.EINVAL
                || errno == Errno.EADDRNOTAVAIL
                || errno == Errno.ENODEV
                || errno == Errno.ENETUNREACH
                || errno == Errno.EHOSTUNREACH;
    }

    private boolean resendWithoutSource(int fd, PacketBatch batch, int slot, int filled) {
        Endpoint endpoint = batch.endpoints()[indices[slot]];
        if (!endpoint.hasSource()) {
            return false;
        }
        Endpoint sourceless = endpoint.withoutSource();
        vector.setAddress(slot, sourceless, batch.trafficClasses()[indices[slot]]);
        int sent;
        do {
            sent = calls.sendmmsg(fd, vector.address(slot), 1, MSG_DONTWAIT);
        } while (sent == -Errno.EINTR);
        if (sent != 1) {
            return false;
        }
        // The rest of the vector for the same peer need not fail one by one.
        for (int i = slot + 1; i < filled; i++) {
            if (batch.endpoints()[indices[i]] == endpoint) {
                vector.setAddress(i, sourceless, batch.trafficClasses()[indices[i]]);
            }
        }
        receiver.sourceGone(endpoint);
        return true;
    }
}
