// SPDX-License-Identifier: Apache-2.0
package org.wgj.uapi;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.unix.Socket;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.wgj.tun.linux.ErrnoException;
import org.wgj.tun.linux.Libc;
import org.wgj.tunnel.Configurable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * The configuration socket of one tunnel, which {@code wg} talks to: {@code DIRECTORY/NAME.sock}.
 * Has an event loop, and so a thread, of its own: a large request holds up no packet.
 *
 * <p>Looks once a second whether the socket's file is still the one it made, since deleting it is
 * how a user ends a userspace tunnel. Asking beats inotify here: it notices also that a directory
 * above was moved or unmounted.
 */
public final class UapiServer implements AutoCloseable {
    /**
     * System property: the directory of the sockets, where {@code wg} has another one than {@value
     * #DIRECTORY}.
     */
    public static final String DIRECTORY_PROPERTY = "wgj.uapi.directory";

    static final int MAX_CONNECTIONS = 64;

    private static final String DIRECTORY = "/var/run/wireguard";
    private static final int READ_BYTES = 64 << 10;
    private static final Logger log = LoggerFactory.getLogger(UapiServer.class);

    private final String name;
    private final Configurable tunnel;
    private final SocketFile file; // null when an inherited socket has none under the name
    private final EventLoopGroup loop;
    private final ChannelGroup connections; // changed on the event loop only
    private Channel listener;
    private volatile Reloading reloading; // null where there are no files to read again

    /** Reads configuration files again, for {@code wgj reload}. */
    @FunctionalInterface
    public interface Reloading {
        /**
         * @param request two that are equal are one
         * @return completed when that is done, with what went wrong, as the user should read it
         */
        CompletableFuture<List<String>> reload(String request);
    }

    private UapiServer(String name, Configurable tunnel, SocketFile file) {
        this.name = name;
        this.tunnel = tunnel;
        this.file = file;
        loop =
                new MultiThreadIoEventLoopGroup(
                        1,
                        new DefaultThreadFactory(name + "-uapi", true),
                        EpollIoHandler.newFactory());
        connections = new DefaultChannelGroup(loop.next(), true);
    }

    /** Where the sockets are. */
    public static Path directory() {
        return Path.of(System.getProperty(DIRECTORY_PROPERTY, DIRECTORY));
    }

    /**
     * Serves the tunnel at {@code directory/name.sock}, for the owner of this process only.
     * Connections are accepted when this returns. The directory is made if it is missing; a socket
     * that nobody listens to any more is replaced.
     *
     * @param onSocketRemoved called once, on the server's thread, when the file is deleted or
     *     replaced by another; may close the server
     * @throws ErrnoException EADDRINUSE when another process serves that interface, EEXIST when
     *     something that is no socket is in the way
     * @throws IOException also when the path is longer than a socket's can be
     */
    public static UapiServer start(
            Path directory, String name, Configurable tunnel, Runnable onSocketRemoved)
            throws IOException {
        Epoll.ensureAvailability();
        Path path = SocketFile.path(directory, name);
        Socket socket = Socket.newSocketDomain();
        SocketFile file;
        try {
            file = SocketFile.publish(path, socket);
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
        return serve(name, tunnel, file, socket.intValue(), onSocketRemoved);
    }

    /**
     * The same over a listening socket that was made by the process that started this one
     * (WG_UAPI_FD). Its file is watched and in the end removed if it is found at {@code
     * directory/name.sock} now; the system does not tell where a renamed one is.
     *
     * @param fd belongs to the server from here on, also on failure
     */
    public static UapiServer inherit(
            int fd, Path directory, String name, Configurable tunnel, Runnable onSocketRemoved)
            throws IOException {
        Epoll.ensureAvailability();
        SocketFile file;
        try {
            InheritedSocket.prepare(fd);
            file = SocketFile.existing(SocketFile.path(directory, name));
        } catch (IOException e) {
            Libc.close(fd);
            throw e;
        }
        return serve(name, tunnel, file, fd, onSocketRemoved);
    }

    private static UapiServer serve(
            String name, Configurable tunnel, SocketFile file, int fd, Runnable onSocketRemoved)
            throws IOException {
        UapiServer server;
        try {
            server = new UapiServer(name, tunnel, file);
        } catch (IllegalStateException e) { // no descriptors for its event loop
            Libc.close(fd);
            if (file != null) {
                file.delete();
            }
            throw new IOException("cannot serve the configuration socket", e);
        }
        try {
            server.listen(fd);
        } catch (IOException e) {
            server.close();
            throw e;
        }
        server.watch(onSocketRemoved);
        return server;
    }

    /**
     * Takes over a descriptor that listens already; the channel then leaves the file alone, which
     * is ours to delete.
     */
    private void listen(int fd) throws IOException {
        var registered =
                new ServerBootstrap()
                        .group(loop)
                        .channelFactory(() -> new EpollServerDomainSocketChannel(fd, true))
                        .childOption(
                                ChannelOption.AUTO_READ,
                                false) // a connection asks when it is ready for more
                        .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                        .childOption(
                                ChannelOption.RECVBUF_ALLOCATOR,
                                new FixedRecvByteBufAllocator(READ_BYTES))
                        .childHandler(
                                new ChannelInitializer<Channel>() {
                                    @Override
                                    protected void initChannel(Channel connection) {
                                        accept(connection);
                                    }
                                })
                        .register()
                        .awaitUninterruptibly();
        listener = registered.channel();
        if (!registered.isSuccess()) {
            throw new IOException("cannot serve the configuration socket", registered.cause());
        }
    }

    private void accept(Channel connection) {
        if (connections.size() >= MAX_CONNECTIONS) {
            log.warn(
                    "{}: more than {} connections to the configuration socket",
                    name,
                    MAX_CONNECTIONS);
            connection.close();
            return;
        }
        connections.add(connection); // removed when it closes
        connection.pipeline().addLast(new UapiConnection(name, tunnel, reloading));
    }

    /** From now on connections may ask for that too. */
    public void onReload(Reloading how) {
        reloading = how;
    }

    private void watch(Runnable onSocketRemoved) {
        if (file == null) {
            return;
        }
        var _ =
                loop.scheduleWithFixedDelay(
                        new Runnable() {
                            private boolean removed;

                            @Override
                            public void run() {
                                if (!removed && !file.isOurs()) {
                                    removed = true;
                                    log.info("{}: {} was removed", name, file.path());
                                    onSocketRemoved.run();
                                }
                            }
                        },
                        1,
                        1,
                        TimeUnit.SECONDS);
    }

    /**
     * Deletes the socket's file if it is still ours, and ends all connections. May be called again,
     * from any thread.
     */
    @Override
    public void close() {
        if (file != null) {
            try {
                file.delete();
            } catch (IOException e) {
                log.warn("{}: cannot delete {}: {}", name, file.path(), e.toString());
            }
        }
        // Ending the loop alone leaves accepted connections open.
        boolean onLoop = loop.next().inEventLoop();
        if (listener != null) {
            await(listener.close(), onLoop);
        }
        await(
                connections.close(),
                onLoop); // also those that are being made: the group remembers that it was closed
        await(loop.shutdownGracefully(0, 1, TimeUnit.SECONDS), onLoop);
    }

    private static void await(Future<?> future, boolean onLoop) {
        if (!onLoop) {
            future.awaitUninterruptibly();
        }
    }
}
