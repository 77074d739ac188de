// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.netstack;

import org.wgj.netstack.socket.NameLookup;
import org.wgj.netstack.socket.SocketStack;
import org.wgj.netstack.stack.NetStack;
import org.wgj.netstack.stack.NetStackTun;
import org.wgj.netstack.stack.StackOptions;
import org.wgj.netstack.wire.IpAddress;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;

/**
 * Counts the memory of idle connections: two stacks in one process, sockets at both ends, a byte
 * each way over each connection, then nothing.
 *
 * <p>Prints what one end of 10,000 connections adds to the heap, sockets included, in MB.
 */
public final class IdleConnections {
    private static final int CONNECTIONS = 10_000;
    private static final int FIRST = 500; // so that tables and pools are there before
    private static final int IDLE_MS = 4000; // connections give their memory back after two seconds
    private static final int BATCH = 128;
    private static final int MTU = 1420;
    private static final int PORT = 5201;
    private static final int TIMEOUT_MS = 10_000;
    private static final InetAddress SERVER = InetAddress.ofLiteral("10.0.0.2");

    private final NetStackTun[] ends = {end("10.0.0.1"), end("10.0.0.2")};
    private final SocketStack[] sockets = {sockets(ends[0]), sockets(ends[1])};
    private final List<Socket> open = new ArrayList<>(2 * (FIRST + CONNECTIONS));
    private final Thread cable = Thread.ofPlatform().daemon().unstarted(this::carry);

    private static NetStackTun end(String address) {
        NetStack stack = new NetStack(StackOptions.DEFAULT.withMtu(MTU), new SecureRandom());
        stack.setAddresses(List.of(IpAddress.parse(address)));
        NetStackTun tun = new NetStackTun(address, stack, MTU);
        tun.setFailureHandler(Throwable::printStackTrace);
        return tun;
    }

    private static SocketStack sockets(NetStackTun tun) {
        return new SocketStack(tun, host -> NO_ADDRESSES, false);
    }

    private static final NameLookup.Addresses NO_ADDRESSES =
            new NameLookup.Addresses(
                    CompletableFuture.completedFuture(List.of()),
                    CompletableFuture.completedFuture(List.of()));

    /** Carries packets between the two stacks, which this thread owns. */
    private void carry() {
        MemorySegment slab = Arena.global().allocate((BATCH + 64L) * 2048, 64);
        int[] offsets = new int[BATCH];
        int[] lengths = new int[BATCH];
        try {
            while (true) {
                int carried = 0;
                for (int i = 0; i < 2; i++) {
                    ends[i].advance(System.nanoTime());
                    int count = ends[i].read(slab, 16, 31, offsets, lengths);
                    if (count > 0) {
                        ends[1 - i].advance(System.nanoTime());
                        ends[1 - i].write(slab, offsets, lengths, 0, count);
                    }
                    carried += count;
                }
                if (carried == 0) {
                    long next = Math.min(ends[0].nextDeadlineNs(), ends[1].nextDeadlineNs());
                    LockSupport.parkNanos(this, next - System.nanoTime());
                }
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private void connect(ServerSocket listening, int count) throws IOException {
        for (int i = 0; i < count; i++) {
            Socket client = sockets[0].socket();
            client.connect(new InetSocketAddress(SERVER, PORT), TIMEOUT_MS);
            Socket server = listening.accept();
            client.getOutputStream().write('x');
            server.getOutputStream().write(server.getInputStream().read());
            if (client.getInputStream().read() != 'x') {
                throw new IOException("no answer");
            }
            open.add(client);
            open.add(server);
        }
    }

    private static long used() throws InterruptedException {
        Thread.sleep(IDLE_MS);
        Runtime runtime = Runtime.getRuntime();
        for (int i = 0; i < 3; i++) {
            System.gc();
            Thread.sleep(100);
        }
        return runtime.totalMemory() - runtime.freeMemory();
    }

    private void measure() throws IOException, InterruptedException {
        for (NetStackTun end : ends) {
            end.start(new ReadableListener(() -> LockSupport.unpark(cable)));
        }
        cable.start();
        try (ServerSocket listening = sockets[1].serverSocket()) {
            listening.bind(new InetSocketAddress(SERVER, PORT), 128);
            connect(listening, FIRST);
            long before = used();
            connect(listening, CONNECTIONS);
            long bytes = (used() - before) / 2;
            System.out.printf(
                    Locale.ROOT, "%,d idle connections, MB\t%.1f%n", CONNECTIONS, bytes / 1e6);
        }
        System.exit(open.stream().allMatch(Socket::isConnected) ? 0 : 1);
    }

    /**
     * Measures and prints.
     *
     * @param arguments none
     * @throws Exception if a connection fails
     */
    public static void main(String[] arguments) throws Exception {
        new IdleConnections().measure();
    }
}
