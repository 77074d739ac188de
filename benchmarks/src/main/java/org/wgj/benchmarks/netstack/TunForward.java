// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.netstack;

import org.wgj.netstack.proxy.Connections;
import org.wgj.netstack.proxy.ForwardHandler;
import org.wgj.netstack.proxy.HostAndPort;
import org.wgj.netstack.proxy.ProxyLimits;
import org.wgj.netstack.proxy.SystemDialer;
import org.wgj.netstack.proxy.TcpServer;
import org.wgj.netstack.socket.NameLookup;
import org.wgj.netstack.socket.SocketStack;
import org.wgj.netstack.stack.NetStack;
import org.wgj.netstack.stack.NetStackTun;
import org.wgj.netstack.stack.StackOptions;
import org.wgj.netstack.wire.IpAddress;
import org.wgj.protocol.PacketBatch;
import org.wgj.tun.LinuxTun;
import org.wgj.tun.Tun;
import org.wgj.tun.linux.Libc;
import org.wgj.tun.linux.PollFds;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * A forward without WireGuard: TCP of the kernel goes into a TUN, through our stack, and on in a
 * socket of this machine, as {@code [TCPServerTunnel]} of {@code wgj proxy} does it.
 *
 * <pre>
 * TunForward INTERFACE MTU ADDRESS PORT
 *
 * kernel --TUN--> NetStack at ADDRESS:PORT --> ForwardHandler --> 127.0.0.1:PORT
 * </pre>
 *
 * <p>It prints "ready" and runs until it is killed. The main thread owns TUN and stack.
 */
public final class TunForward {
    private static final int BATCH = 128;
    private static final int SLAB =
            BATCH * 2048 + PacketBatch.HEADROOM + Tun.MAX_PACKET + PacketBatch.TAILROOM;

    private final LinuxTun kernel;
    private final NetStackTun stack;
    private final PacketBatch batch = new PacketBatch(SLAB, BATCH);
    private final int wake = Libc.eventfd(0, 0);
    private final MemorySegment count = Arena.global().allocate(ValueLayout.JAVA_LONG);
    private final MemorySegment one = Arena.global().allocateFrom(ValueLayout.JAVA_LONG, 1);
    private final PollFds descriptors;

    private TunForward(LinuxTun kernel, NetStackTun stack) {
        this.kernel = kernel;
        this.stack = stack;
        descriptors =
                new PollFds(Arena.global(), 2)
                        .watch(0, kernel.descriptor(), PollFds.POLLIN)
                        .watch(1, wake, PollFds.POLLIN);
    }

    /**
     * Runs it.
     *
     * @param arguments see above
     * @throws IOException if the TUN cannot be made or fails
     */
    public static void main(String[] arguments) throws IOException {
        int mtu = Integer.parseInt(arguments[1]);
        int port = Integer.parseInt(arguments[3]);
        NetStack stack = new NetStack(StackOptions.DEFAULT.withMtu(mtu), new SecureRandom());
        stack.setAddresses(List.of(IpAddress.parse(arguments[2])));
        NetStackTun tun = new NetStackTun("stack", stack, mtu);
        tun.setFailureHandler(Throwable::printStackTrace);
        SocketStack sockets = new SocketStack(tun, TunForward::noNames, false);
        TunForward forward = new TunForward(LinuxTun.create(arguments[0], mtu), tun);
        tun.start(new ReadableListener(forward::signal));
        Thread.ofVirtual().start(() -> serve(sockets, port));
        forward.run();
    }

    private static NameLookup.Addresses noNames(String host) {
        return new NameLookup.Addresses(
                CompletableFuture.completedFuture(List.of()),
                CompletableFuture.completedFuture(List.of()));
    }

    private static void serve(SocketStack sockets, int port) {
        try {
            ServerSocket listening = sockets.serverSocket();
            listening.bind(new InetSocketAddress((InetAddress) null, port), 128);
            TcpServer.start(
                    "forward",
                    listening,
                    new ForwardHandler(new SystemDialer(), new HostAndPort("127.0.0.1", port)),
                    new Connections(ProxyLimits.DEFAULT));
            System.out.println("ready");
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private void run() throws IOException {
        while (true) {
            int came = receive();
            int sent = send();
            if (came == 0 && sent == 0 && !kernel.holdsBack() && !stack.holdsBack()) {
                await();
            }
        }
    }

    private int receive() throws IOException {
        int count =
                kernel.read(
                        batch.slab(),
                        PacketBatch.HEADROOM,
                        PacketBatch.TAILROOM,
                        batch.offsets(),
                        batch.lengths());
        if (count > 0) {
            stack.advance(System.nanoTime());
            stack.write(batch.slab(), batch.offsets(), batch.lengths(), 0, count);
        }
        return count;
    }

    private int send() throws IOException {
        stack.advance(System.nanoTime());
        int count =
                stack.read(
                        batch.slab(),
                        PacketBatch.HEADROOM,
                        PacketBatch.TAILROOM,
                        batch.offsets(),
                        batch.lengths());
        if (count > 0) {
            kernel.write(batch.slab(), batch.offsets(), batch.lengths(), 0, count);
        }
        return count;
    }

    private void await() throws IOException {
        long leftNs = stack.nextDeadlineNs() - System.nanoTime();
        long leftMs = Math.clamp((leftNs + 999_999) / 1_000_000, 0, 1000);
        descriptors.await((int) leftMs);
        if (descriptors.returned(1) != 0) {
            Libc.read(wake, count.address(), Long.BYTES);
        }
    }

    /** Ends {@link #await} when another thread has given the stack work. */
    private void signal() {
        Libc.write(wake, one.address(), Long.BYTES);
    }
}
