// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.stack;

import static org.wgj.tun.offload.BigEndian.get32;
import static org.wgj.tun.offload.BigEndian.get64;
import static org.wgj.tun.offload.BigEndian.get8;

import org.wgj.netstack.ip.IcmpErrors;
import org.wgj.netstack.ip.InternetLayer;
import org.wgj.netstack.ip.IpInput;
import org.wgj.netstack.ip.IpOutput;
import org.wgj.netstack.ip.LocalAddresses;
import org.wgj.netstack.ip.OutgoingFlows;
import org.wgj.netstack.ip.OutgoingQueue;
import org.wgj.netstack.ip.OwnAddress;
import org.wgj.netstack.ip.PacketDropReason;
import org.wgj.netstack.ip.StackCounters;
import org.wgj.netstack.tcp.BufferPool;
import org.wgj.netstack.tcp.TcpLayer;
import org.wgj.netstack.udp.UdpLayer;
import org.wgj.netstack.wire.IncomingPacket;
import org.wgj.netstack.wire.IpAddress;
import org.wgj.netstack.wire.IpHeader;
import org.wgj.netstack.wire.OutgoingBatch;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * A TCP/IP stack without I/O: packets and time go in, packets and the next deadline come out. It
 * has no thread, clock or lock; one thread at a time owns it and all that it is made of.
 *
 * <pre>
 *   receive --> IpInput --> TcpLayer, UdpLayer, ICMP --> their handlers
 *   emit    <-- IpOutput <-- UdpLayer, ICMP
 *           <-- TcpLayer
 * </pre>
 *
 * <p>Packets to an own address do not leave: they are received again.
 */
public final class NetStack {
    /** The number of bytes of packets from this stack to itself that may wait. */
    private static final int LOOP_BYTES = 1 << 20;

    /** The number of times that packets to itself are received within one {@link #emit}. */
    private static final int MAX_LOOPS = 16;

    private final LocalAddresses addresses;
    private final StackCounters counters = new StackCounters();
    private final IpOutput output;
    private final IcmpErrors errors;
    private final IpInput input;
    private final UdpLayer udp;
    private final IcmpEcho echo;
    private final TcpLayer tcp;
    private final IcmpInput icmp;

    private final IncomingPacket packet = new IncomingPacket();
    private final OutgoingBatch batch = new OutgoingBatch();
    private final OutgoingQueue looped = new OutgoingQueue(LOOP_BYTES);
    private boolean closed;
    private long lastNs;

    /**
     * Makes a stack without addresses.
     *
     * @param options what the owner chooses
     * @param random must not be predictable, except in tests
     */
    public NetStack(StackOptions options, RandomGenerator random) {
        addresses = new LocalAddresses(options.mtu());
        output = new IpOutput(addresses, random);
        errors = new IcmpErrors(output, random, counters);
        input = new IpInput(addresses, options.anyDestination(), errors, counters);
        udp = new UdpLayer(addresses, output, errors, counters, random);
        echo = new IcmpEcho(addresses, output, counters, random);
        BufferPool pool = new BufferPool(options.tcpLimits().memory());
        tcp = new TcpLayer(options.tcp(), options.tcpLimits(), addresses, pool, random);
        icmp = new IcmpInput(options.answersEcho(), addresses, tcp, udp, echo, counters);
    }

    /**
     * Returns the TCP layer.
     *
     * @return where connections are opened and awaited
     */
    public TcpLayer tcp() {
        return tcp;
    }

    /**
     * Returns the UDP layer.
     *
     * @return where ports are bound
     */
    public UdpLayer udp() {
        return udp;
    }

    /**
     * Returns what pings.
     *
     * @return the sender of echo requests
     */
    public IcmpEcho echo() {
        return echo;
    }

    /**
     * Returns the own addresses and paths.
     *
     * @return what transport layers ask
     */
    public InternetLayer routes() {
        return addresses;
    }

    /**
     * Returns the counters.
     *
     * @return the live object
     */
    public StackCounters counters() {
        return counters;
    }

    /**
     * Replaces the own addresses by ones that have no network around them.
     *
     * @param own the new addresses; the first of several equally good sources is used
     * @param nowNs the time
     */
    public void setAddresses(List<IpAddress> own, long nowNs) {
        setOwnAddresses(own.stream().map(OwnAddress::of).toList(), nowNs);
    }

    /**
     * Replaces the own addresses. Connections and ports of an address that is gone are closed.
     *
     * @param own the new addresses; the first of several equally good sources is used
     * @param nowNs the time
     */
    public void setOwnAddresses(List<OwnAddress> own, long nowNs) {
        List<OwnAddress> before = addresses.addresses();
        addresses.set(own);
        udp.addressesChanged();
        for (OwnAddress old : before) {
            if (!addresses.isLocal(old.address())) {
                tcp.addressRemoved(old.address(), nowNs);
            }
        }
    }

    /**
     * Sets the addresses of a stack that has no connections yet.
     *
     * @param own as in {@link #setOwnAddresses(List, long)}
     */
    public void setOwnAddresses(List<OwnAddress> own) {
        setOwnAddresses(own, 0);
    }

    /**
     * Sets the addresses of a stack that has no connections yet.
     *
     * @param own as in {@link #setAddresses(List, long)}
     */
    public void setAddresses(List<IpAddress> own) {
        setAddresses(own, 0);
    }

    /**
     * Returns the own addresses.
     *
     * @return a copy
     */
    public List<OwnAddress> ownAddresses() {
        return addresses.addresses();
    }

    /**
     * Changes the longest packet that the tunnel takes.
     *
     * @param mtu in bytes, 68 to 65535
     * @throws IllegalArgumentException if the MTU is not allowed
     */
    public void setMtu(int mtu) {
        addresses.setTunnelMtu(StackOptions.checkMtu(mtu));
    }

    /**
     * Returns how many bytes incomplete datagrams hold.
     *
     * @return bytes, at most 1 MiB
     */
    public int reassemblyMemory() {
        return input.memory();
    }

    /**
     * Takes a batch of packets that came from the tunnel, and tells handlers. An exception that a
     * handler throws is thrown once the whole batch is processed.
     *
     * @param slab holds the packets
     * @param offsets where each begins
     * @param lengths their lengths
     * @param first index of the first packet in {@code offsets} and {@code lengths}
     * @param count how many packets there are
     * @param nowNs when they came
     */
    public void receive(
            MemorySegment slab, int[] offsets, int[] lengths, int first, int count, long nowNs) {
        lastNs = nowNs;
        if (closed) {
            return;
        }
        RuntimeException failure = null;
        for (int i = first; i < first + count; i++) {
            try {
                receive(slab, offsets[i], lengths[i], false, nowNs);
            } catch (RuntimeException e) {
                failure = e;
            }
        }
        counters.received += count;
        tcp.endBatch(nowNs);
        if (failure != null) {
            throw failure;
        }
    }

    private void receive(MemorySegment memory, long at, int length, boolean own, long nowNs) {
        if (!input.accept(memory, at, length, own, packet, nowNs)) {
            return;
        }
        switch (packet.protocol) {
            case IpHeader.TCP -> tcp.receive(packet, nowNs);
            case IpHeader.UDP -> udp.receive(packet, nowNs);
            default -> {
                if (packet.protocol == (packet.ipv6 ? IpHeader.ICMPV6 : IpHeader.ICMP)) {
                    icmp.receive(packet, nowNs);
                } else {
                    counters.drop(PacketDropReason.UNKNOWN_PROTOCOL);
                    if (!packet.ipv6) {
                        errors.protocolUnreachable(packet, nowNs);
                    }
                }
            }
        }
    }

    /**
     * Writes the packets that this stack has to send, as many as fit.
     *
     * @param slab native memory for the packets, one behind the other
     * @param headroom bytes left free before each packet
     * @param tailroom bytes left free behind each packet
     * @param offsets receives where in the slab each packet begins
     * @param lengths receives the packets' lengths
     * @param nowNs the time at which they leave
     * @return how many packets were written; 0 if there is nothing to send
     */
    public int emit(
            MemorySegment slab,
            int headroom,
            int tailroom,
            int[] offsets,
            int[] lengths,
            long nowNs) {
        lastNs = nowNs;
        if (closed) {
            return 0;
        }
        for (int loops = 0; loops < MAX_LOOPS; loops++) {
            receiveLooped(nowNs);
            batch.reset(slab, headroom, tailroom, offsets, lengths);
            fill(nowNs);
            int count = takeOwn(slab, offsets, lengths, batch.count());
            if (count > 0 || looped.isEmpty()) {
                counters.sent += count;
                return count;
            }
        }
        return 0; // the deadline is now
    }

    private void fill(long nowNs) {
        OutgoingFlows waiting = output.flows();
        // Datagrams leave half of the batch to TCP.
        int most = tcp.hasOutput() ? batch.limit() / 2 : batch.limit();
        int before;
        do {
            before = batch.count();
            waiting.emit(batch, most);
        } while (waiting.tellWritable() && before < batch.count() && batch.count() < most);
        if (tcp.hasOutput()) {
            tcp.emit(batch, nowNs);
        }
    }

    /** Moves packets to own addresses from the batch to the queue of packets to receive. */
    private int takeOwn(MemorySegment slab, int[] offsets, int[] lengths, int count) {
        int kept = 0;
        for (int i = 0; i < count; i++) {
            if (isToOwn(slab, offsets[i])) {
                loop(slab, offsets[i], lengths[i]);
            } else {
                offsets[kept] = offsets[i];
                lengths[kept++] = lengths[i];
            }
        }
        return kept;
    }

    private boolean isToOwn(MemorySegment slab, long at) {
        return get8(slab, at) >> 4 == 4
                ? addresses.isLocal(false, 0, get32(slab, at + 16) & 0xffff_ffffL)
                : addresses.isLocal(true, get64(slab, at + 24), get64(slab, at + 32));
    }

    private void loop(MemorySegment slab, long at, int length) {
        long to = looped.begin(length);
        if (to < 0) {
            counters.drop(PacketDropReason.QUEUE_FULL);
            return;
        }
        MemorySegment.copy(slab, at, looped.memory(), to, length);
        looped.commit(length);
        counters.looped++;
    }

    private void receiveLooped(long nowNs) {
        if (looped.isEmpty()) {
            return;
        }
        while (!looped.isEmpty()) {
            int length = looped.firstLength();
            try {
                receive(looped.memory(), looped.first(), length, true, nowNs);
            } finally {
                looped.removeFirst();
            }
        }
        tcp.endBatch(nowNs);
    }

    /**
     * Returns whether {@link #emit} would write packets.
     *
     * @return true if there is something to send
     */
    public boolean hasOutput() {
        return !closed && (!output.flows().isEmpty() || tcp.hasOutput() || !looped.isEmpty());
    }

    /**
     * Returns when to call {@link #handleTimeouts} next.
     *
     * @return a time; {@link Long#MAX_VALUE} if there is none
     */
    public long nextDeadlineNs() {
        if (closed) {
            return Long.MAX_VALUE;
        }
        if (!looped.isEmpty()) {
            return lastNs;
        }
        long layers = Math.min(tcp.nextDeadlineNs(), echo.nextDeadlineNs());
        long ip = Math.min(input.nextDeadlineNs(), addresses.nextDeadlineNs());
        return Math.min(layers, ip);
    }

    /**
     * Does what is due.
     *
     * @param nowNs the time
     */
    public void handleTimeouts(long nowNs) {
        lastNs = nowNs;
        if (closed) {
            return;
        }
        addresses.handleTimeouts(nowNs);
        input.handleTimeouts(nowNs);
        echo.handleTimeouts(nowNs);
        tcp.handleTimeouts(nowNs);
    }

    /**
     * Ends everything and tells the handlers. Nothing is sent or received any more. A second call
     * does nothing.
     *
     * @param nowNs the time
     */
    public void close(long nowNs) {
        if (closed) {
            return;
        }
        try {
            tcp.close(nowNs);
        } finally {
            try {
                udp.close();
            } finally {
                echo.close();
                closed = true;
                input.clear();
                output.flows().clear();
                looped.clear();
            }
        }
    }
}
