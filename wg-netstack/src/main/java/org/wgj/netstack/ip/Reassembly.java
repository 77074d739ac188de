// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.ip;

import static org.wgj.tun.offload.BigEndian.get8;
import static org.wgj.tun.offload.BigEndian.set16;
import static org.wgj.tun.offload.BigEndian.set8;

import org.wgj.netstack.wire.IncomingPacket;
import org.wgj.netstack.wire.IpHeader;
import org.wgj.tun.offload.Checksum;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * Puts datagrams together from their fragments (RFC 791 3.2, RFC 8200 4.5). Fragments of one
 * datagram that overlap or contradict one another make all of it void, also what comes later (RFC
 * 5722). All incomplete datagrams together have {@link #BUDGET} bytes; the oldest gives way. Owned
 * by the stack's thread.
 */
final class Reassembly {
    static final int BUDGET = 1 << 20;
    static final int MAX_DATAGRAMS = 64;
    static final long IPV4_TIMEOUT_NS = 30_000_000_000L;
    static final long IPV6_TIMEOUT_NS = 60_000_000_000L;

    private static final int MAX_PACKET = 65535;
    private static final int FRAGMENT_HEADER = 8;

    private final StackCounters counters;
    private final IcmpErrors errors;

    /** Oldest first. */
    private final List<Fragments> incomplete = new ArrayList<>();

    private final IncomingPacket expired = new IncomingPacket();
    private MemorySegment assembled = MemorySegment.ofArray(new byte[0]);
    private int memory;
    private long nextDeadlineNs = Long.MAX_VALUE;

    Reassembly(StackCounters counters, IcmpErrors errors) {
        this.counters = counters;
        this.errors = errors;
    }

    /** Returns the memory of the datagram that was completed last, which begins at 0. */
    MemorySegment assembled() {
        return assembled;
    }

    /** Returns how many bytes incomplete datagrams hold, with what their objects cost about. */
    int memory() {
        return memory;
    }

    int count() {
        return incomplete.size();
    }

    long nextDeadlineNs() {
        return nextDeadlineNs;
    }

    /**
     * Takes a fragment whose header was checked.
     *
     * @param fragment its addresses and its place in memory
     * @param protocol part of the datagram's identity in IPv4; 0 for IPv6
     * @param data where its data begins
     * @param length the length of its data, not 0, and a multiple of 8 if {@code more}
     * @param start where its data belongs; the sum with the length is at most 65,535
     * @param nextHeaderField IPv6: where the type of the fragment header is written, from the
     *     packet's beginning
     * @return the length of the datagram, with its header, in {@link #assembled}; 0 if it is not
     *     complete
     */
    int add(
            IncomingPacket fragment,
            int id,
            int protocol,
            long data,
            int length,
            int start,
            boolean more,
            int nextHeaderField,
            long nowNs) {
        Fragments datagram = find(fragment, id, protocol, nowNs);
        if (datagram.dropped) {
            counters.drop(PacketDropReason.FRAGMENT_OVERLAP);
            return 0;
        }
        int before = datagram.memory;
        Fragments.Result result = datagram.add(fragment.memory, data, length, start, more);
        if (start == 0 && datagram.head == null && result != Fragments.Result.CONTRADICTION) {
            datagram.head =
                    fragment.memory
                            .asSlice(fragment.packet, data - fragment.packet)
                            .toArray(ValueLayout.JAVA_BYTE);
            datagram.nextHeaderField = nextHeaderField;
            datagram.memory += datagram.head.length;
        }
        memory += datagram.memory - before;
        switch (result) {
            case KEPT -> makeRoom(datagram);
            case DUPLICATE -> counters.drop(PacketDropReason.BAD_FRAGMENT);
            case CONTRADICTION -> {
                counters.drop(PacketDropReason.FRAGMENT_OVERLAP);
                memory -= datagram.memory;
                datagram.drop();
                memory += datagram.memory;
            }
            case COMPLETE -> {
                incomplete.remove(datagram);
                memory -= datagram.memory;
                deadlineChanged();
                return assemble(datagram);
            }
        }
        return 0;
    }

    private Fragments find(IncomingPacket fragment, int id, int protocol, long nowNs) {
        for (int i = 0; i < incomplete.size(); i++) {
            Fragments known = incomplete.get(i);
            if (known.isOf(fragment, id, protocol)) {
                return known;
            }
        }
        if (incomplete.size() == MAX_DATAGRAMS) {
            evict(0);
        }
        long timeoutNs = fragment.ipv6 ? IPV6_TIMEOUT_NS : IPV4_TIMEOUT_NS;
        Fragments made = new Fragments(fragment, id, protocol, nowNs + timeoutNs);
        incomplete.add(made);
        memory += made.memory;
        nextDeadlineNs = Math.min(nextDeadlineNs, made.deadlineNs);
        return made;
    }

    private void makeRoom(Fragments except) {
        for (int i = 0; memory > BUDGET && i < incomplete.size(); ) {
            if (incomplete.get(i) == except && incomplete.size() > 1) {
                i++;
            } else {
                evict(i);
            }
        }
    }

    private void evict(int index) {
        memory -= incomplete.remove(index).memory;
        counters.drop(PacketDropReason.REASSEMBLY_EVICTED);
        deadlineChanged();
    }

    private void deadlineChanged() {
        nextDeadlineNs = Long.MAX_VALUE;
        for (int i = 0; i < incomplete.size(); i++) {
            nextDeadlineNs = Math.min(nextDeadlineNs, incomplete.get(i).deadlineNs);
        }
    }

    private int assemble(Fragments datagram) {
        byte[] head = datagram.head;
        int headLength = head.length - (datagram.ipv6 ? FRAGMENT_HEADER : 0);
        int length = headLength + datagram.total();
        int most = datagram.ipv6 ? IpHeader.IPV6_LENGTH + MAX_PACKET : MAX_PACKET;
        if (length > most) {
            counters.drop(PacketDropReason.BAD_FRAGMENT);
            return 0;
        }
        ensureRoom(length);
        MemorySegment.copy(head, 0, assembled, ValueLayout.JAVA_BYTE, 0, headLength);
        datagram.copyTo(assembled, headLength);
        if (datagram.ipv6) {
            set16(assembled, 4, length - IpHeader.IPV6_LENGTH);
            set8(assembled, datagram.nextHeaderField, head[headLength]);
        } else {
            set16(assembled, 2, length);
            set16(assembled, 6, 0);
            set16(assembled, 10, 0);
            set16(assembled, 10, Checksum.of(Checksum.sum(assembled, 0, headLength)));
        }
        counters.reassembled++;
        return length;
    }

    private void ensureRoom(int length) {
        if (assembled.byteSize() < length) {
            assembled = MemorySegment.ofArray(new byte[length]);
        }
    }

    /** Drops what is too old, and tells the sender if it knows of the datagram (RFC 792). */
    void handleTimeouts(long nowNs) {
        if (nowNs < nextDeadlineNs) {
            return;
        }
        int kept = 0;
        for (int i = 0; i < incomplete.size(); i++) {
            Fragments datagram = incomplete.get(i);
            if (datagram.deadlineNs > nowNs) {
                incomplete.set(kept++, datagram);
            } else {
                memory -= datagram.memory;
                counters.drop(PacketDropReason.REASSEMBLY_TIMEOUT);
                if (datagram.head != null) {
                    tell(datagram, nowNs);
                }
            }
        }
        incomplete.subList(kept, incomplete.size()).clear();
        deadlineChanged();
    }

    private void tell(Fragments datagram, long nowNs) {
        byte[] head = datagram.head;
        byte[] part = datagram.firstPart();
        ensureRoom(head.length + part.length);
        MemorySegment.copy(head, 0, assembled, ValueLayout.JAVA_BYTE, 0, head.length);
        MemorySegment.copy(part, 0, assembled, ValueLayout.JAVA_BYTE, head.length, part.length);
        expired.memory = assembled;
        expired.packet = 0;
        expired.length = head.length + part.length;
        expired.ipv6 = datagram.ipv6;
        expired.sourceHigh = datagram.sourceHigh;
        expired.sourceLow = datagram.sourceLow;
        expired.destinationHigh = datagram.destinationHigh;
        expired.destinationLow = datagram.destinationLow;
        expired.transport = head.length;
        expired.transportLength = part.length;
        if (datagram.ipv6) {
            expired.protocol = get8(assembled, head.length - FRAGMENT_HEADER);
            Ipv6Chain.findUpperLayer(expired);
        } else {
            expired.protocol = datagram.protocol;
        }
        errors.reassemblyTimeExceeded(expired, nowNs);
    }

    void clear() {
        incomplete.clear();
        memory = 0;
        nextDeadlineNs = Long.MAX_VALUE;
    }
}
