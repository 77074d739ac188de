// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.netty;

import io.netty.channel.AbstractServerChannel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.SingleThreadEventExecutor;

import org.wgj.netstack.socket.AcceptQueue;
import org.wgj.netstack.socket.SocketStack;
import org.wgj.netstack.socket.TcpStream;
import org.wgj.netstack.tcp.TcpOptions;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;

/** A listener as a server channel of Netty; its children are {@link TunnelChannel}s. */
public final class TunnelServerChannel extends AbstractServerChannel {
    private static final int BATCH = 16;
    private static final int DEFAULT_BACKLOG = 128;

    private final SocketStack stack;
    private final ServerConfig config = new ServerConfig();
    private final AtomicBoolean acceptTask = new AtomicBoolean();
    private final Runnable endOfLoop = () -> unsafe().closeForcibly();
    private volatile AcceptQueue queue; // null until it is bound
    private volatile InetSocketAddress local;
    private volatile boolean closed;
    private boolean readPending; // the event loop's

    /**
     * Makes a channel that can listen.
     *
     * @param stack hears the connections
     */
    public TunnelServerChannel(SocketStack stack) {
        this.stack = stack;
    }

    /** The options of every channel, and the backlog. */
    private final class ServerConfig extends DefaultChannelConfig {
        private volatile int backlog = DEFAULT_BACKLOG;

        ServerConfig() {
            super(TunnelServerChannel.this);
        }

        @Override
        public Map<ChannelOption<?>, Object> getOptions() {
            return getOptions(super.getOptions(), ChannelOption.SO_BACKLOG);
        }

        @Override
        @SuppressWarnings("unchecked")
        public <T> T getOption(ChannelOption<T> option) {
            return option == ChannelOption.SO_BACKLOG
                    ? (T) (Integer) backlog
                    : super.getOption(option);
        }

        @Override
        public <T> boolean setOption(ChannelOption<T> option, T value) {
            if (option != ChannelOption.SO_BACKLOG) {
                return super.setOption(option, value);
            }
            validate(option, value);
            backlog = (Integer) value;
            return true;
        }
    }

    @Override
    public ChannelConfig config() {
        return config;
    }

    @Override
    public boolean isOpen() {
        return !closed;
    }

    @Override
    public boolean isActive() {
        return queue != null && !closed;
    }

    @Override
    protected boolean isCompatible(EventLoop loop) {
        return true;
    }

    @Override
    protected SocketAddress localAddress0() {
        return local;
    }

    @Override
    protected void doRegister(ChannelPromise promise) {
        if (eventLoop() instanceof SingleThreadEventExecutor executor) {
            executor.addShutdownHook(endOfLoop);
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
    protected void doBind(SocketAddress wanted) throws IOException {
        InetSocketAddress address = (InetSocketAddress) wanted;
        AcceptQueue bound =
                stack.listen(
                        address.getAddress(),
                        address.getPort(),
                        config.backlog,
                        TcpOptions.DEFAULT,
                        this::arrived);
        local = new InetSocketAddress(address.getAddress(), bound.port());
        queue = bound;
    }

    @Override
    protected void doClose() {
        closed = true;
        AcceptQueue bound = queue;
        if (bound != null) {
            bound.close();
        }
    }

    /** On the stack's thread. */
    private void arrived() {
        if (!acceptTask.getAndSet(true)) {
            try {
                eventLoop().execute(this::acceptNow);
            } catch (RejectedExecutionException e) {
                // the loop has ended, and its end has closed this channel
            }
        }
    }

    @Override
    protected void doBeginRead() {
        readPending = true;
        arrived();
    }

    private void acceptNow() {
        acceptTask.set(false);
        AcceptQueue bound = queue;
        if (!readPending || bound == null || closed) {
            return;
        }
        int count = 0;
        while (count < BATCH) {
            TcpStream accepted = bound.poll();
            if (accepted == null) {
                break;
            }
            count++;
            readPending = false;
            pipeline().fireChannelRead(new TunnelChannel(this, stack, accepted));
        }
        if (count > 0) {
            pipeline().fireChannelReadComplete(); // reads again, unless auto-read is off
        }
    }
}
