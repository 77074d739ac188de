// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.socket;

import org.wgj.netstack.tcp.TcpConnection;
import org.wgj.netstack.wire.IpAddress;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.lang.ref.Cleaner;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketImpl;
import java.net.SocketOption;
import java.net.SocketOptions;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The part of a socket that {@link java.net.Socket} needs, over a {@link TcpStream}. States,
 * messages and the behaviour under timeouts, interrupts and {@code close} from other threads are
 * those of the JDK's own implementation.
 *
 * <p>Differences: a name is resolved by the stack's resolver, inside the tunnel. A bound socket has
 * its port among such sockets; a listener on that port is not looked for. A socket that is closed
 * with unread bytes sends RST at once, while the JDK's sends FIN before it.
 */
final class StreamSocketImpl extends SocketImpl {
    private enum State {
        UNCONNECTED,
        CONNECTING,
        CONNECTED,
        CLOSED
    }

    private final SocketStack stack;
    private final boolean resolvesAgain;
    private final ReentrantLock readLock = new ReentrantLock(); // reading and connecting
    private final ReentrantLock writeLock = new ReentrantLock();
    private final Object stateLock = new Object();
    private volatile State state = State.UNCONNECTED;
    private volatile SocketSettings settings = new SocketSettings();
    private volatile boolean inputShut;
    private boolean endRead; // under readLock: the end of the stream was reported

    /* Under stateLock to change. */
    private volatile TcpStream stream;
    private HappyEyeballs dialer;
    private IpAddress boundTo;
    private Reservations.Port reserved;
    private Cleaner.Cleanable forgotten;

    StreamSocketImpl(SocketStack stack, boolean resolvesAgain) {
        this.stack = stack;
        this.resolvesAgain = resolvesAgain;
    }

    @Override
    protected void create(boolean stream) throws IOException {
        if (!stream) {
            throw new IOException("Datagram socket creation not supported");
        }
    }

    /** Makes this the socket of an open connection. */
    void adopt(TcpStream accepted, SocketSettings inherited) throws SocketException {
        synchronized (stateLock) {
            if (state != State.UNCONNECTED) {
                accepted.abort();
                throw SocketErrors.closed();
            }
            settings = inherited;
            connected(accepted);
        }
    }

    private void connected(TcpStream open) {
        TcpConnection connection = open.connection();
        address = connection.remoteAddress().toInetAddress();
        port = connection.remotePort();
        localport = connection.localPort();
        boundTo = connection.localAddress();
        open.receiveBuffer(settings.receiveBuffer());
        stream = open;
        state = State.CONNECTED;
        forgotten = SocketStack.whenForgotten(this, () -> open.close(-1));
    }

    boolean isUsed() {
        return state != State.UNCONNECTED;
    }

    TcpStream stream() {
        return stream;
    }

    @Override
    protected void connect(String host, int port) throws IOException {
        connect(InetSocketAddress.createUnresolved(host, port), 0);
    }

    @Override
    protected void connect(InetAddress address, int port) throws IOException {
        connect(new InetSocketAddress(address, port), 0);
    }

    @Override
    protected void connect(SocketAddress remote, int timeoutMs) throws IOException {
        if (!(remote instanceof InetSocketAddress target)) {
            throw new IOException("Unsupported address type");
        }
        try {
            readLock.lock();
            try {
                connect(target, new HappyEyeballs(stack, Waiter.deadline(timeoutMs)));
            } finally {
                readLock.unlock();
            }
        } catch (SocketTimeoutException e) {
            close();
            throw e;
        } catch (InterruptedIOException e) {
            close();
            throw new SocketException("Closed by interrupt");
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    private void connect(InetSocketAddress target, HappyEyeballs attempt) throws IOException {
        IpAddress local;
        synchronized (stateLock) {
            switch (state) {
                case UNCONNECTED -> {}
                case CONNECTING -> throw new SocketException("Connection in progress");
                case CONNECTED -> throw new SocketException("Already connected");
                case CLOSED -> throw SocketErrors.closed();
            }
            state = State.CONNECTING;
            dialer = attempt;
            local = boundTo;
            address = target.getAddress();
            port = target.getPort();
        }
        TcpStream open =
                attempt.connect(
                        targets(target, attempt),
                        target.getPort(),
                        local == null || local.isUnspecified() ? null : local,
                        localport,
                        settings.toTcp());
        synchronized (stateLock) {
            dialer = null;
            if (state == State.CLOSED) {
                open.abort();
                throw SocketErrors.closed();
            }
            connected(open);
        }
    }

    private AddressCandidates targets(InetSocketAddress target, HappyEyeballs attempt) {
        return target.isUnresolved() || resolvesAgain && isName(target)
                ? attempt.resolve(target.getHostString())
                : attempt.candidates(target.getAddress());
    }

    private static boolean isName(InetSocketAddress target) {
        return !target.getHostString().equals(target.getAddress().getHostAddress());
    }

    @Override
    protected void bind(InetAddress host, int wanted) throws IOException {
        synchronized (stateLock) {
            ensureOpen();
            if (boundTo != null) {
                throw new SocketException("Already bound");
            }
            IpAddress local = IpAddress.of(host);
            if (!local.isUnspecified() && !stack.isLocal(local)) {
                throw new BindException("Cannot assign requested address");
            }
            boolean reuse = (Boolean) settings.get(StandardSocketOptions.SO_REUSEADDR);
            reserved = stack.reservations().take(local, wanted, reuse);
            localport = reserved.port();
            boundTo = local;
            address = host;
        }
    }

    @Override
    protected void listen(int backlog) throws IOException {
        throw new SocketException("not a server socket");
    }

    @Override
    protected void accept(SocketImpl s) throws IOException {
        throw new SocketException("not a server socket");
    }

    // --- streams

    private void ensureOpen() throws SocketException {
        if (state == State.CLOSED) {
            throw SocketErrors.closed();
        }
    }

    private TcpStream ensureConnected() throws SocketException {
        return switch (state) {
            case UNCONNECTED, CONNECTING -> throw new SocketException("Not connected");
            case CONNECTED -> stream;
            case CLOSED -> throw SocketErrors.closed();
        };
    }

    private int read(byte[] bytes, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        if (length == 0) {
            return 0;
        }
        long deadlineNs = Waiter.deadline(settings.timeoutMs());
        if (!Locks.lock(readLock, deadlineNs)) {
            throw new SocketTimeoutException("Read timed out");
        }
        try {
            if (endRead) {
                return -1;
            }
            TcpStream open = ensureConnected();
            int count = open.read(bytes, offset, length, deadlineNs);
            endRead = count < 0;
            return count;
        } finally {
            readLock.unlock();
        }
    }

    private void write(byte[] bytes, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        if (length == 0) {
            return;
        }
        writeLock.lock();
        try {
            ensureConnected().write(bytes, offset, length);
        } finally {
            writeLock.unlock();
        }
    }

    @Override
    protected InputStream getInputStream() {
        return new InputStream() {
            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) > 0 ? one[0] & 0xff : -1;
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                return StreamSocketImpl.this.read(bytes, offset, length);
            }

            @Override
            public int available() throws IOException {
                return StreamSocketImpl.this.available();
            }

            @Override
            public void close() throws IOException {
                StreamSocketImpl.this.close();
            }
        };
    }

    @Override
    protected OutputStream getOutputStream() {
        return new OutputStream() {
            @Override
            public void write(int value) throws IOException {
                write(new byte[] {(byte) value}, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                StreamSocketImpl.this.write(bytes, offset, length);
            }

            @Override
            public void close() throws IOException {
                StreamSocketImpl.this.close();
            }
        };
    }

    @Override
    protected int available() throws IOException {
        TcpStream open = ensureConnected();
        return inputShut ? 0 : open.available();
    }

    @Override
    protected void shutdownInput() throws IOException {
        TcpStream open = ensureConnected();
        if (!inputShut) {
            inputShut = true;
            open.shutdownInput();
        }
    }

    @Override
    protected void shutdownOutput() throws IOException {
        ensureConnected().shutdownOutput();
    }

    @Override
    protected void close() throws IOException {
        TcpStream open;
        HappyEyeballs attempt;
        Reservations.Port port;
        synchronized (stateLock) {
            if (state == State.CLOSED) {
                return;
            }
            state = State.CLOSED;
            open = stream;
            attempt = dialer;
            port = reserved;
        }
        if (attempt != null) {
            attempt.cancel();
        }
        if (port != null) {
            stack.reservations().free(port);
        }
        if (open != null) {
            open.close(settings.lingerSeconds());
            forgotten.clean();
        }
    }

    // --- options

    @Override
    protected Set<SocketOption<?>> supportedOptions() {
        return SocketSettings.supported(false);
    }

    @Override
    protected <T> void setOption(SocketOption<T> option, T value) throws IOException {
        ensureSupported(option);
        ensureOpen();
        settings.set(option, value);
        changed();
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
        if (id != SocketOptions.SO_TIMEOUT && id != SocketOptions.SO_LINGER) {
            changed();
        }
    }

    private void changed() {
        TcpStream open = stream;
        if (open != null) {
            open.receiveBuffer(settings.receiveBuffer());
            open.options(settings.toTcp());
        }
    }

    @Override
    public Object getOption(int id) throws SocketException {
        ensureOpen();
        if (id == SocketOptions.SO_BINDADDR) {
            IpAddress local = boundTo;
            return (local == null ? IpAddress.ANY4 : local).toInetAddress();
        }
        return settings.get(id);
    }

    @Override
    protected boolean supportsUrgentData() {
        return false;
    }

    @Override
    protected void sendUrgentData(int data) throws IOException {
        throw new SocketException("Urgent data not supported");
    }
}
