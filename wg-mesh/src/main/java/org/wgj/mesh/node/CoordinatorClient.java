// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.node;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.resolver.NoopAddressResolverGroup;
import io.netty.util.concurrent.ScheduledFuture;

import org.wgj.mesh.map.MapJson;
import org.wgj.tunnel.config.HostPort;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;

/**
 * Speaks HTTP with a coordinator through a plane. Works on one event loop, on which it also calls
 * back.
 */
final class CoordinatorClient {
    /** The TCP port of coordinators in their tunnels. */
    static final int PORT = 7707;

    private static final int CONNECT_MS = 5_000;
    private static final int MAX_REPLY = 256 << 20;

    private final EventLoop loop;
    private final ChannelFactory<? extends Channel> channels;

    CoordinatorClient(EventLoop loop, ChannelFactory<? extends Channel> channels) {
        this.loop = loop;
        this.channels = channels;
    }

    /** An answer of a coordinator. */
    record Reply(int status, byte[] body) {}

    /** Gets what a stream brings. */
    interface StreamHandler {
        /** The coordinator has accepted the request. */
        void opened();

        /** A line has come, without its end. */
        void line(byte[] line);

        /** The stream has ended; called once. The status is that of a refusal, else 0. */
        void closed(int status, String reason);
    }

    private Bootstrap bootstrap() {
        return new Bootstrap()
                .group(loop)
                .channelFactory(channels::newChannel)
                .resolver(NoopAddressResolverGroup.INSTANCE)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MS);
    }

    private static FullHttpRequest request(
            InetSocketAddress to, HttpMethod method, String path, byte[] body) {
        FullHttpRequest request =
                new DefaultFullHttpRequest(
                        HttpVersion.HTTP_1_1, method, path, Unpooled.wrappedBuffer(body));
        String host = new HostPort(to.getAddress().getHostAddress(), to.getPort()).toString();
        request.headers().set(HttpHeaderNames.HOST, host);
        request.headers().set(HttpHeaderNames.CONTENT_LENGTH, body.length);
        if (body.length > 0) {
            request.headers().set(HttpHeaderNames.CONTENT_TYPE, "application/json");
        }
        return request;
    }

    /**
     * Sends a request on a connection of its own.
     *
     * @return the answer, whatever its status; exceptionally if there is none in time
     */
    CompletableFuture<Reply> request(
            InetSocketAddress to, HttpMethod method, String path, byte[] body, int timeoutMs) {
        CompletableFuture<Reply> reply = new CompletableFuture<>();
        FullHttpRequest request = request(to, method, path, body);
        request.headers().set(HttpHeaderNames.CONNECTION, "close");
        ChannelFuture connecting =
                bootstrap()
                        .handler(
                                new ChannelInitializer<>() {
                                    @Override
                                    protected void initChannel(Channel channel) {
                                        channel.pipeline()
                                                .addLast(
                                                        new HttpClientCodec(),
                                                        new HttpObjectAggregator(MAX_REPLY),
                                                        new ReplyHandler(reply));
                                    }
                                })
                        .connect(to);
        ScheduledFuture<?> timeout =
                loop.schedule(
                        () ->
                                reply.completeExceptionally(
                                        new IOException("no answer within " + timeoutMs + " ms")),
                        timeoutMs,
                        TimeUnit.MILLISECONDS);
        reply.whenComplete(
                (_, _) -> {
                    timeout.cancel(false);
                    connecting.channel().close();
                });
        connecting.addListener(
                done -> {
                    if (done.isSuccess()) {
                        connecting.channel().writeAndFlush(request);
                    } else {
                        request.release();
                        reply.completeExceptionally(done.cause());
                    }
                });
        return reply;
    }

    private static final class ReplyHandler extends SimpleChannelInboundHandler<FullHttpResponse> {
        private final CompletableFuture<Reply> reply;

        ReplyHandler(CompletableFuture<Reply> reply) {
            this.reply = reply;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, FullHttpResponse response) {
            byte[] body = new byte[response.content().readableBytes()];
            response.content().readBytes(body);
            reply.complete(new Reply(response.status().code(), body));
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            reply.completeExceptionally(new IOException("the coordinator closed the connection"));
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            reply.completeExceptionally(cause);
            context.close();
        }
    }

    /**
     * Opens the stream of maps.
     *
     * @param epoch the epoch of the node's map
     * @param revision its revision; 0 to get a whole map
     * @param silenceS how many seconds without a line end the stream
     * @return closes the stream
     */
    Runnable stream(
            InetSocketAddress to,
            UUID epoch,
            long revision,
            IntSupplier silenceS,
            StreamHandler handler) {
        StreamReader reader = new StreamReader(handler, silenceS);
        String path = "/v1/stream?epoch=" + epoch + "&revision=" + revision;
        FullHttpRequest request = request(to, HttpMethod.GET, path, new byte[0]);
        ChannelFuture connecting =
                bootstrap()
                        .handler(
                                new ChannelInitializer<>() {
                                    @Override
                                    protected void initChannel(Channel channel) {
                                        channel.pipeline().addLast(new HttpClientCodec(), reader);
                                    }
                                })
                        .connect(to);
        connecting.addListener(
                done -> {
                    if (done.isSuccess()) {
                        connecting.channel().writeAndFlush(request);
                    } else {
                        request.release();
                        reader.end(0, String.valueOf(done.cause().getMessage()));
                    }
                });
        return () -> {
            reader.end(0, "closed");
            connecting.channel().close();
        };
    }

    /** Takes a stream apart into lines. */
    private static final class StreamReader extends SimpleChannelInboundHandler<HttpObject> {
        private final StreamHandler handler;
        private final IntSupplier silenceS;
        private final ByteBuf rest = Unpooled.buffer(1_024, MapJson.MAX_BYTES + 1_024);
        private int searched;
        private ScheduledFuture<?> watch;
        private boolean ended;

        StreamReader(StreamHandler handler, IntSupplier silenceS) {
            this.handler = handler;
            this.silenceS = silenceS;
        }

        @Override
        public void channelActive(ChannelHandlerContext context) {
            watch(context);
        }

        private void watch(ChannelHandlerContext context) {
            if (watch != null) {
                watch.cancel(false);
            }
            int seconds = silenceS.getAsInt();
            watch =
                    context.executor()
                            .schedule(
                                    () -> {
                                        end(0, "silent for " + seconds + " s");
                                        context.close();
                                    },
                                    seconds,
                                    TimeUnit.SECONDS);
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, HttpObject message) {
            if (ended) {
                return;
            }
            if (message instanceof HttpResponse response) {
                int status = response.status().code();
                if (status != 200) {
                    end(status, "the coordinator answered " + response.status());
                    context.close();
                    return;
                }
                handler.opened();
            }
            if (message instanceof HttpContent content) {
                lines(context, content.content());
                if (message instanceof LastHttpContent) {
                    end(0, "the coordinator ended the stream");
                    context.close();
                }
            }
            if (!ended) {
                watch(context); // a line may have told of more coordinators, or of fewer
            }
        }

        private void lines(ChannelHandlerContext context, ByteBuf content) {
            if (rest.readableBytes() + content.readableBytes() > MapJson.MAX_BYTES) {
                end(0, "the coordinator sends a line that is too long");
                context.close();
                return;
            }
            rest.writeBytes(content);
            while (!ended) {
                int begin = rest.readerIndex();
                int end = rest.indexOf(begin + searched, rest.writerIndex(), (byte) '\n');
                if (end < 0) {
                    searched = rest.readableBytes();
                    break;
                }
                byte[] line = new byte[end - begin];
                rest.readBytes(line);
                rest.skipBytes(1);
                searched = 0;
                handler.line(line);
            }
            rest.discardSomeReadBytes();
        }

        void end(int status, String reason) {
            if (!ended) {
                ended = true;
                if (watch != null) {
                    watch.cancel(false);
                }
                handler.closed(status, reason);
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            end(0, "the connection ended");
            rest.release();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            end(0, String.valueOf(cause.getMessage()));
            context.close();
        }
    }
}
