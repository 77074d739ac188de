// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.socket;

import org.wgj.netstack.tcp.TcpAcceptor;
import org.wgj.netstack.tcp.TcpConnection;
import org.wgj.netstack.tcp.TcpListener;
import org.wgj.netstack.tcp.TcpOptions;
import org.wgj.netstack.wire.IpAddress;

import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Connections that peers opened and that the program has not accepted yet. The stack's thread adds
 * them, and bounds their number by the listener's backlog; one thread of the program takes them.
 */
public final class AcceptQueue implements TcpAcceptor, SocketStack.Open {
    private final SocketStack stack;
    private final Runnable arrived;
    private final ConcurrentLinkedQueue<TcpStream> streams = new ConcurrentLinkedQueue<>();
    private final Waiter waiter = new Waiter();
    private volatile boolean closed;
    private volatile TcpListener listener; // null for a queue that does not listen

    AcceptQueue(SocketStack stack) {
        this(stack, () -> {});
    }

    AcceptQueue(SocketStack stack, Runnable arrived) {
        this.stack = stack;
        this.arrived = arrived;
    }

    /** Begins to listen; the unspecified address stands for all of both families. */
    TcpListener listen(IpAddress local, int port, int backlog, TcpOptions options)
            throws IOException {
        return stack.call(
                () ->
                        start(
                                stack.tun()
                                        .stack()
                                        .tcp()
                                        .listen(
                                                local.isUnspecified() ? null : local,
                                                port,
                                                backlog,
                                                options,
                                                this)));
    }

    /** Keeps the listener, to close it. On the stack's thread. */
    private TcpListener start(TcpListener started) throws SocketException {
        if (closed) {
            started.close(stack.tun().nowNs());
            throw SocketErrors.closed();
        }
        listener = started;
        stack.opened(this);
        return started;
    }

    void offer(TcpStream stream) {
        streams.add(stream);
        waiter.changed();
        arrived.run();
        if (closed) {
            abortAll();
        }
    }

    /** Takes a connection. */
    @Override
    public boolean pending(TcpConnection connection) {
        if (closed) {
            return false;
        }
        offer(TcpStream.accepted(stack, connection));
        return true;
    }

    TcpStream take(long deadlineNs) throws IOException {
        while (true) {
            int seen = waiter.changes();
            if (closed) {
                throw SocketErrors.closed();
            }
            TcpStream stream = poll();
            if (stream != null) {
                return stream;
            }
            if (!waiter.await(seen, deadlineNs)) {
                throw new SocketTimeoutException("Accept timed out");
            }
        }
    }

    /**
     * Takes a connection that waits.
     *
     * @return null if there is none
     */
    public TcpStream poll() {
        TcpStream stream = streams.poll();
        if (stream != null) {
            taken();
        }
        return stream;
    }

    /**
     * Returns the port.
     *
     * @return 1 to 65535
     */
    public int port() {
        return listener.port();
    }

    /** There is room for another one in the listener's backlog. */
    private void taken() {
        TcpListener from = listener;
        if (from != null) {
            from.accepted();
        }
    }

    boolean isClosed() {
        return closed;
    }

    /** Stops listening, and ends the connections that were not accepted with RST, as Linux does. */
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        stack.released(this);
        waiter.changed();
        stack.execute(
                () -> {
                    TcpListener from = listener;
                    if (from != null) {
                        from.close(stack.tun().nowNs());
                    }
                });
        abortAll();
    }

    private void abortAll() {
        for (TcpStream stream = streams.poll(); stream != null; stream = streams.poll()) {
            stream.abort();
            taken();
        }
    }

    @Override
    public void stackClosed() {
        close();
    }
}
