// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.udp;

import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoEvent;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.FileDescriptor;
import io.netty.util.concurrent.Future;

import org.wgj.protocol.PacketBatch;
import org.wgj.tun.linux.Libc;

import java.util.concurrent.TimeUnit;

/**
 * The socket of one address family on the event loop. It turns epoll's events into calls of its
 * receiver and its sender, and owns the descriptor. Everything happens on the loop.
 *
 * <p>It is level-triggered, and a wake-up does a bounded amount of work. The remaining work raises
 * the next wake-up, after the other users of the loop had their turn.
 *
 * <p>No error closes it. If receiving keeps failing, it pauses until a timer ends the pause. During
 * the pause its interest is edge-triggered without EPOLLIN, because epoll reports a level-triggered
 * error even if not asked to.
 */
final class EpollUdpSocket implements EpollIoHandle {
    private static final EpollIoOps PAUSED = EpollIoOps.EPOLLET;
    private static final EpollIoOps READ = EpollIoOps.EPOLLIN;

    private static final long RECEIVE_PAUSE_MS = 10;

    /**
     * The time between attempts to send while the system is out of buffers, for which there is no
     * event.
     */
    private static final long SEND_RETRY_MS = 2;

    private final IoEventLoop loop;
    private final FileDescriptor fd;
    private final DatagramReceiver receiver;
    private final DatagramSender sender;
    private final Runnable drained;

    private IoRegistration registration;
    private EpollIoOps interest = EpollIoOps.NONE;
    private boolean paused;
    private boolean closed;
    private Future<?> receiveTimer;
    private Future<?> sendTimer;

    /**
     * @param fd belongs to this socket from now on
     * @param drained called when all waiting datagrams have left
     */
    EpollUdpSocket(
            IoEventLoop loop,
            int fd,
            DatagramReceiver receiver,
            DatagramSender sender,
            Runnable drained) {
        this.loop = loop;
        this.fd = new FileDescriptor(fd);
        this.receiver = receiver;
        this.sender = sender;
        this.drained = drained;
    }

    /** Begins to receive. */
    void register() {
        // On the loop's own thread the registration is complete when the call returns.
        registration = loop.register(this).syncUninterruptibly().getNow();
        updateInterest();
    }

    @Override
    public FileDescriptor fd() {
        return fd;
    }

    int descriptor() {
        return fd.intValue();
    }

    @Override
    public void handle(IoRegistration registration, IoEvent event) {
        EpollIoOps ready = ((EpollIoEvent) event).ops();
        if (ready.contains(EpollIoOps.EPOLLOUT) && sender.awaitsEvent()) {
            drain();
        }
        if (!closed
                && !paused
                && (ready.contains(EpollIoOps.EPOLLIN) || ready.contains(EpollIoOps.EPOLLERR))) {
            receive();
        }
    }

    private void receive() {
        boolean working = receiver.receive(fd.intValue());
        if (!working && !closed) {
            paused = true;
            receiveTimer =
                    loop.schedule(this::resumeReceiving, RECEIVE_PAUSE_MS, TimeUnit.MILLISECONDS);
            updateInterest();
        }
    }

    private void resumeReceiving() {
        if (!closed) {
            paused = false;
            updateInterest();
        }
    }

    /** Sends the batch's datagrams of this family; what the system does not take waits. */
    void send(PacketBatch batch) {
        sender.send(fd.intValue(), batch);
        awaitSending();
    }

    boolean gso() {
        return sender.gso();
    }

    boolean gro() {
        return receiver.gro();
    }

    boolean isWritable() {
        return !sender.isWaiting();
    }

    /** The datagrams that wait, in bytes. */
    int queuedBytes() {
        return sender.queuedBytes();
    }

    private void drain() {
        sender.drain(fd.intValue());
        awaitSending();
        if (!sender.isWaiting()) {
            drained.run();
        }
    }

    private void awaitSending() {
        updateInterest();
        if (sender.isWaiting() && !sender.awaitsEvent() && sendTimer == null) {
            sendTimer = loop.schedule(this::retrySending, SEND_RETRY_MS, TimeUnit.MILLISECONDS);
        }
    }

    private void retrySending() {
        sendTimer = null;
        if (!closed && sender.isWaiting() && !sender.awaitsEvent()) {
            drain();
        }
    }

    private void updateInterest() {
        EpollIoOps wanted = paused ? PAUSED : READ;
        if (sender.awaitsEvent()) {
            wanted = wanted.with(EpollIoOps.EPOLLOUT);
        }
        if (!wanted.equals(interest)) {
            interest = wanted;
            registration.submit(wanted);
        }
    }

    /**
     * Takes the socket off the loop and closes it. A loop that ends calls this too, except if it
     * ends in the round in which it was told to; then the owner calls it, on any thread.
     */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        receiver.close();
        cancel(receiveTimer);
        cancel(sendTimer);
        if (registration != null && !loop.isTerminated()) {
            registration.cancel();
        }
        Libc.close(fd.intValue());
    }

    private static void cancel(Future<?> timer) {
        if (timer != null) {
            timer.cancel(false);
        }
    }
}
