// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp.recovery;

import org.wgj.netstack.tcp.congestion.CongestionControl;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * One sender, one link and one plain receiver on a virtual clock: drives a {@link LossRecovery}
 * without any of TCP around it.
 *
 * <p>The link has a rate, a drop-tail queue, a delay, jitter (each packet on its own, so packets
 * overtake each other), and random loss and duplication. Sizes are payload bytes. The receiver
 * delays acknowledgements as Linux does, reports up to three selective blocks, newest first, and
 * duplicates (RFC 2883), and echoes timestamps by the rule of RFC 7323 section 4.3.
 */
final class LinkModel {
    static final long MS = 1_000_000L;
    static final long SECOND = 1_000_000_000L;

    int mss = 1368;
    long delayNs = 10 * MS;
    long jitterNs;
    double loss;
    double ackLoss;
    double duplication;
    double rateBits = 1e9;
    long queueBytes = Long.MAX_VALUE;
    long peerWindow = 16 << 20;
    boolean sack = true;
    boolean timestamps = true;
    long delayedAckNs = 40 * MS;
    long toSend = Long.MAX_VALUE;
    long handshakeRttNs = -1;

    /** Rate of what the application writes; infinite if 0. */
    double applicationBits;

    /** Segments {@code [nth]} counted from 1 that the link drops, in ascending order. */
    long[] dropNth = {};

    Runnable check = () -> {};

    final LossRecovery recovery;
    long now;
    long steps;
    long sentPackets;
    long dropped;
    long queueDrops;
    long timeouts;
    long probes;
    long maxBytesInFlightOverWindow = Long.MIN_VALUE;
    boolean beyondWindow;
    boolean longSegment;

    private final SplittableRandom random;
    private Packet[] heap = new Packet[1024];
    private int size;
    private long order;
    private final ArrayDeque<Packet> pool = new ArrayDeque<>();
    private double linkFreeAt;
    private int dropIndex;

    // sender
    private long windowEnd;
    private final AckView view = new AckView();
    private final SendRange range = new SendRange();

    // receiver
    long received = 1;
    private long lastAcked = 1;
    private long[] rangeFrom = new long[64];
    private long[] rangeTo = new long[64];
    private long[] rangeAge = new long[64];
    private int ranges;
    private long age;
    private long recentTick = -1;
    private int unacked;
    private long ackAt = Long.MAX_VALUE;
    private int quick = 16;

    private static final class Packet {
        long at;
        long order;
        boolean ack;
        long from;
        long to;
        long tick;
        int blocks;
        final long[] blockFrom = new long[3];
        final long[] blockTo = new long[3];
    }

    LinkModel(long seed, CongestionControl control) {
        random = new SplittableRandom(seed);
        recovery = new LossRecovery(control, mss);
    }

    void start() {
        recovery.established(mss, handshakeRttNs, false, sack, timestamps, now);
        windowEnd = 1 + peerWindow;
        pump();
    }

    /** Runs until a time, or until everything is acknowledged. */
    void run(long until) {
        while (true) {
            long due = recovery.deadlineNs();
            long next = Math.min(due, ackAt);
            if (size > 0) {
                next = Math.min(next, heap[0].at);
            }
            if (applicationBits > 0) {
                next = Math.min(next, nextWrite());
            }
            if (next > until || next == Long.MAX_VALUE) {
                now = Math.max(now, Math.min(until, next));
                return;
            }
            now = Math.max(now, next);
            steps++;
            if (size > 0 && heap[0].at <= now) {
                Packet p = pop();
                if (p.ack) {
                    arriveAtSender(p);
                } else {
                    arriveAtReceiver(p);
                }
                pool.add(p);
            } else if (ackAt <= now) {
                sendAck(-1, -1);
            } else if (due <= now) {
                TimeoutResult result = recovery.handleTimeout(now);
                if (result == TimeoutResult.RETRANSMISSION) {
                    timeouts++;
                } else if (result == TimeoutResult.PROBE) {
                    probes++;
                }
            }
            pump();
            check.run();
            if (recovery.unacknowledged() > toSend) {
                return;
            }
        }
    }

    private long written() {
        return applicationBits > 0 ? (long) (applicationBits / 8e9 * now) : Long.MAX_VALUE - 1;
    }

    private long nextWrite() {
        long missing = recovery.next() - 1 + mss;
        long at = (long) Math.ceil(missing * 8e9 / applicationBits);
        return at > now ? at : Long.MAX_VALUE;
    }

    private long dataEnd() {
        return 1 + Math.min(toSend, written());
    }

    private void pump() {
        while (true) {
            long ready = Math.min(dataEnd(), windowEnd) - recovery.next();
            if (recovery.nextRetransmission(range, windowEnd, mss, ready > 0)) {
                beyondWindow |= range.to() > windowEnd || range.length() <= 0;
                longSegment |= range.length() > mss;
                recovery.sent(range.from(), range.to(), true, now);
                transmit(range.from(), range.to());
            } else if (ready > 0) {
                int allowed = recovery.newDataAllowance((int) Math.min(ready, 1 << 20), now);
                if (allowed <= 0) {
                    return;
                }
                long from = recovery.next();
                long to = from + Math.min(allowed, mss);
                recovery.sent(from, to, false, now);
                transmit(from, to);
            } else {
                return;
            }
            maxBytesInFlightOverWindow =
                    Math.max(maxBytesInFlightOverWindow, recovery.inFlight() - recovery.cwnd());
        }
    }

    private void transmit(long from, long to) {
        sentPackets++;
        if (dropIndex < dropNth.length && dropNth[dropIndex] == sentPackets) {
            dropIndex++;
            dropped++;
            return;
        }
        double nsPerByte = 8e9 / rateBits;
        double begin = Math.max(linkFreeAt, now);
        if ((begin - now) / nsPerByte > queueBytes) {
            queueDrops++;
            dropped++;
            return;
        }
        linkFreeAt = begin + (to - from) * nsPerByte;
        if (loss > 0 && random.nextDouble() < loss) {
            dropped++;
            return;
        }
        int copies = duplication > 0 && random.nextDouble() < duplication ? 2 : 1;
        for (int i = 0; i < copies; i++) {
            Packet p = packet();
            p.ack = false;
            p.from = from;
            p.to = to;
            p.tick = now / MS;
            p.at = (long) linkFreeAt + delayNs + (jitterNs > 0 ? random.nextLong(jitterNs + 1) : 0);
            push(p);
        }
    }

    private void arriveAtReceiver(Packet p) {
        if (p.from <= lastAcked && p.tick >= recentTick) {
            recentTick = p.tick;
        }
        if (p.to <= received) {
            sendAck(p.from, p.to);
        } else if (p.from <= received) {
            boolean gap = ranges > 0;
            received = p.to;
            while (ranges > 0 && lowest() <= received) {
                int i = lowestIndex();
                received = Math.max(received, rangeTo[i]);
                remove(i);
            }
            unacked++;
            if (gap || unacked >= 2 || quick > 0) {
                quick--;
                sendAck(-1, -1);
            } else if (ackAt == Long.MAX_VALUE) {
                ackAt = now + delayedAckNs;
            }
        } else {
            boolean known = false;
            for (int i = 0; i < ranges; i++) {
                known |= rangeFrom[i] <= p.from && p.to <= rangeTo[i];
            }
            add(p.from, p.to);
            sendAck(known ? p.from : -1, known ? p.to : -1);
        }
    }

    private long lowest() {
        return rangeFrom[lowestIndex()];
    }

    private int lowestIndex() {
        int best = 0;
        for (int i = 1; i < ranges; i++) {
            if (rangeFrom[i] < rangeFrom[best]) {
                best = i;
            }
        }
        return best;
    }

    private void remove(int i) {
        ranges--;
        rangeFrom[i] = rangeFrom[ranges];
        rangeTo[i] = rangeTo[ranges];
        rangeAge[i] = rangeAge[ranges];
    }

    private void add(long from, long to) {
        long f = from;
        long t = to;
        for (int i = 0; i < ranges; ) {
            if (rangeFrom[i] <= t && f <= rangeTo[i]) {
                f = Math.min(f, rangeFrom[i]);
                t = Math.max(t, rangeTo[i]);
                remove(i);
            } else {
                i++;
            }
        }
        if (ranges == rangeFrom.length) {
            rangeFrom = Arrays.copyOf(rangeFrom, ranges * 2);
            rangeTo = Arrays.copyOf(rangeTo, ranges * 2);
            rangeAge = Arrays.copyOf(rangeAge, ranges * 2);
        }
        rangeFrom[ranges] = f;
        rangeTo[ranges] = t;
        rangeAge[ranges++] = ++age;
    }

    private void sendAck(long duplicateFrom, long duplicateTo) {
        unacked = 0;
        ackAt = Long.MAX_VALUE;
        lastAcked = received;
        if (ackLoss > 0 && random.nextDouble() < ackLoss) {
            return;
        }
        Packet p = packet();
        p.ack = true;
        p.to = received;
        p.tick = recentTick;
        p.blocks = 0;
        if (sack) {
            if (duplicateTo > 0) {
                p.blockFrom[0] = duplicateFrom;
                p.blockTo[0] = duplicateTo;
                p.blocks = 1;
            }
            long below = Long.MAX_VALUE;
            while (p.blocks < 3) {
                int best = -1;
                for (int i = 0; i < ranges; i++) {
                    if (rangeAge[i] < below && (best < 0 || rangeAge[i] > rangeAge[best])) {
                        best = i;
                    }
                }
                if (best < 0) {
                    break;
                }
                p.blockFrom[p.blocks] = rangeFrom[best];
                p.blockTo[p.blocks++] = rangeTo[best];
                below = rangeAge[best];
            }
        }
        p.at = now + delayNs;
        push(p);
    }

    private void arriveAtSender(Packet p) {
        long end = p.to + peerWindow;
        boolean changed = false;
        if (end > windowEnd) {
            windowEnd = end;
        }
        if (p.to < recovery.unacknowledged()) {
            return;
        }
        view.set(p.to, timestamps && p.tick >= 0 ? p.tick * MS : AckView.NO_ECHO, false, changed);
        for (int i = 0; i < p.blocks; i++) {
            view.block(p.blockFrom[i], p.blockTo[i]);
        }
        recovery.acked(view, now);
    }

    private Packet packet() {
        Packet p = pool.poll();
        if (p == null) {
            p = new Packet();
        }
        p.order = order++;
        return p;
    }

    private void push(Packet p) {
        if (size == heap.length) {
            heap = Arrays.copyOf(heap, size * 2);
        }
        int i = size++;
        while (i > 0) {
            int parent = (i - 1) / 2;
            if (!before(p, heap[parent])) {
                break;
            }
            heap[i] = heap[parent];
            i = parent;
        }
        heap[i] = p;
    }

    private Packet pop() {
        Packet top = heap[0];
        Packet last = heap[--size];
        heap[size] = null;
        int i = 0;
        while (2 * i + 1 < size) {
            int child = 2 * i + 1;
            if (child + 1 < size && before(heap[child + 1], heap[child])) {
                child++;
            }
            if (!before(heap[child], last)) {
                break;
            }
            heap[i] = heap[child];
            i = child;
        }
        if (size > 0) {
            heap[i] = last;
        }
        return top;
    }

    private static boolean before(Packet a, Packet b) {
        return a.at < b.at || (a.at == b.at && a.order < b.order);
    }

    /** Payload bits a second that arrived in order since the start. */
    double goodput() {
        return (received - 1) * 8e9 / now;
    }

    String summary() {
        return String.format(
                "%.1f Mbit/s, cwnd %d, srtt %.1f ms, sent %d, dropped %d (queue %d), again %d,"
                        + " episodes %d, undone %d, rto %d, tlp %d, steps %d",
                goodput() / 1e6,
                recovery.cwnd(),
                recovery.srttNs() / 1e6,
                sentPackets,
                dropped,
                queueDrops,
                recovery.retransmissions(),
                recovery.episodes(),
                recovery.undone(),
                timeouts,
                probes,
                steps);
    }
}
