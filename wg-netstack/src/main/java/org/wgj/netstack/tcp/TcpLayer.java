// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp;

import org.wgj.netstack.ip.InternetLayer;
import org.wgj.netstack.tcp.congestion.CongestionRule;
import org.wgj.netstack.tcp.recovery.AckView;
import org.wgj.netstack.tcp.recovery.SendRange;
import org.wgj.netstack.wire.IncomingPacket;
import org.wgj.netstack.wire.IpAddress;
import org.wgj.netstack.wire.OutgoingBatch;
import org.wgj.netstack.wire.TcpSegment;

import java.io.IOException;
import java.net.BindException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * All TCP connections of a stack: finds the one that a segment belongs to, lets connections send in
 * turn, fires their timers, and tells their handlers what happened. Owned by the stack's thread.
 *
 * <pre>
 *   receive(packet, now) for each packet of a batch; endBatch(now)
 *   emit(out, now) while hasOutput()
 *   handleTimeouts(now) at nextDeadlineNs()
 * </pre>
 *
 * <p>Handlers are called in {@link #endBatch}, {@link #handleTimeouts} and at the end of methods
 * that the application called, never while a segment is being processed.
 */
public final class TcpLayer {
    final TcpCounters counters = new TcpCounters();

    private final TcpOptions defaults;
    private final TcpLimits limits;
    private final InternetLayer routes;
    private final BufferPool pool;
    private final ConnectionHash hash;
    private final ConnectionTable table;
    private final TimeWaitTable timeWait;
    private final DeadlineHeap deadlines = new DeadlineHeap();
    private final Listeners listeners;
    private final Ports ports;
    private final ReadyQueue ready = new ReadyQueue(deadlines);
    private final Events events = new Events(ready, deadlines);
    private final Replies replies = new Replies();
    private final Resets resets = new Resets(replies, counters);
    private final SequenceNumbers sequences;
    private final TimeWaitInput timeWaitInput;
    private final SegmentWriter writer = new SegmentWriter();
    private final TcpSegment segment = new TcpSegment();
    private final AckView ackView = new AckView();
    private final SendRange sendRange = new SendRange();

    private TcpConnection last;
    private boolean processing;
    private boolean closed;
    private boolean gaps;
    private TcpWatcher watcher = TcpWatcher.NONE;

    /**
     * Makes a layer without connections.
     *
     * @param defaults the options of connections and listeners that choose none
     * @param limits what the connections may take; the pool has its own budget
     * @param routes the Internet layer
     * @param pool memory for data; may be shared with other layers
     * @param random chooses the secrets of this layer and its ports
     */
    public TcpLayer(
            TcpOptions defaults,
            TcpLimits limits,
            InternetLayer routes,
            BufferPool pool,
            RandomGenerator random) {
        this.defaults = defaults;
        this.limits = limits;
        this.routes = routes;
        this.pool = pool;
        hash = new ConnectionHash(random);
        table = new ConnectionTable(hash);
        timeWait = new TimeWaitTable(hash);
        sequences = new SequenceNumbers(hash);
        listeners = new Listeners(this, hash);
        timeWaitInput = new TimeWaitInput(timeWait, listeners, replies, resets);
        ports = new Ports(hash, table, timeWait, listeners, random);
    }

    // ---- What parts of the layer use ------------------------------------------------------------

    InternetLayer routes() {
        return routes;
    }

    /**
     * Returns what the connections may take.
     *
     * @return as given to the constructor
     */
    public TcpLimits limits() {
        return limits;
    }

    /**
     * Returns the memory for the data of all connections.
     *
     * @return as given to the constructor
     */
    public BufferPool pool() {
        return pool;
    }

    SegmentWriter writer() {
        return writer;
    }

    AckView ackView() {
        return ackView;
    }

    SendRange sendRange() {
        return sendRange;
    }

    long hash(int purpose, TcpConnection connection, long more) {
        IpAddress local = connection.local;
        IpAddress remote = connection.remote;
        return hash.of(
                purpose,
                local.high(),
                local.low(),
                remote.high(),
                remote.low(),
                connection.ports,
                more);
    }

    /**
     * Returns what was counted.
     *
     * @return the counters, which go on counting
     */
    public TcpCounters counters() {
        return counters;
    }

    /**
     * Returns how many connections there are, without those in TIME-WAIT.
     *
     * @return a number, half-open ones included
     */
    public int connections() {
        return table.size();
    }

    /**
     * Returns how many connections peers have begun without completing the handshake.
     *
     * @return the half-open connections of all listeners
     */
    public int halfOpen() {
        return listeners.halfOpen();
    }

    /**
     * Sets what hears of all connections.
     *
     * @param newWatcher the only one
     */
    public void setWatcher(TcpWatcher newWatcher) {
        watcher = newWatcher;
    }

    TcpWatcher watcher() {
        return watcher;
    }

    /**
     * Returns how many connections are in TIME-WAIT.
     *
     * @return a number of records
     */
    public int timeWaiting() {
        return timeWait.size();
    }

    /**
     * Returns the options of connections without options of their own.
     *
     * @return the defaults
     */
    public TcpOptions defaults() {
        return defaults;
    }

    /** Returns the rule for the congestion window of a connection. */
    CongestionRule congestion(TcpOptions options) {
        CongestionRule chosen = options.congestionOrNull();
        CongestionRule usual = chosen == null ? defaults.congestionOrNull() : chosen;
        return usual == null ? CongestionRule.CUBIC : usual;
    }

    void forEach(Consumer<TcpConnection> action) {
        table.forEach(action);
    }

    // ---- The application ------------------------------------------------------------------------

    /**
     * Begins to open a connection; the SYN leaves when the tunnel asks for packets.
     *
     * @param localOrNull the own address; null to let the routes choose
     * @param localPortOrZero the own port; 0 for an ephemeral one (RFC 6056)
     * @param remote the peer's address
     * @param remotePort the peer's port
     * @param options the options; null for the defaults
     * @param handler hears what becomes of it
     * @param nowNs the time
     * @return the connection, in SYN-SENT
     * @throws BindException if the address is not ours, or the ports are in use
     * @throws NoRouteToHostException if there is no address of the remote's family
     * @throws IOException never otherwise
     */
    public TcpConnection connect(
            IpAddress localOrNull,
            int localPortOrZero,
            IpAddress remote,
            int remotePort,
            TcpOptions options,
            TcpHandler handler,
            long nowNs)
            throws IOException {
        if (closed) {
            throw new SocketException("the stack is closed");
        }
        IpAddress local = localOrNull;
        if (local == null || local.isUnspecified()) {
            local = routes.sourceFor(remote);
            if (local == null) {
                throw new NoRouteToHostException("No route to host: " + routes.noSourceFor(remote));
            }
        } else if (!routes.isLocal(local)) {
            throw new BindException("Cannot assign requested address");
        }
        if (local.ipv6() != remote.ipv6()
                || remote.isUnspecified()
                || remote.isLoopback()
                || remote.isMulticast()
                || remotePort <= 0
                || remotePort > 0xffff) {
            throw new NoRouteToHostException("No route to host");
        }
        int port = localPortOrZero;
        if (port == 0) {
            port = ports.choose(local, remote, remotePort);
        } else if (table.find(local, port, remote, remotePort) != null) {
            throw new BindException("Address already in use");
        }
        int iss = sequences.initial(local, port, remote, remotePort, nowNs);
        int waiting = timeWait.find(local, port, remote, remotePort);
        if (waiting >= 0) {
            // RFC 6191: a later timestamp tells the peer that this SYN is new.
            if (!timeWait.hasTimestamps(waiting)
                    || timeWait.ageNs(waiting, nowNs) < Timers.SECOND_NS) {
                throw new BindException("Address already in use");
            }
            iss = SequenceNumbers.above(iss, timeWait.sendNext(waiting));
            timeWait.remove(waiting);
        }
        TcpConnection connection =
                new TcpConnection(
                        this,
                        local,
                        port,
                        remote,
                        remotePort,
                        options == null ? defaults : options,
                        iss,
                        false,
                        nowNs);
        connection.setHandler(handler);
        table.add(connection);
        counters.opened++;
        ready(connection);
        deadlines.schedule(connection, connection.timers.deadlineNs());
        return connection;
    }

    /**
     * Begins to listen.
     *
     * @param localOrNull the own address; null for all addresses of both families
     * @param portOrZero the port; 0 for a free one
     * @param backlog how many established connections may wait for the application, at least 1
     * @param options the options of accepted connections; null for the defaults
     * @param acceptor takes the connections
     * @return the listener
     * @throws BindException if the address is not ours, or the port is in use
     */
    public TcpListener listen(
            IpAddress localOrNull,
            int portOrZero,
            int backlog,
            TcpOptions options,
            TcpAcceptor acceptor)
            throws BindException {
        if (closed) {
            throw new BindException("the stack is closed");
        }
        if (localOrNull != null && !localOrNull.isUnspecified() && !routes.isLocal(localOrNull)) {
            throw new BindException("Cannot assign requested address");
        }
        int port = portOrZero == 0 ? ports.chooseForListener() : portOrZero;
        TcpListener listener =
                new TcpListener(
                        this,
                        localOrNull,
                        port,
                        Math.max(1, backlog),
                        options == null ? defaults : options,
                        acceptor);
        listeners.add(listener);
        return listener;
    }

    /**
     * Sets what decides about connections to addresses and ports without a listener.
     *
     * @param fallbackOrNull null to answer them with RST
     */
    public void setFallback(TcpFallback fallbackOrNull) {
        listeners.setFallback(fallbackOrNull);
    }

    /**
     * Ends all connections of an address that is no longer ours, without a segment.
     *
     * @param local the address
     * @param nowNs the time
     */
    public void addressRemoved(IpAddress local, long nowNs) {
        table.forEach(
                each -> {
                    if (each.local.equals(local)) {
                        each.end(TcpFailure.CLOSED, nowNs);
                    }
                });
        afterCall(nowNs);
    }

    /**
     * Ends everything because the stack closes; handlers hear of it.
     *
     * @param nowNs the time
     */
    public void close(long nowNs) {
        closed = true; // a handler that hears of the end may want to connect again
        table.forEach(
                each -> {
                    each.reset(nowNs);
                    each.end(TcpFailure.CLOSED, nowNs);
                });
        afterCall(nowNs);
    }

    // ---- Input ----------------------------------------------------------------------------------

    /**
     * Processes a received packet.
     *
     * @param packet a packet with protocol 6 whose IP headers were checked
     * @param nowNs when it arrived
     */
    public void receive(IncomingPacket packet, long nowNs) {
        counters.received++;
        if (!segment.read(packet)) {
            counters.malformed++;
            return;
        }
        processing = true;
        try {
            dispatch(packet, nowNs);
        } finally {
            processing = false; // also if an acceptor threw
        }
        if (gaps && pool.isOverdrawn()) {
            gaps = false;
            table.forEach(each -> each.input.dropBeyondGaps());
        }
    }

    private void dispatch(IncomingPacket packet, long nowNs) {
        TcpConnection connection = last;
        if (connection == null
                || connection.ports != (segment.destinationPort << 16 | segment.sourcePort)
                || !connection.remote.is(packet.ipv6, packet.sourceHigh, packet.sourceLow)
                || !connection.local.is(
                        packet.ipv6, packet.destinationHigh, packet.destinationLow)) {
            connection =
                    table.find(
                            packet.ipv6,
                            packet.destinationHigh,
                            packet.destinationLow,
                            segment.destinationPort,
                            packet.sourceHigh,
                            packet.sourceLow,
                            segment.sourcePort);
        }
        if (connection != null) {
            last = connection;
            connection.arrive(segment, nowNs);
        } else {
            withoutConnection(packet, nowNs);
        }
    }

    private void withoutConnection(IncomingPacket packet, long nowNs) {
        int waiting =
                timeWait.find(
                        packet.ipv6,
                        packet.destinationHigh,
                        packet.destinationLow,
                        segment.destinationPort,
                        packet.sourceHigh,
                        packet.sourceLow,
                        segment.sourcePort);
        if (waiting < 0) {
            listeners.arrive(packet, segment, 0, false, nowNs);
        } else if (timeWaitInput.arrive(packet, segment, waiting, nowNs)) {
            int previous = timeWait.sendNext(waiting);
            timeWait.remove(waiting);
            listeners.arrive(packet, segment, previous, true, nowNs);
        }
    }

    Resets resets() {
        return resets;
    }

    SequenceNumbers sequences() {
        return sequences;
    }

    Reply addReply() {
        return replies.add();
    }

    /**
     * Takes an ICMP error about a segment that we sent (RFC 9293 3.9.2.2, RFC 5927).
     *
     * @param local the quoted source address
     * @param localPort the quoted source port
     * @param remote the quoted destination address
     * @param remotePort the quoted destination port
     * @param sequence the quoted sequence number
     * @param cause what the error says
     * @param mtu the new path MTU with {@link IcmpCause#TOO_BIG}; {@link InternetLayer#mtu} says it
     *     already
     * @param nowNs when it arrived
     */
    public void unreachable(
            IpAddress local,
            int localPort,
            IpAddress remote,
            int remotePort,
            int sequence,
            IcmpCause cause,
            int mtu,
            long nowNs) {
        TcpConnection connection = find(local, localPort, remote, remotePort);
        if (connection == null || !connection.sender.wasSent(sequence)) {
            return;
        }
        boolean opening =
                connection.state() == TcpState.SYN_SENT
                        || connection.state() == TcpState.SYN_RECEIVED;
        switch (cause) {
            case TOO_BIG -> {
                if (!opening) {
                    connection.sender.pathChanged(nowNs);
                }
            }
            case UNREACHABLE -> connection.unreachable = true;
            case NO_ROUTE, PORT_UNREACHABLE -> {
                if (opening) {
                    connection.end(
                            cause == IcmpCause.NO_ROUTE
                                    ? TcpFailure.UNREACHABLE
                                    : TcpFailure.PORT_UNREACHABLE,
                            nowNs);
                } else {
                    connection.unreachable = true;
                }
            }
        }
        afterCall(nowNs);
    }

    /**
     * Returns whether a quoted segment may be in flight, so that an ICMP error about it can be true
     * (RFC 5927 4.1). The Internet layer asks before it believes a path MTU.
     *
     * @param local the quoted source address
     * @param localPort the quoted source port
     * @param remote the quoted destination address
     * @param remotePort the quoted destination port
     * @param sequence the quoted sequence number
     * @return true if a connection has sent it and not seen it acknowledged
     */
    public boolean isInFlight(
            IpAddress local, int localPort, IpAddress remote, int remotePort, int sequence) {
        TcpConnection connection = find(local, localPort, remote, remotePort);
        return connection != null && connection.sender.wasSent(sequence);
    }

    TcpConnection find(IpAddress local, int localPort, IpAddress remote, int remotePort) {
        return table.find(local, localPort, remote, remotePort);
    }

    /**
     * Ends a received batch: decides what is acknowledged now and tells handlers what happened.
     *
     * @param nowNs the time of the batch
     */
    public void endBatch(long nowNs) {
        events.flush(nowNs);
    }

    // ---- Output ---------------------------------------------------------------------------------

    /**
     * Writes packets until the batch is full or no connection has a packet to send.
     *
     * @param out the batch
     * @param nowNs the time at which the packets leave
     */
    public void emit(OutgoingBatch out, long nowNs) {
        if (!replies.emit(out)) {
            return;
        }
        ready.emit(out, nowNs);
    }

    /**
     * Returns whether {@link #emit} may have something to write.
     *
     * @return false if it has nothing
     */
    public boolean hasOutput() {
        return !ready.isEmpty() || !replies.isEmpty();
    }

    /** Queues a connection that may have something to say. */
    void ready(TcpConnection connection) {
        ready.add(connection);
    }

    // ---- Time -----------------------------------------------------------------------------------

    /**
     * Returns when {@link #handleTimeouts} must be called.
     *
     * @return a time; {@link Long#MAX_VALUE} if no timer runs
     */
    public long nextDeadlineNs() {
        return Math.min(deadlines.earliest(), timeWait.earliestNs());
    }

    /**
     * Does what is due.
     *
     * @param nowNs the time
     */
    public void handleTimeouts(long nowNs) {
        timeWait.expire(nowNs);
        while (deadlines.earliest() <= nowNs) {
            TcpConnection connection = deadlines.first();
            deadlines.remove(connection);
            connection.timers.handle(nowNs);
            long next = connection.timers.deadlineNs();
            // A deadline in the past would turn this loop into an endless one.
            deadlines.schedule(connection, Math.max(next, nowNs + 1_000_000));
        }
        events.flush(nowNs);
    }

    // ---- Events ---------------------------------------------------------------------------------

    /** Notes a connection whose acknowledgments, events and deadline must be looked at. */
    void touch(TcpConnection connection) {
        events.touch(connection);
    }

    /** The application called: tells handlers what came of it, unless a batch ends soon anyway. */
    void afterCall(long nowNs) {
        if (!processing) {
            events.flush(nowNs);
        }
    }

    /** Keeps what a handler threw until all others have been told. */
    void failed(RuntimeException e) {
        events.failed(e);
    }

    // ---- What becomes of connections ------------------------------------------------------------

    /** A peer's SYN becomes a half-open connection. */
    TcpConnection open(
            IncomingPacket packet, TcpSegment syn, TcpOptions options, int iss, long nowNs) {
        TcpConnection connection =
                new TcpConnection(
                        this,
                        packet.destination(),
                        syn.destinationPort,
                        packet.source(),
                        syn.sourcePort,
                        options,
                        iss,
                        true,
                        nowNs);
        table.add(connection);
        deadlines.schedule(connection, connection.timers.deadlineNs());
        return connection;
    }

    /** Both sides closed: a record takes the place of the connection. */
    void timeWait(TcpConnection connection, long nowNs) {
        removed(connection, nowNs);
        Receiver receiver = connection.receiver;
        timeWait.add(connection, receiver.window(receiver.next()), nowNs);
        if (receiver.isAcknowledgmentDue()) {
            timeWaitInput.acknowledge(connection, nowNs);
        }
    }

    /** A connection is no more. */
    void removed(TcpConnection connection, long nowNs) {
        table.remove(connection);
        deadlines.remove(connection);
        connection.sender.ended();
        connection.receiver.ended();
        if (connection.listener != null) {
            connection.listener.removed(connection);
            connection.listener = null;
        }
        if (last == connection) {
            last = null;
        }
    }

    void closed(TcpListener listener) {
        listeners.remove(listener);
    }

    void hasDataBeyondGaps() {
        gaps = true;
    }
}
