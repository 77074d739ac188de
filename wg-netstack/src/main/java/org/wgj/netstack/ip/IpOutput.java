// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.ip;

import static org.wgj.tun.offload.BigEndian.set32;

import org.wgj.netstack.wire.IpAddress;
import org.wgj.netstack.wire.IpHeader;

import java.lang.foreign.MemorySegment;
import java.util.random.RandomGenerator;

/**
 * Puts IP headers before messages of UDP and ICMP, and queues them until the tunnel takes them. A
 * packet that is too long for the path goes in fragments. Owned by the stack's thread.
 *
 * <p>A packet that fits the path forbids routers to fragment it, so that the stack learns of a
 * shorter path (RFC 1191). Fragments carry an identification that a third party cannot foresee (RFC
 * 7739) and that is unique for each pair of addresses (RFC 6864): a keyed hash plus a counter.
 */
public final class IpOutput {
    private static final int COUNTERS = 512; // a power of two
    private static final int FRAGMENT_HEADER = 8;
    private static final int FRAGMENT = 44;
    private static final int MORE6 = 1;

    private final LocalAddresses addresses;
    private final KeyedHash hash;
    private final OutgoingFlows flows = new OutgoingFlows();

    /** The stack's own messages: ICMP errors, echo requests and replies. */
    private final OutgoingFlow own = new OutgoingFlow(() -> {});

    private final int[] counters = new int[COUNTERS];

    private OutgoingFlow pending = own;
    private int pendingLength;

    /**
     * Makes the way out of a stack.
     *
     * @param addresses knows the paths
     * @param random chooses secrets
     */
    public IpOutput(LocalAddresses addresses, RandomGenerator random) {
        this.addresses = addresses;
        hash = new KeyedHash(random);
        for (int i = 0; i < COUNTERS; i++) {
            counters[i] = random.nextInt();
        }
    }

    /**
     * Returns the packets that wait.
     *
     * @return the flows, to be emptied by the stack
     */
    public OutgoingFlows flows() {
        return flows;
    }

    /**
     * Returns the longest packet that reaches an address now.
     *
     * @param destination the peer
     * @return the path MTU in bytes
     */
    public int mtu(IpAddress destination) {
        return addresses.mtu(destination);
    }

    /**
     * Returns whether a message fits the path without fragments.
     *
     * @param destination the peer
     * @param length the length of transport header and data
     * @return true if {@link #begin} can take it
     */
    public boolean fits(IpAddress destination, int length) {
        return IpHeader.length(destination.ipv6()) + length <= addresses.mtu(destination);
    }

    /**
     * Begins a packet of the stack itself that is not fragmented, and writes its IP header.
     *
     * @param source an own address
     * @param destination the peer
     * @param protocol what follows
     * @param length the length of transport header and data
     * @param trafficClass DSCP and ECN
     * @return where in {@link #memory} the transport header goes; -1 if the queue is full
     */
    public long begin(
            IpAddress source, IpAddress destination, int protocol, int length, int trafficClass) {
        return begin(own, source, destination, protocol, length, trafficClass);
    }

    /**
     * Begins a packet that is not fragmented, and writes its IP header.
     *
     * @param flow the sender
     * @param source an own address
     * @param destination the peer
     * @param protocol what follows
     * @param length the length of transport header and data
     * @param trafficClass DSCP and ECN
     * @return where in {@link #memory} the transport header goes; -1 if the queue is full
     */
    public long begin(
            OutgoingFlow flow,
            IpAddress source,
            IpAddress destination,
            int protocol,
            int length,
            int trafficClass) {
        int headerLength = IpHeader.length(source.ipv6());
        int whole = headerLength + length;
        if (!flows.admits(flow, whole)) {
            return -1;
        }
        long at = flows.begin(flow, whole);
        if (at < 0) {
            flows.rollback(flow);
            return -1;
        }
        pending = flow;
        pendingLength = whole;
        IpHeader.write(
                flow.queue.memory(),
                at,
                source,
                destination,
                protocol,
                length,
                trafficClass,
                flowLabel(source, destination));
        return at + headerLength;
    }

    /**
     * Returns the memory that the packet is written to.
     *
     * @return what the offset of the last {@link #begin} refers to
     */
    public MemorySegment memory() {
        return pending.queue.memory();
    }

    /** Queues the packet that {@link #begin} began. */
    public void commit() {
        flows.commit(pending, pendingLength);
        flows.finish(pending);
    }

    /**
     * Queues a whole message of the stack itself, in fragments if the path does not take it.
     *
     * @param source an own address
     * @param destination the peer
     * @param protocol what the message is
     * @param memory holds the message
     * @param at where it begins
     * @param length its length
     * @param trafficClass DSCP and ECN
     * @return false if the queue is full; then nothing was queued
     */
    public boolean send(
            IpAddress source,
            IpAddress destination,
            int protocol,
            MemorySegment memory,
            long at,
            int length,
            int trafficClass) {
        return send(own, source, destination, protocol, memory, at, length, trafficClass);
    }

    /**
     * Queues a whole message, in fragments if the path does not take it.
     *
     * @param flow the sender
     * @param source an own address
     * @param destination the peer
     * @param protocol what the message is
     * @param memory holds the message
     * @param at where it begins
     * @param length its length
     * @param trafficClass DSCP and ECN
     * @return false if the queue is full; then nothing was queued
     */
    public boolean send(
            OutgoingFlow flow,
            IpAddress source,
            IpAddress destination,
            int protocol,
            MemorySegment memory,
            long at,
            int length,
            int trafficClass) {
        if (!fits(destination, length)) {
            return sendFragments(
                    flow, source, destination, protocol, memory, at, length, trafficClass);
        }
        long to = begin(flow, source, destination, protocol, length, trafficClass);
        if (to < 0) {
            return false;
        }
        MemorySegment.copy(memory, at, flow.queue.memory(), to, length);
        commit();
        return true;
    }

    private boolean sendFragments(
            OutgoingFlow flow,
            IpAddress source,
            IpAddress destination,
            int protocol,
            MemorySegment memory,
            long at,
            int length,
            int trafficClass) {
        boolean ipv6 = source.ipv6();
        int headers = ipv6 ? IpHeader.IPV6_LENGTH + FRAGMENT_HEADER : IpHeader.IPV4_LENGTH;
        int most = addresses.mtu(destination) - headers & -8;
        int count = (length + most - 1) / most;
        if (!flows.admits(flow, length + count * headers)) {
            return false;
        }
        int id = identification(source, destination, protocol);
        for (int offset = 0; offset < length; offset += most) {
            int part = Math.min(most, length - offset);
            boolean last = offset + part == length;
            long to = flows.begin(flow, headers + part);
            if (to < 0) {
                flows.rollback(flow);
                return false;
            }
            MemorySegment ring = flow.queue.memory();
            if (ipv6) {
                IpHeader.writeIpv6(
                        ring,
                        to,
                        source.high(),
                        source.low(),
                        destination.high(),
                        destination.low(),
                        FRAGMENT,
                        FRAGMENT_HEADER + part,
                        trafficClass,
                        flowLabel(source, destination));
                long header = to + IpHeader.IPV6_LENGTH;
                set32(ring, header, protocol << 24 | offset | (last ? 0 : MORE6));
                set32(ring, header + 4, id);
            } else {
                IpHeader.writeIpv4(
                        ring,
                        to,
                        (int) source.low(),
                        (int) destination.low(),
                        protocol,
                        part,
                        trafficClass,
                        id & 0xffff,
                        offset >> 3 | (last ? 0 : IpHeader.MORE_FRAGMENTS));
            }
            MemorySegment.copy(memory, at + offset, ring, to + headers, part);
            flows.commit(flow, headers + part);
        }
        flows.finish(flow);
        return true;
    }

    /**
     * Returns the flow label of all packets between two addresses (RFC 6437).
     *
     * @return 20 bits; 0 for IPv4, which has none
     */
    private int flowLabel(IpAddress source, IpAddress destination) {
        return source.ipv6() ? (int) hashOf(source, destination, 0) & 0xf_ffff : 0;
    }

    private int identification(IpAddress source, IpAddress destination, int protocol) {
        long hashed = hashOf(source, destination, protocol);
        return (int) (hashed >>> 32) + counters[(int) hashed & COUNTERS - 1]++;
    }

    private long hashOf(IpAddress source, IpAddress destination, int protocol) {
        return hash.of(
                source.high() ^ (long) protocol << 56,
                source.low(),
                destination.high(),
                destination.low());
    }
}
