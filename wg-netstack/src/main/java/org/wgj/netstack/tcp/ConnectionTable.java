// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp;

import org.wgj.netstack.wire.IpAddress;

import java.util.function.Consumer;

/**
 * Finds the connection of a segment: open addressing with linear probing over a keyed hash, no
 * object for a look-up. Deletion closes the gap, so there are no tombstones. Owned by the stack's
 * thread.
 */
final class ConnectionTable {
    private static final int FIRST_CAPACITY = 64;

    private final ConnectionHash hash;
    private TcpConnection[] slots = new TcpConnection[FIRST_CAPACITY];
    private int size;

    ConnectionTable(ConnectionHash hash) {
        this.hash = hash;
    }

    int size() {
        return size;
    }

    /** Returns the connection between two endpoints, or null. */
    TcpConnection find(IpAddress local, int localPort, IpAddress remote, int remotePort) {
        return find(
                local.ipv6(),
                local.high(),
                local.low(),
                localPort,
                remote.high(),
                remote.low(),
                remotePort);
    }

    /** Returns the connection between two endpoints, or null. */
    TcpConnection find(
            boolean ipv6,
            long localHigh,
            long localLow,
            int localPort,
            long remoteHigh,
            long remoteLow,
            int remotePort) {
        int mask = slots.length - 1;
        int ports = localPort << 16 | remotePort;
        int slot = (int) key(localHigh, localLow, remoteHigh, remoteLow, ports) & mask;
        while (slots[slot] != null) {
            TcpConnection found = slots[slot];
            if (found.ports == ports
                    && found.remote.is(ipv6, remoteHigh, remoteLow)
                    && found.local.is(ipv6, localHigh, localLow)) {
                return found;
            }
            slot = slot + 1 & mask;
        }
        return null;
    }

    private long key(long localHigh, long localLow, long remoteHigh, long remoteLow, int ports) {
        return hash.of(ConnectionHash.TABLE, localHigh, localLow, remoteHigh, remoteLow, ports, 0);
    }

    private int home(TcpConnection connection) {
        IpAddress local = connection.local;
        IpAddress remote = connection.remote;
        return (int) key(local.high(), local.low(), remote.high(), remote.low(), connection.ports)
                & (slots.length - 1);
    }

    /** Adds a connection that is not there. */
    void add(TcpConnection connection) {
        if (2 * (size + 1) > slots.length) {
            TcpConnection[] old = slots;
            slots = new TcpConnection[2 * old.length];
            for (TcpConnection each : old) {
                if (each != null) {
                    place(each);
                }
            }
        }
        place(connection);
        size++;
    }

    private void place(TcpConnection connection) {
        int slot = home(connection);
        while (slots[slot] != null) {
            slot = slot + 1 & (slots.length - 1);
        }
        slots[slot] = connection;
    }

    /** Removes a connection; nothing happens if it is not there. */
    void remove(TcpConnection connection) {
        int mask = slots.length - 1;
        int slot = home(connection);
        while (slots[slot] != connection) {
            if (slots[slot] == null) {
                return;
            }
            slot = slot + 1 & mask;
        }
        size--;
        int gap = slot;
        while (true) {
            slots[gap] = null;
            TcpConnection moved;
            do {
                slot = slot + 1 & mask;
                moved = slots[slot];
                if (moved == null) {
                    return;
                }
                // It may fill the gap unless its home lies between the gap and its place.
            } while ((slot - home(moved) & mask) < (slot - gap & mask));
            slots[gap] = moved;
            gap = slot;
        }
    }

    /** Calls the action for each connection; the action may remove connections. */
    void forEach(Consumer<TcpConnection> action) {
        TcpConnection[] copy = slots.clone();
        for (TcpConnection each : copy) {
            if (each != null) {
                action.accept(each);
            }
        }
    }
}
