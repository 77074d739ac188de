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
import java.util.List;
import java.util.Locale;
import java.util.PriorityQueue;
import java.util.SplittableRandom;

/**
 * One connection between two whole stacks over an emulated link on a virtual clock: the same
 * figures on each machine. Prints them.
 *
 * <p>The link has a rate and a queue, then a delay, jitter of each packet by itself, and random
 * loss, towards the receiver; the delay alone on the way back.
 */
public final class StacksOverLink {
    private static final long MS = 1_000_000L;
    private static final long SECOND = 1_000_000_000L;
    private static final int BATCH = 128;
    private static final int MTU = 1420;
    private static final int PORT = 5201;
    private static final IpAddress A = IpAddress.parse("10.0.0.1");
    private static final IpAddress B = IpAddress.parse("10.0.0.2");

    /**
     * A link and what uses it.
     *
     * @param bufferBytes of both ends; 0 for the defaults, which grow to 4 MiB
     */
    private record Case(
            String title,
            CongestionRule rule,
            int bufferBytes,
            double bitsPerSecond,
            long delayNs,
            long jitterNs,
            double loss) {}

    private static Case lossy(String title, CongestionRule rule, int bufferBytes) {
        return new Case(
                "100 ms, 1 of 10,000 packets lost, 1 Gbit/s: " + title,
                rule,
                bufferBytes,
                1e9,
                50 * MS,
                0,
                1e-4);
    }

    private static Case jitter(int megabits) {
        return new Case(
                "2 ms and 0 to 300 ms of jitter, %d Mbit/s: CUBIC".formatted(megabits),
                CongestionRule.CUBIC,
                0,
                megabits * 1e6,
                MS,
                300 * MS,
                0);
    }

    private static final List<Case> CASES =
            List.of(
                    lossy("CUBIC, the default", CongestionRule.CUBIC, 0),
                    lossy("cubic-tolerant", CongestionRule.TOLERANT_CUBIC, 0),
                    lossy(
                            "cubic-tolerant, buffers of 8 MiB",
                            CongestionRule.TOLERANT_CUBIC,
                            8 << 20),
                    jitter(10),
                    jitter(20),
                    jitter(50));

    private static final class Packet implements Comparable<Packet> {
        private final byte[] bytes = new byte[MTU];
        private int length;
        private long atNs;
        private long order;
        private boolean toReceiver;

        @Override
        public int compareTo(Packet other) {
            int byTime = Long.compare(atNs, other.atNs);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }
    }

    private final Case link;
    private final SplittableRandom random = new SplittableRandom(7);
    private final NetStack sender;
    private final NetStack receiver;
    private final TcpConnection out;
    private TcpConnection in;
    private final MemorySegment slab = Arena.ofAuto().allocate((BATCH + 64L) * 2048, 64);
    private final int[] offsets = new int[BATCH];
    private final int[] lengths = new int[BATCH];
    private final byte[] chunk = new byte[64 * 1024];
    private final PriorityQueue<Packet> inFlight = new PriorityQueue<>();
    private final ArrayDeque<Packet> spare = new ArrayDeque<>();
    private final double queueNs;
    private long nowNs = SECOND;
    private double linkFreeNs;
    private long order;
    private long received;

    private StacksOverLink(Case link) throws IOException {
        this.link = link;
        // A round trip's worth, as routers have it, and 10 ms at least.
        queueNs = Math.max(10 * MS, 2 * link.delayNs + link.jitterNs);
        sender = stack(A);
        receiver = stack(B);
        TcpOptions options =
                TcpOptions.DEFAULT
                        .withCongestion(link.rule)
                        .withBuffers(link.bufferBytes, link.bufferBytes);
        receiver.tcp()
                .listen(
                        null,
                        PORT,
                        16,
                        options,
                        connection -> {
                            in = connection;
                            connection.setHandler(new Reader());
                            return true;
                        });
        out = sender.tcp().connect(null, 0, B, PORT, options, new Writer(), nowNs);
    }

    private static NetStack stack(IpAddress address) {
        NetStack stack = new NetStack(StackOptions.DEFAULT.withMtu(MTU), new SplittableRandom(1));
        stack.setAddresses(List.of(address));
        return stack;
    }

    private void run(long untilNs) {
        while (true) {
            send(sender, true);
            send(receiver, false);
            long next = Math.min(sender.nextDeadlineNs(), receiver.nextDeadlineNs());
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
            for (NetStack stack : List.of(sender, receiver)) {
                if (stack.nextDeadlineNs() <= nowNs) {
                    stack.handleTimeouts(nowNs);
                }
            }
        }
    }

    private void send(NetStack from, boolean toReceiver) {
        while (from.hasOutput()) {
            int count = from.emit(slab, 16, 31, offsets, lengths, nowNs);
            if (count == 0) {
                return;
            }
            for (int i = 0; i < count; i++) {
                put(offsets[i], lengths[i], toReceiver);
            }
        }
    }

    private void put(long at, int length, boolean toReceiver) {
        double leavesNs = nowNs;
        if (toReceiver) {
            double begins = Math.max(nowNs, linkFreeNs);
            if (begins - nowNs > queueNs) {
                return;
            }
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
        packet.toReceiver = toReceiver;
        inFlight.add(packet);
    }

    private void arrive(Packet packet) {
        MemorySegment.copy(packet.bytes, 0, slab, ValueLayout.JAVA_BYTE, 16, packet.length);
        offsets[0] = 16;
        lengths[0] = packet.length;
        (packet.toReceiver ? receiver : sender).receive(slab, offsets, lengths, 0, 1, nowNs);
        spare.push(packet);
    }

    /**
     * Measures and prints, one line for each link: its name, a tab, and Mbit/s of data.
     *
     * @param arguments the seconds of virtual time for each, 60 by default; the first third of them
     *     is for the window to open
     * @throws IOException if a connection cannot be opened
     */
    public static void main(String[] arguments) throws IOException {
        long ns = SECOND * (arguments.length > 0 ? Integer.parseInt(arguments[0]) : 60);
        for (Case link : CASES) {
            StacksOverLink stacks = new StacksOverLink(link);
            stacks.run(SECOND + ns / 3);
            long before = stacks.received;
            stacks.run(SECOND + ns);
            double megabits = (stacks.received - before) * 8e3 / (ns - ns / 3);
            System.out.printf(Locale.ROOT, "%s\t%.1f%n", link.title, megabits);
        }
    }

    /** Fills the send buffer again and again. */
    private final class Writer implements TcpHandler {
        @Override
        public void established() {
            fill();
        }

        @Override
        public void readable() {}

        @Override
        public void writable() {
            fill();
        }

        private void fill() {
            while (out.write(chunk, 0, chunk.length) > 0) {
                // until it is full
            }
            out.wrote(nowNs);
        }

        @Override
        public void ended(TcpFailure failure) {
            throw new IllegalStateException("the connection ended: " + failure);
        }
    }

    /** Reads all that comes. */
    private final class Reader implements TcpHandler {
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
