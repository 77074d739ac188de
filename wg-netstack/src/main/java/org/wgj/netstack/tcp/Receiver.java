// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp;

import org.wgj.netstack.wire.TcpSegment;

/**
 * The receiving side of a connection: which segments are acceptable (RFC 9293 3.10.7.4), the window
 * that is offered and never taken back (3.8.6), when to acknowledge (3.8.6.3), SACK blocks (RFC
 * 2018, RFC 2883), timestamps (RFC 7323), and how the buffer grows.
 *
 * <p>Positions count from the peer's SYN at 0.
 */
final class Receiver {
    /** The least shift of our windows: 65,535 times 128 is 8 MiB. */
    static final int LEAST_SCALE = 7;

    /** The first size of a connection's buffer if the application chose no size. */
    static final int INITIAL_BUFFER = 64 * 1024;

    /**
     * The least buffer that an application can choose, in units of the window scale; with the least
     * scale 2048 bytes, as in Linux. In smaller ones the rounding would take back what was offered.
     */
    private static final int SMALLEST_BUFFER_UNITS = 16;

    /** Segments at the beginning of a connection that are acknowledged without delay. */
    static final int QUICK_ACKS = 16;

    /** One acknowledgment at least for so many segments of a batch. */
    static final int STRETCH = 16;

    /** The time after which an idle connection gives its memory back. */
    private static final long RELEASE_NS = 2 * Timers.SECOND_NS;

    private static final long LONGEST_RELEASE_NS = 64 * Timers.SECOND_NS;

    /** After this time without data a connection gives back what the pool granted its buffer. */
    private static final long IDLE_NS = RELEASE_NS;

    private static final int MAX_POINTS = 8;

    /** Fewer bytes than these are not acknowledged as if they were two full segments. */
    private static final int SMALL_SEGMENT = 536;

    /** A peer that does not know SACK counts duplicates; so many tell it of a loss. */
    private static final int MAX_DUPLICATES = 4;

    /**
     * The distance that a timestamp may be behind the latest; clocks tick every millisecond at
     * most.
     */
    private static final int REORDERED_TICKS = 1000;

    /** The time after a gap in the data during which packets count as reordered. */
    private static final long REORDERING_NS = 1_000_000_000L;

    /** A timestamp of the peer that is older than this says nothing (RFC 7323 5.5). */
    private static final long TIMESTAMP_STALE_NS = 24L * 24 * 3600 * 1_000_000_000L;

    private final TcpConnection connection;
    private final ReceiveBuffer buffer;
    private final BufferGrowth growth;

    /** The shift that our SYN tells. */
    private final int scaleOfSyn;

    private int irs;
    private boolean begun;

    /** The shift of our windows: that of our SYN, or 0 if the peer's had none. */
    private int scale;

    private boolean timestamps;
    private int peerTimestamp;
    private long peerTimestampNs;

    /** When data was missing last. */
    private long gapNs;

    /** RCV.NXT. */
    private long next;

    /** The right edge of the window as the peer may believe it; never moves left. */
    private long windowEnd;

    /** The position of the peer's FIN; -1 until it comes. */
    private long finPosition = -1;

    /** RCV.NXT of the last segment that we sent. */
    private long lastAcknowledged;

    private int limit;
    private int largestLimit;

    /** When data came last. */
    private long dataNs;

    // The acknowledgements that are due.
    private boolean now;
    private boolean delayed;
    private long delayedDeadlineNs = Long.MAX_VALUE;
    private int quick = QUICK_ACKS;
    private int segments;
    private int bytes;
    private boolean pushed;
    private int duplicates;
    private int largestSegment;
    private long[] points;
    private int pointCount;
    private int acknowledgmentsSent;
    private long duplicateFrom = -1;
    private long duplicateTo = -1;

    /** When to look whether the reader has read everything; it need not say so. */
    private long releaseDeadlineNs = Long.MAX_VALUE;

    private long releaseIntervalNs;

    // Buffer growth: what was read in one round trip (dynamic right-sizing).
    private long roundStartNs;
    private long roundStartRead = 1;
    private long roundStartNext = 1;
    private long rttNs;
    private int spaceNeeded;

    Receiver(TcpConnection connection, long nowNs) {
        this.connection = connection;
        buffer = connection.input;
        growth = new BufferGrowth(connection.layer);
        scaleOfSyn = scale(connection.options, connection.layer.limits());
        roundStartNs = nowNs;
        gapNs = nowNs - REORDERING_NS;
        limit = initialLimit();
        largestLimit = limit;
        spaceNeeded = limit / 2;
    }

    /**
     * Returns the shift that a SYN tells: enough for the chosen buffer, or for the largest one to
     * which a buffer may grow. It holds for the whole connection, since no later segment can change
     * it.
     */
    static int scale(TcpOptions options, TcpLimits limits) {
        return options.receiveBuffer() > 0 ? LEAST_SCALE : limits.windowScale();
    }

    private int initialLimit() {
        int chosen = connection.options.receiveBuffer();
        return chosen > 0
                ? Math.clamp(chosen, SMALLEST_BUFFER_UNITS << scaleOfSyn, 0xffff << scaleOfSyn)
                : INITIAL_BUFFER;
    }

    void optionsChanged() {
        if (connection.options.receiveBuffer() > 0) {
            limit = initialLimit(); // a smaller one closes the window as data comes, no faster
            largestLimit = Math.max(largestLimit, limit);
            growth.giveBack();
        }
    }

    /** The connection is no more: others may have what its buffer was granted. */
    void ended() {
        growth.giveBack();
    }

    /** The shift that our SYN tells. */
    int scaleOfSyn() {
        return scaleOfSyn;
    }

    /** The bytes of one unit of our window field. */
    int windowUnit() {
        return 1 << scale;
    }

    /** The peer's SYN came. */
    void begin(TcpSegment syn, boolean scaling, boolean useTimestamps, long nowNs) {
        irs = syn.sequence;
        next = 1;
        begun = true;
        scale = scaling ? scaleOfSyn : 0;
        timestamps = useTimestamps;
        peerTimestamp = syn.timestamp;
        peerTimestampNs = nowNs;
        windowEnd = 1 + synWindow();
        lastAcknowledged = 0;
    }

    /** Returns the position of a sequence number: the one next to RCV.NXT. */
    long position(int sequence) {
        return next + (sequence - (irs + (int) next));
    }

    int sequence(long position) {
        return irs + (int) position;
    }

    /** Returns RCV.NXT; 0 before the peer's SYN. */
    long next() {
        return next;
    }

    boolean hasBegun() {
        return begun;
    }

    long windowEnd() {
        return windowEnd;
    }

    boolean usesTimestamps() {
        return timestamps;
    }

    int peerTimestamp() {
        return peerTimestamp;
    }

    int limit() {
        return limit;
    }

    /** The largest buffer that this connection had: a window that was offered stays. */
    int largestLimit() {
        return largestLimit;
    }

    long rttNs() {
        return rttNs;
    }

    boolean isFinReached() {
        return finPosition >= 0 && next > finPosition;
    }

    // ---- Checks ---------------------------------------------------------------------------------

    /**
     * Returns whether any part of the segment is in the window as advertised (RFC 9293 3.10.7.4). A
     * bare acknowledgment may also be at the right edge: a peer that filled the window has no other
     * place for it. A RST may not.
     */
    boolean isAcceptable(TcpSegment segment, long position) {
        int length = segment.has(TcpSegment.RST) ? 0 : segment.length(); // RFC 5961 3: SEQ counts
        if (length == 0) {
            return position >= next
                    && (position < windowEnd
                            || position == Math.max(windowEnd, next)
                                    && (!segment.has(TcpSegment.RST) || position == next));
        }
        if (segment.dataLength == 0 && position == next && !segment.has(TcpSegment.SYN)) {
            return true; // a FIN needs no room, also where the window is closed
        }
        return position < windowEnd && position + length > next;
    }

    /** A segment at RCV.NXT while the window is closed: its acknowledgment is still good. */
    boolean isProbeOfClosedWindow(long position) {
        return position == next && windowEnd <= next;
    }

    /**
     * PAWS (RFC 7323 5.3). A segment without timestamps passes: some peers omit them.
     *
     * <p>If packets overtake one another, a retransmission arrives before segments that left
     * earlier. Dropping those would halve the throughput. So while data was missing within the last
     * second, a timestamp may be a second behind the latest. An old duplicate has the same sequence
     * numbers again only after 4 GiB.
     */
    boolean isOldTimestamp(TcpSegment segment, long nowNs) {
        if (!timestamps || !segment.timestamps || nowNs - peerTimestampNs >= TIMESTAMP_STALE_NS) {
            return false;
        }
        int ahead = segment.timestamp - peerTimestamp;
        return ahead < 0 && (ahead < -REORDERED_TICKS || nowNs - gapNs >= REORDERING_NS);
    }

    /** Remembers the peer's clock if the segment is the one our next acknowledgment answers. */
    void acceptTimestamp(TcpSegment segment, long position, long nowNs) {
        if (!timestamps || !segment.timestamps) {
            return;
        }
        boolean stale = nowNs - peerTimestampNs >= TIMESTAMP_STALE_NS;
        if ((stale || segment.timestamp - peerTimestamp >= 0) && position <= lastAcknowledged) {
            peerTimestamp = segment.timestamp;
            peerTimestampNs = nowNs;
        }
    }

    // ---- Data -----------------------------------------------------------------------------------

    /** Takes the data and FIN of an acceptable segment. */
    void text(TcpSegment segment, long position, long nowNs) {
        int length = segment.dataLength;
        long behind = position + length;
        if (segment.has(TcpSegment.FIN)
                && finPosition < 0
                && behind >= buffer.highest()
                && behind <= windowEnd) {
            finPosition = behind;
        }
        measureRoundTrip(segment, nowNs);
        long before = next;
        boolean hadGap = buffer.hasGap();
        if (length > 0) {
            dataNs = nowNs;
            data(segment, position, behind);
            if (releaseDeadlineNs == Long.MAX_VALUE) {
                releaseIntervalNs = RELEASE_NS;
                releaseDeadlineNs = nowNs + RELEASE_NS;
            }
        } else if (position < before) {
            now = true;
        }
        if (finPosition >= 0 && buffer.end() == finPosition && next <= finPosition) {
            next = finPosition + 1;
            now = true;
        }
        segments++;
        delayed = true;
        largestSegment = Math.max(largestSegment, length);
        bytes += length;
        pushed = segment.has(TcpSegment.PSH);
        if (hadGap || buffer.hasGap()) {
            now = true;
            gapNs = nowNs;
        }
        if (next == before && length > 0) {
            duplicates++;
        } else if (segments % STRETCH == 0 && pointCount < MAX_POINTS) {
            if (points == null) {
                points = new long[MAX_POINTS];
            }
            points[pointCount++] = next;
        }
    }

    private void data(TcpSegment segment, long position, long behind) {
        long from = Math.max(position, next);
        long to = Math.min(behind, windowEnd);
        if (finPosition >= 0) {
            to = Math.min(to, finPosition);
        }
        if (position < next) {
            duplicate(position, (int) (Math.min(behind, next) - position));
        }
        if (from >= to) {
            now = true;
            return;
        }
        int known = buffer.overlapping(from, to);
        if (known >= 0 && duplicateFrom < 0) {
            duplicateFrom = Math.max(from, buffer.rangeFrom(known));
            duplicateTo = Math.min(to, buffer.rangeTo(known));
        }
        if (from > buffer.end() && connection.layer.pool().isOverdrawn()) {
            buffer.dropBeyondGaps(); // the peer keeps it until it is acknowledged in order
            now = true;
            return;
        }
        long at = segment.data + (from - position);
        if (!buffer.store(from, segment.memory, at, (int) (to - from))) {
            now = true; // the peer sends it again: what was offered is not taken back
        }
        next = Math.max(next, buffer.end());
        if (buffer.hasGap()) {
            connection.layer.hasDataBeyondGaps();
        }
    }

    /** A segment came that must be answered at once: with the bytes that we had (RFC 2883). */
    void duplicate(long position, int length) {
        now = true;
        if (length > 0 && duplicateFrom < 0 && position < next) {
            duplicateFrom = position;
            duplicateTo = Math.min(position + length, next);
        }
    }

    // ---- Acknowledgments ------------------------------------------------------------------------

    void acknowledgeNow() {
        now = true;
        delayedDeadlineNs = Long.MAX_VALUE;
    }

    /** After a batch: decides whether what came is acknowledged now; returns true if so. */
    boolean endBatch(long nowNs) {
        if (!now && delayed) {
            if (bytes > Math.max(largestSegment, SMALL_SEGMENT)
                    || quick > 0
                    || pushed
                    || pointCount > 0) {
                now = true;
            } else if (delayedDeadlineNs == Long.MAX_VALUE) {
                delayedDeadlineNs = nowNs + Timers.DELAYED_ACK_NS;
            }
        }
        return now;
    }

    long delayedDeadlineNs() {
        return delayedDeadlineNs;
    }

    boolean isAcknowledgmentDue() {
        return now;
    }

    /**
     * Returns the number of bare acknowledgments that tell what happened, the last one of RCV.NXT.
     */
    int acknowledgmentsDue() {
        if (!now) {
            return 0;
        }
        int stretch = pointCount;
        if (stretch > 0 && points[stretch - 1] == next) {
            stretch--;
        }
        int repeated =
                connection.sender.usesSack()
                        ? 0
                        : Math.max(0, Math.min(duplicates, MAX_DUPLICATES) - 1);
        return 1 + stretch + repeated;
    }

    /** The position that the bare acknowledgment of an index says. */
    long acknowledgmentPosition(int index) {
        return index < pointCount ? points[index] : next;
    }

    /**
     * Returns the number of the {@link #acknowledgmentsDue} that left already, in batches before
     * this one.
     */
    int acknowledgmentsSent() {
        return acknowledgmentsSent;
    }

    void acknowledgmentSent() {
        acknowledgmentsSent++;
    }

    /** A segment with RCV.NXT left. */
    void acknowledged() {
        quick = Math.max(0, quick - segments);
        now = false;
        delayed = false;
        delayedDeadlineNs = Long.MAX_VALUE;
        segments = 0;
        bytes = 0;
        pushed = false;
        duplicates = 0;
        pointCount = 0;
        acknowledgmentsSent = 0;
        duplicateFrom = -1;
        lastAcknowledged = next;
    }

    /**
     * A segment with RCV.NXT left that had no place for our SACK blocks: if they are due, a bare
     * acknowledgment still tells them, but no earlier position.
     */
    void acknowledgedWithoutBlocks() {
        pointCount = 0;
        acknowledgmentsSent = 0;
        lastAcknowledged = next;
    }

    long duplicateFrom() {
        return duplicateFrom;
    }

    long duplicateTo() {
        return duplicateTo;
    }

    // ---- Window ---------------------------------------------------------------------------------

    /** The window of our SYN, which is not scaled (RFC 7323 2.2). */
    int synWindow() {
        return Math.min(limit, 0xffff);
    }

    /**
     * Returns the window field of a segment that acknowledges a position, and moves the edge. The
     * edge moves by a whole segment or half of the buffer at least (silly window avoidance, RFC
     * 9293 3.8.6.2.2), never left. If the scale's rounding would move it left, it is rounded up.
     * While memory is used up it only moves for readers that have read everything.
     *
     * <p>So small segments keep a window open that the application does not empty. Once as much
     * again as the buffer is promised, the rounding is downwards: the edge seems to move left by
     * less than the scale's unit (RFC 7323 2.4), but what was offered before is still taken.
     */
    int window(long position) {
        long target = target();
        if (isHeld() || target - windowEnd < Math.min(limit / 2, connection.sender.pathSegment())) {
            target = windowEnd;
        }
        long offered = Math.max(target, windowEnd) - position;
        long field = offered >> scale;
        long roundedUp = position + (field + 1 << scale);
        if (position + (field << scale) < windowEnd
                && roundedUp <= buffer.readPosition() + 2L * largestLimit) {
            field++;
        }
        field = Math.min(Math.max(field, 0), 0xffff);
        windowEnd = Math.max(windowEnd, position + (field << scale));
        return (int) field;
    }

    /**
     * Returns whether more may not be offered: memory is used up, and some of it waits for our
     * reader.
     */
    private boolean isHeld() {
        return connection.layer.pool().isOverdrawn() && buffer.available() > 0;
    }

    private long target() {
        return buffer.readPosition() + limit;
    }

    /**
     * The application read: returns whether the window opened so far that the peer must know, and
     * lets the buffer grow if the application reads what comes in one round trip.
     */
    boolean consumed(long nowNs) {
        grow(nowNs);
        long opened = target() - windowEnd;
        long open = windowEnd - next;
        if (!isHeld()
                && opened >= Math.min(limit / 2, 2L * connection.sender.pathSegment())
                && (open < limit / 2 || opened >= limit / 2)) {
            now = true;
        }
        return now;
    }

    /** Returns when {@link #release} is due. */
    long releaseDeadlineNs() {
        return releaseDeadlineNs;
    }

    /**
     * Gives back the memory of what was read. A reader of a few bytes does not wake the stack for
     * that, so the stack looks from time to time while memory is held. An idle connection also
     * gives back what its buffer was granted; the window that the peer knows stays, and closes to
     * the smaller buffer as data comes.
     */
    void release(long nowNs) {
        if (buffer.dropIfIdle()) {
            releaseIntervalNs = Math.min(2 * releaseIntervalNs, LONGEST_RELEASE_NS);
            releaseDeadlineNs = nowNs + releaseIntervalNs;
        } else if (growth.isGranted() && nowNs - dataNs < IDLE_NS) {
            releaseDeadlineNs = dataNs + IDLE_NS;
        } else {
            releaseDeadlineNs = Long.MAX_VALUE;
            if (growth.isGranted()) {
                growth.giveBack();
                limit = BufferGrowth.FREE;
                spaceNeeded = limit / 2;
            }
        }
    }

    private void measureRoundTrip(TcpSegment segment, long nowNs) {
        if (timestamps && segment.timestamps && segment.dataLength > 0) {
            int elapsed = connection.timestamp(nowNs) - segment.timestampEcho;
            if (segment.timestampEcho != 0 && elapsed >= 0 && elapsed < 60_000) {
                roundTrip(Math.max(elapsed, 1) * 1_000_000L);
            }
        } else if (next - roundStartNext >= limit) {
            roundTrip(nowNs - roundStartNs); // a window took no less than a round trip
        }
    }

    private void roundTrip(long sampleNs) {
        rttNs = rttNs == 0 ? sampleNs : Math.min(rttNs + (sampleNs - rttNs) / 8, rttNs + sampleNs);
    }

    private void grow(long nowNs) {
        if (rttNs == 0 || nowNs - roundStartNs < rttNs) {
            return;
        }
        long read = buffer.readPosition();
        long copied = read - roundStartRead;
        if (copied > spaceNeeded && connection.options.receiveBuffer() == 0) {
            long wanted = 2 * copied + 16L * connection.sender.pathSegment();
            wanted += 2 * wanted * (copied - spaceNeeded) / spaceNeeded;
            if (wanted > limit && !connection.layer.pool().isScarce()) {
                limit = Math.max(limit, growth.size(Math.min(wanted, 0xffff << scaleOfSyn)));
                largestLimit = Math.max(largestLimit, limit);
            }
            // If it may not grow now, the next round asks again.
            spaceNeeded = (int) Math.min(copied, limit / 2);
        }
        roundStartNs = nowNs;
        roundStartRead = read;
        roundStartNext = next;
    }
}
