// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.node;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.wgj.mesh.path.Paths;

import java.util.concurrent.TimeUnit;

/** Calls the manager of paths when something is due. On one event loop. */
final class PathTimer {
    private static final Logger LOG = LoggerFactory.getLogger(PathTimer.class);

    private final EventLoop loop;
    private final Paths paths;
    private ScheduledFuture<?> waiting;
    private long dueNs = Long.MAX_VALUE;

    PathTimer(EventLoop loop, Paths paths) {
        this.loop = loop;
        this.paths = paths;
    }

    /** Runs an input of the manager, and then sees when something is due. */
    void run(Runnable input) {
        try {
            input.run();
        } catch (RuntimeException e) {
            LOG.error("the manager of paths failed", e);
        }
        long next = paths.nextDeadlineNs();
        if (waiting != null && next == dueNs) {
            return;
        }
        if (waiting != null) {
            waiting.cancel(false);
            waiting = null;
        }
        dueNs = next;
        if (next != Long.MAX_VALUE) {
            waiting =
                    loop.schedule(
                            this::due, Math.max(0, next - System.nanoTime()), TimeUnit.NANOSECONDS);
        }
    }

    private void due() {
        waiting = null;
        run(() -> paths.handleTimeouts(System.nanoTime()));
    }
}
