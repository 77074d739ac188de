// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.serve;

import io.netty.util.concurrent.AbstractScheduledEventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.netty.util.concurrent.Ticker;

import java.util.concurrent.TimeUnit;

/** An event loop of Netty whose time and thread are those of a machine on a {@link SimClock}. */
final class SimLoop extends AbstractScheduledEventExecutor {
    private final SimMachine machine;
    private long armedNs = Long.MAX_VALUE;

    SimLoop(SimMachine machine) {
        this.machine = machine;
    }

    @Override
    public Ticker ticker() {
        return new Ticker() {
            @Override
            public long initialNanoTime() {
                return 0;
            }

            @Override
            public long nanoTime() {
                return machine.net.nowNs();
            }

            @Override
            public void sleep(long delay, TimeUnit unit) {
                throw new UnsupportedOperationException("nobody sleeps on a virtual clock");
            }
        };
    }

    @Override
    public void execute(Runnable task) {
        machine.work(
                () -> {
                    task.run();
                    arm();
                });
    }

    /** Lets what was scheduled happen in its time; to be called after something was. */
    void arm() {
        long next = nextScheduledTaskDeadlineNanos();
        if (next >= 0 && next < armedNs) {
            armedNs = next;
            machine.after(next - machine.net.nowNs(), () -> run(next));
        }
    }

    private void run(long atNs) {
        if (atNs != armedNs) {
            return; // something earlier was scheduled since
        }
        armedNs = Long.MAX_VALUE;
        Runnable task;
        while ((task = pollScheduledTask(machine.net.nowNs())) != null) {
            task.run();
        }
        arm();
    }

    @Override
    public boolean inEventLoop(Thread thread) {
        return true;
    }

    @Override
    public boolean isShuttingDown() {
        return false;
    }

    @Override
    public Future<?> shutdownGracefully(long quietPeriod, long timeout, TimeUnit unit) {
        cancelScheduledTasks();
        return terminationFuture();
    }

    @Override
    public Future<?> terminationFuture() {
        return GlobalEventExecutor.INSTANCE.newSucceededFuture(null);
    }

    @Override
    @Deprecated
    public void shutdown() {
        cancelScheduledTasks();
    }

    @Override
    public boolean isShutdown() {
        return false;
    }

    @Override
    public boolean isTerminated() {
        return false;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
        return true;
    }
}
