// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.model;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.PriorityQueue;

/**
 * A small discrete-event simulation of tunnels that always have traffic, on cores that do nothing
 * else. A loop needs a core for its batch: before, its parts of the cryptography, after; it keeps
 * the core while it waits for parts that others have, as it does in truth, and gives it to the next
 * loop in the queue between batches. Workers take parts on cores that no loop wants.
 *
 * <pre>
 *   loop    before | part | part |....| after      serial, in order
 *   worker         ^ hand-off | part | part
 * </pre>
 */
final class Simulation {
    private static final int BATCHES = 400; // of each tunnel

    private final Side side;
    private final int workers;
    private final int packets;
    private final int parts;
    private final PriorityQueue<Event> events =
            new PriorityQueue<>(
                    Comparator.comparingDouble(Event::atNs).thenComparingLong(Event::number));
    private final Deque<Loop> waitingForCore = new ArrayDeque<>();
    private final Deque<Loop> withPartsLeft = new ArrayDeque<>();

    private double nowNs;
    private long number;
    private int freeCores;
    private int busyWorkers;
    private int batchesDone;

    private record Event(double atNs, long number, Runnable what) {}

    /**
     * @param workers threads beside the loops, for all of them
     * @param packets of a batch
     * @param packetsOfPart least packets worth sharing out
     */
    Simulation(Side side, int cores, int workers, int packets, int packetsOfPart) {
        this.side = side;
        this.workers = workers;
        this.packets = packets;
        freeCores = cores;
        parts =
                workers == 0
                        ? 1
                        : Math.max(1, Math.min(2 * (workers + 1), packets / packetsOfPart));
    }

    /** Nanoseconds from packet to packet, all tunnels together. */
    double nsPerPacket(int tunnels) {
        for (int i = 0; i < tunnels; i++) {
            waitingForCore.add(new Loop());
        }
        giveCores();
        while (batchesDone < BATCHES * tunnels) {
            Event next = events.remove();
            nowNs = next.atNs();
            next.what().run();
        }
        return nowNs / ((double) batchesDone * packets);
    }

    private void in(double ns, Runnable what) {
        events.add(new Event(nowNs + ns, number++, what));
    }

    private double partNs() {
        return side.cryptographyNs() * packets / parts;
    }

    /** Loops first: a worker without a core leaves its parts to the loop. */
    private void giveCores() {
        while (freeCores > 0 && !waitingForCore.isEmpty()) {
            freeCores--;
            waitingForCore.remove().begin();
        }
        while (freeCores > 0 && busyWorkers < workers && !withPartsLeft.isEmpty()) {
            freeCores--;
            busyWorkers++;
            help();
        }
    }

    /** A worker, on a core, takes a part of the batch that has waited longest. */
    private void help() {
        Loop loop = withPartsLeft.peek();
        loop.take();
        in(
                side.handOffNs() + partNs(),
                () -> {
                    loop.partDone();
                    if (waitingForCore.isEmpty() && !withPartsLeft.isEmpty()) {
                        help();
                    } else {
                        busyWorkers--;
                        freeCores++;
                        giveCores();
                    }
                });
    }

    private final class Loop {
        private int unclaimed;
        private int unfinished;
        private boolean waits;

        /** Has a core. */
        void begin() {
            in(side.beforeNs() * packets, this::shareOut);
        }

        private void shareOut() {
            unclaimed = parts;
            unfinished = parts;
            withPartsLeft.add(this);
            takeOwnPart();
            giveCores();
        }

        void take() {
            if (--unclaimed == 0) {
                withPartsLeft.remove(this);
            }
        }

        private void takeOwnPart() {
            take();
            in(
                    partNs(),
                    () -> {
                        waits = unclaimed == 0;
                        partDone();
                        if (!waits && unclaimed > 0) {
                            takeOwnPart();
                        }
                    });
        }

        void partDone() {
            unfinished--;
            if (waits && unfinished == 0) {
                waits = false;
                in(side.afterNs() * packets, this::end);
            }
        }

        private void end() {
            batchesDone++;
            freeCores++;
            waitingForCore.add(this);
            giveCores();
        }
    }
}
