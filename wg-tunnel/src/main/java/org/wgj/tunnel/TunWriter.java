// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import io.netty.channel.IoEventLoop;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.wgj.protocol.PacketBatch;
import org.wgj.tun.TimedTun;
import org.wgj.tun.Tun;
import org.wgj.tun.TunGoneException;

import java.io.IOException;

/**
 * Writes opened packets to the TUN. A packet that the TUN refuses is counted and lost, as on any
 * busy interface.
 *
 * <p>Owned by the loop's thread.
 */
final class TunWriter {
    private static final Logger LOG = LoggerFactory.getLogger(Tunnel.class);

    private final Tun tun;
    private final TimedTun timed; // the same; null if it has no timers
    private final IoEventLoop loop;
    private final Runnable gone;
    private final Runnable answers;
    private final ForeignCode fault;

    // Packets, except the last: calls.
    private long written;
    private long refused;
    private long errors;

    private boolean answerPosted;

    /**
     * @param gone runs if the interface was deleted
     * @param answers reads what a {@link TimedTun} has to say to what was written to it
     */
    TunWriter(Tun tun, IoEventLoop loop, Runnable gone, Runnable answers) {
        this.tun = tun;
        this.timed = tun instanceof TimedTun withTimers ? withTimers : null;
        this.loop = loop;
        this.gone = gone;
        this.answers = answers;
        fault = new ForeignCode(tun.name(), "the interface");
    }

    void write(PacketBatch packets, long nowNs) {
        int taken = 0;
        try {
            if (timed != null) {
                timed.advance(nowNs);
            }
            taken =
                    tun.write(
                            packets.slab(),
                            packets.offsets(),
                            packets.lengths(),
                            0,
                            packets.count());
            if (timed != null && timed.holdsBack()) {
                postAnswer();
            }
        } catch (TunGoneException e) {
            gone.run();
        } catch (IOException e) {
            errors++;
            LOG.debug("{}: cannot write to the interface: {}", tun.name(), e.getMessage());
        } catch (RuntimeException | Error e) {
            errors++;
            fault.failed(e);
        }
        written += taken;
        refused += packets.count() - taken;
    }

    /** Not at once: the device is calling, and further batches may have come. */
    private void postAnswer() {
        if (!answerPosted) {
            answerPosted = true;
            loop.execute(this::answer);
        }
    }

    private void answer() {
        answerPosted = false;
        answers.run();
    }

    /**
     * Returns the counters.
     *
     * @param read packets that were read, which another object counts
     */
    TunCounters counters(long read) {
        return new TunCounters(read, written, refused, errors);
    }
}
