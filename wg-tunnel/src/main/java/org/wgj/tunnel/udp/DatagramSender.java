// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.udp;

import org.wgj.protocol.Endpoint;
import org.wgj.protocol.PacketBatch;
import org.wgj.tun.linux.Errno;

/**
 * Sends with sendmmsg for one socket, in order. Datagrams that the system does not take at once
 * wait. A datagram that the system refuses is lost, and those behind it go on. Owned by the event
 * loop.
 *
 * <p>A run of similar datagrams goes as one message. If the system refuses such a message, its
 * datagrams are sent again one by one, and only their results count: nothing of a refused message
 * has left (if it had, the peer would drop the copies). EIO says that the socket cannot segment;
 * then no more runs are made. If the system refuses a run for another reason but takes its
 * datagrams, {@link RefusedRuns} remembers it.
 *
 * <p>A datagram that is refused because of its source address is sent again without one: the
 * address was removed, or it has no route to the peer any more. The kernel's WireGuard asks the
 * routing table before it sends (socket.c, send4 and send6); trying saves that call in the usual
 * case.
 */
final class DatagramSender {
    /**
     * The attempts in a row to send one datagram while the system is out of buffers, before it is
     * given up: 100 ms.
     */
    private static final int BUFFER_ATTEMPTS = 50;

    private static final int MSG_DONTWAIT = 0x40;

    private final Syscalls calls;
    private final boolean ipv6;
    private final UdpTransport.Receiver receiver;
    private final UdpTally counters;
    private final OutgoingMessages messages;
    private final RefusedRuns refusedRuns = new RefusedRuns();
    private final PendingDatagrams pending = new PendingDatagrams();
    private boolean gso;
    private int refusal; // the errno for which the pending datagrams wait
    private int bufferAttempts;

    // The run that was refused last, until it is known whether its datagrams are refused too.
    private Endpoint suspect;
    private int suspectBytes;

    /**
     * @param gso whether the socket can segment
     */
    DatagramSender(
            Syscalls calls,
            SocketFamily family,
            boolean gso,
            UdpTransport.Receiver receiver,
            UdpTally counters) {
        this.calls = calls;
        this.gso = gso;
        this.receiver = receiver;
        this.counters = counters;
        ipv6 = family == SocketFamily.IPV6;
        messages = new OutgoingMessages(family);
    }

    /** Returns whether datagrams wait. */
    boolean isWaiting() {
        return !pending.isEmpty();
    }

    /** The datagrams that wait, in bytes. */
    int queuedBytes() {
        return pending.bytes();
    }

    /**
     * Returns whether datagrams wait for the socket to become writable; otherwise only time helps.
     */
    boolean awaitsEvent() {
        return isWaiting() && refusal == Errno.EAGAIN;
    }

    /** Returns whether a run of datagrams goes as one message. */
    boolean gso() {
        return gso;
    }

    /**
     * Sends the batch's datagrams of this family, or queues them behind those that wait already.
     */
    void send(int fd, PacketBatch batch) {
        int next = isWaiting() ? 0 : transmit(fd, batch, 0);
        if (next < batch.count()) {
            counters.overflowed += pending.append(batch, next, ipv6);
        }
    }

    /** Sends the waiting datagrams until the system takes no more. */
    void drain(int fd) {
        int first = pending.first();
        int next = transmit(fd, pending.batch(), first);
        if (next > first) {
            bufferAttempts = 0;
        } else if (refusal != Errno.EAGAIN && ++bufferAttempts >= BUFFER_ATTEMPTS) {
            // A long datagram, sent in fragments, may never fit a small send buffer. It must not
            // hold up the rest for ever.
            bufferAttempts = 0;
            counters.lost++;
            next++;
        }
        pending.leaveUpTo(next);
    }

    /**
     * Sends the batch's datagrams of this family from an index on.
     *
     * @return the index of the first one that the system would not take now, or the batch's count
     */
    private int transmit(int fd, PacketBatch batch, int from) {
        int next = from;
        int runsFrom = from;
        while (next < batch.count()) {
            int end = messages.fill(batch, next, gso ? runsFrom : batch.count(), refusedRuns);
            int done = 0;
            while (done < messages.count()) {
                int sent = sendmmsg(fd, done, messages.count() - done);
                if (sent > 0) {
                    settleSuspicion(true);
                    countSent(done, sent);
                    done += sent;
                } else if (messages.isRun(done) && sent != -Errno.EAGAIN) {
                    suspectRun(-sent, batch, done);
                    runsFrom = messages.end(done);
                    end = messages.first(done);
                    break;
                } else {
                    settleSuspicion(false);
                    if (mustWait(-sent)) {
                        refusal = -sent;
                        return messages.first(done);
                    }
                    if (!blamesSource(-sent) || !resendWithoutSource(fd, batch, done)) {
                        counters.lost++;
                    }
                    done++;
                }
            }
            next = end;
        }
        return next;
    }

    private void countSent(int first, int count) {
        for (int message = first; message < first + count; message++) {
            counters.sent += messages.end(message) - messages.first(message);
        }
    }

    private int sendmmsg(int fd, int first, int count) {
        int sent;
        do {
            sent = calls.sendmmsg(fd, messages.address(first), count, MSG_DONTWAIT);
        } while (sent == -Errno.EINTR);
        return sent;
    }

    private void suspectRun(int errno, PacketBatch batch, int message) {
        counters.segmentationsRefused++;
        if (errno == Errno.EIO) {
            gso = false;
        } else if (!mustWait(errno)) {
            suspect = batch.endpoints()[messages.first(message)];
            suspectBytes = batch.lengths()[messages.first(message)];
        }
    }

    private void settleSuspicion(boolean guilty) {
        if (guilty && suspect != null) {
            refusedRuns.add(suspect, suspectBytes);
        }
        suspect = null;
    }

    private static boolean mustWait(int errno) {
        return errno == Errno.EAGAIN || errno == Errno.ENOBUFS || errno == Errno.ENOMEM;
    }

    /**
     * Returns whether the kernel answers this if it cannot send from an address. Other reasons have
     * the same numbers; then sending without the source fails too.
     */
    private static boolean blamesSource(int errno) {
        return errno == Errno.EINVAL
                || errno == Errno.EADDRNOTAVAIL
                || errno == Errno.ENODEV
                || errno == Errno.ENETUNREACH
                || errno == Errno.EHOSTUNREACH;
    }

    private boolean resendWithoutSource(int fd, PacketBatch batch, int message) {
        Endpoint endpoint = batch.endpoints()[messages.first(message)];
        if (!endpoint.hasSource()) {
            return false;
        }
        Endpoint sourceless = endpoint.withoutSource();
        messages.readdress(message, batch, sourceless);
        if (sendmmsg(fd, message, 1) != 1) {
            return false;
        }
        countSent(message, 1);
        // Spares the rest for the same peer from failing one by one.
        for (int i = message + 1; i < messages.count(); i++) {
            if (batch.endpoints()[messages.first(i)] == endpoint) {
                messages.readdress(i, batch, sourceless);
            }
        }
        receiver.sourceGone(endpoint);
        return true;
    }
}
