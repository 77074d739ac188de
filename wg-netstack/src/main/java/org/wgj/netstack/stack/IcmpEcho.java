// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.stack;

import static org.wgj.tun.offload.BigEndian.get16;
import static org.wgj.tun.offload.BigEndian.set16;
import static org.wgj.tun.offload.BigEndian.set8;

import org.wgj.netstack.ip.IpOutput;
import org.wgj.netstack.ip.LocalAddresses;
import org.wgj.netstack.ip.PacketDropReason;
import org.wgj.netstack.ip.StackCounters;
import org.wgj.netstack.wire.IcmpHeader;
import org.wgj.netstack.wire.IncomingPacket;
import org.wgj.netstack.wire.IpAddress;
import org.wgj.netstack.wire.IpHeader;
import org.wgj.tun.offload.Checksum;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Echo requests and replies (RFC 792, RFC 4443 4). An answer is believed if it comes from the
 * address that was asked and repeats the payload. Owned by the stack's thread.
 */
public final class IcmpEcho {
    /** The number of pings that may wait for an answer; the oldest gives way. */
    static final int MAX_PENDING = 256;

    private record Ping(
            IpAddress remote,
            int sequence,
            byte[] payload,
            long sentNs,
            long deadlineNs,
            EchoHandler handler) {}

    private final LocalAddresses addresses;
    private final IpOutput output;
    private final StackCounters counters;
    private final int identifier;
    private final List<Ping> pending = new ArrayList<>();
    private int sequence;
    private MemorySegment scratch = MemorySegment.ofArray(new byte[0]);

    IcmpEcho(
            LocalAddresses addresses,
            IpOutput output,
            StackCounters counters,
            RandomGenerator random) {
        this.addresses = addresses;
        this.output = output;
        this.counters = counters;
        identifier = random.nextInt(1 << 16);
        sequence = random.nextInt(1 << 16);
    }

    /**
     * Sends an echo request.
     *
     * @param remote the address to ask
     * @param payload the data, at most 65,000 bytes; it is copied
     * @param deadlineNs when to give up
     * @param handler hears the result, perhaps before this method returns
     * @param nowNs the time
     */
    public void ping(
            IpAddress remote, byte[] payload, long deadlineNs, EchoHandler handler, long nowNs) {
        IpAddress source = addresses.sourceFor(remote);
        if (source == null) {
            handler.failed(EchoHandler.Failure.NO_SOURCE);
            return;
        }
        if (payload.length > 65_000) {
            handler.failed(EchoHandler.Failure.NOT_SENT);
            return;
        }
        sequence = sequence + 1 & 0xffff;
        int length = IcmpHeader.LENGTH + payload.length;
        ensureScratch(length);
        set16(scratch, 0, IcmpHeader.echoRequest(remote.ipv6()) << 8);
        set16(scratch, IcmpHeader.IDENTIFIER, identifier);
        set16(scratch, IcmpHeader.SEQUENCE, sequence);
        MemorySegment.copy(
                payload, 0, scratch, ValueLayout.JAVA_BYTE, IcmpHeader.LENGTH, payload.length);
        if (!send(source, remote, length, 0)) {
            handler.failed(EchoHandler.Failure.NOT_SENT);
            return;
        }
        if (pending.size() == MAX_PENDING) {
            pending.removeFirst().handler.failed(EchoHandler.Failure.TIMED_OUT);
        }
        pending.add(new Ping(remote, sequence, payload.clone(), nowNs, deadlineNs, handler));
    }

    private void ensureScratch(int length) {
        if (scratch.byteSize() < length) {
            scratch = MemorySegment.ofArray(new byte[Math.max(2048, length)]);
        }
    }

    /** Sends the message in the scratch memory, whose checksum is filled in. */
    private boolean send(IpAddress source, IpAddress remote, int length, int trafficClass) {
        int protocol = remote.ipv6() ? IpHeader.ICMPV6 : IpHeader.ICMP;
        set16(scratch, IcmpHeader.CHECKSUM, 0);
        long sum = Checksum.sum(scratch, 0, length);
        if (remote.ipv6()) {
            sum += IpHeader.pseudoHeaderSum(source, remote, protocol, length);
        }
        set16(scratch, IcmpHeader.CHECKSUM, Checksum.of(sum));
        return output.send(source, remote, protocol, scratch, 0, length, trafficClass);
    }

    /** Answers an echo request, whose checksum was checked, from the address that was asked. */
    void reply(IncomingPacket request) {
        int length = request.transportLength;
        ensureScratch(length);
        MemorySegment.copy(request.memory, request.transport, scratch, 0, length);
        set8(scratch, 0, IcmpHeader.echoReply(request.ipv6));
        if (!send(request.destination(), request.source(), length, request.trafficClass & 0xfc)) {
            counters.drop(PacketDropReason.QUEUE_FULL);
        }
    }

    /** Takes an echo reply whose checksum was checked. */
    void receive(IncomingPacket reply, long nowNs) {
        int at = find(reply);
        if (at < 0) {
            counters.drop(PacketDropReason.ICMP_IGNORED);
            return;
        }
        Ping ping = pending.remove(at);
        ping.handler.answered(nowNs - ping.sentNs);
    }

    private int find(IncomingPacket reply) {
        MemorySegment memory = reply.memory;
        long at = reply.transport;
        if (get16(memory, at + IcmpHeader.IDENTIFIER) != identifier) {
            return -1;
        }
        int wanted = get16(memory, at + IcmpHeader.SEQUENCE);
        long data = at + IcmpHeader.LENGTH;
        long end = at + reply.transportLength;
        for (int i = 0; i < pending.size(); i++) {
            Ping ping = pending.get(i);
            if (ping.sequence == wanted
                    && ping.remote.is(reply.ipv6, reply.sourceHigh, reply.sourceLow)) {
                MemorySegment sent = MemorySegment.ofArray(ping.payload);
                boolean same =
                        end - data == ping.payload.length
                                && MemorySegment.mismatch(
                                                sent, 0, ping.payload.length, memory, data, end)
                                        < 0;
                return same ? i : -1;
            }
        }
        return -1;
    }

    /**
     * Returns whether a quoted echo request waits for its answer.
     *
     * @param numbers identifier and sequence number
     */
    boolean hasSent(IpAddress remote, int numbers) {
        return indexOf(remote, numbers) >= 0;
    }

    private int indexOf(IpAddress remote, int numbers) {
        for (int i = 0; numbers >>> 16 == identifier && i < pending.size(); i++) {
            Ping ping = pending.get(i);
            if (ping.sequence == (numbers & 0xffff) && ping.remote.equals(remote)) {
                return i;
            }
        }
        return -1;
    }

    /** Ends the ping that ICMP quotes, which must be there. */
    void unreachable(IpAddress remote, int numbers) {
        pending.remove(indexOf(remote, numbers)).handler.failed(EchoHandler.Failure.UNREACHABLE);
    }

    long nextDeadlineNs() {
        long next = Long.MAX_VALUE;
        for (int i = 0; i < pending.size(); i++) {
            next = Math.min(next, pending.get(i).deadlineNs);
        }
        return next;
    }

    void handleTimeouts(long nowNs) {
        for (int i = 0; i < pending.size(); ) {
            if (pending.get(i).deadlineNs <= nowNs) {
                pending.remove(i).handler.failed(EchoHandler.Failure.TIMED_OUT);
            } else {
                i++;
            }
        }
    }

    void close() {
        while (!pending.isEmpty()) {
            pending.removeLast().handler.failed(EchoHandler.Failure.CLOSED);
        }
    }
}
