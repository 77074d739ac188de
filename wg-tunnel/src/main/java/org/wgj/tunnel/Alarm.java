// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.netty.channel.IoEventLoop;
import io.netty.util.concurrent.Future;

import org.wgj.tun.linux.ErrnoException;
import org.wgj.tun.linux.Libc;
import org.wgj.tun.linux.LinuxSupport;
import org.wgj.tunnel.udp.NettyEpoll;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;

/**
 * Runs an action on the event loop when a {@link BootClock} shows a certain time, also if the
 * machine slept meanwhile: then as soon as it is awake. It is a timerfd of CLOCK_BOOTTIME
 * (timerfd_create(2)). The loop's own timers stand still while the machine sleeps, and would be
 * late by that time. Without such a descriptor the alarm uses one of the loop's timers all the
 * same.
 *
 * <p>Owned by the loop's thread.
 */
final class Alarm implements Wakeup {
    /** No deadline. */
    static final long NEVER = Long.MAX_VALUE;

    // sys/timerfd.h
    private static final int TFD_NONBLOCK = 0x800;
    private static final int TFD_CLOEXEC = 0x80000;
    private static final int TFD_TIMER_ABSTIME = 1;

    // struct itimerspec of 64-bit Linux: an interval, which stays 0, and the time of expiry.
    private static final int VALUE_SECONDS = 16;
    private static final int VALUE_NANOSECONDS = VALUE_SECONDS + 8;

    private static final long SECOND_NS = 1_000_000_000;

    private final IoEventLoop loop;
    private final BootClock clock;
    private final Runnable action;
    private final MemorySegment expirations = Arena.ofAuto().allocate(8, 8);
    private final MemorySegment timerspec = Arena.ofAuto().allocate(VALUE_NANOSECONDS + 8, 8);

    private int descriptor = -1; // -1 if the loop's timers are used
    private DescriptorEvents events;
    private Future<?> timer;
    private long setForNs = NEVER;
    private boolean closed;

    /**
     * @param action runs with no deadline set
     */
    Alarm(IoEventLoop loop, BootClock clock, Runnable action) {
        this.loop = loop;
        this.clock = clock;
        this.action = action;
    }

    /** Makes the descriptor; called on the loop's thread. */
    @Override
    public void start() throws IOException {
        if (!LinuxSupport.isAvailable() || !NettyEpoll.drives(loop)) {
            return;
        }
        int made = Libc.timerfd_create(BootClock.CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
        descriptor = ErrnoException.check("timerfd_create", made);
        events = DescriptorEvents.register(loop, descriptor, this::expired, this::close);
    }

    /**
     * Runs the action at this time or earlier: too early is harmless, and cheaper than moving the
     * timer with every packet.
     */
    @Override
    public void setFor(long deadlineNs) {
        if (closed || deadlineNs >= setForNs) {
            return;
        }
        setForNs = deadlineNs;
        if (timer != null) {
            timer.cancel(false);
        }
        long waitNs = deadlineNs - clock.nowNs();
        if (descriptor < 0 || waitNs <= 0) {
            timer = loop.schedule(this::ring, Math.max(0, waitNs), TimeUnit.NANOSECONDS);
        } else {
            timer = null;
            long atNs = clock.sinceBootNs(deadlineNs);
            timerspec.set(JAVA_LONG, VALUE_SECONDS, atNs / SECOND_NS);
            timerspec.set(JAVA_LONG, VALUE_NANOSECONDS, atNs % SECOND_NS);
            if (Libc.timerfd_settime(descriptor, TFD_TIMER_ABSTIME, timerspec.address(), 0) < 0) {
                throw new IllegalStateException(
                        new ErrnoException("timerfd_settime", Libc.errno()));
            }
        }
    }

    private void ring() {
        timer = null;
        setForNs = NEVER;
        if (!closed) {
            action.run();
        }
    }

    private void expired() {
        // The 8 bytes are the number of expirations and must be read once. An event may be left
        // over from a time that was moved since.
        if (!closed && Libc.read(descriptor, expirations.address(), 8) == 8) {
            if (timer != null) {
                timer.cancel(false);
            }
            ring();
        }
    }

    /** Does nothing the second time. A loop that ends calls this too. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        if (timer != null) {
            timer.cancel(false);
        }
        if (events != null) {
            events.cancel();
        }
        if (descriptor >= 0) {
            Libc.close(descriptor);
        }
    }
}
