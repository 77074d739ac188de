// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.socket;

import org.wgj.netstack.tcp.TcpConnection;
import org.wgj.netstack.tcp.TcpFailure;
import org.wgj.netstack.tcp.TcpHandler;
import org.wgj.netstack.tcp.TcpOptions;
import org.wgj.netstack.wire.IpAddress;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A connection as blocking streams: threads of the program wait here for the stack's thread.
 *
 * <pre>
 *   program                                      stack's thread
 *   write: bytes into the ring, wrotePending --> wrote(): segments
 *   read:  bytes out of the ring             --> consumed(): window
 *          waits for reading          &lt;--------- readable(), ended()
 * </pre>
 *
 * <p>One thread reads and one writes at a time; the socket's locks ensure that. {@link #close} may
 * come from any thread at any moment.
 */
public final class TcpStream implements TcpHandler, SocketStack.Open {
    /** Bytes read before the stack hears of it, so that not each small read wakes its thread. */
    private static final int CONSUMED_STEP = 8 * 1024;

    private final SocketStack stack;
    private final Waiter reading = new Waiter();
    private final Waiter writing = new Waiter();
    private final AtomicBoolean wrotePending = new AtomicBoolean();
    private final AtomicBoolean consumedPending = new AtomicBoolean();
    private final Runnable wroteTask = this::wrote;
    private final Runnable consumedTask = this::consumed;

    /**
     * The thread that waits until the connection is open or could not be opened; null once it is
     * over.
     */
    private volatile Waiter connecting;

    /** The thread in {@link #close} that waits for the peer; null if there is none. */
    private volatile Waiter lingering;

    private volatile Listener listener; // null for a stream whose threads wait
    private volatile TcpConnection connection;
    private volatile boolean established;
    private volatile boolean ended;
    private volatile TcpFailure failure;
    private volatile IOException refusal; // why the stack would not even try
    private volatile boolean closed;
    private volatile boolean inputShut;
    private volatile boolean outputShut;
    private final AtomicBoolean failureTold = new AtomicBoolean();
    private volatile boolean resetRead;
    private volatile int step = CONSUMED_STEP;
    private int unreported; // the reading thread's: bytes read since consumed()

    private TcpStream(SocketStack stack) {
        this.stack = stack;
    }

    /** Begins to connect; {@code waiter} is told of the result. */
    static TcpStream connect(
            SocketStack stack,
            Waiter waiter,
            IpAddress local,
            int localPort,
            IpAddress remote,
            int port,
            TcpOptions options) {
        TcpStream stream = new TcpStream(stack);
        stream.connecting = waiter;
        stack.opened(stream);
        if (!stack.execute(() -> stream.open(local, localPort, remote, port, options))) {
            stream.refuse(SocketErrors.closed());
        }
        return stream;
    }

    /** Takes a connection that the peer opened. On the stack's thread. */
    static TcpStream accepted(SocketStack stack, TcpConnection connection) {
        TcpStream stream = new TcpStream(stack);
        stream.connection = connection;
        stream.established = true;
        connection.setHandler(stream);
        stack.opened(stream);
        return stream;
    }

    private void open(
            IpAddress local, int localPort, IpAddress remote, int port, TcpOptions options) {
        if (closed) {
            return;
        }
        try {
            connection =
                    stack.tun()
                            .stack()
                            .tcp()
                            .connect(
                                    local,
                                    localPort,
                                    remote,
                                    port,
                                    options,
                                    this,
                                    stack.tun().nowNs());
        } catch (IOException e) {
            refuse(e);
        }
    }

    private void refuse(IOException reason) {
        refusal = reason;
        ended = true;
        stack.released(this);
        wakeAll();
    }

    // --- TcpHandler, on the stack's thread

    @Override
    public void established() {
        established = true;
        wakeAll();
    }

    @Override
    public void readable() {
        reading.changed();
        Listener told = listener;
        if (told != null) {
            told.readable();
        }
    }

    @Override
    public void writable() {
        writing.changed();
        Listener told = listener;
        if (told != null) {
            told.writable();
        }
    }

    @Override
    public void allAcknowledged() {
        finished();
    }

    /** The peer has acknowledged everything, or never will. */
    private void finished() {
        Waiter waiter = lingering;
        if (waiter != null) {
            waiter.changed();
        }
        stack.finished();
    }

    @Override
    public void ended(TcpFailure why) {
        // Linux: a RST behind the end of the stream breaks the pipe, and the reader sees the end.
        failure = why == TcpFailure.RESET && connection.isPeerFinished() ? null : why;
        ended = true;
        stack.released(this);
        wakeAll();
        finished();
    }

    private void wakeAll() {
        reading.changed();
        writing.changed();
        Listener told = listener;
        if (told != null) {
            told.readable();
            told.writable();
        }
        Waiter waiter = connecting;
        if (waiter != null) {
            waiter.changed();
        }
    }

    private void wrote() {
        wrotePending.set(false);
        connection.wrote(stack.tun().nowNs());
    }

    private void consumed() {
        consumedPending.set(false);
        connection.consumed(stack.tun().nowNs());
    }

    // --- for the program's threads

    boolean isEstablished() {
        return established;
    }

    /** Returns why the connection could not be opened; null while that is possible. */
    IOException connectFailure() {
        if (closed) {
            return SocketErrors.closed();
        }
        if (!ended || established) {
            return null;
        }
        if (refusal != null) {
            return refusal;
        }
        TcpFailure why = failure;
        return SocketErrors.connecting(why == null ? TcpFailure.RESET : why);
    }

    /** The race to connect is over. */
    void connected() {
        connecting = null;
    }

    TcpConnection connection() {
        return connection;
    }

    /** Reads as {@link #tryRead}, and waits until there is something. */
    int read(byte[] bytes, int offset, int length, long deadlineNs) throws IOException {
        while (true) {
            int seen = reading.changes();
            int count = tryRead(bytes, offset, length);
            if (count != 0) {
                return count;
            }
            if (!reading.await(seen, deadlineNs)) {
                throw new SocketTimeoutException("Read timed out");
            }
        }
    }

    /**
     * Reads the bytes that have arrived. One thread at a time.
     *
     * @param bytes receives it
     * @param offset where the first byte goes
     * @param length the most that is wanted, more than 0
     * @return how many bytes; 0 if there is nothing yet; -1 at the end of the stream
     * @throws IOException if the connection has failed or is closed
     */
    public int tryRead(byte[] bytes, int offset, int length) throws IOException {
        if (closed) {
            throw SocketErrors.closed();
        }
        if (inputShut) {
            return -1;
        }
        if (resetRead) {
            throw SocketErrors.reading(TcpFailure.RESET);
        }
        boolean over = ended; // before the read: what came before the end is read first
        int count = connection.read(bytes, offset, length);
        if (count > 0) {
            report(count);
            return count;
        }
        if (over) {
            return endOfStream();
        }
        // The connection can be over before ended() has said why: that is no end of the stream.
        return count < 0 && connection.isPeerFinished() ? -1 : 0;
    }

    /** A failure is reported once, as Linux does; a RST that was read stays. */
    private int endOfStream() throws IOException {
        TcpFailure why = failure;
        if (why == null || !failureTold.compareAndSet(false, true)) {
            return -1;
        }
        resetRead = why == TcpFailure.RESET;
        throw closed ? SocketErrors.closed() : SocketErrors.reading(why);
    }

    private void report(int count) {
        unreported += count;
        if (unreported >= step) {
            unreported = 0;
            if (!consumedPending.getAndSet(true)) {
                stack.execute(consumedTask);
            }
        }
    }

    /** Tells the size of the receive buffer, of which a quarter is told the stack at once. */
    void receiveBuffer(int bytes) {
        step = Math.max(1, Math.min(CONSUMED_STEP, bytes / 4));
    }

    /** Writes all bytes, and waits while there is no room. */
    void write(byte[] bytes, int offset, int length) throws IOException {
        int end = offset + length;
        int at = offset;
        while (at < end) {
            int seen = writing.changes();
            int count = tryWrite(bytes, at, end - at);
            if (count == 0) {
                writing.await(seen, Waiter.NEVER);
            }
            at += count;
        }
    }

    /**
     * Writes as much as there is room for. One thread at a time.
     *
     * @param bytes holds the bytes
     * @param offset the first
     * @param length their number, more than 0
     * @return how many were taken; if fewer than given, the listener hears when there is room
     * @throws IOException if the connection has failed, or its output is closed
     */
    public int tryWrite(byte[] bytes, int offset, int length) throws IOException {
        if (closed) {
            throw SocketErrors.closed();
        }
        if (ended) {
            TcpFailure why = failure;
            throw why != null && failureTold.compareAndSet(false, true)
                    ? SocketErrors.writing(why)
                    : SocketErrors.brokenPipe();
        }
        if (outputShut) {
            throw SocketErrors.brokenPipe();
        }
        int count = connection.write(bytes, offset, length);
        if (count > 0 && !wrotePending.getAndSet(true)) {
            stack.execute(wroteTask);
        }
        return count;
    }

    /**
     * Hears that a stream may be worth a try, for those that do not wait. On the stack's thread.
     */
    public interface Listener {
        /** {@link #tryRead} may have something: bytes, the end or a failure. */
        void readable();

        /** {@link #tryWrite} may take something, or fail. */
        void writable();
    }

    /**
     * Sets the listener of events from now on. If there is something already, it hears of that.
     *
     * @param newListener must not block
     */
    public void listen(Listener newListener) {
        stack.later(
                () -> {
                    listener = newListener;
                    newListener.readable();
                    newListener.writable();
                });
    }

    /**
     * Returns the own end.
     *
     * @return the address and port that the peer sees
     */
    public InetSocketAddress localAddress() {
        return new InetSocketAddress(
                connection.localAddress().toInetAddress(), connection.localPort());
    }

    /**
     * Returns the peer's end.
     *
     * @return its address and port
     */
    public InetSocketAddress remoteAddress() {
        return new InetSocketAddress(
                connection.remoteAddress().toInetAddress(), connection.remotePort());
    }

    int available() {
        return connection.available();
    }

    /** Reads no more: what comes is dropped. */
    public void shutdownInput() {
        inputShut = true;
        stack.execute(() -> connection.shutdownInput(stack.tun().nowNs()));
        reading.changed();
    }

    /** Sends the end of the stream behind what was written. */
    public void shutdownOutput() {
        outputShut = true;
        writing.changed();
        stack.execute(() -> connection.shutdownOutput(stack.tun().nowNs()));
    }

    /**
     * Changes the options.
     *
     * @param options the new ones
     */
    public void options(TcpOptions options) {
        stack.execute(() -> connection.setOptions(options, stack.tun().nowNs()));
    }

    /**
     * Closes the connection and wakes the threads that use it. Written data is still sent.
     *
     * @param lingerSeconds negative: returns at once; 0: sends RST and drops what was not sent;
     *     else waits as long for the peer to acknowledge everything, as {@code close} of Linux
     *     does: an interrupt does not end that. The stack's thread never waits
     */
    public void close(int lingerSeconds) {
        if (!end()) {
            return;
        }
        if (lingerSeconds <= 0 || stack.tun().isOwner()) {
            stack.execute(lingerSeconds == 0 ? this::abortNow : this::closeNow);
            return;
        }
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(lingerSeconds);
        Waiter waiter = new Waiter();
        lingering = waiter;
        stack.execute(this::closeNow);
        stack.await(waiter, this::isFinished, deadlineNs);
    }

    /** Ends an attempt to connect, or a connection that was not accepted, with RST. */
    void abort() {
        if (end()) {
            stack.execute(this::abortNow);
        }
    }

    @Override
    public void stackClosed() {
        abort();
    }

    private synchronized boolean end() {
        if (closed) {
            return false;
        }
        closed = true;
        stack.released(this);
        wakeAll();
        return true;
    }

    /** Sends RST and drops what was not sent. On the stack's thread. */
    void abortNow() {
        TcpConnection now = connection;
        if (now != null) {
            now.abort(stack.tun().nowNs());
        }
    }

    private void closeNow() {
        TcpConnection now = connection;
        if (now != null) {
            now.close(stack.tun().nowNs());
            stack.finishing(this);
        }
    }

    /** Returns whether the peer has acknowledged everything, or never will. Any thread. */
    boolean isFinished() {
        TcpConnection now = connection;
        return now == null
                || switch (now.state()) {
                    case CLOSED, FIN_WAIT_2, TIME_WAIT -> true;
                    default -> false;
                };
    }
}
