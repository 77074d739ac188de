// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.resolver.NoopAddressResolverGroup;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Channels of Netty through a tunnel, on event loops of NIO that know nothing of it. */
@Timeout(60)
class NettyChannelTest {
    private static TwoNets nets;
    private static EventLoopGroup loops;
    private static Channel server;

    /** Echoes, and ends its output when the peer has. */
    private static final class Echo extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            context.write(message);
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            context.flush();
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event == ChannelInputShutdownEvent.INSTANCE) {
                context.writeAndFlush(Unpooled.EMPTY_BUFFER)
                        .addListener(
                                _ ->
                                        ((DuplexChannel) context.channel())
                                                .shutdownOutput()
                                                .addListener(_ -> context.close()));
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }

    /** Digests what it reads. */
    private static final class Sink extends ChannelInboundHandlerAdapter {
        final CompletableFuture<byte[]> digest = new CompletableFuture<>();
        final BlockingQueue<Throwable> failures = new LinkedBlockingQueue<>();
        private final MessageDigest running;
        long bytes;

        Sink() throws Exception {
            running = MessageDigest.getInstance("SHA-256");
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            ByteBuf buffer = (ByteBuf) message;
            bytes += buffer.readableBytes();
            running.update(buffer.nioBuffer());
            buffer.release();
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event == ChannelInputShutdownEvent.INSTANCE) {
                digest.complete(running.digest());
                context.close();
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            digest.completeExceptionally(new ClosedChannelException());
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            failures.add(cause);
            digest.completeExceptionally(cause);
        }
    }

    @BeforeAll
    static void open() throws Exception {
        nets = new TwoNets();
        loops = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
        server =
                new ServerBootstrap()
                        .group(loops)
                        .channelFactory(nets.server.nettyServerFactory())
                        .option(ChannelOption.SO_BACKLOG, 64)
                        .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                        .childHandler(
                                new ChannelInitializer<Channel>() {
                                    @Override
                                    protected void initChannel(Channel child) {
                                        child.pipeline().addLast(new Echo());
                                    }
                                })
                        .bind(new InetSocketAddress(TwoNets.SERVER4, 0))
                        .sync()
                        .channel();
    }

    @AfterAll
    static void close() {
        loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
        nets.close();
    }

    private static Bootstrap client(ChannelInboundHandlerAdapter handler) {
        return client(loops, handler);
    }

    private static Bootstrap client(EventLoopGroup group, ChannelInboundHandlerAdapter handler) {
        return new Bootstrap()
                .group(group)
                .channelFactory(nets.client.nettyFactory())
                .resolver(NoopAddressResolverGroup.INSTANCE)
                .option(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .handler(handler);
    }

    private static int port() {
        return ((InetSocketAddress) server.localAddress()).getPort();
    }

    /** Heap and direct buffers, more than all windows, written without waiting. */
    @Test
    void manyBytesAreEchoed() throws Exception {
        for (boolean direct : new boolean[] {false, true}) {
            Sink sink = new Sink();
            Channel channel = client(sink).connect("10.9.0.2", port()).sync().channel();
            assertTrue(channel.isActive());
            assertEquals(new InetSocketAddress(TwoNets.SERVER4, port()), channel.remoteAddress());
            MessageDigest expected = MessageDigest.getInstance("SHA-256");
            Random random = new Random(1);
            for (int i = 0; i < 200; i++) {
                byte[] bytes = new byte[random.nextInt(60_000)];
                random.nextBytes(bytes);
                expected.update(bytes);
                ByteBuf buffer =
                        direct
                                ? Unpooled.directBuffer(bytes.length).writeBytes(bytes)
                                : Unpooled.wrappedBuffer(bytes);
                channel.writeAndFlush(buffer);
            }
            channel.writeAndFlush(Unpooled.EMPTY_BUFFER)
                    .addListener(_ -> ((DuplexChannel) channel).shutdownOutput());
            assertEquals(
                    java.util.HexFormat.of().formatHex(expected.digest()),
                    java.util.HexFormat.of().formatHex(sink.digest.get(40, TimeUnit.SECONDS)));
            channel.closeFuture().sync();
        }
    }

    @Test
    void aPlainSocketTalksToAServerChannel() throws Exception {
        try (Socket socket = nets.client.connect("10.9.0.2", port(), Duration.ofSeconds(20))) {
            socket.getOutputStream().write("hello".getBytes());
            socket.shutdownOutput();
            assertEquals("hello", new String(socket.getInputStream().readAllBytes()));
        }
    }

    @Test
    void failuresToConnectAreNettys() throws Exception {
        ChannelFuture refused = client(new Sink()).connect("10.9.0.2", 1).await();
        assertInstanceOf(ConnectException.class, refused.cause());
        assertTrue(refused.cause().getMessage().startsWith("Connection refused: "));
        ChannelFuture late =
                client(new Sink())
                        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 100)
                        .connect(new InetSocketAddress(TwoNets.ABSENT, 1))
                        .await();
        assertInstanceOf(ConnectTimeoutException.class, late.cause());
        ChannelFuture unknown = client(new Sink()).connect("db.internal", 1).await();
        assertInstanceOf(UnknownHostException.class, unknown.cause());
        assertTrue(unknown.channel().closeFuture().await(20, TimeUnit.SECONDS));
    }

    @Test
    void closeEndsAnAttemptToConnect() throws Exception {
        ChannelFuture connecting =
                client(new Sink()).connect(new InetSocketAddress(TwoNets.ABSENT, 1));
        connecting.channel().close().sync();
        assertTrue(connecting.await(20, TimeUnit.SECONDS));
        assertInstanceOf(ClosedChannelException.class, connecting.cause());
    }

    @Test
    void aResetIsAnException() throws Exception {
        Sink sink = new Sink();
        try (var listening = nets.server.listen(0)) {
            Channel channel =
                    client(sink).connect("10.9.0.2", listening.getLocalPort()).sync().channel();
            Socket accepted = listening.accept();
            accepted.setSoLinger(true, 0);
            accepted.close();
            Throwable failure = sink.failures.poll(20, TimeUnit.SECONDS);
            assertEquals("java.net.SocketException: Connection reset", String.valueOf(failure));
            assertTrue(channel.closeFuture().await(20, TimeUnit.SECONDS));
        }
    }

    /** Without auto-read nothing is taken, so that the peer's window closes. */
    @Test
    void autoReadOffHoldsTheBytesBack() throws Exception {
        Sink sink = new Sink();
        try (var listening = nets.server.listen(0)) {
            Channel channel =
                    client(sink)
                            .option(ChannelOption.AUTO_READ, false)
                            .connect("10.9.0.2", listening.getLocalPort())
                            .sync()
                            .channel();
            try (Socket accepted = listening.accept()) {
                accepted.getOutputStream().write(new byte[1000]);
                nets.client.ping(TwoNets.SERVER4, Duration.ofSeconds(20)); // the bytes are here
                channel.eventLoop().submit(() -> assertEquals(0, sink.bytes)).sync();
                accepted.shutdownOutput();
                channel.config().setAutoRead(true);
                sink.digest.get(20, TimeUnit.SECONDS);
                assertEquals(1000, sink.bytes);
            }
        }
    }

    @Test
    void optionsAreKept() throws Exception {
        Channel channel =
                client(new Sink())
                        .option(ChannelOption.TCP_NODELAY, false)
                        .option(ChannelOption.SO_KEEPALIVE, true)
                        .connect("10.9.0.2", port())
                        .sync()
                        .channel();
        assertEquals(false, channel.config().getOption(ChannelOption.TCP_NODELAY));
        assertEquals(true, channel.config().getOption(ChannelOption.SO_KEEPALIVE));
        assertEquals(64, server.config().getOption(ChannelOption.SO_BACKLOG));
        channel.close().sync();
    }

    /** The end of a loop closes its channels, and the end of a network too. */
    @Test
    void theEndOfALoopOrANetworkClosesItsChannels() throws Exception {
        EventLoopGroup own = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        Channel onLoop = client(own, new Sink()).connect("10.9.0.2", port()).sync().channel();
        own.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
        assertTrue(!onLoop.isOpen());
        try (TwoNets other = new TwoNets();
                var listening = other.server.listen(0)) {
            Channel inNet =
                    new Bootstrap()
                            .group(loops)
                            .channelFactory(other.client.nettyFactory())
                            .handler(new Sink())
                            .connect("10.9.0.2", listening.getLocalPort())
                            .sync()
                            .channel();
            other.client.close();
            assertTrue(inNet.closeFuture().await(20, TimeUnit.SECONDS));
        }
    }
}
