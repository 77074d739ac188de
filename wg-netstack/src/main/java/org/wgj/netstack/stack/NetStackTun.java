// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.stack;

import org.wgj.tun.TimedTun;
import org.wgj.tun.TunListener;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * A TUN whose other end is a {@link NetStack}, so that a tunnel's event loop drives the stack.
 *
 * <pre>
 *   application --execute--> tasks  --+
 *                                     v
 *   tunnel <--read--- run tasks, handle timeouts, emit
 *   tunnel ---write-> receive                           then read again if holdsBack
 * </pre>
 *
 * <p>The stack has no lock. One thread at a time owns it: the tunnel's thread, in {@link #read} and
 * {@link #write}; or the thread that closes, when the tunnel's is not inside. A thread never waits
 * for another one: {@link #close} leaves the end of the stack to the thread that is inside.
 */
public final class NetStackTun implements TimedTun {
    private final String name;
    private final NetStack stack;
    private final int mtu;
    private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final AtomicReference<Thread> inside = new AtomicReference<>();

    /**
     * True if the owner has found no task and will wait, so that the next task must wake it; as in
     * {@code MemoryTun}.
     *
     * <pre>
     *   owner, no task:  awaited = true;  still none?  return : awaited = false, go on
     *   application:     add the task;    awaited?     awaited = false, tell readable()
     * </pre>
     */
    private final AtomicBoolean awaited = new AtomicBoolean(true);

    private volatile boolean closed;
    private volatile TunListener listener;

    // The owner's.
    private boolean ended;
    private long nowNs;
    private volatile PacketTap tap;
    private volatile Consumer<RuntimeException> failures = _ -> {};

    /**
     * Makes a TUN of a stack.
     *
     * @param name the interface's name, for messages
     * @param stack the stack, which this object owns from now on
     * @param mtu the longest packet that the tunnel takes, in bytes, 68 to 65535
     * @throws IllegalArgumentException if the MTU is not allowed
     */
    public NetStackTun(String name, NetStack stack, int mtu) {
        this.name = name;
        this.stack = stack;
        this.mtu = mtu;
        stack.setMtu(mtu);
    }

    /**
     * Returns the stack, which only its owner's thread may use: in tasks, and in handlers that the
     * stack calls.
     *
     * @return the stack
     */
    public NetStack stack() {
        return stack;
    }

    /**
     * Runs a task on the owner's thread, before the next packets leave. Any thread may call this;
     * it does not wait. Tasks run in the order in which they came.
     *
     * @param task must not block; what it throws goes to {@link #setFailureHandler}
     * @throws RejectedExecutionException if the TUN is closed
     */
    public void execute(Runnable task) {
        if (closed) {
            throw new RejectedExecutionException("the stack is closed");
        }
        tasks.add(task);
        if (closed && tasks.remove(task)) {
            throw new RejectedExecutionException("the stack is closed");
        }
        if (awaited.get() && awaited.compareAndSet(true, false)) {
            tellReadable();
        }
    }

    private void tellReadable() {
        TunListener told = listener;
        if (told != null) {
            told.readable();
        }
    }

    /**
     * Returns the time of the batch, the task or the timeout that the owner works on.
     *
     * @return nanoseconds of the tunnel's clock
     */
    public long nowNs() {
        return nowNs;
    }

    /**
     * Returns whether the calling thread is inside the stack, and so may use it.
     *
     * @return true in tasks and handlers
     */
    public boolean isOwner() {
        return inside.get() == Thread.currentThread();
    }

    /**
     * Sets what sees all packets.
     *
     * @param tapOrNull null to end it
     */
    public void setTap(PacketTap tapOrNull) {
        tap = tapOrNull;
    }

    /**
     * Sets what hears of exceptions that tasks and handlers throw; at first they are ignored.
     *
     * @param handler called on the owner's thread
     */
    public void setFailureHandler(Consumer<RuntimeException> handler) {
        failures = handler;
    }

    // --- for the tunnel

    @Override
    public String name() {
        return name;
    }

    @Override
    public int mtu() {
        return mtu;
    }

    @Override
    public void advance(long toNs) {
        nowNs = toNs;
    }

    @Override
    public long nextDeadlineNs() {
        if (isOwner()) {
            return stack.nextDeadlineNs();
        }
        if (!tryEnter()) {
            return NEVER;
        }
        try {
            return stack.nextDeadlineNs();
        } finally {
            leave();
        }
    }

    @Override
    public int read(MemorySegment slab, int headroom, int tailroom, int[] offsets, int[] lengths)
            throws IOException {
        enter();
        try {
            int wanted = Math.min(offsets.length, lengths.length);
            while (true) {
                runTasks();
                int count = emit(slab, headroom, tailroom, offsets, lengths);
                if (count == wanted) {
                    return count; // the owner reads again
                }
                awaited.set(true);
                if (tasks.isEmpty() || !awaited.compareAndSet(true, false)) {
                    return count;
                }
                if (count > 0) {
                    tellReadable();
                    return count;
                }
            }
        } finally {
            leave();
        }
    }

    private void runTasks() {
        // Not those that come meanwhile: packets must leave too.
        for (int left = MAX_TASKS; left > 0; left--) {
            Runnable task = tasks.poll();
            if (task == null) {
                return;
            }
            run(task);
        }
    }

    private static final int MAX_TASKS = 4096;

    /** The number of handlers that may fail before packets have to wait for the next call. */
    private static final int MAX_TRIES = 8;

    private void run(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException e) {
            failures.accept(e);
        }
    }

    private int emit(MemorySegment slab, int headroom, int tailroom, int[] offsets, int[] lengths) {
        try {
            if (stack.nextDeadlineNs() <= nowNs) {
                stack.handleTimeouts(nowNs);
            }
        } catch (RuntimeException e) {
            failures.accept(e);
        }
        int count = 0;
        for (int tries = 0; tries < MAX_TRIES; tries++) {
            try {
                count = stack.emit(slab, headroom, tailroom, offsets, lengths, nowNs);
                break;
            } catch (RuntimeException e) { // a handler of a packet to an own address
                failures.accept(e);
            }
        }
        show(true, slab, offsets, lengths, 0, count);
        return count;
    }

    /** Shows packets to the tap; one that fails is not asked again. */
    private void show(
            boolean sent, MemorySegment slab, int[] offsets, int[] lengths, int first, int count) {
        PacketTap seen = tap;
        if (seen == null) {
            return;
        }
        try {
            for (int i = first; i < first + count; i++) {
                seen.packet(sent, slab, offsets[i], lengths[i], nowNs);
            }
        } catch (RuntimeException e) {
            tap = null;
            failures.accept(e);
        }
    }

    /** {@inheritDoc} True if answers to what was written wait. */
    @Override
    public boolean holdsBack() {
        if (isOwner()) {
            return stack.hasOutput();
        }
        if (!tryEnter()) {
            return false;
        }
        try {
            return stack.hasOutput();
        } finally {
            leave();
        }
    }

    @Override
    public int write(MemorySegment slab, int[] offsets, int[] lengths, int first, int count)
            throws IOException {
        enter();
        try {
            show(false, slab, offsets, lengths, first, count);
            stack.receive(slab, offsets, lengths, first, count, nowNs);
            return count;
        } catch (RuntimeException e) { // a handler; the packets were processed
            failures.accept(e);
            return count;
        } finally {
            leave();
        }
    }

    /** Returns -1: the interface has no descriptor. */
    @Override
    public int descriptor() {
        return -1;
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalStateException if it was called before, or after {@link #close}
     */
    @Override
    public void start(TunListener toTell) {
        synchronized (this) {
            if (listener != null || closed) {
                throw new IllegalStateException(closed ? "closed" : "started already");
            }
            listener = toTell;
        }
        toTell.up();
        if (!tasks.isEmpty()) {
            toTell.readable();
        }
    }

    /**
     * {@inheritDoc} Ends all connections and tells their handlers; on this thread, or on the one
     * that is inside the stack. Tasks that were taken before run first.
     */
    @Override
    public void close() {
        closed = true;
        endIfFree();
    }

    private boolean tryEnter() {
        return !closed && inside.compareAndSet(null, Thread.currentThread());
    }

    private void enter() throws IOException {
        if (!tryEnter()) {
            throw new IOException("the TUN of interface " + name + " is closed");
        }
    }

    private void leave() {
        inside.set(null);
        if (closed) {
            endIfFree();
        }
    }

    /**
     * Ends the stack unless a thread is inside, which then does it when it leaves: it sees that the
     * TUN is closed, because that was written before.
     */
    private void endIfFree() {
        if (!inside.compareAndSet(null, Thread.currentThread())) {
            return;
        }
        try {
            if (!ended) {
                for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
                    run(task);
                }
                ended = true;
                stack.close(nowNs);
            }
        } catch (RuntimeException e) {
            failures.accept(e);
        } finally {
            inside.set(null);
        }
    }
}
