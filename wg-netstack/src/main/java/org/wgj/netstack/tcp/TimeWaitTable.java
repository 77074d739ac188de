// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp;

import org.wgj.netstack.wire.IpAddress;

import java.util.Arrays;

/**
 * Connections in TIME-WAIT as records of numbers: enough to acknowledge a repeated FIN, to keep the
 * ports, and to judge a new SYN (RFC 6191). At most {@link #MAXIMUM}; the oldest makes room. Each
 * record lives {@link #TIME_WAIT_NS} from the last FIN. Owned by the stack's thread.
 *
 * <p>Records are found through an open-addressing table of their indexes, and expire from a list in
 * the order of their last FIN.
 */
final class TimeWaitTable {
    static final int MAXIMUM = 4096;
    static final long TIME_WAIT_NS = 60 * Timers.SECOND_NS;

    private static final int NONE = -1;

    private final ConnectionHash hash;
    private int capacity = 16;
    private int size;
    private int free = NONE;
    private int used;
    private int oldest = NONE;
    private int youngest = NONE;

    private long[] localHigh = new long[capacity];
    private long[] localLow = new long[capacity];
    private long[] remoteHigh = new long[capacity];
    private long[] remoteLow = new long[capacity];
    private long[] expiryNs = new long[capacity];
    private int[] ports = new int[capacity];
    private int[] sendNext = new int[capacity];
    private int[] receiveNext = new int[capacity];
    private int[] window = new int[capacity];
    private int[] peerTimestamp = new int[capacity];
    private int[] timestampOffset = new int[capacity];
    private byte[] flags = new byte[capacity];
    private int[] older = new int[capacity];
    private int[] younger = new int[capacity];
    private int[] index = newIndex(capacity);

    private static final int IPV6 = 1;
    private static final int TIMESTAMPS = 2;

    TimeWaitTable(ConnectionHash hash) {
        this.hash = hash;
    }

    private static int[] newIndex(int capacity) {
        int[] index = new int[2 * capacity];
        Arrays.fill(index, NONE);
        return index;
    }

    int size() {
        return size;
    }

    /** Returns when the oldest record expires; Long.MAX_VALUE if there is none. */
    long earliestNs() {
        return oldest == NONE ? Long.MAX_VALUE : expiryNs[oldest];
    }

    /** Removes what has expired. */
    void expire(long nowNs) {
        while (oldest != NONE && expiryNs[oldest] <= nowNs) {
            remove(oldest);
        }
    }

    /** Returns the record between two endpoints; -1 if there is none. */
    int find(IpAddress local, int localPort, IpAddress remote, int remotePort) {
        return find(
                local.ipv6(),
                local.high(),
                local.low(),
                localPort,
                remote.high(),
                remote.low(),
                remotePort);
    }

    /** Returns the record between two endpoints; -1 if there is none. */
    int find(boolean ipv6, long lHigh, long lLow, int lPort, long rHigh, long rLow, int rPort) {
        int both = lPort << 16 | rPort;
        int mask = index.length - 1;
        int slot = (int) hash.of(ConnectionHash.TABLE, lHigh, lLow, rHigh, rLow, both, 0) & mask;
        while (index[slot] != NONE) {
            int record = index[slot];
            if (ports[record] == both
                    && remoteLow[record] == rLow
                    && localLow[record] == lLow
                    && remoteHigh[record] == rHigh
                    && localHigh[record] == lHigh
                    && (flags[record] & IPV6) != 0 == ipv6) {
                return record;
            }
            slot = slot + 1 & mask;
        }
        return NONE;
    }

    /** Adds a connection that has just closed. */
    void add(TcpConnection connection, int shownWindow, long nowNs) {
        if (size == MAXIMUM) {
            remove(oldest);
        }
        if (free == NONE && used == capacity) {
            grow();
        }
        int record;
        if (free != NONE) {
            record = free;
            free = younger[record];
        } else {
            record = used++;
        }
        size++;
        localHigh[record] = connection.local.high();
        localLow[record] = connection.local.low();
        remoteHigh[record] = connection.remote.high();
        remoteLow[record] = connection.remote.low();
        ports[record] = connection.ports;
        sendNext[record] = connection.sender.sequence(connection.sender.next());
        receiveNext[record] = connection.receiver.sequence(connection.receiver.next());
        window[record] = shownWindow;
        peerTimestamp[record] = connection.receiver.peerTimestamp();
        timestampOffset[record] = connection.timestampOffset;
        flags[record] =
                (byte)
                        ((connection.local.ipv6() ? IPV6 : 0)
                                | (connection.sender.usesTimestamps() ? TIMESTAMPS : 0));
        append(record, nowNs);
        place(record);
    }

    private void append(int record, long nowNs) {
        expiryNs[record] = nowNs + TIME_WAIT_NS;
        older[record] = youngest;
        younger[record] = NONE;
        if (youngest == NONE) {
            oldest = record;
        } else {
            younger[youngest] = record;
        }
        youngest = record;
    }

    private void unlink(int record) {
        if (older[record] == NONE) {
            oldest = younger[record];
        } else {
            younger[older[record]] = younger[record];
        }
        if (younger[record] == NONE) {
            youngest = older[record];
        } else {
            older[younger[record]] = older[record];
        }
    }

    /** The peer repeated its FIN: the record lives for the whole time again. */
    void restart(int record, long nowNs) {
        unlink(record);
        append(record, nowNs);
    }

    private int home(int record) {
        return (int)
                        hash.of(
                                ConnectionHash.TABLE,
                                localHigh[record],
                                localLow[record],
                                remoteHigh[record],
                                remoteLow[record],
                                ports[record],
                                0)
                & index.length - 1;
    }

    private void place(int record) {
        int slot = home(record);
        while (index[slot] != NONE) {
            slot = slot + 1 & index.length - 1;
        }
        index[slot] = record;
    }

    /** Removes a record. */
    void remove(int record) {
        unlink(record);
        int mask = index.length - 1;
        int slot = home(record);
        while (index[slot] != record) {
            slot = slot + 1 & mask;
        }
        int gap = slot;
        while (true) {
            index[gap] = NONE;
            int moved;
            do {
                slot = slot + 1 & mask;
                moved = index[slot];
            } while (moved != NONE && (slot - home(moved) & mask) < (slot - gap & mask));
            if (moved == NONE) {
                break;
            }
            index[gap] = moved;
            gap = slot;
        }
        size--;
        younger[record] = free;
        free = record;
    }

    private void grow() {
        capacity *= 2;
        localHigh = Arrays.copyOf(localHigh, capacity);
        localLow = Arrays.copyOf(localLow, capacity);
        remoteHigh = Arrays.copyOf(remoteHigh, capacity);
        remoteLow = Arrays.copyOf(remoteLow, capacity);
        expiryNs = Arrays.copyOf(expiryNs, capacity);
        ports = Arrays.copyOf(ports, capacity);
        sendNext = Arrays.copyOf(sendNext, capacity);
        receiveNext = Arrays.copyOf(receiveNext, capacity);
        window = Arrays.copyOf(window, capacity);
        peerTimestamp = Arrays.copyOf(peerTimestamp, capacity);
        timestampOffset = Arrays.copyOf(timestampOffset, capacity);
        flags = Arrays.copyOf(flags, capacity);
        older = Arrays.copyOf(older, capacity);
        younger = Arrays.copyOf(younger, capacity);
        index = newIndex(capacity);
        for (int record = oldest; record != NONE; record = younger[record]) {
            place(record);
        }
    }

    int sendNext(int record) {
        return sendNext[record];
    }

    int receiveNext(int record) {
        return receiveNext[record];
    }

    int window(int record) {
        return window[record];
    }

    boolean hasTimestamps(int record) {
        return (flags[record] & TIMESTAMPS) != 0;
    }

    int peerTimestamp(int record) {
        return peerTimestamp[record];
    }

    void setPeerTimestamp(int record, int timestamp) {
        peerTimestamp[record] = timestamp;
    }

    int timestampOffset(int record) {
        return timestampOffset[record];
    }

    /** Returns how long ago the record began to wait. */
    long ageNs(int record, long nowNs) {
        return nowNs - (expiryNs[record] - TIME_WAIT_NS);
    }
}
