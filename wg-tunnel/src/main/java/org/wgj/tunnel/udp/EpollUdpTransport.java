// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.udp;

import io.netty.channel.IoEventLoop;

import org.wgj.protocol.PacketBatch;
import org.wgj.tun.linux.Errno;
import org.wgj.tun.linux.ErrnoException;

import java.io.IOException;

/**
 * UDP on Linux: one socket for each address family, with recvmmsg and sendmmsg on a Netty epoll
 * event loop. Netty's own datagram channel does not report the local address or the traffic class
 * of a datagram, and sends every datagram with the socket's.
 *
 * <p>There are two sockets instead of one for both families because the host may lack a family, and
 * because each then uses addresses of its own family only.
 */
final class EpollUdpTransport implements UdpTransport {
    /**
     * The number of ports to try if the second family finds the port that the system chose taken.
     */
    private static final int PORT_ATTEMPTS = 100;

    private final IoEventLoop loop;
    private final Receiver receiver;
    private final Syscalls calls;
    private final SocketSetup setup;
    private final UdpOffloads allowed;
    private final UdpTally counters = new UdpTally();
    private final EndpointCache endpoints = new EndpointCache();
    private PacketBatch received; // shared by both families, of which one receives at a time
    private EpollUdpSocket ipv4;
    private EpollUdpSocket ipv6;

    EpollUdpTransport(IoEventLoop loop, Receiver receiver) {
        this(loop, receiver, Syscalls.LIBC, UdpOffloads.allowed());
    }

    /**
     * @param allowed the offloads to use if the kernel has them
     */
    EpollUdpTransport(IoEventLoop loop, Receiver receiver, Syscalls calls, UdpOffloads allowed) {
        this.loop = loop;
        this.receiver = receiver;
        this.calls = calls;
        this.allowed = allowed;
        setup = new SocketSetup(calls);
    }

    @Override
    public int open(int port, int mark) throws IOException {
        checkOwner();
        if (isOpen()) {
            throw new IllegalStateException("open already");
        }
        for (int attempt = 1; ; attempt++) {
            try {
                return openBoth(port, mark);
            } catch (ErrnoException e) {
                if (e.errno() != Errno.EADDRINUSE || port != 0 || attempt == PORT_ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    private int openBoth(int port, int mark) throws ErrnoException {
        boolean opened = false;
        try {
            int bound = bindBoth(port, mark);
            if (ipv4 != null) {
                ipv4.register();
            }
            if (ipv6 != null) {
                ipv6.register();
            }
            opened = true;
            return bound;
        } finally {
            if (!opened) {
                close();
            }
        }
    }

    private int bindBoth(int port, int mark) throws ErrnoException {
        int bound = port;
        int fd = setup.open(SocketFamily.IPV4, bound, mark);
        if (fd >= 0) {
            ipv4 = socket(SocketFamily.IPV4, fd);
            bound = setup.localPort(fd);
        }
        fd = setup.open(SocketFamily.IPV6, bound, mark);
        if (fd >= 0) {
            ipv6 = socket(SocketFamily.IPV6, fd);
            bound = setup.localPort(fd);
        }
        if (!isOpen()) {
            throw new ErrnoException(
                    "socket", Errno.EAFNOSUPPORT, "this host has neither IPv4 nor IPv6");
        }
        return bound;
    }

    private EpollUdpSocket socket(SocketFamily family, int fd) {
        if (received == null) {
            received = DatagramReceiver.newBatch(allowed.gro());
        }
        boolean gso = allowed.gso() && setup.canSegment(fd);
        boolean gro = allowed.gro() && setup.coalesce(fd);
        return new EpollUdpSocket(
                loop,
                fd,
                new DatagramReceiver(calls, family, gro, received, endpoints, receiver, counters),
                new DatagramSender(calls, family, gso, receiver, counters),
                this::drained);
    }

    @Override
    public void send(PacketBatch datagrams) {
        int wanted6 = 0;
        for (int i = 0; i < datagrams.count(); i++) {
            wanted6 += datagrams.endpoints()[i].ipv6() ? 1 : 0;
        }
        send(ipv4, datagrams, datagrams.count() - wanted6);
        send(ipv6, datagrams, wanted6);
    }

    private void send(EpollUdpSocket socket, PacketBatch datagrams, int ofItsFamily) {
        if (ofItsFamily == 0) {
            return;
        }
        if (socket == null) {
            counters.lost += ofItsFamily;
        } else {
            socket.send(datagrams);
        }
    }

    @Override
    public boolean isWritable() {
        return (ipv4 == null || ipv4.isWritable()) && (ipv6 == null || ipv6.isWritable());
    }

    private void drained() {
        if (isWritable()) {
            receiver.writable();
        }
    }

    @Override
    public void mark(int mark) throws IOException {
        checkOwner();
        if (ipv4 != null) {
            setup.setMark(ipv4.descriptor(), mark);
        }
        if (ipv6 != null) {
            setup.setMark(ipv6.descriptor(), mark);
        }
    }

    @Override
    public UdpOffloads offloads() {
        return new UdpOffloads(
                isOpen() && (ipv4 == null || ipv4.gso()) && (ipv6 == null || ipv6.gso()),
                isOpen() && (ipv4 == null || ipv4.gro()) && (ipv6 == null || ipv6.gro()));
    }

    @Override
    public UdpCounters counters() {
        return counters.snapshot();
    }

    @Override
    public long queuedBytes() {
        return (ipv4 == null ? 0 : ipv4.queuedBytes()) + (ipv6 == null ? 0 : ipv6.queuedBytes());
    }

    @Override
    public void close() {
        if (isOpen() && !loop.isTerminated()) {
            checkOwner();
        }
        if (ipv4 != null) {
            ipv4.close();
            ipv4 = null;
        }
        if (ipv6 != null) {
            ipv6.close();
            ipv6 = null;
        }
    }

    private boolean isOpen() {
        return ipv4 != null || ipv6 != null;
    }

    private void checkOwner() {
        if (!loop.inEventLoop()) {
            throw new IllegalStateException("not on the transport's event loop");
        }
    }
}
