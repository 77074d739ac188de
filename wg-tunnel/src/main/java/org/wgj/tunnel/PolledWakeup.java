// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import io.netty.channel.IoEventLoop;
import io.netty.util.concurrent.Future;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The wake-up for a clock that a program supplies: nothing tells when such a clock moves, so it is
 * read every 10 ms while there is a deadline.
 */
final class PolledWakeup implements Wakeup {
    private static final long POLL_MS = 10;

    private final IoEventLoop loop;
    private final LongSupplier clock;
    private final Runnable action;
    private long deadlineNs = Long.MAX_VALUE;
    private Future<?> poll;
    private boolean closed;

    PolledWakeup(IoEventLoop loop, LongSupplier clock, Runnable action) {
        this.loop = loop;
        this.clock = clock;
        this.action = action;
    }

    @Override
    public void start() {
        // The first deadline starts it.
    }

    @Override
    public void setFor(long deadlineNs) {
        this.deadlineNs = Math.min(this.deadlineNs, deadlineNs);
        if (!closed && poll == null && this.deadlineNs != Long.MAX_VALUE) {
            poll = loop.schedule(this::poll, POLL_MS, TimeUnit.MILLISECONDS);
        }
    }

    private void poll() {
        poll = null;
        if (closed) {
            return;
        }
        if (clock.getAsLong() >= deadlineNs) {
            deadlineNs = Long.MAX_VALUE;
            action.run();
        }
        setFor(deadlineNs);
    }

    @Override
    public void close() {
        closed = true;
        if (poll != null) {
            poll.cancel(false);
        }
    }
}
