// SPDX-License-Identifier: Apache-2.0
package org.wgj.uapi;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.wgj.events.EventHub;
import org.wgj.tunnel.Configurable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/**
 * Connects a {@link UapiSession} to a Netty channel. Buffers are overwritten after use, because
 * keys pass through them. Owned by the event loop.
 */
final class UapiConnection extends ChannelInboundHandlerAdapter {
    private static final Logger log = LoggerFactory.getLogger(UapiConnection.class);

    private final String name;
    private final UapiSession session;
    private ChannelHandlerContext context;
    private ReplyWriter writer;

    /** The channel, as the session sees it. */
    private final class SessionChannel implements UapiSession.Connection {
        @Override
        public boolean isOpen() {
            return context.channel().isActive();
        }

        @Override
        public boolean isWritable() {
            return writer.isWritable();
        }

        @Override
        public void write(int maxBytes, Consumer<ByteBuffer> reply) {
            ByteBuf out = context.alloc().directBuffer(maxBytes);
            ByteBuffer bytes = out.nioBuffer(0, maxBytes);
            reply.accept(bytes);
            out.writerIndex(bytes.position());
            writer.write(out);
        }

        @Override
        public void read() {
            context.read();
        }

        @Override
        public void closeAfterReplies() {
            writer.closeAfterReplies();
        }

        @Override
        public void execute(Runnable task) {
            context.executor().execute(task);
        }
    }

    UapiConnection(
            String name,
            Configurable tunnel,
            UapiServer.Reloading reloadingOrNull,
            EventHub eventsOrNull) {
        this.name = name;
        session =
                new UapiSession(name, tunnel, reloadingOrNull, eventsOrNull, new SessionChannel());
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        this.context = context;
        writer = new ReplyWriter(context, session::resumeSoon);
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        context.read();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf in = (ByteBuf) message;
        session.received(in.nioBuffer(), () -> ReplyWriter.discard(in));
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE) {
            writer.inputEnded();
            session.inputEnded();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        session.resumeSoon(); // not at once: this is called from within a write
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        session.abandon();
        writer.wipe();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof IOException) {
            log.debug("{}: configuration connection lost: {}", name, cause.toString());
        } else {
            session.logUnexpected(cause);
        }
        context.close();
    }
}
