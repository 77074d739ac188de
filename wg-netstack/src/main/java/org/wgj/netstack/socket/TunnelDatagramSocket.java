// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.socket;

import org.wgj.netstack.wire.IpAddress;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A datagram socket in the tunnel, with the states and messages of the JDK's own. The wildcard
 * address receives IPv4 and IPv6.
 *
 * <p>Differences: there is no multicast and no broadcast in a tunnel; a datagram that the stack
 * cannot send is reported by the next call, since {@link #send} does not wait for the stack.
 */
final class TunnelDatagramSocket extends DatagramSocket {
    private final SocketStack stack;
    private final DatagramQueue queue;
    private final DatagramSettings settings = new DatagramSettings();
    private final ReentrantLock readLock = new ReentrantLock();
    private final ReentrantLock writeLock = new ReentrantLock();
    private final Object stateLock = new Object();

    /* Under stateLock to change. */
    private volatile InetSocketAddress local;
    private volatile InetSocketAddress remote;

    TunnelDatagramSocket(SocketStack stack) {
        super(new UnusedDatagramImpl());
        this.stack = stack;
        queue = new DatagramQueue(stack, settings);
    }

    // --- addresses

    @Override
    public void bind(SocketAddress wanted) throws SocketException {
        InetSocketAddress address = wanted == null ? new InetSocketAddress(0) : inetAddress(wanted);
        if (address.isUnresolved()) {
            throw new SocketException("Unresolved address");
        }
        synchronized (stateLock) {
            ensureOpen();
            if (local != null) {
                throw new SocketException("Already bound");
            }
            IpAddress ip = IpAddress.of(address.getAddress());
            try {
                if (!ip.isUnspecified() && !stack.isLocal(ip)) {
                    throw new BindException("Cannot assign requested address");
                }
                int port = queue.bind(this, ip.isUnspecified() ? null : ip, address.getPort());
                local = new InetSocketAddress(address.getAddress(), port);
            } catch (IOException e) {
                throw asSocketException(e);
            }
        }
    }

    private void bindIfNeeded() throws SocketException {
        synchronized (stateLock) {
            if (local == null) {
                bind(null);
            }
        }
    }

    private static InetSocketAddress inetAddress(SocketAddress address) {
        if (address instanceof InetSocketAddress inet) {
            return inet;
        }
        throw new IllegalArgumentException("Unsupported address type");
    }

    private static SocketException asSocketException(IOException e) {
        if (e instanceof SocketException exception) {
            return exception;
        }
        return (SocketException) new SocketException(e.getMessage()).initCause(e);
    }

    @Override
    public void connect(InetAddress address, int port) {
        if (address == null) {
            throw new IllegalArgumentException("Address can't be null");
        }
        try {
            connect(new InetSocketAddress(address, port));
        } catch (SocketException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void connect(SocketAddress target) throws SocketException {
        if (target == null) {
            throw new IllegalArgumentException("Address can't be null");
        }
        InetSocketAddress address = inetAddress(target);
        if (address.isUnresolved()) {
            throw new SocketException("Unresolved address");
        }
        if (address.getPort() == 0) {
            throw new SocketException("Can't connect to port 0");
        }
        synchronized (stateLock) {
            if (isClosed()) {
                return; // as the JDK
            }
            bindIfNeeded();
            try {
                queue.connect(IpAddress.of(address.getAddress()), address.getPort());
            } catch (IOException e) {
                throw asSocketException(e);
            }
            remote = address;
        }
    }

    @Override
    public void disconnect() {
        synchronized (stateLock) {
            if (isClosed() || remote == null) {
                return;
            }
            remote = null;
            try {
                queue.disconnect();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @Override
    public boolean isBound() {
        return local != null;
    }

    @Override
    public boolean isConnected() {
        return remote != null;
    }

    @Override
    public InetAddress getInetAddress() {
        InetSocketAddress now = remote;
        return now == null ? null : now.getAddress();
    }

    @Override
    public int getPort() {
        InetSocketAddress now = remote;
        return now == null ? -1 : now.getPort();
    }

    @Override
    public SocketAddress getRemoteSocketAddress() {
        return remote;
    }

    @Override
    public SocketAddress getLocalSocketAddress() {
        return isClosed() ? null : local;
    }

    @Override
    public InetAddress getLocalAddress() {
        if (isClosed()) {
            return null;
        }
        InetSocketAddress now = local;
        return (now == null ? new InetSocketAddress(0) : now).getAddress();
    }

    @Override
    public int getLocalPort() {
        if (isClosed()) {
            return -1;
        }
        InetSocketAddress now = local;
        return now == null ? 0 : now.getPort();
    }

    // --- datagrams

    @Override
    public void send(DatagramPacket packet) throws IOException {
        synchronized (packet) {
            ensureNotClosed();
            InetSocketAddress target = target(packet);
            bindIfNeeded();
            byte[] payload = new byte[packet.getLength()];
            System.arraycopy(packet.getData(), packet.getOffset(), payload, 0, payload.length);
            try {
                writeLock.lock();
                try {
                    queue.send(IpAddress.of(target.getAddress()), target.getPort(), payload);
                } finally {
                    writeLock.unlock();
                }
            } catch (InterruptedIOException e) {
                close();
                throw new SocketException("Closed by interrupt");
            }
        }
    }

    private InetSocketAddress target(DatagramPacket packet) throws SocketException {
        InetSocketAddress connected = remote;
        InetAddress address = packet.getAddress();
        if (connected == null) {
            if (address == null) {
                throw new IllegalArgumentException("Address not set");
            }
            if (packet.getPort() == 0) {
                throw new SocketException("Can't send to port 0");
            }
            return new InetSocketAddress(address, packet.getPort());
        }
        if (address == null) {
            packet.setSocketAddress(connected);
        } else if (!connected.getAddress().equals(address)
                || connected.getPort() != packet.getPort()) {
            throw new IllegalArgumentException("Connected and packet address differ");
        }
        return connected;
    }

    @Override
    public void receive(DatagramPacket packet) throws IOException {
        synchronized (packet) {
            ensureNotClosed();
            bindIfNeeded();
            long deadlineNs = Waiter.deadline(settings.timeoutMs());
            try {
                if (!Locks.lock(readLock, deadlineNs)) {
                    throw DatagramQueue.timedOut();
                }
                try {
                    PacketCapacities.fill(packet, queue.receive(deadlineNs));
                } finally {
                    readLock.unlock();
                }
            } catch (java.net.SocketTimeoutException e) {
                throw e;
            } catch (InterruptedIOException e) {
                close();
                throw new SocketException("Closed by interrupt");
            }
        }
    }

    private void ensureNotClosed() throws SocketException {
        if (isClosed()) {
            throw SocketErrors.closed();
        }
    }

    private void ensureOpen() throws SocketException {
        if (isClosed()) {
            throw new SocketException("Socket is closed");
        }
    }

    @Override
    public void close() {
        queue.close();
    }

    @Override
    public boolean isClosed() {
        return queue.isClosed();
    }

    @Override
    public DatagramChannel getChannel() {
        return null;
    }

    // --- options

    @Override
    public void setSoTimeout(int timeoutMs) throws SocketException {
        ensureOpen();
        if (timeoutMs < 0) {
            throw new IllegalArgumentException("timeout < 0");
        }
        settings.timeoutMs(timeoutMs);
    }

    @Override
    public int getSoTimeout() throws SocketException {
        ensureOpen();
        return settings.timeoutMs();
    }

    @Override
    public void setSendBufferSize(int size) throws SocketException {
        if (size <= 0) {
            throw new IllegalArgumentException("Invalid send size");
        }
        set(StandardSocketOptions.SO_SNDBUF, size);
    }

    @Override
    public int getSendBufferSize() throws SocketException {
        return get(StandardSocketOptions.SO_SNDBUF);
    }

    @Override
    public void setReceiveBufferSize(int size) throws SocketException {
        if (size <= 0) {
            throw new IllegalArgumentException("Invalid receive size");
        }
        set(StandardSocketOptions.SO_RCVBUF, size);
    }

    @Override
    public int getReceiveBufferSize() throws SocketException {
        return get(StandardSocketOptions.SO_RCVBUF);
    }

    @Override
    public void setReuseAddress(boolean on) throws SocketException {
        set(StandardSocketOptions.SO_REUSEADDR, on);
    }

    @Override
    public boolean getReuseAddress() throws SocketException {
        return get(StandardSocketOptions.SO_REUSEADDR);
    }

    @Override
    public void setBroadcast(boolean on) throws SocketException {
        set(StandardSocketOptions.SO_BROADCAST, on);
    }

    @Override
    public boolean getBroadcast() throws SocketException {
        return get(StandardSocketOptions.SO_BROADCAST);
    }

    @Override
    public void setTrafficClass(int trafficClass) throws SocketException {
        set(StandardSocketOptions.IP_TOS, trafficClass);
    }

    @Override
    public int getTrafficClass() throws SocketException {
        return get(StandardSocketOptions.IP_TOS);
    }

    private <T> void set(SocketOption<T> option, T value) throws SocketException {
        ensureOpen();
        settings.set(option, value);
    }

    private <T> T get(SocketOption<T> option) throws SocketException {
        ensureOpen();
        return settings.get(option);
    }

    @Override
    public <T> DatagramSocket setOption(SocketOption<T> option, T value) throws IOException {
        Objects.requireNonNull(option);
        set(option, value);
        return this;
    }

    @Override
    public <T> T getOption(SocketOption<T> option) throws IOException {
        Objects.requireNonNull(option);
        return get(option);
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
        return DatagramSettings.SUPPORTED;
    }

    @Override
    public void joinGroup(SocketAddress group, NetworkInterface ignored) throws IOException {
        throw new SocketException("a tunnel carries no multicast");
    }

    @Override
    public void leaveGroup(SocketAddress group, NetworkInterface ignored) throws IOException {
        throw new SocketException("Not a member of group");
    }
}
