// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.api;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * One connection: takes one request at a time, has it answered on a worker, and writes the answer.
 * A request beyond a limit of size, time or number ends the connection. Owned by the channel's
 * event loop.
 */
final class HttpConnection extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(HttpConnection.class);
    private static final byte[] NOTHING = {};

    private final HttpListener listener;
    private final ApiRoutes routes;
    private final Sources sources;
    private final Bodies bodies;
    private final Executor workers;

    private Object source;
    private HttpRequest request;
    private ByteArrayOutputStream body;
    private int held;
    private boolean busy;
    private boolean streaming;
    private boolean refused;
    private Future<?> deadline;

    HttpConnection(
            HttpListener listener,
            ApiRoutes routes,
            Sources sources,
            Bodies bodies,
            Executor workers) {
        this.listener = listener;
        this.routes = routes;
        this.sources = sources;
        this.bodies = bodies;
        this.workers = workers;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        source = listener.source(context.channel());
        if (!sources.connect(source)) {
            LOG.debug("a connection of {} was refused: too many", source);
            source = null;
            context.close();
            return;
        }
        closeAfter(context, listener.limits().requestTime());
        context.fireChannelActive();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        cancelDeadline();
        forgetBody();
        if (source != null) {
            sources.disconnect(source);
            source = null;
        }
        context.fireChannelInactive();
    }

    private void closeAfter(ChannelHandlerContext context, Duration time) {
        cancelDeadline();
        deadline =
                context.executor()
                        .schedule(
                                () -> {
                                    LOG.debug("a connection of {} was too slow", source);
                                    context.close();
                                },
                                time.toMillis(),
                                TimeUnit.MILLISECONDS);
    }

    private void cancelDeadline() {
        if (deadline != null) {
            deadline.cancel(false);
            deadline = null;
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        try {
            if (refused || streaming) {
                return; // the connection is about to end, or is only for the answer
            }
            if (message instanceof HttpRequest head) {
                begin(context, head);
            }
            if (message instanceof HttpContent content && request != null && !refused) {
                more(context, content);
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    private void begin(ChannelHandlerContext context, HttpRequest head) {
        if (busy) {
            // Our callers do not pipeline. Another caller gets an error.
            refuse(context, 400, "bad_request", "one request at a time");
            return;
        }
        if (head.decoderResult().isFailure()) {
            refuse(context, 400, "bad_request", "the request is not HTTP, or its head too long");
            return;
        }
        closeAfter(context, listener.limits().requestTime());
        request = head;
        body = null;
        if (HttpUtil.getContentLength(head, 0L) > listener.limits().bodyBytes()) {
            refuse(context, 413, "too_large", "the body is too long");
        } else if (HttpUtil.is100ContinueExpected(head)) {
            context.writeAndFlush(
                    new DefaultFullHttpResponse(
                            HttpVersion.HTTP_1_1,
                            HttpResponseStatus.CONTINUE,
                            Unpooled.EMPTY_BUFFER));
        }
    }

    private void more(ChannelHandlerContext context, HttpContent content) {
        if (content.decoderResult().isFailure()) {
            refuse(context, 400, "bad_request", "the body is broken");
            return;
        }
        ByteBuf bytes = content.content();
        int length = bytes.readableBytes();
        if (held + length > listener.limits().bodyBytes()) {
            refuse(context, 413, "too_large", "the body is too long");
            return;
        }
        if (length > 0) {
            if (!bodies.take(length)) {
                refuse(context, 503, "busy", "too many requests at once; try again");
                return;
            }
            held += length;
            body = body == null ? new ByteArrayOutputStream(length) : body;
            try {
                bytes.readBytes(body, length);
            } catch (IOException e) {
                throw new IllegalStateException("an array takes all bytes", e);
            }
        }
        if (content instanceof LastHttpContent) {
            complete(context);
        }
    }

    private void complete(ChannelHandlerContext context) {
        HttpRequest head = request;
        request = null;
        cancelDeadline();
        HttpHeaders headers = head.headers();
        String host = headers.get(HttpHeaderNames.HOST, "");
        String origin = headers.get(HttpHeaderNames.ORIGIN);
        if (!listener.isOwnHost(host)) {
            refuse(context, 421, "wrong_host", "this is no name of this server");
            return;
        }
        if (origin != null && !origin.equals("http://" + host)) {
            refuse(context, 403, "wrong_origin", "pages of other origins may not ask");
            return;
        }
        if (!sources.request(source, System.nanoTime())) {
            refuse(context, 429, "too_many_requests", "too many requests; wait a second");
            return;
        }
        Optional<Caller> caller = listener.caller(context.channel());
        if (caller.isEmpty()) {
            refuse(context, 403, "not_a_member", "no member has this address");
            return;
        }
        Map<String, String> query = new HashMap<>();
        String path;
        try {
            QueryStringDecoder uri = new QueryStringDecoder(head.uri(), true);
            path = uri.path();
            for (Map.Entry<String, List<String>> each : uri.parameters().entrySet()) {
                query.put(each.getKey(), each.getValue().getLast());
            }
        } catch (IllegalArgumentException e) {
            refuse(context, 400, "bad_request", "the path is not well encoded");
            return;
        }
        byte[] bytes = body == null ? NOTHING : body.toByteArray();
        boolean keep = HttpUtil.isKeepAlive(head);
        boolean headOnly = head.method().equals(HttpMethod.HEAD);
        String method = headOnly ? "GET" : head.method().name();
        busy = true;
        try {
            workers.execute(
                    () -> {
                        ApiReply reply = answer(method, path, query, bytes, caller.get());
                        context.executor().execute(() -> write(context, reply, keep, headOnly));
                    });
        } catch (RejectedExecutionException e) {
            refuse(context, 503, "busy", "too many requests at once; try again");
        }
    }

    private ApiReply answer(
            String method, String path, Map<String, String> query, byte[] bytes, Caller caller) {
        try {
            return routes.call(method, path, query, bytes, caller);
        } catch (Error e) {
            LOG.error("{} {} failed", method, path, e);
            return ApiReply.error(500, "internal", "the coordinator failed; its log has the cause");
        }
    }

    private void write(
            ChannelHandlerContext context, ApiReply reply, boolean keep, boolean headOnly) {
        forgetBody();
        busy = false;
        if (!context.channel().isActive()) {
            return;
        }
        if (reply.streamOrNull() != null && !headOnly) {
            stream(context, reply);
            return;
        }
        FullHttpResponse response =
                new DefaultFullHttpResponse(
                        HttpVersion.HTTP_1_1,
                        HttpResponseStatus.valueOf(reply.status()),
                        headOnly ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(reply.body()));
        setHeaders(response, reply);
        if (reply.status() != HttpResponseStatus.NO_CONTENT.code()) {
            response.headers().set(HttpHeaderNames.CONTENT_LENGTH, reply.body().length);
        }
        HttpUtil.setKeepAlive(response, keep);
        closeAfter(context, listener.limits().answerTime());
        ChannelFuture written = context.writeAndFlush(response);
        if (keep) {
            written.addListener(
                    done -> {
                        if (done.isSuccess() && !busy && request == null) {
                            closeAfter(context, listener.limits().idleTime());
                        }
                    });
        } else {
            written.addListener(ChannelFutureListener.CLOSE);
        }
    }

    private void stream(ChannelHandlerContext context, ApiReply reply) {
        streaming = true;
        cancelDeadline();
        HttpResponse response =
                new DefaultHttpResponse(
                        HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(reply.status()));
        setHeaders(response, reply);
        response.headers().set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
        context.writeAndFlush(response);
        reply.streamOrNull().accept(context.channel());
    }

    private static void setHeaders(HttpResponse response, ApiReply reply) {
        HttpHeaders headers = response.headers();
        headers.set(HttpHeaderNames.CONTENT_TYPE, reply.contentType());
        headers.set(HttpHeaderNames.CACHE_CONTROL, HttpHeaderValues.NO_STORE);
        headers.set("X-Content-Type-Options", "nosniff");
        reply.headers().forEach(headers::set);
    }

    /** Answers with an error and ends the connection, for what follows cannot be understood. */
    private void refuse(ChannelHandlerContext context, int status, String reason, String message) {
        refused = true;
        request = null;
        forgetBody();
        write(context, ApiReply.error(status, reason, message), false, false);
    }

    private void forgetBody() {
        if (held > 0) {
            bodies.give(held);
            held = 0;
        }
        body = null;
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof IOException) {
            LOG.debug("a connection of {} broke: {}", source, cause.getMessage());
        } else {
            LOG.warn("a connection of {} failed", source, cause);
        }
        context.close();
    }
}
