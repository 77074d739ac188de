// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp;

import org.wgj.netstack.wire.IpAddress;
import org.wgj.netstack.wire.IpHeader;
import org.wgj.netstack.wire.OutgoingBatch;
import org.wgj.netstack.wire.TcpSegment;

/**
 * One TCP connection (RFC 9293): the state machine that joins {@link TcpHandshake}, {@link Sender},
 * {@link Receiver}, {@link Timers} and closing.
 *
 * <pre>
 *  connect: SYN_SENT ----------&gt; ESTABLISHED &lt;------ SYN_RECEIVED :listen
 *               \--(simultaneous open)-- SYN_RECEIVED
 *  shutdownOutput, close: FIN_WAIT_1 -&gt; FIN_WAIT_2 -&gt; TIME_WAIT
 *                                  \--&gt; CLOSING ----&gt; TIME_WAIT
 *  the peer's FIN:        CLOSE_WAIT -&gt; LAST_ACK ---&gt; CLOSED
 * </pre>
 *
 * <p>{@link #write}, {@link #read}, {@link #available} and {@link #room} may be called by any
 * thread, one reader and one writer at a time; they never block and change no state of the
 * protocol. After them the stack's thread must be told by {@link #wrote} or {@link #consumed}.
 * Everything else belongs to the stack's thread.
 */
public final class TcpConnection {
    final TcpLayer layer;
    final IpAddress local;
    final IpAddress remote;

    /** The local port in the upper, the remote port in the lower half. */
    final int ports;

    /** The pseudo-header's sum without the length, for each segment. */
    final long pseudoHeaderSum;

    final int flowLabel;

    /** Added to milliseconds for our timestamps (RFC 7323 7.1). */
    final int timestampOffset;

    final SendBuffer output;
    final ReceiveBuffer input;
    final Sender sender;
    final Receiver receiver;
    final Timers timers;

    /** Null once the connection is established. */
    TcpHandshake handshake;

    /** The listener, until the application has the connection; null if we opened it. */
    TcpListener listener;

    /** Gets the connection when the peer completes the handshake; null afterwards. */
    TcpAcceptor acceptor;

    /** True if the peer opened. */
    final boolean passive;

    TcpOptions options;
    private TcpHandler handler;
    private volatile TcpState state;

    /** The application has closed and reads nothing more. */
    boolean orphan;

    /** An ICMP error that is reported if the connection times out. */
    boolean unreachable;

    private TcpFailure failure;
    private long lastChallengeNs;
    private boolean challenged;

    // Intrusive places in the layer's structures.
    int heapIndex = -1;
    long scheduledNs;
    TcpConnection nextReady;
    boolean isReady;
    boolean isTouched;

    private boolean tellEstablished;
    private boolean tellReadable;
    private boolean tellWritable;
    private boolean tellAllAcknowledged;
    private boolean tellEnded;
    private boolean ended;
    private boolean wasOpen;
    private boolean reported;

    TcpConnection(
            TcpLayer layer,
            IpAddress local,
            int localPort,
            IpAddress remote,
            int remotePort,
            TcpOptions options,
            int iss,
            boolean passive,
            long nowNs) {
        this.layer = layer;
        this.local = local;
        this.remote = remote;
        this.options = options;
        this.passive = passive;
        ports = localPort << 16 | remotePort;
        pseudoHeaderSum = IpHeader.pseudoHeaderSum(local, remote, IpHeader.TCP, 0);
        flowLabel = (int) layer.hash(ConnectionHash.FLOW, this, 0) & 0xf_ffff;
        timestampOffset = (int) layer.hash(ConnectionHash.TIMESTAMP, this, 0);
        output =
                new SendBuffer(
                        layer.pool(),
                        options.sendBuffer() > 0 ? options.sendBuffer() : SendBuffer.INITIAL);
        input = new ReceiveBuffer(layer.pool());
        receiver = new Receiver(this, nowNs);
        sender = new Sender(this, iss);
        timers = new Timers(this, nowNs);
        handshake = new TcpHandshake(this, nowNs);
        state = passive ? TcpState.SYN_RECEIVED : TcpState.SYN_SENT;
    }

    // ---- Any thread -----------------------------------------------------------------------------

    /**
     * Takes bytes to send. Any thread, one at a time; call {@link #wrote} on the stack's thread
     * afterwards.
     *
     * @param bytes holds them
     * @param offset the first
     * @param length their number
     * @return how many were taken: fewer than asked if the buffer is full, then {@link
     *     TcpHandler#writable} follows; 0 also after the output was shut
     */
    public int write(byte[] bytes, int offset, int length) {
        return output.write(bytes, offset, length);
    }

    /**
     * Gives received bytes. Any thread, one at a time; call {@link #consumed} on the stack's thread
     * afterwards. After a failure it gives what came before it.
     *
     * @param bytes receives them
     * @param offset where the first goes
     * @param length the most that are wanted
     * @return how many; 0 if there is nothing yet; -1 at the end of the stream
     */
    public int read(byte[] bytes, int offset, int length) {
        return input.read(bytes, offset, length);
    }

    /**
     * Returns whether the peer has finished its stream. Otherwise -1 of {@link #read} means that
     * the connection is over, and {@link TcpHandler#ended} tells or will tell why. Any thread.
     *
     * @return true if its FIN has come, and all bytes before it
     */
    public boolean isPeerFinished() {
        return input.isPeerFinished();
    }

    /**
     * Returns how many bytes {@link #read} can give now. Any thread.
     *
     * @return a number of bytes
     */
    public int available() {
        return input.available();
    }

    /**
     * Returns how many bytes {@link #write} would take now. Any thread.
     *
     * @return a number of bytes
     */
    public int room() {
        return output.room();
    }

    /**
     * Returns the state. Any thread.
     *
     * @return the state of RFC 9293 3.3.2
     */
    public TcpState state() {
        return state;
    }

    /**
     * Returns the own address.
     *
     * @return the address that the peer sees
     */
    public IpAddress localAddress() {
        return local;
    }

    /**
     * Returns the own port.
     *
     * @return 1 to 65535
     */
    public int localPort() {
        return ports >>> 16;
    }

    /**
     * Returns who began the connection.
     *
     * @return true if the peer did
     */
    public boolean isPassive() {
        return passive;
    }

    /**
     * Returns the peer's address.
     *
     * @return the address
     */
    public IpAddress remoteAddress() {
        return remote;
    }

    /**
     * Returns the peer's port.
     *
     * @return 1 to 65535
     */
    public int remotePort() {
        return ports & 0xffff;
    }

    // ---- The stack's thread: the application ----------------------------------------------------

    /**
     * Sets the handler of events; {@code readable} follows if there is something to read already.
     *
     * @param newHandler the handler
     */
    public void setHandler(TcpHandler newHandler) {
        handler = newHandler;
        if (input.isReadable()) {
            tellReadable();
        }
    }

    /**
     * Returns the options.
     *
     * @return as set last
     */
    public TcpOptions options() {
        return options;
    }

    /** Returns the user timeout in nanoseconds, its own or the stack's; 0 for none. */
    long userTimeoutNs() {
        long own = options.userTimeoutNs();
        return own > 0 ? own : layer.defaults().userTimeoutNs();
    }

    /**
     * Changes the options. A smaller buffer takes nothing away from what is queued or was offered
     * to the peer.
     *
     * @param newOptions the new options
     * @param nowNs the time
     */
    public void setOptions(TcpOptions newOptions, long nowNs) {
        options = newOptions;
        if (newOptions.sendBuffer() > 0) {
            output.setLimit(newOptions.sendBuffer());
            sender.bufferChosen();
        }
        receiver.optionsChanged();
        if (output.takeWanted()) {
            tellWritable();
        }
        touch();
        layer.ready(this);
        layer.afterCall(nowNs);
    }

    /**
     * Sends what was written. Call after {@link #write}.
     *
     * @param nowNs the time
     */
    public void wrote(long nowNs) {
        if (state != TcpState.CLOSED && state != TcpState.TIME_WAIT) {
            layer.ready(this);
        }
    }

    /**
     * Opens the window again. Call after {@link #read}.
     *
     * @param nowNs the time
     */
    public void consumed(long nowNs) {
        input.releaseIfIdle();
        if (state.receivesData() && receiver.consumed(nowNs)) {
            layer.ready(this);
        }
    }

    /**
     * Sends FIN behind what was written; the peer may go on sending (half-close).
     *
     * @param nowNs the time
     */
    public void shutdownOutput(long nowNs) {
        if (output.isClosed()) {
            return;
        }
        output.close();
        switch (state) {
            case SYN_SENT, SYN_RECEIVED -> {} // when the handshake is done
            case ESTABLISHED -> state = TcpState.FIN_WAIT_1;
            case CLOSE_WAIT -> state = TcpState.LAST_ACK;
            default -> {
                return;
            }
        }
        touch();
        layer.ready(this);
        layer.afterCall(nowNs);
    }

    /**
     * Reads no more: {@link #read} gives -1, and what the peer sends is acknowledged and dropped.
     *
     * @param nowNs the time
     */
    public void shutdownInput(long nowNs) {
        input.discardInput();
        if (state.receivesData() && receiver.consumed(nowNs)) {
            layer.ready(this);
        }
    }

    /**
     * Closes both directions. Written data is still sent, until the peer has taken nothing for 60
     * seconds. RST is sent instead of FIN if received bytes were not read (RFC 2525 2.17), or if
     * {@link TcpOptions#lingerSeconds} is 0.
     *
     * @param nowNs the time
     */
    public void close(long nowNs) {
        if (orphan) {
            return;
        }
        orphan = true;
        switch (state) {
            case CLOSED, TIME_WAIT -> input.discard();
            case SYN_SENT -> giveUp(null, nowNs);
            default -> {
                if (input.available() > 0 || input.hasGap() || options.lingerSeconds() == 0) {
                    giveUp(null, nowNs);
                } else {
                    input.discard();
                    shutdownOutput(nowNs);
                    timers.orphaned(nowNs);
                    touch();
                }
            }
        }
        layer.afterCall(nowNs);
    }

    /**
     * Ends the connection with RST.
     *
     * @param nowNs the time
     */
    public void abort(long nowNs) {
        orphan = true;
        if (state == TcpState.CLOSED || state == TcpState.TIME_WAIT) {
            input.discard();
        } else {
            giveUp(TcpFailure.ABORTED, nowNs);
        }
        layer.afterCall(nowNs);
    }

    /**
     * Returns figures about the connection.
     *
     * @return a snapshot
     */
    public TcpInfo info() {
        return TcpInfo.of(this);
    }

    // ---- The stack's thread: segments -----------------------------------------------------------

    /** Processes a segment (RFC 9293 3.10.7.3 and 3.10.7.4). */
    void arrive(TcpSegment segment, long nowNs) {
        touch();
        switch (state) {
            case SYN_SENT -> handshake.inSynSent(segment, nowNs);
            case CLOSED, TIME_WAIT -> {}
            default -> arriveSynchronized(segment, nowNs);
        }
    }

    private void arriveSynchronized(TcpSegment segment, long nowNs) {
        if (!segment.has(TcpSegment.ACK | TcpSegment.RST | TcpSegment.SYN)) {
            return; // the fifth check drops it in any case: no answer, as Linux does it
        }
        long position = receiver.position(segment.sequence);
        if (state == TcpState.SYN_RECEIVED && segment.has(TcpSegment.SYN) && position == 0) {
            handshake.inSynReceived(segment, nowNs);
            return;
        }
        // RFC 7323 5.2: a RST is not judged by its timestamp.
        if (!segment.has(TcpSegment.RST) && receiver.isOldTimestamp(segment, nowNs)) {
            answerUnacceptable(segment, position, nowNs);
            return;
        }
        if (!receiver.isAcceptable(segment, position)) {
            if (!segment.has(TcpSegment.RST)) {
                answerUnacceptable(segment, position, nowNs);
                if (receiver.isProbeOfClosedWindow(position) && segment.has(TcpSegment.ACK)) {
                    acceptAcknowledgment(segment, position, nowNs);
                }
            }
            return;
        }
        if (segment.has(TcpSegment.RST)) {
            if (position == receiver.next()) {
                receiveReset(nowNs);
            } else {
                challenge(nowNs);
            }
            return;
        }
        if (segment.has(TcpSegment.SYN)) {
            challenge(nowNs);
            return;
        }
        timers.received(nowNs);
        if (!acceptAcknowledgment(segment, position, nowNs)) {
            return;
        }
        receiver.acceptTimestamp(segment, position, nowNs);
        if (segment.dataLength > 0 || segment.has(TcpSegment.FIN)) {
            receiveText(segment, position, nowNs);
        }
    }

    /** Answers a segment outside of the window (RFC 9293 3.10.7.4, first check). */
    private void answerUnacceptable(TcpSegment segment, long position, long nowNs) {
        if (segment.has(TcpSegment.SYN) || segment.length() == 0) {
            challenge(nowNs); // throttled, or two stacks could answer each other for ever
        } else {
            receiver.duplicate(position, segment.dataLength);
            layer.ready(this);
        }
    }

    /** Sends an acknowledgment that makes an honest peer prove itself (RFC 5961), throttled. */
    void challenge(long nowNs) {
        if (challenged && nowNs - lastChallengeNs < Timers.CHALLENGE_INTERVAL_NS) {
            return;
        }
        challenged = true;
        lastChallengeNs = nowNs;
        receiver.acknowledgeNow();
        layer.ready(this);
        layer.counters.challenges++;
    }

    private void receiveReset(long nowNs) {
        switch (state) {
            case SYN_RECEIVED -> end(passive ? TcpFailure.RESET : TcpFailure.REFUSED, nowNs);
            case CLOSING, LAST_ACK -> end(orphan ? null : TcpFailure.RESET, nowNs);
            default -> end(TcpFailure.RESET, nowNs);
        }
    }

    /** The fifth check; returns false if the segment must be dropped. */
    private boolean acceptAcknowledgment(TcpSegment segment, long position, long nowNs) {
        long acknowledged = sender.position(segment.acknowledgment);
        if (state == TcpState.SYN_RECEIVED) {
            if (acknowledged != 1) {
                layer.resets().reply(this, segment, nowNs);
                return false;
            }
            if (!handshake.complete(segment, nowNs)) {
                return false;
            }
        }
        if (!sender.isAcceptable(acknowledged)) {
            challenge(nowNs);
            return false;
        }
        sender.acknowledged(segment, position, acknowledged, nowNs);
        if (orphan) {
            timers.orphanAcknowledged(sender.una(), nowNs);
        }
        if (sender.isFinAcknowledged()) {
            finAcknowledged(nowNs);
        }
        layer.ready(this);
        return state != TcpState.CLOSED;
    }

    private void finAcknowledged(long nowNs) {
        switch (state) {
            case FIN_WAIT_1 -> {
                state = TcpState.FIN_WAIT_2;
                timers.finAcknowledged(nowNs);
                tellAllAcknowledged = true;
                touch();
            }
            case CLOSING -> timeWait(nowNs);
            case LAST_ACK -> end(null, nowNs);
            default -> {}
        }
    }

    /** The seventh and eighth check: data and FIN. */
    private void receiveText(TcpSegment segment, long position, long nowNs) {
        if (!state.receivesData()) {
            if (state != TcpState.CLOSED && state != TcpState.TIME_WAIT) {
                receiver.duplicate(position, segment.dataLength);
                layer.ready(this);
            }
            return;
        }
        if (orphan && position + segment.dataLength > receiver.next()) {
            giveUp(null, nowNs); // no application will read it (RFC 9293 3.6.1)
            return;
        }
        long before = input.end();
        receiver.text(segment, position, nowNs);
        if (input.end() != before) {
            tellReadable();
        }
        if (receiver.isFinReached()) {
            input.peerFinished();
            tellReadable();
            switch (state) {
                case ESTABLISHED -> state = TcpState.CLOSE_WAIT;
                case FIN_WAIT_1 ->
                        state = sender.isFinAcknowledged() ? TcpState.FIN_WAIT_2 : TcpState.CLOSING;
                default -> {}
            }
            if (state == TcpState.FIN_WAIT_2) {
                timeWait(nowNs);
            }
        }
    }

    /** Data and FIN of the segment that completed an active open. */
    void receiveFirstText(TcpSegment segment, long nowNs) {
        if (segment.dataLength > 0 || segment.has(TcpSegment.FIN)) {
            receiveText(segment, 1, nowNs);
        }
    }

    /** The handshake is complete; false if the connection is refused. */
    void established(long nowNs) {
        handshake = null;
        wasOpen = true;
        layer.watcher().opened(this);
        state = output.isClosed() ? TcpState.FIN_WAIT_1 : TcpState.ESTABLISHED;
        timers.established(nowNs);
        if (orphan) {
            timers.orphaned(nowNs);
        }
        if (!passive) {
            tellEstablished = true;
        }
        touch();
        layer.ready(this);
    }

    void simultaneousOpen() {
        state = TcpState.SYN_RECEIVED;
    }

    // ---- Closing --------------------------------------------------------------------------------

    /** Both sides have closed, and our last acknowledgment may get lost. */
    private void timeWait(long nowNs) {
        layer.timeWait(this, nowNs);
        state = TcpState.TIME_WAIT;
        finish(null, null);
    }

    /** Queues a RST with the position that the peer expects (RFC 9293 3.10.5). */
    void reset(long nowNs) {
        if (state == TcpState.SYN_SENT || state == TcpState.CLOSED) {
            return;
        }
        layer.resets().abort(this);
    }

    /** Removes the connection at once. */
    void end(TcpFailure why, long nowNs) {
        end(why, why, nowNs);
    }

    /** Removes the connection with RST, which is no failure for a program that has closed it. */
    private void giveUp(TcpFailure told, long nowNs) {
        reset(nowNs);
        end(told, TcpFailure.ABORTED, nowNs);
    }

    private void end(TcpFailure told, TcpFailure recorded, long nowNs) {
        if (state == TcpState.CLOSED) {
            return;
        }
        layer.removed(this, nowNs);
        state = TcpState.CLOSED;
        finish(told, recorded);
    }

    /**
     * @param why is told the handler
     * @param recorded is told the watcher
     */
    private void finish(TcpFailure why, TcpFailure recorded) {
        output.discard();
        if (why != null || orphan) {
            input.finish();
        }
        if (orphan) {
            input.discard();
        }
        handshake = null;
        if (!reported) {
            reported = true;
            if (wasOpen || !passive) {
                layer.watcher().ended(this, wasOpen, recorded);
            }
        }
        if (!ended) {
            failure = why;
            tellEnded = true;
            touch();
        }
    }

    /** Ends the connection because the peer does not answer. */
    void timedOut(long nowNs) {
        if (state != TcpState.SYN_RECEIVED) {
            reset(nowNs); // a half-open connection may have a forged address
        }
        end(unreachable ? TcpFailure.UNREACHABLE : TcpFailure.TIMED_OUT, nowNs);
    }

    // ---- Events ---------------------------------------------------------------------------------

    private void touch() {
        layer.touch(this);
    }

    void tellReadable() {
        tellReadable = true;
        touch();
    }

    void tellWritable() {
        tellWritable = true;
        touch();
    }

    /** Tells the handler what happened; the layer calls it when no segment is being processed. */
    void deliver() {
        TcpHandler to = handler;
        if (to == null || ended) {
            return;
        }
        if (tellEstablished) {
            tellEstablished = false;
            to.established();
        }
        if (tellReadable) {
            tellReadable = false;
            to.readable();
        }
        if (tellWritable) {
            tellWritable = false;
            to.writable();
        }
        if (tellAllAcknowledged) {
            tellAllAcknowledged = false;
            to.allAcknowledged();
        }
        if (tellEnded && !ended) {
            ended = true;
            to.ended(failure);
        }
    }

    // ---- Output ---------------------------------------------------------------------------------

    /**
     * Writes segments.
     *
     * @param most how many segments are this connection's share
     * @return false if there is more to say: the batch is full or the share used up
     */
    boolean emit(OutgoingBatch out, int most, long nowNs) {
        return switch (state) {
            case CLOSED, TIME_WAIT -> true;
            case SYN_SENT, SYN_RECEIVED -> handshake.emit(out, nowNs);
            default -> sender.emit(out, most, nowNs);
        };
    }

    /** Returns our clock for timestamps. */
    int timestamp(long nowNs) {
        return (int) (nowNs / 1_000_000) + timestampOffset;
    }

    @Override
    public String toString() {
        return local + ":" + localPort() + " - " + remote + ":" + remotePort() + " " + state;
    }
}
