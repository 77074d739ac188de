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
 * Writes the replies of a configuration connection: through Netty, and directly to the descriptor
 * after the client has ended its output. Buffers are overwritten after use, because keys pass
 * through them. Owned by the event loop.
 */
final class ReplyWriter {
    private static final int RETRY_MS = 5;

    private final ChannelHandlerContext context;
    private final Runnable writable;

    private boolean inputEnded;
    private int inNetty; // unfinished writes
    private ByteBuf direct; // being written to the descriptor

    /**
     * @param writable called when {@link #isWritable} may have become true, perhaps from within
     *     {@link #write}
     */
    ReplyWriter(ChannelHandlerContext context, Runnable writable) {
        this.context = context;
        this.writable = writable;
    }

    /** The client sends nothing more, but still reads. */
    void inputEnded() {
        inputEnded = true;
    }

    boolean isWritable() {
        return direct == null && (inputEnded ? inNetty == 0 : context.channel().isWritable());
    }

    /** Takes the buffer over. Call it only while {@link #isWritable}. */
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
     * After the client has ended its output, Netty 4.2.18 removes the descriptor from epoll. If a
     * write then has to wait for room, Netty closes the connection (EPOLL_CTL_MOD fails with
     * ENOENT). So this polls instead.
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

    /** Closes after the last reply is delivered; Netty's close alone would drop it. */
    void closeAfterReplies() {
        context.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }

    /** The connection is gone: overwrites what has not been written. */
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
