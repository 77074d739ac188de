// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.socket;

import org.wgj.netstack.ip.PacketDropReason;
import org.wgj.netstack.udp.UdpHandler;
import org.wgj.netstack.udp.UdpPort;
import org.wgj.netstack.wire.IpAddress;

import java.io.IOException;
import java.lang.ref.Cleaner;
import java.net.PortUnreachableException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.Iterator;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The datagrams of one socket between its threads and the stack's, both ways, bounded in bytes: a
 * full receive queue drops the newest, a full send queue makes the sender wait.
 *
 * <p>One thread sends and one receives at a time; the socket's locks ensure that.
 */
final class DatagramQueue implements UdpHandler, SocketStack.Open {
    /** The cost of each datagram beyond its bytes, so that empty ones are bounded too. */
    private static final int OVERHEAD = 64;

    /** The cost of a closed socket that has still to send, beyond its datagrams. */
    private static final int CLOSED_SOCKET = 1024;

    /** 65535 less the header of UDP; IPv4's header counts too. */
    private static final int MAX_PAYLOAD_IPV6 = 65_527;

    private static final int MAX_PAYLOAD_IPV4 = 65_507;

    /** A datagram and its other end. */
    record Datagram(IpAddress from, int port, byte[] payload) {
        int cost() {
            return payload.length + OVERHEAD;
        }
    }

    private final SocketStack stack;
    private final DatagramSettings settings;
    private final ConcurrentLinkedQueue<Datagram> received = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<Datagram> outgoing = new ConcurrentLinkedQueue<>();
    private final AtomicInteger receivedBytes = new AtomicInteger();
    private final AtomicInteger outgoingBytes = new AtomicInteger();
    private final AtomicBoolean sendPending = new AtomicBoolean();
    private final Runnable sendTask = this::sendAll;
    private final Waiter receiving = new Waiter();
    private final Waiter sending = new Waiter();
    private volatile boolean closed;
    private volatile IOException failure; // for the next call
    private volatile Cleaner.Cleanable forgotten;
    private UdpPort port; // the stack's thread owns it
    private boolean closing; // as well
    private int closingBytes; // as well: what the stack's total has of this socket

    /** The only peer while the socket is connected. */
    private record Peer(IpAddress address, int port) {
        boolean sent(Datagram datagram) {
            return datagram.port() == port && datagram.from().equals(address);
        }
    }

    private volatile Peer peer;

    DatagramQueue(SocketStack stack, DatagramSettings settings) {
        this.stack = stack;
        this.settings = settings;
    }

    /**
     * Binds the socket.
     *
     * @param socket closed when it is forgotten
     * @param local an own address; null for all
     * @param wanted a port; 0 to let the stack choose
     * @return the port
     */
    int bind(Object socket, IpAddress local, int wanted) throws IOException {
        int bound =
                stack.call(
                        () -> {
                            if (closed) {
                                throw new SocketException("Socket is closed");
                            }
                            port = stack.tun().stack().udp().bind(local, wanted, this);
                            return port.port();
                        });
        stack.opened(this);
        forgotten = SocketStack.whenForgotten(socket, this::close);
        return bound;
    }

    void connect(IpAddress address, int remotePort) throws IOException {
        stack.call(
                () -> {
                    peer = new Peer(address, remotePort);
                    port.connect(address, remotePort);
                    return null;
                });
        failure = null;
    }

    void disconnect() throws IOException {
        stack.call(
                () -> {
                    peer = null;
                    port.disconnect();
                    return null;
                });
        failure = null;
    }

    // --- UdpHandler, on the stack's thread

    @Override
    public void received(IpAddress from, int fromPort, byte[] payload) {
        Datagram datagram = new Datagram(from, fromPort, payload);
        if (closed) {
            return;
        }
        if (receivedBytes.get() + datagram.cost() > settings.receiveBuffer()) {
            stack.tun().stack().counters().drop(PacketDropReason.RECEIVE_QUEUE_FULL);
            return;
        }
        receivedBytes.addAndGet(datagram.cost());
        received.add(datagram);
        receiving.changed();
    }

    @Override
    public void unreachable(IpAddress remote, int remotePort) {
        Peer connected = peer;
        if (connected != null
                && connected.port() == remotePort
                && connected.address().equals(remote)) {
            failure = new PortUnreachableException();
            receiving.changed();
        }
    }

    @Override
    public void closed() {
        close();
    }

    @Override
    public void writable() {
        sendAll();
    }

    private void sendAll() {
        sendPending.set(false);
        for (Datagram next = outgoing.peek(); next != null; next = outgoing.peek()) {
            try {
                port.setTrafficClass(settings.trafficClass());
                boolean sent =
                        port.send(
                                next.from(),
                                next.port(),
                                next.payload(),
                                0,
                                next.payload().length,
                                settings.dontFragment(),
                                stack.tun().nowNs());
                if (!sent) {
                    break; // until there is room
                }
            } catch (IOException e) {
                failure = e;
                receiving.changed(); // nothing will come for what did not leave
            }
            outgoing.poll();
            outgoingBytes.addAndGet(-next.cost());
        }
        if (closing) {
            countClosing();
            if (outgoing.isEmpty()) {
                port.close();
            }
        }
        sending.changed();
    }

    /** Gives the port back. What waits still leaves, as far as the stack's total has room. */
    private void finish() {
        port.release();
        sendAll();
        int room = stack.closingDatagrams().room();
        for (Iterator<Datagram> all = outgoing.iterator(); all.hasNext(); ) {
            int cost = all.next().cost();
            if (cost > room) {
                room = 0; // none after it either
                all.remove();
                outgoingBytes.addAndGet(-cost);
                stack.tun().stack().counters().drop(PacketDropReason.QUEUE_FULL);
            } else {
                room -= cost;
            }
        }
        closing = true;
        sendAll();
    }

    private void countClosing() {
        int now = outgoing.isEmpty() ? 0 : outgoingBytes.get() + CLOSED_SOCKET;
        stack.closingDatagrams().add(now - closingBytes);
        closingBytes = now;
    }

    // --- for the program's threads

    void send(IpAddress to, int toPort, byte[] payload) throws IOException {
        throwFailure();
        if (payload.length > (to.ipv6() ? MAX_PAYLOAD_IPV6 : MAX_PAYLOAD_IPV4)) {
            throw new SocketException("Message too long");
        }
        Datagram datagram = new Datagram(to, toPort, payload);
        while (true) {
            int seen = sending.changes();
            ensureOpen();
            int waiting = outgoingBytes.get();
            if (waiting == 0 || waiting + datagram.cost() <= settings.sendBuffer()) {
                break;
            }
            sending.await(seen, Waiter.NEVER);
        }
        outgoingBytes.addAndGet(datagram.cost());
        outgoing.add(datagram);
        if (!sendPending.getAndSet(true)) {
            stack.execute(sendTask);
        }
    }

    Datagram receive(long deadlineNs) throws IOException {
        while (true) {
            int seen = receiving.changes();
            ensureOpen();
            throwFailure();
            Datagram datagram = received.poll();
            if (datagram != null) {
                receivedBytes.addAndGet(-datagram.cost());
                Peer connected = peer;
                if (connected == null || connected.sent(datagram)) {
                    return datagram;
                }
                continue; // it came before the socket was connected to another peer
            }
            if (!receiving.await(seen, deadlineNs)) {
                throw timedOut();
            }
        }
    }

    static SocketTimeoutException timedOut() {
        return new SocketTimeoutException("Receive timed out");
    }

    private void throwFailure() throws IOException {
        IOException reason = failure;
        if (reason != null) {
            failure = null;
            throw reason;
        }
    }

    private void ensureOpen() throws SocketException {
        if (closed) {
            throw SocketErrors.closed();
        }
    }

    boolean isClosed() {
        return closed;
    }

    void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        stack.released(this);
        receiving.changed();
        sending.changed();
        stack.execute(
                () -> {
                    if (port != null) {
                        finish();
                    }
                });
        Cleaner.Cleanable registered = forgotten;
        if (registered != null) {
            registered.clean();
        }
    }

    @Override
    public void stackClosed() {
        close();
    }
}
