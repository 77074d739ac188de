// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import io.netty.channel.IoEventLoop;

import org.wgj.protocol.PacketBatch;
import org.wgj.tun.TimedTun;
import org.wgj.tun.Tun;
import org.wgj.tun.TunGoneException;

import java.io.IOException;
import java.util.function.LongSupplier;

/**
 * Reads the waiting packets from the TUN on the event loop and hands them on in batches; it never
 * waits for a batch to fill. While the consumer wants no more, the system's queue in the TUN fills
 * up and drops packets, as that of any busy interface.
 *
 * <p>Owned by the loop's thread.
 */
final class TunReader {
    /** Takes a batch; false when it wants no more until {@link TunReader#resume}. */
    @FunctionalInterface
    interface Consumer {
        boolean accept(PacketBatch packets);
    }

    private static final int BATCH = 128;

    /** Room for a batch of packets of the usual size, and for one of the largest. */
    private static final int SLAB =
            BATCH * 2048 + PacketBatch.HEADROOM + Tun.MAX_PACKET + PacketBatch.TAILROOM;

    /** Batches read before other users of the loop have their turn. */
    private static final int BATCHES_AT_ONCE = 4;

    private final Tun tun;
    private final TimedTun timed; // the same; null if it has no timers
    private final IoEventLoop loop;
    private final LongSupplier clock;
    private final Consumer consumer;
    private final Runnable empty;
    private final Runnable gone;
    private final java.util.function.Consumer<Throwable> failed;
    private final PacketBatch batch = new PacketBatch(SLAB, BATCH);

    private DescriptorEvents events; // null if the TUN has no descriptor
    private long packets; // read since the start
    private boolean paused;
    private boolean stopped;

    /**
     * @param clock what a {@link TimedTun} is told before it is read
     * @param empty runs when no packet was waiting
     * @param gone runs if the interface was deleted
     * @param failed takes what else makes reading impossible
     */
    TunReader(
            Tun tun,
            IoEventLoop loop,
            LongSupplier clock,
            Consumer consumer,
            Runnable empty,
            Runnable gone,
            java.util.function.Consumer<Throwable> failed) {
        this.tun = tun;
        this.timed = tun instanceof TimedTun withTimers ? withTimers : null;
        this.loop = loop;
        this.clock = clock;
        this.consumer = consumer;
        this.empty = empty;
        this.gone = gone;
        this.failed = failed;
    }

    /** Begins to read; called on the loop's thread. */
    void start() throws IOException {
        if (tun.descriptor() < 0) {
            return;
        }
        try {
            events = DescriptorEvents.register(loop, tun.descriptor(), this::read, () -> {});
        } catch (IOException e) {
            throw new IOException("cannot wait for packets of " + tun.name(), e);
        }
    }

    /** Stops for good. Called on the loop's thread, or on any thread after the loop has ended. */
    void stop() {
        stopped = true;
        if (events != null) {
            events.cancel();
        }
    }

    /** Continues after a pause: the consumer wants more again. */
    void resume() {
        if (paused && !stopped) {
            paused = false;
            if (events != null) {
                events.resume();
            }
            loop.execute(this::read);
        }
    }

    /** Returns whether {@link #read} does nothing until {@link #resume}. */
    boolean isPaused() {
        return paused;
    }

    /** Returns how many packets were read since the start. */
    long packets() {
        return packets;
    }

    /** Reads the waiting packets and hands them on. */
    void read() {
        if (paused || stopped) {
            return;
        }
        try {
            for (int i = 0; i < BATCHES_AT_ONCE; i++) {
                if (timed != null) {
                    timed.advance(clock.getAsLong());
                }
                int count =
                        tun.read(
                                batch.slab(),
                                PacketBatch.HEADROOM,
                                PacketBatch.TAILROOM,
                                batch.offsets(),
                                batch.lengths());
                if (count == 0) {
                    empty.run();
                    return;
                }
                packets += count;
                batch.setCount(count);
                if (!consumer.accept(batch)) {
                    pause();
                    return;
                }
                if (count < BATCH && !tun.holdsBack()) {
                    return; // The TUN reports further packets.
                }
            }
            // Packets that the TUN holds back do not make the descriptor readable.
            loop.execute(this::read);
        } catch (TunGoneException e) {
            stop();
            gone.run();
        } catch (IOException | RuntimeException | Error e) {
            stop();
            failed.accept(e);
        }
    }

    private void pause() {
        paused = true;
        if (events != null) {
            events.pause();
        }
    }
}
