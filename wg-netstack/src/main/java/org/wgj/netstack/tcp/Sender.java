// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp;

import org.wgj.netstack.tcp.congestion.CongestionRule;
import org.wgj.netstack.tcp.recovery.AckView;
import org.wgj.netstack.tcp.recovery.LossRecovery;
import org.wgj.netstack.tcp.recovery.SendRange;
import org.wgj.netstack.tcp.recovery.TimeoutResult;
import org.wgj.netstack.wire.IpHeader;
import org.wgj.netstack.wire.OutgoingBatch;
import org.wgj.netstack.wire.TcpSegment;

/**
 * The sending side of a connection: acknowledgments, the peer's window (RFC 9293 3.10.7.4), Nagle's
 * algorithm as Minshall changed it, silly window avoidance (3.8.6.2.1), zero-window probes
 * (3.8.6.1), the segment size, and the making of segments. {@link LossRecovery} decides what is
 * lost and how much may be in flight.
 *
 * <p>Positions count from our SYN at 0; a FIN takes the position behind the last byte.
 */
final class Sender {
    /** The smallest segment that is sent, however little the peer says that it takes. */
    static final int MSS_FLOOR = 88;

    /** The segment size of IPv4 peers that do not tell theirs (RFC 9293 3.7.1). */
    static final int DEFAULT_MSS_IPV4 = 536;

    /** The segment size of IPv6 peers that do not tell theirs. */
    static final int DEFAULT_MSS_IPV6 = 1220;

    /**
     * The segment that is tried first on a path that drops larger ones silently: IPv6's least MTU.
     * If it is lost too, IPv4 goes down to {@link #DEFAULT_MSS_IPV4}, which every host takes.
     */
    private static final int BLACK_HOLE_MSS = 1220;

    /** After this, a segment of {@link #BLACK_HOLE_MSS} is tried again (RFC 1191 6.3). */
    private static final long SMALLEST_NS = 600 * Timers.SECOND_NS;

    /** Retransmissions after which the connection ends (R2 of RFC 9293 3.8.3; 924 s at least). */
    static final int RETRIES = 15;

    /** The time for which silly window avoidance holds a small segment back. */
    private static final long OVERRIDE_NS = 200_000_000L;

    private static final long MAX_PROBE_INTERVAL_NS = 60 * Timers.SECOND_NS;

    /** A flight of so many segments takes memory that is worth giving back. */
    private static final int LONG_FLIGHT = 32;

    /** The most segments in flight: the work of finding losses may grow with their square. */
    static final int MAX_FLIGHT = 4096;

    private static final long TRIM_NS = Timers.SECOND_NS;
    private static final long MTU_CHECK_NS = 60 * Timers.SECOND_NS;
    private static final long NEVER = Long.MAX_VALUE;

    private final TcpConnection connection;
    private final SendBuffer buffer;
    private final BufferGrowth growth;
    private final int mostBuffer;
    private final int iss;
    private LossRecovery recovery;

    /** SND.UNA. */
    private long una;

    /** SND.NXT. */
    private long next;

    /** The right edge of the peer's window. */
    private long windowEnd;

    /** The rightmost edge that the window ever had: a peer may take back what it offered. */
    private long highestWindowEnd;

    /** The largest window that the peer offered. */
    private long maxWindow;

    /** The window of the last segment, to tell duplicates. */
    private long lastWindow;

    private int scale;
    private long updateSequence = -1;
    private long updateAcknowledgment = -1;
    private boolean sack;
    private boolean timestamps;

    /**
     * The most data that the peer takes in a segment, without our options; see {@link
     * #segmentLimit}.
     */
    private int peerMss;

    /** The most data that the path takes in a segment, without our options. */
    private int pathSegment;

    /** Bytes of data in a full segment. */
    private int mss;

    /** Behind the last small segment that was sent (Minshall). */
    private long smallEnd;

    // Zero-window probes and the override of silly window avoidance.
    private long probeDeadlineNs = NEVER;
    private int probes;
    private int unansweredProbes;
    private boolean probeDue;

    /** True if {@link #probeDeadlineNs} ends silly window avoidance instead of sending a probe. */
    private boolean awaitsWindow;

    private boolean override;
    private long probeEnd;

    private boolean keepAliveDue;

    /** True if the recovery may hold much memory from a long flight. */
    private boolean flewLong;

    /** When that memory is given back if nothing was sent again. */
    private long trimDeadlineNs = NEVER;

    /** When the oldest data that is not acknowledged began to wait, for the user timeout. */
    private long progressNs;

    /** True if data waits as far as we know: an application may have written since we looked. */
    private boolean waiting;

    /** The largest segment of which the peer acknowledged the whole; for black holes. */
    private int provenMss;

    private int fullTimeouts;

    /** What a path takes that seems to drop longer segments silently; without our options. */
    private int blackHoleLimit = Integer.MAX_VALUE;

    private long loweredNs;
    private long mtuCheckedNs;

    Sender(TcpConnection connection, int iss) {
        this.connection = connection;
        this.iss = iss;
        buffer = connection.output;
        growth = new BufferGrowth(connection.layer);
        boolean recoversFast =
                connection.layer.congestion(connection.options) == CongestionRule.TOLERANT_CUBIC;
        mostBuffer = recoversFast ? Integer.MAX_VALUE : BufferGrowth.FREE;
        askPath();
    }

    // ---- Positions ------------------------------------------------------------------------------

    /** Returns the position of a sequence number: the one next to SND.UNA. */
    long position(int sequence) {
        return una + (sequence - (iss + (int) una));
    }

    int sequence(long position) {
        return iss + (int) position;
    }

    long una() {
        return una;
    }

    /** Returns SND.NXT. */
    long next() {
        return next;
    }

    long windowEnd() {
        return windowEnd;
    }

    long highestWindowEnd() {
        return highestWindowEnd;
    }

    int mss() {
        return mss;
    }

    LossRecovery recovery() {
        return recovery;
    }

    boolean usesSack() {
        return sack;
    }

    boolean usesTimestamps() {
        return timestamps;
    }

    /** Returns the position of our FIN; meaningful once the output is closed. */
    private long finPosition() {
        return buffer.end();
    }

    boolean isFinAcknowledged() {
        return buffer.isClosed() && una > finPosition();
    }

    /** Returns whether nothing is in flight and nothing waits. */
    boolean isIdle() {
        return una == next && unsent() == 0;
    }

    /** Returns how many positions were not sent yet: data and FIN. */
    private long unsent() {
        return buffer.end() + (buffer.isClosed() ? 1 : 0) - next;
    }

    // ---- Handshake ------------------------------------------------------------------------------

    void synSent() {
        next = 1;
    }

    void windowOfSyn(int window) {
        windowEnd = 1 + window;
        highestWindowEnd = windowEnd;
        maxWindow = window;
        lastWindow = window;
    }

    void established(
            int peerSegment,
            int peerScale,
            long rttNs,
            boolean synLost,
            boolean useSack,
            boolean useTimestamps,
            long nowNs) {
        una = 1;
        next = 1;
        scale = peerScale;
        sack = useSack;
        timestamps = useTimestamps;
        boolean ipv6 = connection.remote.ipv6();
        peerMss = peerSegment < 0 ? ipv6 ? DEFAULT_MSS_IPV6 : DEFAULT_MSS_IPV4 : peerSegment;
        mss = segmentLimit();
        mtuCheckedNs = nowNs;
        recovery = new LossRecovery(connection.layer.congestion(connection.options).make(), mss);
        recovery.established(mss, rttNs, synLost, sack, timestamps, nowNs);
        limitWindow();
    }

    /**
     * Bounds the congestion window in bytes, and in segments because the recovery keeps each of
     * them.
     */
    private void limitWindow() {
        long buffer =
                Math.max(connection.layer.limits().maxBuffer(), connection.options.sendBuffer());
        recovery.setWindowLimit(Math.min(buffer, (long) MAX_FLIGHT * mss));
    }

    /** Returns the data of a full segment: path MTU and peer decide, our options come off. */
    private int segmentLimit() {
        askPath();
        int segment = Math.max(wholeSegment(), MSS_FLOOR);
        return segment - (timestamps ? TcpSegment.TIMESTAMPS_LENGTH : 0);
    }

    private int wholeSegment() {
        return Math.min(Math.min(peerMss, pathSegment), blackHoleLimit);
    }

    /** Returns the largest segment that the path takes, which is also what we offer to take. */
    int pathSegment() {
        return pathSegment;
    }

    private void askPath() {
        int headers = IpHeader.length(connection.remote.ipv6()) + TcpSegment.HEADER_LENGTH;
        int mtu = connection.layer.routes().mtu(connection.remote);
        pathSegment = Math.max(Math.min(mtu, 0xffff) - headers, MSS_FLOOR);
    }

    // ---- Acknowledgments ------------------------------------------------------------------------

    /** Returns whether SEG.ACK can be true: RFC 5961 5.2, and nothing beyond what was sent. */
    boolean isAcceptable(long acknowledged) {
        return acknowledged <= Math.max(next, probeEnd) && acknowledged >= una - maxWindow;
    }

    /** Returns whether a sequence number is in flight, as an ICMP error about it must quote. */
    boolean wasSent(int sequence) {
        long position = position(sequence);
        return position >= una && position < next;
    }

    /** Takes the acknowledgment and window of an acceptable segment. */
    void acknowledged(TcpSegment segment, long position, long acknowledged, long nowNs) {
        unansweredProbes = 0;
        if (acknowledged < una) {
            return; // its window is as old as its acknowledgment
        }
        boolean windowChanged = updateWindow(segment, position, acknowledged);
        if (acknowledged > una) {
            progressNs = nowNs;
            connection.unreachable = false;
            if (acknowledged - una >= mss && fullTimeouts == 0) {
                provenMss = Math.max(provenMss, mss);
            }
            fullTimeouts = 0;
            if (probes > 0) { // the peer took the probe: the next one begins anew
                probes = 0;
                stopProbes();
            }
        }
        boolean text = segment.dataLength > 0 || segment.has(TcpSegment.FIN);
        AckView view = connection.layer.ackView();
        view.set(acknowledged, echoNs(segment, nowNs), text, windowChanged);
        if (sack) {
            for (int i = 0; i < segment.sackBlocks; i++) {
                view.block(position(segment.sackLeft[i]), position(segment.sackRight[i]));
            }
        }
        recovery.acked(view, nowNs);
        una = acknowledged;
        next = Math.max(next, una);
        buffer.acknowledge(una);
        growBuffer();
        waiting &= !isIdle();
        if (flewLong && trimDeadlineNs == NEVER && isIdle()) {
            trimDeadlineNs = nowNs + TRIM_NS;
        }
        if (buffer.takeWanted()) {
            connection.tellWritable();
        }
        watchWindow(nowNs);
    }

    /**
     * Takes SND.WND unless the segment is older than the one that set it. A segment that
     * acknowledges new data is not older, also if it repeats the peer's data.
     */
    private boolean updateWindow(TcpSegment segment, long position, long acknowledged) {
        if (acknowledged <= una
                && (position < updateSequence
                        || position == updateSequence && acknowledged < updateAcknowledgment)) {
            return false;
        }
        updateSequence = position;
        updateAcknowledgment = acknowledged;
        long window = (long) segment.window << scale;
        boolean changed = window != lastWindow;
        lastWindow = window;
        maxWindow = Math.max(maxWindow, window);
        windowEnd = acknowledged + window;
        highestWindowEnd = Math.max(highestWindowEnd, windowEnd);
        return changed;
    }

    private long echoNs(TcpSegment segment, long nowNs) {
        if (!timestamps || !segment.timestamps || segment.timestampEcho == 0) {
            return AckView.NO_ECHO;
        }
        long elapsed = connection.timestamp(nowNs) - segment.timestampEcho;
        return elapsed < 0
                ? AckView.NO_ECHO
                : (nowNs / AckView.TICK_NS - elapsed) * AckView.TICK_NS;
    }

    /**
     * Lets the buffer hold twice the congestion window: where the first segment of a window is
     * lost, as much again must be sent until that one is acknowledged. It becomes smaller only
     * while it is empty.
     *
     * <p>Above {@link BufferGrowth#FREE} it grows only for a window that recovers fast after a
     * loss. The others would fill a queue as far as the buffer lets them, and lose the window.
     */
    private void growBuffer() {
        long wanted = Math.min(2 * recovery.cwnd(), mostBuffer);
        if (wanted > buffer.limit()
                && connection.options.sendBuffer() == 0
                && !connection.layer.pool().isScarce()) {
            int size = growth.size(wanted);
            if (size > buffer.limit()) {
                buffer.setLimit(size);
            }
        }
    }

    /** The connection is idle: others may have what its empty buffer was granted. */
    private void shrinkBuffer() {
        if (growth.isGranted()) {
            growth.giveBack();
            buffer.setLimit(BufferGrowth.FREE);
        }
    }

    /** The application chose a size for the buffer. */
    void bufferChosen() {
        growth.giveBack();
    }

    /** The connection is no more. */
    void ended() {
        growth.giveBack();
    }

    /**
     * Starts or stops the probes of a closed window. The timer of a small window goes on while
     * nothing else makes its data leave, whatever the peer says meanwhile.
     */
    private void watchWindow(long nowNs) {
        if (windowEnd > una || isIdle()) {
            if (!awaitsWindow || una < next || unsent() == 0) {
                stopProbes();
            }
            probes = 0;
            probeDue = false;
        } else if (probeDeadlineNs == NEVER || awaitsWindow) {
            awaitsWindow = false;
            probeDeadlineNs = nowNs + recovery.rtoNs();
        }
    }

    private void stopProbes() {
        probeDeadlineNs = NEVER;
        awaitsWindow = false;
    }

    // ---- Timers ---------------------------------------------------------------------------------

    long deadlineNs() {
        long deadline = Math.min(Math.min(probeDeadlineNs, trimDeadlineNs), userDeadlineNs());
        return isStalledByWindow() ? deadline : Math.min(deadline, recovery.deadlineNs());
    }

    /** While the window is closed only probes are sent, and retransmissions are not counted. */
    private boolean isStalledByWindow() {
        return windowEnd <= una;
    }

    private long userDeadlineNs() {
        long timeout = connection.userTimeoutNs();
        return timeout == 0 || !waiting || isIdle() ? NEVER : progressNs + timeout;
    }

    void handleTimeout(long nowNs) {
        if (nowNs >= userDeadlineNs()) {
            connection.timedOut(nowNs);
            return;
        }
        if (nowNs >= trimDeadlineNs) {
            trimDeadlineNs = NEVER;
            if (isIdle()) {
                recovery.trim();
                flewLong = false;
                shrinkBuffer();
            }
        }
        if (nowNs >= probeDeadlineNs) {
            probe(nowNs);
        }
        if (!isStalledByWindow() && nowNs >= recovery.deadlineNs()) {
            TimeoutResult result = recovery.handleTimeout(nowNs);
            if (result == TimeoutResult.RETRANSMISSION) {
                retransmissionTimeout(nowNs);
            }
            connection.layer.ready(connection);
        }
    }

    private void retransmissionTimeout(long nowNs) {
        connection.layer.watcher().timedOut(connection, recovery.consecutiveTimeouts());
        if (recovery.consecutiveTimeouts() > RETRIES) {
            connection.timedOut(nowNs);
            return;
        }
        if (next - una >= mss) {
            fullTimeouts++;
            lowerSegment(nowNs);
        }
    }

    /**
     * Sends shorter segments if the path seems to drop ours silently. The smallest ones cost much,
     * so a path that took longer ones before is believed to be dead for a while first.
     */
    private void lowerSegment(long nowNs) {
        int segment = wholeSegment();
        boolean proven = provenMss >= mss;
        int lower;
        int timeouts;
        if (segment > BLACK_HOLE_MSS) {
            lower = BLACK_HOLE_MSS;
            timeouts = proven ? 3 : 2;
        } else if (segment > DEFAULT_MSS_IPV4 && !connection.remote.ipv6()) {
            lower = DEFAULT_MSS_IPV4;
            timeouts = proven ? 5 : 2;
        } else {
            return;
        }
        if (fullTimeouts >= timeouts) {
            blackHoleLimit = lower;
            loweredNs = nowNs;
            fullTimeouts = 0;
            changeSegment(false, nowNs);
        }
    }

    private void probe(long nowNs) {
        if (windowEnd > una) { // silly window avoidance waited long enough
            override = true;
            stopProbes();
        } else {
            if (unansweredProbes > RETRIES) {
                connection.timedOut(nowNs);
                return;
            }
            unansweredProbes++;
            probeDue = true;
            probes++;
            long interval = recovery.rtoNs() << Math.min(probes, 16);
            probeDeadlineNs = nowNs + Math.min(interval, MAX_PROBE_INTERVAL_NS);
        }
        connection.layer.ready(connection);
    }

    void probeKeepAlive() {
        keepAliveDue = true;
        connection.layer.ready(connection);
    }

    /** The path MTU became smaller: what was too long is sent again at once. */
    void pathChanged(long nowNs) {
        changeSegment(true, nowNs);
        connection.layer.ready(connection);
    }

    private void changeSegment(boolean resend, long nowNs) {
        int changed = segmentLimit();
        if (changed != mss) {
            boolean smaller = changed < mss;
            mss = changed;
            recovery.mssChanged(mss, resend && smaller, nowNs);
            limitWindow();
        }
    }

    // ---- Output ---------------------------------------------------------------------------------

    /** See {@link TcpConnection#emit}. */
    boolean emit(OutgoingBatch out, int most, long nowNs) {
        if (nowNs - mtuCheckedNs >= MTU_CHECK_NS) {
            mtuCheckedNs = nowNs;
            if (blackHoleLimit == DEFAULT_MSS_IPV4 && nowNs - loweredNs >= SMALLEST_NS) {
                blackHoleLimit = BLACK_HOLE_MSS;
            }
            changeSegment(false, nowNs); // a path MTU that was learned expires
        }
        int left = emitProbes(out, most, nowNs);
        if (left >= 0) {
            left = emitRetransmissions(out, left, nowNs);
        }
        if (left >= 0) {
            left = emitNew(out, left, nowNs);
        }
        return left >= 0 && emitAcknowledgments(out, nowNs);
    }

    private int room() {
        return mss - connection.layer.writer().sackLength(connection);
    }

    /** Returns how many more segments may be sent; -1 if the batch is full. */
    private int emitProbes(OutgoingBatch out, int most, long nowNs) {
        SegmentWriter writer = connection.layer.writer();
        if (keepAliveDue) {
            if (!writer.keepAlive(connection, out, nowNs)) {
                return -1;
            }
            keepAliveDue = false;
        }
        if (probeDue) {
            // A byte that the window does not allow draws an acknowledgment from any peer.
            if (!writer.data(connection, una, una + 1, out, nowNs)) {
                return -1;
            }
            probeDue = false;
            probeEnd = una + 1;
            connection.receiver.acknowledged();
        }
        return most;
    }

    private int emitRetransmissions(OutgoingBatch out, int most, long nowNs) {
        SendRange range = connection.layer.sendRange();
        boolean newData = isNewDataReady();
        while (recovery.retransmissionReady(windowEnd, newData)) {
            if (most == 0 || !connection.layer.writer().fits(connection, mss, out)) {
                return -1;
            }
            if (!recovery.nextRetransmission(range, windowEnd, mss, newData)) {
                return most;
            }
            connection.layer.writer().dataAgain(connection, range.from(), range.to(), out, nowNs);
            recovery.sent(range.from(), range.to(), true, nowNs);
            if (room() == mss) {
                connection.receiver.acknowledged();
            } else {
                connection.receiver.acknowledgedWithoutBlocks();
            }
            connection.layer.counters.retransmissions++;
            most--;
        }
        return most;
    }

    private int emitNew(OutgoingBatch out, int most, long nowNs) {
        long unsent = unsent();
        long usable = windowEnd - next;
        if (unsent <= 0) {
            return most;
        }
        if (!waiting) {
            waiting = true;
            progressNs = nowNs; // also where the window is closed
        }
        if (usable <= 0) {
            watchWindow(nowNs);
            return most;
        }
        long could = Math.min(Math.min(unsent, usable), Integer.MAX_VALUE);
        if (could < room() && !maySendSmall(could, unsent)) {
            awaitWindow(could, unsent, nowNs);
            return most;
        }
        int allowed = recovery.newDataAllowance((int) could, nowNs);
        long trainBegin = next;
        int result = most;
        while (allowed > 0) {
            int room = room();
            int length = Math.min(allowed, room);
            long waiting = buffer.end() + fin() - next;
            if (length < room && !maySendSmall(length, waiting)) {
                awaitWindow(length, waiting, nowNs);
                break;
            }
            if (result == 0
                    || !connection
                            .layer
                            .writer()
                            .data(connection, next, next + length, out, nowNs)) {
                result = -1;
                break;
            }
            result--;
            connection.receiver.acknowledged();
            if (length < mss) {
                smallEnd = next + length;
                override = false;
            }
            next += length;
            allowed -= length;
        }
        if (next > trainBegin) {
            if (awaitsWindow) {
                stopProbes();
            }
            recovery.sent(trainBegin, next, false, nowNs);
            flewLong |= next - una > LONG_FLIGHT * (long) mss;
        }
        return result;
    }

    private int fin() {
        return buffer.isClosed() ? 1 : 0;
    }

    /**
     * Decides about a segment that is not full.
     *
     * @param length its length
     * @param unsent what waits, more than length if the peer's window is the limit
     */
    private boolean maySendSmall(long length, long unsent) {
        if (length < unsent) {
            // The window is the limit: wait until it opens, unless this is much for this peer.
            return length >= maxWindow / 2 || override;
        }
        return connection.options.noDelay() || buffer.isClosed() || smallEnd <= una || override;
    }

    /** Sets the timer that ends silly window avoidance if nothing else will. */
    private void awaitWindow(long length, long unsent, long nowNs) {
        if (length < unsent && una == next && probeDeadlineNs == NEVER) {
            probeDeadlineNs = nowNs + OVERRIDE_NS;
            awaitsWindow = true;
        }
    }

    /**
     * Returns whether new data would be sent now if the recovery let it. Data held back must not
     * hold back a probe or a retransmission too.
     */
    private boolean isNewDataReady() {
        long unsent = unsent();
        long could = Math.min(unsent, windowEnd - next);
        return could > 0 && (could >= room() || maySendSmall(could, unsent));
    }

    private boolean emitAcknowledgments(OutgoingBatch out, long nowNs) {
        Receiver receiver = connection.receiver;
        int count = receiver.acknowledgmentsDue();
        for (int i = receiver.acknowledgmentsSent(); i < count; i++) {
            if (!connection.layer.writer().acknowledgment(connection, i, out, nowNs)) {
                return false;
            }
            receiver.acknowledgmentSent();
        }
        if (count > 0) {
            receiver.acknowledged();
        }
        return true;
    }
}
