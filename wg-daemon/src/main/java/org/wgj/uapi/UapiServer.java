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
import org.wgj.events.EventHub;
import org.wgj.settings.DaemonProperties;
import org.wgj.tun.linux.ErrnoException;
import org.wgj.tun.linux.Libc;
import org.wgj.tunnel.Configurable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Serves the configuration socket of one tunnel, {@code DIRECTORY/NAME.sock}, for {@code wg} and
 * {@link UapiClient}. It has its own event loop and thread, so a large request delays no packet.
 *
 * <p>It checks once a second whether its socket file still exists, because a user ends a userspace
 * tunnel by deleting that file. Unlike inotify, polling also notices a parent directory that was
 * moved or unmounted.
 */
public final class UapiServer implements AutoCloseable {
    static final int MAX_CONNECTIONS = 64;

    private static final int READ_BYTES = 64 << 10;
    private static final Logger log = LoggerFactory.getLogger(UapiServer.class);

    private final String name;
    private final Configurable tunnel;
    private final SocketFile file; // null if an inherited socket has no file of that name
    private final EventLoopGroup loop;
    private final ChannelGroup connections; // changed on the event loop only
    private Channel listener;
    private volatile Reloading reloading; // null if there are no files to reload
    private volatile EventHub events; // null if there are none

    /** Reads configuration files again, for {@code wgj reload}. */
    @FunctionalInterface
    public interface Reloading {
        /**
         * @param request equal requests are the same reload
         * @return completes with the problems, as messages for the user
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

    /** Returns the directory of the sockets. */
    public static Path directory() {
        return DaemonProperties.socketDirectory();
    }

    /**
     * Serves the tunnel at {@code directory/name.sock}, for the owner of this process only. It
     * accepts connections when this method returns. It creates the directory if necessary and
     * replaces a stale socket.
     *
     * @param onSocketRemoved called once, on the server's thread, when the file is deleted or
     *     replaced; may close the server
     * @throws ErrnoException EADDRINUSE if another process serves that interface, EEXIST if the
     *     path exists and is not a socket
     * @throws IOException also if the path is too long for a socket
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
     * Serves the tunnel over a listening socket that this process inherited (WG_UAPI_FD). The
     * server watches and finally deletes its file if that is at {@code directory/name.sock} now;
     * the system does not tell the path of a renamed socket.
     *
     * @param fd owned by the server from here on, also on failure
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
     * Takes over a listening descriptor. The channel leaves its file alone, which this class
     * deletes.
     */
    private void listen(int fd) throws IOException {
        var registered =
                new ServerBootstrap()
                        .group(loop)
                        .channelFactory(() -> new EpollServerDomainSocketChannel(fd, true))
                        .childOption(
                                ChannelOption.AUTO_READ,
                                false) // a session asks for input when it is ready
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
        connections.add(connection); // the group removes it when it closes
        connection.pipeline().addLast(new UapiConnection(name, tunnel, reloading, events));
    }

    /** Answers {@code reload} from now on. */
    public void onReload(Reloading how) {
        reloading = how;
    }

    /** Answers {@code events} from now on. */
    public void onEvents(EventHub hub) {
        events = hub;
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
     * Deletes the socket file if it is still ours, and closes all connections. May be called again,
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
        // Shutting down the loop alone would leave accepted connections open.
        boolean onLoop = loop.next().inEventLoop();
        if (listener != null) {
            await(listener.close(), onLoop);
        }
        await(
                connections.close(),
                onLoop); // including new ones: a closed group closes what is added
        await(loop.shutdownGracefully(0, 1, TimeUnit.SECONDS), onLoop);
    }

    private static void await(Future<?> future, boolean onLoop) {
        if (!onLoop) {
            future.awaitUninterruptibly();
        }
    }
}
