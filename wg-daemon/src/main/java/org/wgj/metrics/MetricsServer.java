// SPDX-License-Identifier: Apache-2.0
package org.wgj.metrics;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.Socket;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;

import org.wgj.tun.linux.FileOwner;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Answers GET and HEAD on an event loop and thread of its own, so that no client delays a packet.
 *
 * <p>Everything that a client can make grow has a bound: {@value #MAX_CONNECTIONS} connections, of
 * which the longest idle one gives way to a new one; {@value #MAX_ANSWERS} answers at once; 8 KiB
 * of headers; and the {@link Times}.
 */
public final class MetricsServer implements AutoCloseable {
    static final int MAX_CONNECTIONS = 32;
    static final int MAX_ANSWERS = 4;

    private static final int MAX_LINE = 4096;
    private static final int MAX_HEADERS = 8192;
    private static final int BACKLOG = 64;
    private static final int UNSENT = 64 << 10; // of a page, per connection

    /**
     * A request for a page.
     *
     * @param path decoded, without the query
     * @param query the first value of each parameter
     * @param accept the header; empty if there is none
     */
    record Request(String path, Map<String, String> query, String accept) {}

    /**
     * A page.
     *
     * @param status of HTTP
     * @param contentType of the body
     * @param body in pieces, each made when the client has taken those before
     */
    record Answer(int status, String contentType, Iterator<String> body) {}

    /** Makes answers. */
    @FunctionalInterface
    interface Pages {
        /**
         * Called on the server's thread, on which it must not wait.
         *
         * @return completed on any thread
         */
        CompletableFuture<Answer> answer(Request request);
    }

    /**
     * The times that a client may take.
     *
     * @param request from the connection to the end of its first request
     * @param answer from a request to the end of its answer
     * @param idle from an answer to the end of the next request; Prometheus keeps a connection from
     *     one scrape to the next, which may be minutes
     */
    record Times(Duration request, Duration answer, Duration idle) {
        static final Times USUAL =
                new Times(Duration.ofSeconds(10), Duration.ofSeconds(60), Duration.ofMinutes(5));
    }

    private final EventLoopGroup loop;
    private final Pages pages;
    private final Times times;
    private final Set<MetricsConnection> connections = new HashSet<>(); // on the loop's thread
    private int answers; // being made or sent; on the loop's thread
    private Channel listener;
    private Path file; // of a Unix socket
    private Object inode;

    private MetricsServer(Pages pages, Times times) {
        this.pages = pages;
        this.times = times;
        loop =
                new MultiThreadIoEventLoopGroup(
                        1,
                        new DefaultThreadFactory("wgj-metrics", true),
                        EpollIoHandler.newFactory());
    }

    /**
     * Starts to listen.
     *
     * @throws IOException if the address cannot be had; the message says which and why
     */
    static MetricsServer start(ListenAddress address, Pages pages, Times times) throws IOException {
        Epoll.ensureAvailability();
        MetricsServer server = new MetricsServer(pages, times);
        try {
            server.listen(address);
        } catch (IOException | RuntimeException e) {
            server.close();
            throw e;
        }
        return server;
    }

    private void listen(ListenAddress address) throws IOException {
        ServerBootstrap bootstrap =
                new ServerBootstrap()
                        .group(loop)
                        .childOption(
                                ChannelOption.WRITE_BUFFER_WATER_MARK,
                                new WriteBufferWaterMark(UNSENT / 2, UNSENT))
                        .childHandler(
                                new ChannelInitializer<Channel>() {
                                    @Override
                                    protected void initChannel(Channel channel) {
                                        accept(channel);
                                    }
                                });
        ChannelFuture bound =
                switch (address) {
                    case ListenAddress.Tcp(InetSocketAddress tcp) ->
                            bootstrap
                                    .channel(EpollServerSocketChannel.class)
                                    .option(ChannelOption.SO_BACKLOG, BACKLOG)
                                    .bind(tcp);
                    case ListenAddress.Unix(Path path) -> {
                        int fd = listen(path);
                        yield bootstrap
                                .channelFactory(() -> new EpollServerDomainSocketChannel(fd, true))
                                .register();
                    }
                };
        bound.awaitUninterruptibly();
        listener = bound.channel();
        if (!bound.isSuccess()) {
            throw refused(address, bound.cause());
        }
    }

    private static IOException refused(ListenAddress address, Throwable cause) {
        return new IOException(
                "cannot serve metrics on " + address + ": " + cause.getMessage(), cause);
    }

    /** Returns a listening socket. Netty's bind would delete whatever has the name. */
    private int listen(Path path) throws IOException {
        ListenAddress address = new ListenAddress.Unix(path);
        Socket socket = Socket.newSocketDomain();
        try {
            FileOwner.requireFolder(
                    path.getParent().toRealPath()); // or its other users could swap the file
            deleteIfStale(path);
            if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
                throw new IOException("another process or file has this name");
            }
            socket.bind(new DomainSocketAddress(path.toString()));
            file = path;
            inode = inode(path);
            // The umask left it to the owner alone. The folder's mode can still do that.
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-rw----"));
            socket.listen(BACKLOG);
            return socket.intValue();
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw refused(address, e);
        }
    }

    /** Deletes the socket of a process that has ended. */
    private static void deleteIfStale(Path path) throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS) || !FileOwner.of(path).isSocket()) {
            return;
        }
        try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            probe.configureBlocking(false); // a process that hangs accepts nothing
            probe.connect(UnixDomainSocketAddress.of(path));
        } catch (ConnectException e) {
            Files.deleteIfExists(path);
        }
    }

    private static Object inode(Path path) throws IOException {
        return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .fileKey();
    }

    /** Returns the TCP port on which it listens; not for a Unix socket. */
    int port() {
        return ((InetSocketAddress) listener.localAddress()).getPort();
    }

    /** Returns how many clients are connected; not on the server's thread. */
    int connections() {
        return loop.submit(connections::size).syncUninterruptibly().getNow();
    }

    private void accept(Channel channel) {
        if (connections.size() >= MAX_CONNECTIONS && !closeLongestIdle()) {
            channel.close();
            return;
        }
        MetricsConnection connection = new MetricsConnection(this, channel, times);
        connections.add(connection);
        channel.pipeline()
                .addLast(new HttpServerCodec(MAX_LINE, MAX_HEADERS, MAX_HEADERS), connection);
    }

    private boolean closeLongestIdle() {
        MetricsConnection longest = null;
        for (MetricsConnection one : connections) {
            if (!one.isBusy() && (longest == null || one.idleSince() < longest.idleSince())) {
                longest = one;
            }
        }
        if (longest != null) {
            longest.close();
        }
        return longest != null;
    }

    void closed(MetricsConnection connection) {
        connections.remove(connection);
    }

    /** Begins an answer; null if too many are under way. */
    CompletableFuture<Answer> answer(Request request) {
        if (answers >= MAX_ANSWERS) {
            return null;
        }
        answers++;
        return pages.answer(request);
    }

    void answered() {
        answers--;
    }

    /** Closes all connections, and deletes the file of a Unix socket. May be called again. */
    @Override
    public synchronized void close() {
        if (loop.isShuttingDown()) {
            return;
        }
        if (file != null) {
            try {
                if (inode.equals(inode(file))) {
                    Files.deleteIfExists(file);
                }
            } catch (IOException e) {
                // deleted already
            }
        }
        if (listener != null) {
            listener.close().awaitUninterruptibly();
        }
        Future<?> closed =
                loop.submit(() -> Set.copyOf(connections).forEach(MetricsConnection::close));
        closed.awaitUninterruptibly();
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }
}
