// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.api;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.nio.NioIoHandler;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;

import java.io.IOException;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Serves a table of routes on any number of listeners. All connections share one event loop, and
 * requests are answered by at most {@value #WORKERS} threads; a thousand open streams need no
 * thread of their own.
 */
public final class HttpServer implements AutoCloseable {
    private static final int WORKERS = 4;
    private static final int WAITING = 4_096;
    private static final int CHUNK_BYTES = 64 << 10;
    private static final WriteBufferWaterMark WATER = new WriteBufferWaterMark(32 << 10, 128 << 10);

    private final ApiRoutes routes;
    private final EventLoopGroup loop;
    private final ThreadPoolExecutor workers;
    private final Bodies bodies = new Bodies(HttpLimits.ALL_BODIES);
    private final List<Channel> listening = new ArrayList<>();
    private final Map<HttpListener, Sources> sources = new ConcurrentHashMap<>();

    /**
     * Creates a server that listens nowhere yet.
     *
     * @param name the beginning of the names of its threads
     * @param routes what it serves
     */
    public HttpServer(String name, ApiRoutes routes) {
        this.routes = routes;
        loop =
                new MultiThreadIoEventLoopGroup(
                        1,
                        new DefaultThreadFactory(name + "-http", true),
                        NioIoHandler.newFactory());
        workers =
                new ThreadPoolExecutor(
                        WORKERS,
                        WORKERS,
                        30,
                        TimeUnit.SECONDS,
                        new ArrayBlockingQueue<>(WAITING),
                        new DefaultThreadFactory(name + "-work", true));
        workers.allowCoreThreadTimeOut(true);
    }

    /**
     * Begins to listen.
     *
     * @param channels makes the listening channel
     * @param address where
     * @param listener who may connect, and how much
     * @return where it listens
     * @throws IOException if it cannot
     */
    public SocketAddress listen(
            ChannelFactory<? extends ServerChannel> channels,
            SocketAddress address,
            HttpListener listener)
            throws IOException {
        Sources counted = new Sources(listener.limits());
        sources.put(listener, counted);
        ServerBootstrap bootstrap =
                new ServerBootstrap()
                        .group(loop, loop)
                        .channelFactory(channels)
                        .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER)
                        .childHandler(
                                new ChannelInitializer<Channel>() {
                                    @Override
                                    protected void initChannel(Channel channel) {
                                        channel.pipeline()
                                                .addLast(new HttpServerCodec(decoding()))
                                                .addLast(
                                                        new HttpConnection(
                                                                listener, routes, counted, bodies,
                                                                workers));
                                    }
                                });
        try {
            Channel channel = bootstrap.bind(address).sync().channel();
            synchronized (listening) {
                listening.add(channel);
            }
            return channel.localAddress();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } catch (Exception e) {
            // Netty throws the checked exceptions of a failed future unchecked.
            throw e instanceof IOException io
                    ? io
                    : new IOException("cannot listen on " + address + ": " + e.getMessage(), e);
        }
    }

    private static HttpDecoderConfig decoding() {
        return new HttpDecoderConfig()
                .setMaxInitialLineLength(HttpLimits.LINE_BYTES)
                .setMaxHeaderSize(HttpLimits.HEADER_BYTES)
                .setMaxChunkSize(CHUNK_BYTES);
    }

    /**
     * Returns the event loop of all connections.
     *
     * @return always the same
     */
    public EventExecutor executor() {
        return loop.next();
    }

    /**
     * Returns how many connections are open.
     *
     * @return of all listeners together
     */
    public int connections() {
        return sources.values().stream().mapToInt(Sources::connections).sum();
    }

    /** Closes all listeners and connections, and waits for requests under way, 5 s at most. */
    @Override
    public void close() {
        synchronized (listening) {
            listening.forEach(channel -> channel.close().awaitUninterruptibly());
            listening.clear();
        }
        workers.shutdown();
        try {
            if (!workers.awaitTermination(5, TimeUnit.SECONDS)) {
                workers.shutdownNow();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        loop.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    }
}
