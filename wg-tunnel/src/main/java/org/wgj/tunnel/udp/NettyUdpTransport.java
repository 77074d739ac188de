// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.udp;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.IoEventLoop;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.unix.Errors;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.util.concurrent.Future;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.PacketBatch;
import org.wgj.tun.linux.Errno;
import org.wgj.tun.linux.ErrnoException;

import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;

/**
 * UDP on every system that Netty supports, without root. It is one of Netty's datagram channels for
 * both address families, because the JDK opens IPv6 sockets for both; for IPv4 alone if the host
 * has no IPv6.
 *
 * <p>The channel has limits: it neither reports nor sets a datagram's traffic class (0 is reported,
 * and every datagram leaves with 0), does not report the local address that a datagram was sent to
 * and cannot answer from it, cannot set a mark, and cannot send an empty datagram (WireGuard has
 * none). It makes a few objects for each datagram. On the JDK's selector a closed port is free only
 * after the event loop has polled again: opening the same port in the same task fails with
 * EADDRINUSE.
 */
final class NettyUdpTransport implements UdpTransport {
    private static final Logger LOG = LoggerFactory.getLogger(NettyUdpTransport.class);

    /** The JDK's name of the option, which is in a module that a program may lack. */
    private static final String DONT_FRAGMENT = "IP_DONTFRAGMENT";

    private static final int MAX_DATAGRAM_BYTES = 65_535;

    /**
     * The most datagrams in a batch, and below the memory that they share: each may be the longest.
     */
    private static final int RECEIVED_COUNT = 64;

    private static final int RECEIVED_BYTES = 4 * MAX_DATAGRAM_BYTES;

    /**
     * Datagrams that are read before other users of the event loop have their turn. Each lies in a
     * buffer of the longest length.
     */
    private static final int READS = 16;

    /** The most bytes, and below the most datagrams, that may wait to be sent. */
    private static final int PENDING_BYTES = 1 << 20;

    private static final int PENDING_COUNT = 1024;

    private final IoEventLoop loop;
    private final Receiver receiver;
    private final UdpTally counters = new UdpTally();
    private final EndpointCache endpoints = new EndpointCache();
    private final PacketBatch received = new PacketBatch(RECEIVED_BYTES, RECEIVED_COUNT);

    private DatagramChannel channel;
    private boolean ipv6;
    private int pendingBytes;
    private int pendingCount;
    private boolean waiting;

    NettyUdpTransport(IoEventLoop loop, Receiver receiver) {
        this.loop = loop;
        this.receiver = receiver;
    }

    @Override
    public int open(int port, int mark) throws IOException {
        checkOwner();
        if (channel != null) {
            throw new IllegalStateException("open already");
        }
        mark(mark);
        DatagramChannel opening = newChannel();
        boolean opened = false;
        try {
            EventLoopGroup group = loop; // its method register is not deprecated, unlike the loop's
            await(group.register(opening));
            configure(opening);
            await(opening.bind(new InetSocketAddress(port)));
            opened = true;
        } catch (BindException e) {
            throw new ErrnoException("bind UDP port " + port, errno(e));
        } catch (IOException e) {
            int errno = NettyEpoll.isAvailable() ? EpollChannels.errno(e) : 0;
            throw errno == 0 ? e : new ErrnoException("bind UDP port " + port, errno);
        } finally {
            if (!opened) {
                opening.close();
            }
        }
        channel = opening;
        return channel.localAddress().getPort();
    }

    private DatagramChannel newChannel() {
        try {
            ipv6 = true;
            return newChannel(SocketProtocolFamily.INET6);
        } catch (UnsupportedOperationException | ChannelException e) {
            ipv6 = false;
            return newChannel(SocketProtocolFamily.INET);
        }
    }

    private DatagramChannel newChannel(SocketProtocolFamily family) {
        return NettyEpoll.drives(loop)
                ? EpollChannels.open(family)
                : new NioDatagramChannel(family);
    }

    /** Loaded only if {@link NettyEpoll#isAvailable}. */
    private static final class EpollChannels {
        private static final ChannelOption<Integer> IP_MTU_DISCOVER =
                new IntegerUnixChannelOption(
                        "IP_MTU_DISCOVER", SocketFamily.IPV4.level, SocketSetup.IP_MTU_DISCOVER);
        private static final ChannelOption<Integer> IPV6_MTU_DISCOVER =
                new IntegerUnixChannelOption(
                        "IPV6_MTU_DISCOVER",
                        SocketFamily.IPV6.level,
                        SocketSetup.IPV6_MTU_DISCOVER);

        static DatagramChannel open(SocketProtocolFamily family) {
            return new EpollDatagramChannel(family);
        }

        static void allowFragments(DatagramChannel opening, boolean ipv6) {
            opening.config().setOption(IP_MTU_DISCOVER, SocketSetup.PMTUDISC_DONT);
            if (ipv6) {
                opening.config().setOption(IPV6_MTU_DISCOVER, SocketSetup.PMTUDISC_DONT);
            }
        }

        /** 0 if the exception is not one of a system call. */
        static int errno(IOException e) {
            return e instanceof Errors.NativeIoException failed ? -failed.expectedErr() : 0;
        }
    }

    private void configure(DatagramChannel opening) {
        FixedRecvByteBufAllocator whole = new FixedRecvByteBufAllocator(MAX_DATAGRAM_BYTES);
        whole.maxMessagesPerRead(READS);
        opening.config().setRecvByteBufAllocator(whole);
        opening.config().setOption(ChannelOption.SO_RCVBUF, SocketSetup.BUFFER_BYTES);
        opening.config().setOption(ChannelOption.SO_SNDBUF, SocketSetup.BUFFER_BYTES);
        allowFragments(opening);
        opening.pipeline().addLast(new Inbound());
    }

    /**
     * Clears the "don't fragment" bit of IPv4, as our own transport does and the kernel's
     * WireGuard: a datagram that is too big for the path arrives in fragments. With the bit it is
     * lost, for ever if the path's ICMP messages are lost too. The bit is set by default on sockets
     * for both families.
     */
    private void allowFragments(DatagramChannel opening) {
        try {
            if (NettyEpoll.drives(loop)) {
                EpollChannels.allowFragments(opening, ipv6);
                return;
            }
            for (ChannelOption<?> option : opening.config().getOptions().keySet()) {
                if (option.name().equals(DONT_FRAGMENT)) {
                    @SuppressWarnings("unchecked") // the JDK's option IP_DONTFRAGMENT
                    ChannelOption<Boolean> flag = (ChannelOption<Boolean>) option;
                    opening.config().setOption(flag, false);
                }
            }
        } catch (ChannelException | UnsupportedOperationException e) {
            LOG.info("UDP sockets with the bit \"don't fragment\": {}", e.getMessage());
        }
    }

    /**
     * Takes the result of registering or binding, which on the loop's own thread are complete when
     * the call returns.
     */
    private static void await(Future<?> future) throws IOException {
        if (!future.isDone()) {
            throw new IllegalStateException("the event loop puts off what it can do at once");
        }
        switch (future.cause()) {
            case null -> {}
            case IOException e -> throw e;
            case Throwable e -> throw new IOException(e);
        }
    }

    /**
     * The JDK has one exception for three reasons and distinguishes them only by the text of
     * strerror.
     */
    private static int errno(BindException e) {
        String message = String.valueOf(e.getMessage());
        if (message.contains("ermission denied")) {
            return Errno.EACCES;
        }
        return message.contains("annot assign") ? Errno.EADDRNOTAVAIL : Errno.EADDRINUSE;
    }

    /** Collects what the channel reads into batches. */
    private final class Inbound extends ChannelInboundHandlerAdapter {
        private int count;
        private int usedBytes;

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            DatagramPacket packet = (DatagramPacket) message;
            try {
                add(packet.content(), packet.sender());
            } finally {
                packet.release();
            }
        }

        private void add(ByteBuf data, InetSocketAddress sender) {
            int length = data.readableBytes();
            int offset = usedBytes + PacketBatch.HEADROOM;
            data.readBytes(received.slab().asSlice(offset, length).asByteBuffer());
            received.offsets()[count] = offset;
            received.lengths()[count] = length;
            received.trafficClasses()[count] = 0;
            received.endpoints()[count] = endpoint(sender);
            count++;
            usedBytes = offset + length + PacketBatch.TAILROOM;
            int roomForLongest = PacketBatch.HEADROOM + MAX_DATAGRAM_BYTES + PacketBatch.TAILROOM;
            if (count == RECEIVED_COUNT || RECEIVED_BYTES - usedBytes < roomForLongest) {
                deliver();
            }
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            deliver();
        }

        private void deliver() {
            received.setCount(count);
            boolean some = count > 0 && channel != null;
            count = 0;
            usedBytes = 0;
            if (some) {
                counters.received += received.count();
                receiver.received(received);
            }
        }

        /**
         * Counts an error such as an ICMP message for an earlier datagram; the channel stays open
         * and goes on reading.
         */
        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            if (!(cause instanceof IOException)) {
                context.fireExceptionCaught(cause); // a fault of our own: Netty logs it
                return;
            }
            counters.receiveErrors++;
        }
    }

    private Endpoint endpoint(InetSocketAddress sender) {
        Endpoint plain = Endpoint.of(sender);
        return endpoints.get(
                plain.ipv6(), plain.high(), plain.low(), plain.port(), plain.scopeId(), 0, 0, 0);
    }

    @Override
    public void send(PacketBatch datagrams) {
        for (int i = 0; i < datagrams.count(); i++) {
            Endpoint to = datagrams.endpoints()[i];
            int length = datagrams.lengths()[i];
            if (channel == null || to.ipv6() && !ipv6) {
                counters.lost++;
            } else if (pendingCount == PENDING_COUNT || length > PENDING_BYTES - pendingBytes) {
                counters.overflowed++;
            } else {
                write(datagrams.slab().asSlice(datagrams.offsets()[i], length).asByteBuffer(), to);
            }
            if (channel != null && pendingCount == PENDING_COUNT / 2) {
                channel.flush(); // a batch may be longer than the queue
            }
        }
        if (channel != null) {
            channel.flush();
        }
        waiting = pendingCount > 0;
    }

    private void write(ByteBuffer data, Endpoint to) {
        int length = data.remaining();
        pendingCount++;
        pendingBytes += length;
        ByteBuf copy = channel.alloc().directBuffer(length).writeBytes(data);
        channel.write(new DatagramPacket(copy, to.toSocketAddress()))
                .addListener(written -> written(length, written.isSuccess()));
    }

    private void written(int length, boolean left) {
        pendingCount--;
        pendingBytes -= length;
        if (left) {
            counters.sent++;
        } else {
            counters.lost++;
        }
        if (waiting && pendingCount == 0) {
            waiting = false;
            loop.execute(this::drained); // not now, within the channel's flush
        }
    }

    private void drained() {
        if (channel != null && isWritable()) {
            receiver.writable();
        }
    }

    @Override
    public boolean isWritable() {
        return !waiting;
    }

    /**
     * Does nothing for mark 0.
     *
     * @throws ErrnoException EOPNOTSUPP for any other mark
     */
    @Override
    public void mark(int mark) throws IOException {
        checkOwner();
        if (mark != 0) {
            throw new ErrnoException(
                    "SO_MARK", Errno.EOPNOTSUPP, "this UDP transport cannot mark its datagrams");
        }
    }

    @Override
    public long queuedBytes() {
        return pendingBytes;
    }

    @Override
    public UdpCounters counters() {
        return counters.snapshot();
    }

    @Override
    public void close() {
        if (channel == null) {
            return;
        }
        if (!loop.isTerminated()) {
            checkOwner();
        }
        DatagramChannel closing = channel;
        channel = null;
        closing.close();
        waiting = false;
    }

    private void checkOwner() {
        if (!loop.inEventLoop()) {
            throw new IllegalStateException("not on the transport's event loop");
        }
    }
}
