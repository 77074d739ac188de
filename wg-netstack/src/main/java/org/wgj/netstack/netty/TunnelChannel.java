// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.netty;

import io.netty.buffer.ByteBuf;
import io.netty.channel.AbstractChannel;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.concurrent.SingleThreadEventExecutor;

import org.wgj.netstack.socket.HappyEyeballs;
import org.wgj.netstack.socket.SocketStack;
import org.wgj.netstack.socket.TcpStream;
import org.wgj.netstack.tcp.TcpOptions;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ConnectionPendingException;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A connection as a channel of Netty. Its event loop needs no descriptor to watch: the stack's
 * thread wakes it by a task, at most one for each direction.
 *
 * <pre>
 *   stack's thread --readable--> task on the loop: read until nothing is left
 *                  --writable--> task on the loop: flush
 * </pre>
 *
 * <p>Names must reach {@link #connect} unresolved, with {@code NoopAddressResolverGroup}.
 */
public final class TunnelChannel extends AbstractChannel implements DuplexChannel {
    private static final ChannelMetadata METADATA = new ChannelMetadata(false, 16);
    private static final int COPY_BYTES = 16 * 1024;

    private final SocketStack stack;
    private final TunnelChannelConfig config = new TunnelChannelConfig(this);
    private final AtomicBoolean readTask = new AtomicBoolean();
    private final AtomicBoolean writeTask = new AtomicBoolean();
    private final Runnable endOfLoop = () -> unsafe().closeForcibly();

    private volatile TcpStream stream; // null until it is connected
    private volatile boolean closed;
    private volatile boolean inputShut;
    private volatile boolean outputShut;

    /* The event loop's. */
    private boolean readPending;
    private HappyEyeballs dialer;
    private ChannelPromise connecting;

    /**
     * Makes a channel that can connect.
     *
     * @param stack opens the connection
     */
    public TunnelChannel(SocketStack stack) {
        super(null);
        this.stack = stack;
    }

    /** Makes a channel of a connection that a peer opened. */
    TunnelChannel(Channel parent, SocketStack stack, TcpStream accepted) {
        super(parent);
        this.stack = stack;
        stream = accepted;
    }

    @Override
    public ChannelConfig config() {
        return config;
    }

    @Override
    public ChannelMetadata metadata() {
        return METADATA;
    }

    @Override
    public boolean isOpen() {
        return !closed;
    }

    @Override
    public boolean isActive() {
        return stream != null && !closed;
    }

    @Override
    protected boolean isCompatible(EventLoop loop) {
        return true;
    }

    @Override
    protected SocketAddress localAddress0() {
        TcpStream open = stream;
        return open == null ? null : open.localAddress();
    }

    @Override
    protected SocketAddress remoteAddress0() {
        TcpStream open = stream;
        return open == null ? null : open.remoteAddress();
    }

    @Override
    protected void doRegister(ChannelPromise promise) {
        if (eventLoop() instanceof SingleThreadEventExecutor executor) {
            executor.addShutdownHook(endOfLoop);
        }
        TcpStream open = stream;
        if (open != null) {
            open.options(config.tcp());
            open.listen(new Events());
        }
        promise.setSuccess();
    }

    @Override
    protected void doDeregister() {
        if (eventLoop() instanceof SingleThreadEventExecutor executor) {
            executor.removeShutdownHook(endOfLoop);
        }
    }

    @Override
    protected void doBind(SocketAddress local) {
        throw new UnsupportedOperationException("the stack chooses the local port");
    }

    @Override
    protected void doDisconnect() {
        doClose();
    }

    @Override
    protected void doClose() {
        closed = true;
        HappyEyeballs attempt = dialer;
        if (attempt != null) {
            attempt.cancel();
        }
        ChannelPromise promise = connecting;
        if (promise != null) {
            connecting = null;
            promise.tryFailure(new ClosedChannelException());
        }
        TcpStream open = stream;
        if (open != null) {
            // The loop must not wait: of SO_LINGER only 0 has an effect.
            open.close(config.lingerSeconds() == 0 ? 0 : -1);
        }
    }

    void optionsChanged(TcpOptions options) {
        TcpStream open = stream;
        if (open != null) {
            open.options(options);
        }
    }

    // --- from the stack's thread to the event loop

    private final class Events implements TcpStream.Listener {
        @Override
        public void readable() {
            if (!readTask.getAndSet(true)) {
                onLoop(TunnelChannel.this::readNow);
            }
        }

        @Override
        public void writable() {
            if (!writeTask.getAndSet(true)) {
                onLoop(TunnelChannel.this::flushNow);
            }
        }
    }

    private void onLoop(Runnable task) {
        try {
            eventLoop().execute(task);
        } catch (RejectedExecutionException e) {
            // the loop has ended, and its end has closed this channel
        }
    }

    private void flushNow() {
        writeTask.set(false);
        ((Unsafe0) unsafe()).flushAgain();
    }

    // --- reading, on the event loop

    @Override
    protected void doBeginRead() {
        readPending = true;
        if (stream != null && !readTask.getAndSet(true)) {
            onLoop(this::readNow); // not at once: the pipeline is in the middle of something
        }
    }

    private void readNow() {
        readTask.set(false);
        TcpStream open = stream;
        if (!readPending || open == null || closed || inputShut) {
            return;
        }
        var handle = unsafe().recvBufAllocHandle();
        handle.reset(config);
        int last = 0;
        boolean any = false;
        Throwable failure = null;
        do {
            ByteBuf buffer = config.getAllocator().heapBuffer(handle.guess());
            try {
                last =
                        open.tryRead(
                                buffer.array(),
                                buffer.arrayOffset() + buffer.writerIndex(),
                                buffer.writableBytes());
            } catch (IOException e) {
                failure = e;
                last = -1;
            }
            handle.attemptedBytesRead(buffer.writableBytes());
            handle.lastBytesRead(last);
            if (last <= 0) {
                buffer.release();
                break;
            }
            buffer.writerIndex(buffer.writerIndex() + last);
            any = true;
            readPending = false;
            handle.incMessagesRead(1);
            pipeline().fireChannelRead(buffer);
        } while (isActive() && handle.continueReading());
        if (any) {
            handle.readComplete();
            pipeline().fireChannelReadComplete();
        }
        if (last < 0) {
            ended(failure);
        }
    }

    private void ended(Throwable failure) {
        readPending = false;
        if (failure != null) {
            pipeline().fireExceptionCaught(failure);
        }
        if (failure == null && config.allowsHalfClosure()) {
            inputShut = true;
            pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        } else {
            unsafe().close(voidPromise());
        }
    }

    // --- writing, on the event loop

    @Override
    protected Object filterOutboundMessage(Object message) {
        if (message instanceof ByteBuf) {
            return message;
        }
        throw new UnsupportedOperationException(
                "a tunnel's channel writes ByteBuf, not " + message.getClass().getName());
    }

    @Override
    protected void doWrite(ChannelOutboundBuffer out) throws IOException {
        TcpStream open = stream;
        while (out.current() instanceof ByteBuf buffer) {
            int length = buffer.readableBytes();
            if (length == 0) {
                out.remove();
                continue;
            }
            int count = write(open, buffer, length);
            if (count == 0) {
                return; // writable() follows
            }
            out.removeBytes(count);
        }
    }

    private static int write(TcpStream open, ByteBuf buffer, int length) throws IOException {
        if (buffer.hasArray()) {
            return open.tryWrite(
                    buffer.array(), buffer.arrayOffset() + buffer.readerIndex(), length);
        }
        byte[] copy = new byte[Math.min(length, COPY_BYTES)];
        buffer.getBytes(buffer.readerIndex(), copy);
        return open.tryWrite(copy, 0, copy.length);
    }

    // --- half-closure

    @Override
    protected void doShutdownOutput() {
        outputShut = true;
        TcpStream open = stream;
        if (open != null) {
            open.shutdownOutput();
        }
    }

    @Override
    public boolean isInputShutdown() {
        return inputShut || !isActive();
    }

    @Override
    public boolean isOutputShutdown() {
        return outputShut || !isActive();
    }

    @Override
    public boolean isShutdown() {
        return isInputShutdown() && isOutputShutdown();
    }

    @Override
    public ChannelFuture shutdownInput() {
        return shutdownInput(newPromise());
    }

    @Override
    public ChannelFuture shutdownInput(ChannelPromise promise) {
        return run(
                promise,
                () -> {
                    inputShut = true;
                    TcpStream open = stream;
                    if (open != null) {
                        open.shutdownInput();
                    }
                    promise.trySuccess();
                });
    }

    @Override
    public ChannelFuture shutdownOutput() {
        return shutdownOutput(newPromise());
    }

    @Override
    public ChannelFuture shutdownOutput(ChannelPromise promise) {
        return run(promise, () -> ((AbstractUnsafe) unsafe()).shutdownOutput(promise));
    }

    @Override
    public ChannelFuture shutdown() {
        return shutdown(newPromise());
    }

    @Override
    public ChannelFuture shutdown(ChannelPromise promise) {
        shutdownInput().addListener(_ -> shutdownOutput(promise));
        return promise;
    }

    private ChannelFuture run(ChannelPromise promise, Runnable action) {
        if (eventLoop().inEventLoop()) {
            action.run();
        } else {
            eventLoop().execute(action);
        }
        return promise;
    }

    // --- connecting

    @Override
    protected AbstractUnsafe newUnsafe() {
        return new Unsafe0();
    }

    private final class Unsafe0 extends AbstractUnsafe {
        void flushAgain() {
            if (isActive()) {
                flush0();
            }
        }

        @Override
        public void connect(SocketAddress remote, SocketAddress local, ChannelPromise promise) {
            if (!promise.setUncancellable() || !ensureOpen(promise)) {
                return;
            }
            if (connecting != null) {
                safeSetFailure(promise, new ConnectionPendingException());
            } else if (stream != null) {
                safeSetFailure(promise, new AlreadyConnectedException());
            } else if (!(remote instanceof InetSocketAddress)) {
                safeSetFailure(promise, new UnsupportedAddressTypeException());
            } else {
                start((InetSocketAddress) remote, promise);
            }
        }

        private void start(InetSocketAddress remote, ChannelPromise promise) {
            connecting = promise;
            int timeoutMs = config.getConnectTimeoutMillis();
            HappyEyeballs attempt = stack.dialer(timeoutMs);
            dialer = attempt;
            TcpOptions options = config.tcp();
            Thread.ofVirtual()
                    .name("wgj-connect")
                    .start(
                            () -> {
                                try {
                                    TcpStream open = attempt.connect(remote, options);
                                    handOver(open);
                                } catch (IOException | RuntimeException e) {
                                    onLoop(() -> failed(e, remote, timeoutMs));
                                }
                            });
        }

        private void handOver(TcpStream open) {
            try {
                eventLoop().execute(() -> connected(open));
            } catch (RejectedExecutionException e) {
                open.close(0);
            }
        }

        private void connected(TcpStream open) {
            dialer = null;
            ChannelPromise promise = connecting;
            connecting = null;
            if (closed || promise == null) {
                open.close(0);
                return;
            }
            stream = open;
            open.options(config.tcp()); // they may have changed meanwhile
            open.listen(new Events());
            boolean wanted = promise.trySuccess();
            pipeline().fireChannelActive();
            if (!wanted) {
                close(voidPromise());
            }
        }

        private void failed(Throwable cause, InetSocketAddress remote, int timeoutMs) {
            dialer = null;
            ChannelPromise promise = connecting;
            connecting = null;
            if (promise == null) {
                return;
            }
            Throwable reported = cause;
            if (cause instanceof SocketTimeoutException) {
                reported =
                        new ConnectTimeoutException(
                                "connection timed out after " + timeoutMs + " ms: " + remote);
            } else {
                reported = annotateConnectException(cause, remote);
            }
            promise.tryFailure(reported);
            closeIfClosed();
            close(voidPromise());
        }
    }
}
