// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.FileDescriptor;

import java.io.IOException;

/**
 * Runs an action on an epoll event loop whenever a descriptor is readable. The descriptor belongs
 * to the caller, who cancels before closing it.
 *
 * <p>Owned by the loop's thread. To be used only if {@link
 * org.wgj.tunnel.udp.NettyEpoll#isAvailable}: no other class of the tunnel names those of Netty's
 * epoll transport, so that all others load without them.
 */
final class DescriptorEvents {
    /**
     * Reports nothing except, once, an error. Not {@link EpollIoOps#NONE}: with it Netty 4.2.18
     * takes the descriptor out of epoll, and what is submitted next fails with ENOENT.
     */
    private static final EpollIoOps PAUSED = EpollIoOps.EPOLLET;

    private final IoEventLoop loop;
    private final IoRegistration registration;

    private DescriptorEvents(IoEventLoop loop, IoRegistration registration) {
        this.loop = loop;
        this.registration = registration;
    }

    /**
     * Begins to report.
     *
     * @param closed runs if the loop ends before {@link #cancel}
     * @throws IOException if the descriptor cannot be waited for
     */
    static DescriptorEvents register(
            IoEventLoop loop, int descriptor, Runnable readable, Runnable closed)
            throws IOException {
        var future = loop.register(new Handle(new FileDescriptor(descriptor), readable, closed));
        if (!future.isSuccess()) {
            // On the loop's own thread registering is done at once.
            throw new IOException("cannot wait for a descriptor", future.cause());
        }
        DescriptorEvents events = new DescriptorEvents(loop, future.getNow());
        events.resume();
        return events;
    }

    void pause() {
        registration.submit(PAUSED);
    }

    void resume() {
        registration.submit(EpollIoOps.EPOLLIN);
    }

    /** Ends the reports. Any thread may call this after the loop has ended. */
    void cancel() {
        if (!loop.isTerminated()) {
            registration.cancel();
        }
    }

    private record Handle(FileDescriptor fd, Runnable readable, Runnable closed)
            implements EpollIoHandle {
        @Override
        public void handle(IoRegistration registration, IoEvent event) {
            readable.run();
        }

        @Override
        public void close() {
            closed.run();
        }
    }
}
