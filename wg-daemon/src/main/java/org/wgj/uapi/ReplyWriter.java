// SPDX-License-Identifier: Apache-2.0
package org.wgj.uapi;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.unix.UnixChannel;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;

/**
 * What a configuration connection writes: through Netty, and past it once the other side sends no
 * more. Buffers are overwritten after use, since keys pass through them. Owned by the event loop.
 */
final class ReplyWriter {
    private static final int RETRY_MS = 5;

    private final ChannelHandlerContext context;
    private final Runnable writable;

    private boolean inputEnded;
    private int inNetty; // writes that Netty has not finished
    private ByteBuf direct; // what is written past Netty

    /**
     * @param writable called when {@link #isWritable} may have become true, possibly from within
     *     {@link #write}
     */
    ReplyWriter(ChannelHandlerContext context, Runnable writable) {
        this.context = context;
        this.writable = writable;
    }

    /** The other side sends no more, but still reads. */
    void inputEnded() {
        inputEnded = true;
    }

    boolean isWritable() {
        return direct == null && (inputEnded ? inNetty == 0 : context.channel().isWritable());
    }

    /** Takes the buffer over. To be called only while {@link #isWritable}. */
    void write(ByteBuf out) {
        if (inputEnded) {
            direct = out;
            writeDirectly();
            return;
        }
        inNetty++;
        out.retain();
        context.writeAndFlush(out)
                .addListener(
                        _ -> {
                            discard(out);
                            inNetty--;
                            writable.run();
                        });
    }

    /**
     * Netty 4.2.18 has removed the descriptor of a side that sends no more from epoll, and closes
     * it when it would have to wait for room (EPOLL_CTL_MOD says ENOENT), so this asks again
     * instead.
     */
    private void writeDirectly() {
        if (direct == null) {
            return; // the connection is gone
        }
        try {
            while (direct.isReadable()) {
                ByteBuffer bytes = direct.nioBuffer();
                int written =
                        ((UnixChannel) context.channel())
                                .fd()
                                .write(bytes, bytes.position(), bytes.limit());
                if (written <= 0) {
                    context.executor()
                            .schedule(this::writeDirectly, RETRY_MS, TimeUnit.MILLISECONDS);
                    return;
                }
                direct.skipBytes(written);
            }
            wipe();
            writable.run();
        } catch (IOException e) {
            context.pipeline().fireExceptionCaught(e);
        }
    }

    /** Netty's close alone would drop what the other side has not taken yet. */
    void closeAfterReplies() {
        context.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }

    /** The connection is gone. */
    void wipe() {
        if (direct != null) {
            discard(direct);
            direct = null;
        }
    }

    /** Overwrites and releases. */
    static void discard(ByteBuf used) {
        used.setZero(0, used.writerIndex());
        used.release();
    }
}
