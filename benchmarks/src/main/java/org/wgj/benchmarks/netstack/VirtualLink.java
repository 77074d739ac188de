// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.netstack;

import org.wgj.netstack.stack.NetStack;
import org.wgj.netstack.stack.StackOptions;
import org.wgj.netstack.tcp.TcpConnection;
import org.wgj.netstack.tcp.TcpFailure;
import org.wgj.netstack.tcp.TcpHandler;
import org.wgj.netstack.tcp.TcpOptions;
import org.wgj.netstack.tcp.congestion.CongestionRule;
import org.wgj.netstack.wire.IpAddress;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;

/**
 * Connections of whole stacks over an emulated link on a virtual clock: the same figures on each
 * machine. Each connection has a sender of its own; the receiver is the same.
 *
 * <p>The link has a rate and a queue that drops what does not fit, then a delay, jitter of each
 * packet by itself, and random loss, towards the receiver; the delay alone on the way back.
 */
final class VirtualLink {
    static final long MS = 1_000_000L;
    static final long SECOND = 1_000_000_000L;
    private static final int BATCH = 128;
    private static final int MTU = 1420;
    private static final int PORT = 5201;
    private static final IpAddress RECEIVER = IpAddress.parse("10.0.0.1");

    /**
     * What a link does to packets.
     *
     * @param bitsPerSecond the rate, with IP headers
     * @param queueNs how long a packet may wait for the rate
     * @param delayNs one way
     * @param jitterNs the most that is added to it, on the way to the receiver
     * @param loss the probability of a packet to the receiver
     */
    record Conditions(
            double bitsPerSecond, long queueNs, long delayNs, long jitterNs, double loss) {}

    private static final class Packet implements Comparable<Packet> {
        private final byte[] bytes = new byte[MTU];
        private int length;
        private long atNs;
        private long order;
        private NetStack to;

        @Override
        public int compareTo(Packet other) {
            int byTime = Long.compare(atNs, other.atNs);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }
    }

    private final Conditions link;
    private final SplittableRandom random;
    private final List<NetStack> stacks = new ArrayList<>(); // the receiver first
    private final List<Flow> flows = new ArrayList<>();
    private final MemorySegment slab = Arena.ofAuto().allocate((BATCH + 64L) * 2048, 64);
    private final int[] offsets = new int[BATCH];
    private final int[] lengths = new int[BATCH];
    private final byte[] chunk = new byte[64 * 1024];
    private final PriorityQueue<Packet> inFlight = new PriorityQueue<>();
    private final ArrayDeque<Packet> spare = new ArrayDeque<>();
    private long nowNs = SECOND;
    private double linkFreeNs;
    private long order;
    private long carried;
    private long dropped;

    VirtualLink(Conditions link, long seed) throws IOException {
        this.link = link;
        random = new SplittableRandom(seed);
        NetStack receiver = stack(RECEIVER);
        receiver.tcp()
                .listen(
                        null,
                        PORT,
                        16,
                        TcpOptions.DEFAULT,
                        connection -> {
                            int index = (int) connection.remoteAddress().low() & 0xff;
                            connection.setHandler(flows.get(index - 2).new Reader(connection));
                            return true;
                        });
    }

    private NetStack stack(IpAddress address) {
        NetStack stack =
                new NetStack(
                        StackOptions.DEFAULT.withMtu(MTU), new SplittableRandom(random.nextLong()));
        stack.setAddresses(List.of(address));
        stacks.add(stack);
        return stack;
    }

    /** Opens a connection that sends as fast as it may. */
    Flow open(CongestionRule rule) throws IOException {
        Flow flow = new Flow();
        flows.add(flow);
        NetStack sender = stack(IpAddress.parse("10.0.0." + (1 + flows.size())));
        TcpOptions options = TcpOptions.DEFAULT.withCongestion(rule);
        flow.out = sender.tcp().connect(null, 0, RECEIVER, PORT, options, flow, nowNs);
        return flow;
    }

    long nowNs() {
        return nowNs;
    }

    /** Returns which part of the packets to the receiver the queue dropped. */
    double dropRate() {
        return (double) dropped / Math.max(1, dropped + carried);
    }

    /** Runs until the clock shows a time. */
    void run(long untilNs) {
        while (true) {
            long next = inFlight.isEmpty() ? Long.MAX_VALUE : inFlight.peek().atNs;
            for (NetStack stack : stacks) {
                send(stack);
                next = Math.min(next, stack.nextDeadlineNs());
            }
            if (!inFlight.isEmpty()) {
                next = Math.min(next, inFlight.peek().atNs);
            }
            if (next > untilNs) {
                nowNs = untilNs;
                return;
            }
            nowNs = Math.max(nowNs, next);
            if (!inFlight.isEmpty() && inFlight.peek().atNs <= nowNs) {
                arrive(inFlight.poll());
            }
            for (NetStack stack : stacks) {
                if (stack.nextDeadlineNs() <= nowNs) {
                    stack.handleTimeouts(nowNs);
                }
            }
        }
    }

    private void send(NetStack from) {
        while (from.hasOutput()) {
            int count = from.emit(slab, 16, 31, offsets, lengths, nowNs);
            if (count == 0) {
                return;
            }
            for (int i = 0; i < count; i++) {
                put(offsets[i], lengths[i], from == stacks.getFirst());
            }
        }
    }

    private void put(long at, int length, boolean fromReceiver) {
        double leavesNs = nowNs;
        if (!fromReceiver) {
            double begins = Math.max(nowNs, linkFreeNs);
            if (begins - nowNs > link.queueNs) {
                dropped++;
                return;
            }
            carried++;
            linkFreeNs = begins + length * 8e9 / link.bitsPerSecond;
            leavesNs = linkFreeNs;
            if (random.nextDouble() < link.loss) {
                return;
            }
            leavesNs += link.jitterNs == 0 ? 0 : random.nextLong(link.jitterNs + 1);
        }
        Packet packet = spare.isEmpty() ? new Packet() : spare.pop();
        MemorySegment.copy(slab, ValueLayout.JAVA_BYTE, at, packet.bytes, 0, length);
        packet.length = length;
        packet.atNs = (long) leavesNs + link.delayNs;
        packet.order = order++;
        int lastByteOfDestination = packet.bytes[19];
        packet.to = stacks.get(lastByteOfDestination - 1);
        inFlight.add(packet);
    }

    private void arrive(Packet packet) {
        MemorySegment.copy(packet.bytes, 0, slab, ValueLayout.JAVA_BYTE, 16, packet.length);
        offsets[0] = 16;
        lengths[0] = packet.length;
        packet.to.receive(slab, offsets, lengths, 0, 1, nowNs);
        spare.push(packet);
    }

    /** A connection: fills its send buffer again and again. */
    final class Flow implements TcpHandler {
        private TcpConnection out;
        private long received;

        private Flow() {}

        /** Returns how many bytes of data the receiver has read. */
        long received() {
            return received;
        }

        @Override
        public void established() {
            writable();
        }

        @Override
        public void readable() {}

        @Override
        public void writable() {
            while (out.write(chunk, 0, chunk.length) > 0) {
                // until it is full
            }
            out.wrote(nowNs);
        }

        @Override
        public void ended(TcpFailure failure) {
            throw new IllegalStateException("the connection ended: " + failure);
        }

        /** The other end: reads all that comes. */
        private final class Reader implements TcpHandler {
            private final TcpConnection in;

            Reader(TcpConnection in) {
                this.in = in;
            }

            @Override
            public void established() {}

            @Override
            public void readable() {
                int count;
                while ((count = in.read(chunk, 0, chunk.length)) > 0) {
                    received += count;
                }
                in.consumed(nowNs);
            }

            @Override
            public void writable() {}

            @Override
            public void ended(TcpFailure failure) {
                throw new IllegalStateException("the connection ended: " + failure);
            }
        }
    }
}
