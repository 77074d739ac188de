// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import java.net.InetAddress;
import java.net.Socket;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * The connections of all listeners of a program. It refuses clients above the bounds, and ends
 * connections that exceed a time limit. Listeners come and go; connections stay until they end or
 * until this is closed. Any thread may use it.
 */
public final class Connections implements AutoCloseable {
    private static final long LONGEST_SWEEP_MS = 1000;
    private static final long SHORTEST_SWEEP_MS = 10;

    /**
     * Connections whose request is not complete: each may occupy 64 KiB and what is parsed of it.
     */
    static final int HANDSHAKES = 1024;

    static final int HANDSHAKES_OF_CLIENT = 256;

    private final ProxyLimits limits;
    private final Dials dials;
    private final Set<Connection> all = new HashSet<>(); // guarded by this
    private final ClientQuota quota;
    private final ClientQuota handshakes;
    private final ClientQuota associations;
    private final Thread sweeper;
    private boolean closed; // guarded by this
    private long admitted; // guarded by this
    private long refused; // guarded by this

    /**
     * Makes an empty set of connections and starts the thread that watches their time limits.
     *
     * @param limits the bounds
     */
    public Connections(ProxyLimits limits) {
        this.limits = Objects.requireNonNull(limits, "limits");
        dials = new Dials(limits.dialsToTarget());
        quota = new ClientQuota(limits.connections(), limits.connectionsOfClient());
        handshakes =
                new ClientQuota(
                        Math.min(limits.connections(), HANDSHAKES),
                        Math.min(limits.connectionsOfClient(), HANDSHAKES_OF_CLIENT));
        associations =
                new ClientQuota(limits.associations(), Math.ceilDiv(limits.associations() * 2, 3));
        sweeper = Thread.ofVirtual().name("proxy-time-limits").start(this::sweep);
    }

    ProxyLimits limits() {
        return limits;
    }

    Dials dials() {
        return dials;
    }

    ClientQuota associations() {
        return associations;
    }

    /**
     * Returns the number of open connections.
     *
     * @return of all listeners
     */
    public synchronized int size() {
        return all.size();
    }

    /**
     * Returns how many connections were accepted so far.
     *
     * @return never decreases
     */
    public synchronized long admitted() {
        return admitted;
    }

    /**
     * Returns how many connections were refused because of a bound.
     *
     * @return never decreases
     */
    public synchronized long refused() {
        return refused;
    }

    /**
     * Takes in a connection that was accepted.
     *
     * @return null if a bound forbids it; the caller then closes the socket
     */
    Connection admit(Socket client) {
        InetAddress address = client.getInetAddress();
        if (address == null) {
            return null; // it is closed already
        }
        ClientQuota.Place place = quota.take(address);
        ClientQuota.Place handshake = place == null ? null : handshakes.take(address);
        synchronized (this) {
            if (closed || handshake == null) {
                refused++;
                if (handshake != null) {
                    handshake.close();
                }
                if (place != null) {
                    place.close();
                }
                return null;
            }
            Connection connection =
                    new Connection(this, client, place, handshake, System.nanoTime());
            admitted++;
            all.add(connection);
            return connection;
        }
    }

    synchronized void remove(Connection connection) {
        all.remove(connection);
    }

    private synchronized List<Connection> snapshot() {
        return List.copyOf(all);
    }

    /** Looks at each connection ten times within the shortest time limit. */
    private void sweep() {
        long shortestMs = Math.min(limits.handshake().toMillis(), limits.idle().toMillis());
        shortestMs = Math.min(shortestMs, limits.halfClosedIdle().toMillis());
        long pauseMs = Math.clamp(shortestMs / 10, SHORTEST_SWEEP_MS, LONGEST_SWEEP_MS);
        try {
            while (true) {
                Thread.sleep(pauseMs);
                long now = System.nanoTime();
                for (Connection each : snapshot()) {
                    if (each.isOverdue(now)) {
                        each.reset();
                    }
                }
            }
        } catch (InterruptedException e) {
            // It was closed.
        }
    }

    /** Ends all connections. Later ones are refused. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        sweeper.interrupt();
        snapshot().forEach(Connection::reset);
    }
}
