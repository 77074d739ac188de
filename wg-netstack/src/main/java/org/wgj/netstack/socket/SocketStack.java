// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.socket;

import org.wgj.netstack.stack.NetStackTun;
import org.wgj.netstack.tcp.TcpConnection;
import org.wgj.netstack.tcp.TcpOptions;
import org.wgj.netstack.wire.IpAddress;

import java.io.IOException;
import java.lang.ref.Cleaner;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BooleanSupplier;

/**
 * Makes sockets over a stack, and is what they share: the way to the stack's thread, the names, and
 * the list of what is open, so that closing the stack wakes every thread that waits.
 *
 * <p>Any thread may call the public methods.
 */
public final class SocketStack {
    /** Closes what a program forgot to close. One thread serves all stacks. */
    private static final class Forgotten {
        static final Cleaner CLEANER = Cleaner.create();
    }

    /** Something that must know when the stack closes. */
    interface Open {
        /** The stack closes: release everything, and wake all threads. From any thread. */
        void stackClosed();
    }

    /** Work for the stack's thread. */
    @FunctionalInterface
    public interface OwnerTask<T> {
        /**
         * Does the work; must not block.
         *
         * @return its result
         * @throws IOException if it fails
         */
        T run() throws IOException;
    }

    private final NetStackTun tun;
    private final NameLookup names;
    private final boolean resolvesAgain;
    private final Set<Open> open = ConcurrentHashMap.newKeySet();
    private volatile boolean closed; // no new sockets
    private volatile boolean ended; // no tasks any more

    private final Reservations reservations = new Reservations();

    /** Closed connections that may still have to send; the stack's thread owns the list. */
    private final ArrayDeque<TcpStream> finishing = new ArrayDeque<>();

    /** The thread in {@link #close} waits here for {@link #finishing}. */
    private final Waiter closing = new Waiter();

    private final ClosingDatagrams closingDatagrams = new ClosingDatagrams();

    /**
     * Makes sockets for a stack.
     *
     * @param tun drives the stack
     * @param names resolves the names that sockets are given
     * @param resolvesAgain whether {@code connect} resolves the name of an address that was
     *     resolved already, by whatever resolver
     */
    public SocketStack(NetStackTun tun, NameLookup names, boolean resolvesAgain) {
        this.tun = tun;
        this.names = names;
        this.resolvesAgain = resolvesAgain;
    }

    /**
     * Makes a socket that is not connected.
     *
     * @return a new socket
     * @throws SocketException if the stack is closed
     */
    public Socket socket() throws SocketException {
        return socket(resolvesAgain);
    }

    /**
     * Makes a socket that is not connected.
     *
     * @param again as {@code resolvesAgain} of the constructor
     * @return a new socket
     * @throws SocketException if the stack is closed
     */
    public Socket socket(boolean again) throws SocketException {
        ensureOpen();
        return new TunnelSocket(new StreamSocketImpl(this, again));
    }

    /**
     * Makes a server socket that is not bound.
     *
     * @return a new socket
     * @throws IOException if the stack is closed
     */
    public ServerSocket serverSocket() throws IOException {
        ensureOpen();
        return new TunnelServerSocket(this, new ListenSocketImpl(this));
    }

    /**
     * Makes a datagram socket that is not bound.
     *
     * @return a new socket
     * @throws SocketException if the stack is closed
     */
    public DatagramSocket datagramSocket() throws SocketException {
        ensureOpen();
        return new TunnelDatagramSocket(this);
    }

    /**
     * Makes a socket of a connection that the peer opened. To be called on the stack's thread,
     * while the connection is reported.
     *
     * @param connection an established connection without a handler
     * @return a connected socket
     * @throws IOException if the stack is closed
     */
    public Socket accepted(TcpConnection connection) throws IOException {
        ensureOpen();
        ListenSocketImpl listener = new ListenSocketImpl(this);
        listener.offer(TcpStream.accepted(this, connection));
        return new TunnelServerSocket(this, listener).take();
    }

    /**
     * Begins to describe a connection that one thread will open.
     *
     * @param timeoutMs for the name and the connection together; 0 for none
     * @return opens it, or is cancelled
     */
    public HappyEyeballs dialer(int timeoutMs) {
        return new HappyEyeballs(this, Waiter.deadline(timeoutMs));
    }

    /**
     * Listens for connections, which the caller polls.
     *
     * @param local an own address; the wildcard for all
     * @param port the port; 0 for a free one
     * @param backlog how many may wait
     * @param options those of the connections
     * @param arrived called on the stack's thread when there is one; must not block
     * @return the open queue
     * @throws IOException if the port is in use, the address is not ours, or the stack is closed
     */
    public AcceptQueue listen(
            InetAddress local, int port, int backlog, TcpOptions options, Runnable arrived)
            throws IOException {
        ensureOpen();
        AcceptQueue queue = new AcceptQueue(this, arrived);
        queue.listen(IpAddress.of(local), port, backlog, options);
        return queue;
    }

    /**
     * Returns the TUN of the stack.
     *
     * @return the TUN
     */
    public NetStackTun tun() {
        return tun;
    }

    NameLookup names() {
        return names;
    }

    /**
     * Runs a task on the stack's thread, later; does nothing if the stack has closed.
     *
     * @param task must not block
     */
    public void later(Runnable task) {
        boolean _ = execute(task);
    }

    /**
     * Sends an ICMP echo request and waits for the answer.
     *
     * @param remote whom to ask
     * @param payloadBytes the length of its data, at most 65,000
     * @param timeout how long to wait
     * @return the time between request and answer
     * @throws IOException if no answer came in time, or the stack is closed
     */
    public Duration ping(IpAddress remote, int payloadBytes, Duration timeout) throws IOException {
        ensureOpen();
        return new Ping(this, payloadBytes).run(remote, timeout);
    }

    /** Returns whether an address is the stack's own. */
    boolean isLocal(IpAddress address) throws IOException {
        return call(() -> tun.stack().routes().isLocal(address));
    }

    Reservations reservations() {
        return reservations;
    }

    ClosingDatagrams closingDatagrams() {
        return closingDatagrams;
    }

    /** Closes the action's object once {@code owner} is not reachable any more. */
    static Cleaner.Cleanable whenForgotten(Object owner, Runnable action) {
        return Forgotten.CLEANER.register(owner, action);
    }

    void ensureOpen() throws SocketException {
        if (closed) {
            throw new SocketException("the tunnel is closed");
        }
    }

    void opened(Open object) {
        open.add(object);
        if (closed) {
            open.remove(object);
            object.stackClosed();
        }
    }

    void released(Open object) {
        open.remove(object);
    }

    /** Runs a task on the stack's thread, later; does nothing if the stack has closed. */
    boolean execute(Runnable task) {
        try {
            tun.execute(task);
            return true;
        } catch (RejectedExecutionException e) {
            return false;
        }
    }

    /**
     * Runs a task on the stack's thread and waits for its result. On that thread it runs at once.
     *
     * @param task the work
     * @param <T> the type of the result
     * @return the result
     * @throws IOException what the task threw, or the stack has closed
     */
    public <T> T call(OwnerTask<T> task) throws IOException {
        if (tun.isOwner()) {
            return task.run();
        }
        Call<T> call = new Call<>(task);
        if (!execute(call) || !await(call.waiter, () -> call.done, Waiter.NEVER)) {
            throw new SocketException("the tunnel is closed");
        }
        return call.result();
    }

    private static final class Call<T> implements Runnable {
        private final OwnerTask<T> task;
        private final Waiter waiter = new Waiter();
        private T result;
        private Throwable failure;
        private volatile boolean done;

        Call(OwnerTask<T> task) {
            this.task = task;
        }

        @Override
        public void run() {
            try {
                result = task.run();
            } catch (IOException | RuntimeException e) {
                failure = e;
            }
            done = true;
            waiter.changed();
        }

        T result() throws IOException {
            switch (failure) {
                case null -> {
                    return result;
                }
                case IOException e -> throw e;
                case RuntimeException e -> throw e;
                default -> throw new AssertionError(failure);
            }
        }
    }

    /** A thread that waits for the stack's, also while the stack closes. */
    private record Waiting(Waiter waiter) implements Open {
        @Override
        public void stackClosed() {
            waiter.changed();
        }
    }

    /**
     * Waits until a condition holds, whatever interrupts the thread.
     *
     * @param waiter is told by the stack's thread when that may be; of this thread alone
     * @param condition may be called by any thread
     * @param deadlineNs by {@link System#nanoTime}; {@link Waiter#NEVER} for none
     * @return false if the deadline passed before, or the stack's thread runs no task any more
     */
    boolean await(Waiter waiter, BooleanSupplier condition, long deadlineNs) {
        Waiting waiting = new Waiting(waiter);
        open.add(waiting);
        try {
            while (true) {
                int seen = waiter.changes();
                if (condition.getAsBoolean()) {
                    return true;
                }
                if (ended || deadlineNs != Waiter.NEVER && System.nanoTime() - deadlineNs >= 0) {
                    return false;
                }
                waiter.awaitUninterruptibly(seen, deadlineNs);
            }
        } finally {
            released(waiting);
        }
    }

    /** Remembers a closed connection while it may have to send. On the stack's thread. */
    void finishing(TcpStream stream) {
        finishing.add(stream);
        while (!finishing.isEmpty() && finishing.peek().isFinished()) {
            finishing.poll();
        }
    }

    /**
     * Closes all sockets: threads that wait in them get a {@link SocketException}, and the peers a
     * RST. Connections that the program had closed get time to send the rest.
     *
     * @param patience the longest time for that
     */
    public void close(Duration patience) {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        long deadlineNs = System.nanoTime() + patience.toNanos();
        open.forEach(
                object -> {
                    if (!(object instanceof Waiting)) {
                        object.stackClosed();
                    }
                });
        try {
            int seen = closing.changes();
            while (!call(this::allFinished) && System.nanoTime() - deadlineNs < 0) {
                closing.awaitUninterruptibly(seen, deadlineNs);
                seen = closing.changes();
            }
            call(this::abortUnfinished);
        } catch (IOException e) {
            // the tunnel closed meanwhile: nothing can be sent any more
        }
    }

    /** A connection has nothing left to send. */
    void finished() {
        closing.changed();
    }

    private Void abortUnfinished() {
        finishing.forEach(TcpStream::abortNow);
        finishing.clear();
        return null;
    }

    private boolean allFinished() {
        finishing.removeIf(TcpStream::isFinished);
        return finishing.isEmpty();
    }

    /** Wakes everything that still waits. The stack's thread runs no task any more. */
    public void ended() {
        closed = true;
        ended = true;
        open.forEach(Open::stackClosed);
        open.clear();
        closing.changed();
    }
}
