// SPDX-License-Identifier: Apache-2.0
package org.wgj.metrics;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.util.concurrent.Future;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * One client of the {@link MetricsServer}: one request at a time, and its answer piece by piece as
 * the client takes it. A client that sends no whole request in time, or does not take its answer in
 * time, is cut off. Owned by the server's thread.
 */
final class MetricsConnection extends SimpleChannelInboundHandler<HttpObject> {
    private static final Logger LOG = LoggerFactory.getLogger(MetricsServer.class);
    private static final int MAX_PARAMETERS = 16;

    private final MetricsServer server;
    private final Channel channel;
    private final MetricsServer.Times times;
    private Future<?> cut;
    private long idleSinceNs = System.nanoTime();
    private boolean busy; // making or sending an answer
    private boolean counted; // among the server's answers
    private boolean keepAlive;
    private Iterator<String> body; // of the answer that is being sent
    private boolean sending; // a piece that leaves at once reports room from within the call

    MetricsConnection(MetricsServer server, Channel channel, MetricsServer.Times times) {
        this.server = server;
        this.channel = channel;
        this.times = times;
        cutAfter(times.request());
    }

    boolean isBusy() {
        return busy;
    }

    long idleSince() {
        return idleSinceNs;
    }

    void close() {
        channel.close();
    }

    private void cutAfter(Duration time) {
        if (cut != null) {
            cut.cancel(false);
        }
        cut = channel.eventLoop().schedule(this::close, time.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, HttpObject message) {
        if (message.decoderResult().isFailure()) {
            refuse(HttpResponseStatus.BAD_REQUEST);
        } else if (message instanceof HttpRequest request) {
            request(request);
        }
        // The end of a request without a body has nothing to say.
    }

    private void request(HttpRequest request) {
        if (busy) { // a second request before the answer: the client gets the first answer only
            keepAlive = false;
            return;
        }
        boolean head = request.method().equals(HttpMethod.HEAD);
        if (!head && !request.method().equals(HttpMethod.GET)) {
            refuse(HttpResponseStatus.METHOD_NOT_ALLOWED);
            return;
        }
        if (HttpUtil.isTransferEncodingChunked(request)
                || HttpUtil.getContentLength(request, 0L) > 0) {
            refuse(HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE);
            return;
        }
        MetricsServer.Request asked;
        try {
            asked = asked(request);
        } catch (IllegalArgumentException e) { // a broken escape
            refuse(HttpResponseStatus.BAD_REQUEST);
            return;
        }
        busy = true;
        keepAlive = HttpUtil.isKeepAlive(request);
        cutAfter(times.answer());
        CompletableFuture<MetricsServer.Answer> answer = server.answer(asked);
        if (answer == null) {
            refuse(HttpResponseStatus.SERVICE_UNAVAILABLE);
            return;
        }
        counted = true;
        boolean modern = request.protocolVersion().equals(HttpVersion.HTTP_1_1);
        var _ =
                answer.whenComplete(
                        (page, failure) -> {
                            try {
                                channel.eventLoop()
                                        .execute(() -> send(page, failure, head, modern));
                            } catch (RejectedExecutionException e) {
                                LOG.trace("the server has closed");
                            }
                        });
    }

    private static MetricsServer.Request asked(HttpRequest request) {
        QueryStringDecoder uri =
                new QueryStringDecoder(request.uri(), StandardCharsets.UTF_8, true, MAX_PARAMETERS);
        Map<String, String> query = new HashMap<>();
        for (Map.Entry<String, List<String>> each : uri.parameters().entrySet()) {
            query.put(each.getKey(), each.getValue().getFirst());
        }
        String accept = String.join(",", request.headers().getAll(HttpHeaderNames.ACCEPT));
        return new MetricsServer.Request(uri.path(), query, accept);
    }

    private void send(MetricsServer.Answer page, Throwable failure, boolean head, boolean modern) {
        if (!channel.isActive()) {
            return; // the place among the answers was given back when it closed
        }
        if (failure != null) {
            LOG.error("metrics: no page could be made", failure);
            refuse(HttpResponseStatus.INTERNAL_SERVER_ERROR);
            return;
        }
        keepAlive &= modern; // without pieces, only the end of the connection ends the page
        HttpResponse start =
                new DefaultHttpResponse(
                        HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(page.status()));
        start.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, page.contentType())
                .set(HttpHeaderNames.CACHE_CONTROL, HttpHeaderValues.NO_STORE)
                .set("X-Content-Type-Options", "nosniff");
        if (modern) {
            HttpUtil.setTransferEncodingChunked(start, true);
        }
        HttpUtil.setKeepAlive(start, keepAlive);
        channel.write(start);
        if (head) {
            end();
        } else {
            body = page.body();
            sendPieces();
        }
    }

    /** Sends pieces until the client has enough for now. */
    private void sendPieces() {
        if (sending) {
            return;
        }
        sending = true;
        try {
            while (body != null && channel.isWritable()) {
                if (!body.hasNext()) {
                    end();
                    return;
                }
                ByteBuf piece = ByteBufUtil.writeUtf8(channel.alloc(), body.next());
                channel.writeAndFlush(new DefaultHttpContent(piece));
            }
        } catch (RuntimeException e) { // a page cannot be taken back: the client sees it cut off
            LOG.error("metrics: a page could not be finished", e);
            close();
        } finally {
            sending = false;
        }
    }

    private void end() {
        body = null;
        var sent = channel.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
        if (keepAlive) {
            idle();
        } else {
            sent.addListener(ChannelFutureListener.CLOSE);
        }
    }

    private void idle() {
        busy = false;
        giveBack();
        idleSinceNs = System.nanoTime();
        cutAfter(times.idle());
    }

    private void giveBack() {
        if (counted) {
            counted = false;
            server.answered();
        }
    }

    /** Answers without a page and closes. */
    private void refuse(HttpResponseStatus status) {
        busy = true;
        FullHttpResponse response =
                new DefaultFullHttpResponse(
                        HttpVersion.HTTP_1_1,
                        status,
                        Unpooled.copiedBuffer(status + "\n", StandardCharsets.UTF_8));
        response.headers().set(HttpHeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8");
        if (status.equals(HttpResponseStatus.METHOD_NOT_ALLOWED)) {
            response.headers().set(HttpHeaderNames.ALLOW, "GET, HEAD");
        }
        HttpUtil.setContentLength(response, response.content().readableBytes());
        HttpUtil.setKeepAlive(response, false);
        channel.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (body != null) {
            sendPieces();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        cut.cancel(false);
        body = null;
        giveBack();
        server.closed(this);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        LOG.debug("metrics: connection failed: {}", cause.toString());
        close();
    }
}
