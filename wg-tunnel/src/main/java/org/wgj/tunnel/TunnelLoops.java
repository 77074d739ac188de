// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;

import org.wgj.tunnel.udp.NettyEpoll;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * The event loops that tunnels run on, each with one thread. A tunnel stays on the loop that had
 * the fewest tunnels when it started. Everything a tunnel does, its listeners included, happens on
 * that thread, so a listener that blocks holds up every tunnel of the loop.
 *
 * <p>Without a choice of its own a tunnel uses the {@link #shared} loops. A program that wants to
 * end threads, or to give one tunnel a thread of its own, makes loops with {@link #create}.
 *
 * <p>On Linux a loop's sockets belong to the network namespace of the thread that started the
 * loop's first tunnel. All methods may be called from any thread.
 */
public final class TunnelLoops implements AutoCloseable {
    private static final String SHARED_NAME = "wgj-loop";

    private static TunnelLoops shared;

    private record Slot(IoEventLoop loop, Set<TunnelLoop> tunnels) {}

    private final IoEventLoopGroup group;
    private final List<Slot> slots = new ArrayList<>();
    private final boolean closeable;

    /** A class of its own, so that the outer one loads, and can refuse it, with an old Netty. */
    private static final class Groups {
        static IoEventLoopGroup create(String name, int threads) {
            return new MultiThreadIoEventLoopGroup(
                    threads, new DefaultThreadFactory(name, true), NettyEpoll.ioHandlers());
        }
    }

    private TunnelLoops(String name, int threads, boolean closeable) {
        NettyVersion.check();
        this.closeable = closeable;
        group = Groups.create(name, threads);
        for (EventExecutor executor : group) {
            Slot slot = new Slot((IoEventLoop) executor, new LinkedHashSet<>());
            slots.add(slot);
            slot.loop().terminationFuture().addListener(_ -> ended(slot));
        }
    }

    /**
     * Returns the loops that all tunnels without a choice of their own share: one for each
     * processor that the JVM may use. They are made at the first call. A thread starts with the
     * first tunnel on it and then waits for the next one until the JVM ends; the threads are
     * daemons and do not keep the JVM alive.
     *
     * @return the loops, which cannot be closed
     */
    public static synchronized TunnelLoops shared() {
        if (shared == null || shared.areDead()) {
            shared =
                    new TunnelLoops(SHARED_NAME, Runtime.getRuntime().availableProcessors(), false);
        }
        return shared;
    }

    /**
     * Makes loops of the caller's own, with daemon threads named after them.
     *
     * @param name the beginning of the threads' names
     * @param threads how many loops, at least 1
     * @return the loops; the caller closes them
     * @throws IllegalArgumentException if the number is less than 1
     * @throws IllegalStateException if Netty is older than 4.2
     */
    public static TunnelLoops create(String name, int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException(threads + " loops: there must be at least 1");
        }
        return new TunnelLoops(name, threads, true);
    }

    /** Finds a loop for a tunnel, which later calls {@link #leave}. */
    synchronized IoEventLoop join(TunnelLoop tunnel) {
        Slot best = null;
        for (Slot slot : slots) {
            if (!slot.loop().isShuttingDown()
                    && (best == null || slot.tunnels().size() < best.tunnels().size())) {
                best = slot;
            }
        }
        if (best == null) {
            throw new IllegalStateException("the event loops are closed");
        }
        best.tunnels().add(tunnel);
        return best.loop();
    }

    synchronized void leave(TunnelLoop tunnel) {
        slots.forEach(slot -> slot.tunnels().remove(tunnel));
    }

    private boolean areDead() {
        return slots.stream().anyMatch(slot -> slot.loop().isShuttingDown());
    }

    /** The loop's thread has ended. If tunnels are left, an error ended it. */
    private void ended(Slot slot) {
        List<TunnelLoop> left;
        synchronized (this) {
            left = List.copyOf(slot.tunnels());
        }
        left.forEach(TunnelLoop::died);
    }

    /**
     * Closes all tunnels on these loops and ends the threads; returns when the tunnels are closed.
     * Does nothing the second time.
     *
     * @throws UnsupportedOperationException if these are the shared loops
     */
    @Override
    public void close() {
        if (!closeable) {
            throw new UnsupportedOperationException("the shared loops stay open");
        }
        List<TunnelLoop> open = new ArrayList<>();
        synchronized (this) {
            slots.forEach(slot -> open.addAll(slot.tunnels()));
        }
        open.forEach(TunnelLoop::close);
        var _ = group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}
