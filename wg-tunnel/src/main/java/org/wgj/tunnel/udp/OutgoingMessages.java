// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.udp;

import org.wgj.protocol.Endpoint;
import org.wgj.protocol.PacketBatch;

/**
 * Turns datagrams of a batch into the messages of one sendmmsg: one message for each datagram, or
 * one for a run of them, gathered where they lie. A run is consecutive datagrams to one endpoint,
 * with one traffic class and one length, of which the last may be shorter; the kernel segments it
 * again. Owned by the event loop.
 */
final class OutgoingMessages {
    /** Messages in one call. */
    static final int CAPACITY = 64;

    /** UDP_MAX_SEGMENTS of linux/udp.h before Linux 6.10, where it became 128. */
    static final int MAX_SEGMENTS = 64;

    /** The longest payload of UDP over IPv4, which a run must not exceed before it is cut. */
    static final int MAX_RUN_BYTES = 65_507;

    /** More than a batch has datagrams, and 16 KiB. */
    private static final int PIECES = 1024;

    private final boolean ipv6;
    private final MessageVector vector;
    private final int[] firsts = new int[CAPACITY];
    private final int[] datagrams = new int[CAPACITY];
    private int count;

    OutgoingMessages(SocketFamily family) {
        ipv6 = family == SocketFamily.IPV6;
        vector = new MessageVector(family, CAPACITY, PIECES);
    }

    /** Returns the number of messages. */
    int count() {
        return count;
    }

    /** Returns the address of a message's struct mmsghdr; the following ones lie behind it. */
    long address(int message) {
        return vector.address(message);
    }

    /** Returns the index in the batch of a message's first datagram. */
    int first(int message) {
        return firsts[message];
    }

    /** Returns the index behind a message's last datagram. */
    int end(int message) {
        return firsts[message] + datagrams[message];
    }

    /** Returns whether the kernel must segment the message. */
    boolean isRun(int message) {
        return datagrams[message] > 1;
    }

    /**
     * Makes messages of the batch's datagrams of this family from an index on, as many as fit.
     *
     * @param runsFrom only datagrams from this index on are joined
     * @param refused peers whose path does not take runs of certain segments
     * @return the index of the first datagram that did not fit, or the batch's count
     */
    int fill(PacketBatch batch, int from, int runsFrom, RefusedRuns refused) {
        vector.clearData();
        count = 0;
        int singlyUntil = runsFrom;
        int next = from;
        while (next < batch.count() && count < CAPACITY && vector.freePieces() >= MAX_SEGMENTS) {
            Endpoint to = batch.endpoints()[next];
            if (to.ipv6() != ipv6) {
                next++;
                continue;
            }
            int end = next + 1;
            if (next >= singlyUntil) {
                end = endOfRun(batch, next);
                if (end > next + 1 && refused.contains(to, batch.lengths()[next])) {
                    singlyUntil = end;
                    end = next + 1;
                }
            }
            add(batch, next, end);
            next = end;
        }
        return next;
    }

    private static int endOfRun(PacketBatch batch, int first) {
        int[] lengths = batch.lengths();
        byte[] trafficClasses = batch.trafficClasses();
        Endpoint[] endpoints = batch.endpoints();
        int segment = lengths[first];
        int limit = Math.min(batch.count(), first + MAX_SEGMENTS);
        int room = MAX_RUN_BYTES - segment;
        int end = first + 1;
        // An empty datagram cannot be part of a run: it has no bytes to make a segment of.
        while (end < limit
                && lengths[end] > 0
                && lengths[end] <= Math.min(segment, room)
                && trafficClasses[end] == trafficClasses[first]
                && same(endpoints[end], endpoints[first])) {
            room -= lengths[end];
            if (lengths[end++] < segment) {
                break;
            }
        }
        return end;
    }

    private static boolean same(Endpoint one, Endpoint other) {
        return one == other || one.equals(other);
    }

    private void add(PacketBatch batch, int first, int end) {
        int message = count++;
        firsts[message] = first;
        datagrams[message] = end - first;
        long slab = batch.slab().address();
        vector.setData(message, slab + batch.offsets()[first], batch.lengths()[first]);
        for (int i = first + 1; i < end; i++) {
            vector.appendData(message, slab + batch.offsets()[i], batch.lengths()[i]);
        }
        readdress(message, batch, batch.endpoints()[first]);
    }

    /** Sends a message to another endpoint than the one in the batch. */
    void readdress(int message, PacketBatch batch, Endpoint to) {
        int first = firsts[message];
        int segmentBytes = isRun(message) ? batch.lengths()[first] : 0;
        vector.setAddress(message, to, batch.trafficClasses()[first], segmentBytes);
    }
}
