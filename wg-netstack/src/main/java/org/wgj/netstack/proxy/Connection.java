// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A connection with a client and all that belongs to it, such as the connection with its target.
 * {@link Connections} counts it and ends it when it exceeds a time limit. The thread that serves it
 * owns it; the sweeper only reads the times and closes.
 */
public final class Connection {
    private static final long NEVER = Long.MAX_VALUE;

    /**
     * The memory that a client waiting for its target may occupy outside of the quota of
     * handshakes.
     */
    private static final int LITTLE_BYTES = 4096;

    static final Duration LAST_WORDS = Duration.ofSeconds(2);
    private static final int DISCARDED_BYTES = 4096;
    private static final int MOST_DISCARDED = 1 << 20;

    private final Connections registry;
    private final ClientQuota.Place handshake;
    private boolean holdsMuch; // for the thread that serves it
    private final Socket client;
    private final InetAddress clientAddress;
    private final List<Closeable> belongings = new ArrayList<>(2); // guarded by itself
    private boolean closed; // guarded by belongings
    private Thread thread; // guarded by belongings; null until it is served

    private volatile long deadlineNs;
    private volatile long activeNs;
    private volatile long idleLimitNs = NEVER;

    /**
     * @param place returned when it is closed
     * @param handshake returned when it is closed or when the handshake is over
     */
    Connection(
            Connections registry,
            Socket client,
            ClientQuota.Place place,
            ClientQuota.Place handshake,
            long nowNs) {
        this.registry = registry;
        this.handshake = handshake;
        belongings.add(place);
        belongings.add(handshake);
        this.client = client;
        this.clientAddress = client.getInetAddress();
        activeNs = nowNs;
        deadlineNs = nowNs + registry.limits().handshake().toNanos();
    }

    /**
     * Returns the socket of the client.
     *
     * @return as it was accepted, without TLS
     */
    public Socket client() {
        return client;
    }

    InetAddress clientAddress() {
        return clientAddress;
    }

    ClientQuota associations() {
        return registry.associations();
    }

    ProxyLimits limits() {
        return registry.limits();
    }

    /** Gives the client so much time, from now, until the next call of this or another method. */
    void limit(Duration time) {
        deadlineNs = System.nanoTime() + time.toNanos();
    }

    /**
     * Connects to a target for this client.
     *
     * @throws TooManyDialsException if too many attempts to reach this target are pending
     * @throws IOException if there is no connection
     */
    Socket dial(Dialer dialer, String host, int port) throws IOException {
        return dial(dialer, host, port, limits().dial());
    }

    /**
     * As {@link #dial(Dialer, String, int)}, within a time of the client's choice.
     *
     * @param time how long it may take
     */
    Socket dial(Dialer dialer, String host, int port, Duration time) throws IOException {
        if (!holdsMuch) {
            handshake.close();
        }
        limit(time.plus(limits().handshake())); // in case the dialer does not keep to its own limit
        Socket target = registry.dials().dial(dialer, host, port, time);
        own(target);
        KeepAlive.set(target);
        return target;
    }

    /** Tells how long the request is that is kept until the target is connected. */
    void holds(int bytes) {
        holdsMuch = bytes > LITTLE_BYTES;
    }

    /** Begins the phase in which only silence ends the connection. */
    void open() {
        handshake.close();
        KeepAlive.set(client);
        active();
        idleLimitNs = limits().idle().toNanos();
        deadlineNs = NEVER;
    }

    /** Tells that one side has ended its direction. */
    void halfClosed() {
        active();
        idleLimitNs = limits().halfClosedIdle().toNanos();
    }

    /** Tells that something was carried. */
    void active() {
        activeNs = System.nanoTime();
    }

    /** Closes it with the connection; at once if that is closed already. */
    void own(Closeable belonging) throws IOException {
        synchronized (belongings) {
            if (!closed) {
                belongings.add(belonging);
                return;
            }
        }
        belonging.close();
        throw new SocketException("Socket closed");
    }

    /** Serves it on the calling thread. */
    void serve(ConnectionHandler handler) throws IOException {
        synchronized (belongings) {
            if (closed) {
                return;
            }
            thread = Thread.currentThread();
        }
        try {
            handler.serve(this);
        } finally {
            synchronized (belongings) {
                thread = null;
            }
        }
    }

    /**
     * Ends the output and discards what the client still sends, for a short time: a socket that is
     * closed with unread bytes sends a reset, which would overtake the answer.
     *
     * @param socket the client's, or TLS above it
     */
    void finish(Socket socket, InputStream in) throws IOException {
        limit(LAST_WORDS);
        socket.shutdownOutput();
        byte[] discarded = new byte[DISCARDED_BYTES];
        for (int total = 0, count = 0; count >= 0 && total < MOST_DISCARDED; total += count) {
            count = in.read(discarded);
        }
    }

    boolean isOverdue(long nowNs) {
        return deadlineNs != NEVER && nowNs - deadlineNs >= 0
                || idleLimitNs != NEVER && nowNs - activeNs >= idleLimitNs;
    }

    /** Makes close send a reset: the client must not take what came so far for all. */
    void reset() {
        synchronized (belongings) {
            resetOnClose(client);
            for (Closeable each : belongings) {
                if (each instanceof Socket socket) {
                    resetOnClose(socket);
                }
            }
        }
        close();
    }

    static void resetOnClose(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
        } catch (IOException e) {
            // It is closed already.
        }
    }

    /** Closes everything and interrupts an attempt to connect. Any thread may call it, often. */
    void close() {
        List<Closeable> all;
        synchronized (belongings) {
            if (closed) {
                return;
            }
            closed = true;
            all = List.copyOf(belongings);
            if (thread != null && thread != Thread.currentThread()) {
                thread.interrupt();
            }
        }
        closeQuietly(client);
        all.forEach(Connection::closeQuietly);
        registry.remove(this);
    }

    static void closeQuietly(Closeable resource) {
        try {
            resource.close();
        } catch (IOException e) {
            // Nothing is left to do with it.
        }
    }
}
