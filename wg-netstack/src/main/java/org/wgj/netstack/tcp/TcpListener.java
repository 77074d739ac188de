// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp;

import org.wgj.netstack.wire.IpAddress;

import java.util.ArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A port at which peers may open connections (the state LISTEN). It keeps those that are half open,
 * within limits, and counts those that the application has not taken. Owned by the stack's thread;
 * only {@link #accepted} may be called by any.
 */
public final class TcpListener {
    /**
     * A half-open connection of this age may be removed for a newer one. Younger ones may only have
     * lost the last segment of the handshake, which comes again after a second or three; cookies
     * serve newer ones meanwhile.
     */
    static final long EVICTABLE_NS = 10 * Timers.SECOND_NS;

    private final TcpLayer layer;
    private final IpAddress local;
    private final int port;
    private final int backlog;
    private final TcpOptions options;
    final TcpAcceptor acceptor;
    private final ArrayList<TcpConnection> halfOpen = new ArrayList<>();
    private final AtomicInteger waiting = new AtomicInteger();
    private boolean closed;

    /** Until when acknowledgments may carry cookies of this listener. */
    long cookiesUntilNs = Long.MIN_VALUE;

    TcpListener(
            TcpLayer layer,
            IpAddress local,
            int port,
            int backlog,
            TcpOptions options,
            TcpAcceptor acceptor) {
        this.layer = layer;
        this.local = local;
        this.port = port;
        this.backlog = backlog;
        this.options = options;
        this.acceptor = acceptor;
    }

    /**
     * Returns the address at which this listener hears.
     *
     * @return the address; null for all of both families, 0.0.0.0 for all of IPv4
     */
    public IpAddress localAddress() {
        return local;
    }

    /**
     * Returns the port.
     *
     * @return 1 to 65535
     */
    public int port() {
        return port;
    }

    /**
     * The application has taken one of the connections that {@link TcpAcceptor#pending} announced,
     * or dropped it; there is room for another. Any thread.
     */
    public void accepted() {
        waiting.decrementAndGet();
    }

    /**
     * Hears no more; half-open connections are forgotten, and their next segment is answered with
     * RST. Those that were announced belong to the acceptor.
     *
     * @param nowNs the time
     */
    public void close(long nowNs) {
        if (closed) {
            return;
        }
        closed = true;
        layer.closed(this);
        for (TcpConnection each : new ArrayList<>(halfOpen)) {
            each.end(TcpFailure.CLOSED, nowNs);
        }
    }

    TcpOptions options() {
        return options;
    }

    boolean hears(boolean ipv6, long high, long low) {
        return local == null
                || local.is(ipv6, high, low)
                || local.isUnspecified() && (local.ipv6() || !ipv6);
    }

    boolean isSpecific() {
        return local != null && !local.isUnspecified();
    }

    /** Returns whether one more connection may wait for the application. */
    boolean hasRoom() {
        return waiting.get() < backlog;
    }

    int halfOpen() {
        return halfOpen.size();
    }

    /**
     * Makes room for a half-open connection.
     *
     * @return false if all are too young: only a cookie helps
     */
    boolean makeRoom(boolean ipv6, long high, long low, long nowNs) {
        TcpConnection oldest = null;
        int ofPeer = 0;
        TcpConnection oldestOfPeer = null;
        for (int i = 0; i < halfOpen.size(); i++) {
            TcpConnection each = halfOpen.get(i); // in the order in which they began
            if (oldest == null) {
                oldest = each;
            }
            if (each.remote.is(ipv6, high, low)) {
                ofPeer++;
                if (oldestOfPeer == null) {
                    oldestOfPeer = each;
                }
            }
        }
        TcpConnection out = null;
        if (ofPeer >= layer.limits().halfOpenPerPeer()) {
            out = oldestOfPeer;
        } else if (halfOpen.size() >= layer.limits().halfOpen()) {
            out = oldest;
        }
        if (out == null) {
            return true;
        }
        if (nowNs - out.handshake.begunNs < EVICTABLE_NS) {
            return false;
        }
        layer.counters.evicted++;
        out.end(TcpFailure.TIMED_OUT, nowNs);
        return true;
    }

    void begun(TcpConnection connection) {
        connection.listener = this;
        halfOpen.add(connection);
    }

    /** A half-open connection is no more. */
    void removed(TcpConnection connection) {
        halfOpen.remove(connection);
    }

    /** A connection is established: announces it; false if it is refused. */
    boolean completed(TcpConnection connection) {
        halfOpen.remove(connection);
        connection.listener = null;
        TcpAcceptor to = connection.acceptor;
        connection.acceptor = null;
        waiting.incrementAndGet();
        try {
            if (!closed && to.pending(connection)) {
                layer.counters.accepted++;
                return true;
            }
        } catch (RuntimeException e) {
            layer.failed(e);
        }
        waiting.decrementAndGet();
        return false;
    }
}
