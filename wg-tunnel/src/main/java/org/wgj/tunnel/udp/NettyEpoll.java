// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.udp;

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;

/**
 * Tells whether Netty's epoll transport can be used, and asks it nothing if not: its jars may be
 * missing, and its library exists for Linux alone. Everything that must also load elsewhere asks
 * here first. Any thread may call the methods.
 */
public final class NettyEpoll {
    private static final boolean AVAILABLE = find();

    private NettyEpoll() {}

    /**
     * Returns whether event loops can use epoll.
     *
     * @return true on Linux, with the jars of Netty's epoll transport and its library
     */
    public static boolean isAvailable() {
        return AVAILABLE;
    }

    /**
     * Makes the handlers of event loops: epoll's if available, else those of the JDK's selector.
     *
     * @return a factory for a group of event loops
     */
    public static IoHandlerFactory ioHandlers() {
        return AVAILABLE ? Classes.ioHandlers() : NioIoHandler.newFactory();
    }

    /**
     * Returns whether a loop waits by epoll.
     *
     * @param loop any event loop
     * @return true if handles of Netty's epoll transport can be registered with it
     */
    public static boolean drives(IoEventLoop loop) {
        return AVAILABLE && Classes.drives(loop);
    }

    private static boolean find() {
        try {
            return Classes.isAvailable();
        } catch (LinkageError e) { // the jars are missing, or their library does not load
            return false;
        }
    }

    /** Everything that needs the classes of the epoll transport to be there. */
    private static final class Classes {
        static boolean isAvailable() {
            return Epoll.isAvailable();
        }

        static IoHandlerFactory ioHandlers() {
            return EpollIoHandler.newFactory();
        }

        static boolean drives(IoEventLoop loop) {
            return loop.isCompatible(EpollIoHandle.class);
        }
    }
}
