// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.linux;

import org.wgj.netstack.emulator.Bulk;
import org.wgj.netstack.emulator.EmulatedLink;
import org.wgj.netstack.emulator.LinkConditions;
import org.wgj.netstack.emulator.StackEndpoint;
import org.wgj.netstack.emulator.TestStacks;
import org.wgj.netstack.stack.NetStack;
import org.wgj.netstack.tcp.TcpListener;
import org.wgj.netstack.tcp.TcpOptions;
import org.wgj.netstack.tcp.congestion.CongestionRule;
import org.wgj.netstack.wire.IpAddress;

import java.io.IOException;
import java.util.List;
import java.util.Random;
import java.util.function.LongSupplier;

/** One connection over a link of its own that sends without end, from or to Linux. */
final class GoodputCell implements AutoCloseable {
    /** The sender and the receiver. */
    enum Kind {
        STACK_TO_LINUX,
        LINUX_TO_STACK,
        LINUX_TO_LINUX
    }

    private static final int PORT = 7_000;
    private static final long ENDLESS = Long.MAX_VALUE / 2;

    /**
     * The programs at the ends.
     *
     * @param control the congestion control of Linux; the stack has Reno against Reno, else CUBIC
     */
    record Ends(String control, boolean ipv6) {
        IpAddress left() {
            return IpAddress.parse(ipv6 ? "fd00::1" : "10.0.0.1");
        }

        IpAddress right() {
            return IpAddress.parse(ipv6 ? "fd00::2" : "10.0.0.2");
        }

        TcpOptions options() {
            return TcpOptions.DEFAULT.withCongestion(
                    control.equals("reno") ? CongestionRule.NEW_RENO : CongestionRule.CUBIC);
        }
    }

    final EmulatedLink link;
    final List<LinuxHost> hosts;
    private final List<KernelSocket> sockets;
    private final LongSupplier received;

    private GoodputCell(
            EmulatedLink link,
            List<LinuxHost> hosts,
            List<KernelSocket> sockets,
            LongSupplier received) {
        this.link = link;
        this.hosts = hosts;
        this.sockets = sockets;
        this.received = received;
    }

    /**
     * Starts one. The left end listens and sends, so equal seeds give all kinds the same losses.
     */
    static GoodputCell start(Kind kind, Ends ends, LinkConditions conditions, long seed)
            throws Exception {
        return switch (kind) {
            case STACK_TO_LINUX -> stackToLinux(ends, conditions, seed);
            case LINUX_TO_STACK -> linuxToStack(ends, conditions, seed);
            case LINUX_TO_LINUX -> linuxToLinux(ends, conditions, seed);
        };
    }

    private static GoodputCell stackToLinux(Ends ends, LinkConditions conditions, long seed)
            throws Exception {
        NetStack stack = TestStacks.make(TestStacks.MTU, new Random(seed), ends.left());
        LinuxHost right = new LinuxHost(2, ends.control());
        EmulatedLink link = new EmulatedLink(new StackEndpoint(stack), right, conditions, seed);
        Bulk bulk = new Bulk(ENDLESS);
        TcpListener[] listener = new TcpListener[1];
        listener[0] =
                stack.tcp()
                        .listen(
                                null,
                                PORT,
                                8,
                                ends.options(),
                                connection -> {
                                    bulk.begin(connection, link);
                                    listener[0].accepted();
                                    link.after(0, bulk::act);
                                    return true;
                                });
        KernelSocket client = new KernelSocket(right, ends.left().toString(), PORT, false, 0);
        return new GoodputCell(link, List.of(right), List.of(client), () -> client.read);
    }

    private static GoodputCell linuxToStack(Ends ends, LinkConditions conditions, long seed)
            throws Exception {
        NetStack stack = TestStacks.make(TestStacks.MTU, new Random(seed), ends.right());
        LinuxHost left = new LinuxHost(1, ends.control());
        EmulatedLink link = new EmulatedLink(left, new StackEndpoint(stack), conditions, seed);
        KernelSocket server = new KernelSocket(left, ends.left().toString(), PORT, true, ENDLESS);
        Bulk bulk = new Bulk(0);
        bulk.begin(
                stack.tcp().connect(null, 0, ends.left(), PORT, ends.options(), bulk, link.nowNs()),
                link);
        return new GoodputCell(link, List.of(left), List.of(server), () -> bulk.read);
    }

    private static GoodputCell linuxToLinux(Ends ends, LinkConditions conditions, long seed)
            throws Exception {
        LinuxHost left = new LinuxHost(1, ends.control());
        LinuxHost right = new LinuxHost(2, ends.control());
        EmulatedLink link = new EmulatedLink(left, right, conditions, seed);
        KernelSocket server = new KernelSocket(left, ends.left().toString(), PORT, true, ENDLESS);
        KernelSocket client = new KernelSocket(right, ends.left().toString(), PORT, false, 0);
        return new GoodputCell(
                link, List.of(left, right), List.of(server, client), () -> client.read);
    }

    /** Returns how many bytes the receiving application has read. */
    long received() {
        return received.getAsLong();
    }

    /** Returns whether an application of the kernel's side failed. */
    boolean hasFailed() {
        return sockets.stream().anyMatch(socket -> socket.failure != null);
    }

    @Override
    public void close() throws IOException {
        for (KernelSocket socket : sockets) {
            socket.close();
        }
        for (LinuxHost host : hosts) {
            host.close();
        }
    }
}
