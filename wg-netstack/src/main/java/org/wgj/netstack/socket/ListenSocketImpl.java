// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.socket;

import org.wgj.netstack.tcp.TcpListener;
import org.wgj.netstack.wire.IpAddress;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.ref.Cleaner;
import java.net.BindException;
import java.net.InetAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketImpl;
import java.net.SocketOption;
import java.net.SocketOptions;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The part of a listening socket that {@link java.net.ServerSocket} needs. The wildcard address
 * listens for IPv4 and IPv6, on all addresses of the stack.
 */
final class ListenSocketImpl extends SocketImpl {
    private static final int DEFAULT_BACKLOG = 50;

    private final SocketStack stack;
    private final SocketSettings settings = new SocketSettings();
    private final ReentrantLock acceptLock = new ReentrantLock();
    private final AcceptQueue queue;
    private volatile boolean bound;
    private volatile Cleaner.Cleanable forgotten;

    ListenSocketImpl(SocketStack stack) {
        this.stack = stack;
        queue = new AcceptQueue(stack);
        settings.set(StandardSocketOptions.SO_REUSEADDR, true); // as the JDK does on Linux
    }

    /** Lets {@link #accept} return this connection. */
    void offer(TcpStream stream) {
        queue.offer(stream);
    }

    @Override
    protected void create(boolean stream) throws IOException {
        if (!stream) {
            throw new IOException("Datagram socket creation not supported");
        }
    }

    @Override
    protected void bind(InetAddress host, int wanted) throws IOException {
        ensureOpen();
        if (bound) {
            throw new SocketException("Already bound");
        }
        IpAddress local = IpAddress.of(host);
        if (!local.isUnspecified() && !stack.isLocal(local)) {
            throw new BindException("Cannot assign requested address");
        }
        bound = true;
        address = host;
        localport = wanted;
    }

    @Override
    protected void listen(int backlog) throws IOException {
        ensureOpen();
        if (!bound) {
            throw new SocketException("Not bound");
        }
        IpAddress local = IpAddress.of(address);
        int wanted = localport;
        int limit = backlog < 1 ? DEFAULT_BACKLOG : backlog;
        AcceptQueue accepted = queue;
        try {
            TcpListener listener = accepted.listen(local, wanted, limit, settings.toTcp());
            localport = listener.port();
        } catch (BindException e) {
            bound = false;
            localport = 0;
            throw e;
        }
        forgotten = SocketStack.whenForgotten(this, accepted::close);
    }

    @Override
    protected void accept(SocketImpl target) throws IOException {
        StreamSocketImpl socket = (StreamSocketImpl) target;
        if (socket.isUsed()) {
            throw new SocketException("Not a newly created SocketImpl");
        }
        long deadlineNs = Waiter.deadline(settings.timeoutMs());
        if (!Locks.lock(acceptLock, deadlineNs)) {
            throw new SocketTimeoutException("Accept timed out");
        }
        try {
            socket.adopt(queue.take(deadlineNs), settings.inherited());
        } finally {
            acceptLock.unlock();
        }
    }

    @Override
    protected void close() throws IOException {
        queue.close();
        Cleaner.Cleanable registered = forgotten;
        if (registered != null) {
            registered.clean();
        }
    }

    private void ensureOpen() throws SocketException {
        if (queue.isClosed()) {
            throw SocketErrors.closed();
        }
    }

    // --- options

    @Override
    protected Set<SocketOption<?>> supportedOptions() {
        return SocketSettings.supported(true);
    }

    @Override
    protected <T> void setOption(SocketOption<T> option, T value) throws IOException {
        ensureSupported(option);
        ensureOpen();
        settings.set(option, value);
    }

    @Override
    @SuppressWarnings("unchecked")
    protected <T> T getOption(SocketOption<T> option) throws IOException {
        ensureSupported(option);
        ensureOpen();
        return (T) settings.get(option);
    }

    private void ensureSupported(SocketOption<?> option) {
        if (!supportedOptions().contains(option)) {
            throw new UnsupportedOperationException("'" + option + "' not supported");
        }
    }

    @Override
    public void setOption(int id, Object value) throws SocketException {
        ensureOpen();
        settings.set(id, value);
    }

    @Override
    public Object getOption(int id) throws SocketException {
        ensureOpen();
        return id == SocketOptions.SO_BINDADDR ? address : settings.get(id);
    }

    // --- what only a connected socket can do

    @Override
    protected void connect(String host, int port) throws IOException {
        throw notConnectable();
    }

    @Override
    protected void connect(InetAddress target, int port) throws IOException {
        throw notConnectable();
    }

    @Override
    protected void connect(SocketAddress target, int timeout) throws IOException {
        throw notConnectable();
    }

    @Override
    protected InputStream getInputStream() throws IOException {
        throw notConnectable();
    }

    @Override
    protected OutputStream getOutputStream() throws IOException {
        throw notConnectable();
    }

    @Override
    protected int available() throws IOException {
        throw notConnectable();
    }

    @Override
    protected void sendUrgentData(int data) throws IOException {
        throw notConnectable();
    }

    private static SocketException notConnectable() {
        return new SocketException("a server socket has no connection");
    }
}
