// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.netstack;

import org.wgj.netstack.stack.NetStack;
import org.wgj.netstack.stack.StackOptions;
import org.wgj.netstack.tcp.TcpConnection;
import org.wgj.netstack.tcp.TcpFailure;
import org.wgj.netstack.tcp.TcpHandler;
import org.wgj.netstack.wire.IpAddress;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * Two stacks joined in memory, both on one thread: one sends a stream, the other reads it. No
 * tunnel, no cryptography, no system call: what TCP/IP alone costs.
 *
 * <p>Prints Gbit/s of data, by the processor time of the thread, and the bytes allocated for each
 * segment, each behind a name and a tab: {@code StacksInMemory [seconds [mtu]]}. The first third of
 * the time is warm-up.
 */
public final class StacksInMemory {
    private static final int BATCH = 128;
    private static final int HEADROOM = 16;
    private static final int TAILROOM = 31;
    private static final int PORT = 5201;
    private static final IpAddress A = IpAddress.parse("10.0.0.1");
    private static final IpAddress B = IpAddress.parse("10.0.0.2");

    private final NetStack sender;
    private final NetStack receiver;
    private final MemorySegment slab;
    private final int[] offsets = new int[BATCH];
    private final int[] lengths = new int[BATCH];
    private final byte[] chunk = new byte[64 * 1024];
    private final TcpConnection out;
    private TcpConnection in;
    private long received;
    private long packets;

    private StacksInMemory(int mtu) throws IOException {
        slab = Arena.ofAuto().allocate((long) BATCH * (mtu + 64) + 65536 + 64, 64);
        sender = stack(mtu, A);
        receiver = stack(mtu, B);
        long now = System.nanoTime();
        receiver.tcp()
                .listen(
                        null,
                        PORT,
                        16,
                        null,
                        connection -> {
                            connection.setHandler(new Quiet());
                            in = connection;
                            return true;
                        });
        out = sender.tcp().connect(null, 0, B, PORT, null, new Quiet(), now);
    }

    private static NetStack stack(int mtu, IpAddress address) {
        NetStack stack = new NetStack(StackOptions.DEFAULT.withMtu(mtu), new SplittableRandom(mtu));
        stack.setAddresses(List.of(address));
        return stack;
    }

    /** Fills the send buffer, carries one batch each way, and empties the receive buffer. */
    private void turn() {
        long now = System.nanoTime();
        while (out.write(chunk, 0, chunk.length) > 0) {
            // until the send buffer is full
        }
        out.wrote(now);
        carry(sender, receiver, now);
        if (in != null) {
            int count;
            while ((count = in.read(chunk, 0, chunk.length)) > 0) {
                received += count;
            }
            in.consumed(now);
        }
        carry(receiver, sender, now);
        if (sender.nextDeadlineNs() <= now) {
            sender.handleTimeouts(now);
        }
        if (receiver.nextDeadlineNs() <= now) {
            receiver.handleTimeouts(now);
        }
    }

    private void carry(NetStack from, NetStack to, long now) {
        int count = from.emit(slab, HEADROOM, TAILROOM, offsets, lengths, now);
        if (count > 0) {
            packets += count;
            to.receive(slab, offsets, lengths, 0, count, now);
        }
    }

    private void run(double seconds) {
        long end = System.nanoTime() + (long) (seconds * 1e9);
        while (System.nanoTime() < end) {
            for (int i = 0; i < 16; i++) {
                turn();
            }
        }
    }

    /**
     * Measures and prints.
     *
     * @param arguments seconds, 9 by default, and the MTU, 1420 by default
     * @throws IOException if the connection cannot be opened
     */
    public static void main(String[] arguments) throws IOException {
        double seconds = arguments.length > 0 ? Double.parseDouble(arguments[0]) : 9;
        int mtu = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 1420;
        StacksInMemory stacks = new StacksInMemory(mtu);
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        stacks.run(seconds / 3);
        long startBytes = stacks.received;
        long startPackets = stacks.packets;
        long startAllocated = threads.getCurrentThreadAllocatedBytes();
        long start = threads.getCurrentThreadCpuTime();
        stacks.run(seconds * 2 / 3);
        double nanoseconds = threads.getCurrentThreadCpuTime() - start;
        long allocated = threads.getCurrentThreadAllocatedBytes() - startAllocated;
        double bits = (stacks.received - startBytes) * 8.0;
        long packets = stacks.packets - startPackets;
        System.out.printf(
                Locale.ROOT,
                "two stacks in memory, one thread, MTU %d, Gbit/s\t%.2f%n"
                        + "the same, ns of processor time a packet\t%.0f%n"
                        + "the same, bytes allocated a packet\t%.2f%n",
                mtu,
                bits / nanoseconds,
                nanoseconds / packets,
                (double) allocated / packets);
        if (bits == 0) {
            System.err.println("nothing arrived");
            System.exit(1);
        }
    }

    /** The benchmark looks by itself. */
    private static final class Quiet implements TcpHandler {
        @Override
        public void established() {}

        @Override
        public void readable() {}

        @Override
        public void writable() {}

        @Override
        public void ended(TcpFailure failure) {
            throw new IllegalStateException("the connection ended: " + failure);
        }
    }
}
