// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.emulator;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.BooleanSupplier;

/**
 * Two endpoints and what lies between them, on a clock that jumps from event to event. The clock
 * moves only to arrivals, tasks and the deadlines that the endpoints announce, so a deadline that
 * an endpoint forgets shows as a standstill.
 *
 * <pre>
 *   left  --- toRight: rate, queue, loss, delay, reordering --->  right
 *   left  <-- toLeft ------------------------------------------  right
 * </pre>
 *
 * <p>With {@link #step} the same link runs in real time. One thread uses a link.
 */
public final class EmulatedLink {
    /** The first time of the clock: not 0, so that a forgotten time shows. */
    public static final long START_NS = 1_000_000_000L;

    private static final int BATCH = 128;
    private static final int MAX_STILL = 100_000;
    private static final int STRIDE = 2048;

    private record Task(long ns, long order, Runnable action) implements Comparable<Task> {
        @Override
        public int compareTo(Task other) {
            int byTime = Long.compare(ns, other.ns);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }
    }

    private final PacketEndpoint left;
    private final PacketEndpoint right;
    private final LinkDirection toRight;
    private final LinkDirection toLeft;
    private final List<LinkObserver> observers = new ArrayList<>();
    private final PriorityQueue<Task> tasks = new PriorityQueue<>();
    private final MemorySegment slab = Arena.ofAuto().allocate(256 * 1024, 64);
    private final int[] offsets = new int[BATCH];
    private final int[] lengths = new int[BATCH];
    private long nowNs = START_NS;
    private long taskOrder;
    private int still;

    /** Joins two endpoints; equal seeds give equal runs. */
    public EmulatedLink(
            PacketEndpoint left,
            PacketEndpoint right,
            LinkConditions toRight,
            LinkConditions toLeft,
            long seed) {
        this.left = left;
        this.right = right;
        this.toRight = new LinkDirection(toRight, seed * 2 + 1);
        this.toLeft = new LinkDirection(toLeft, seed * 2 + 2);
    }

    /** Joins two endpoints by a link that is the same both ways. */
    public EmulatedLink(PacketEndpoint left, PacketEndpoint right, LinkConditions both, long seed) {
        this(left, right, both, both, seed);
    }

    /** Adds an observer. */
    public EmulatedLink observe(LinkObserver observer) {
        observers.add(observer);
        return this;
    }

    /** Returns the direction from the left endpoint to the right one. */
    public LinkDirection toRight() {
        return toRight;
    }

    /** Returns the direction from the right endpoint to the left one. */
    public LinkDirection toLeft() {
        return toLeft;
    }

    /** Returns the virtual time. */
    public long nowNs() {
        return nowNs;
    }

    /** Runs an action when the clock shows a time. */
    public void at(long ns, Runnable action) {
        tasks.add(new Task(Math.max(ns, nowNs), taskOrder++, action));
    }

    /** Runs an action after a time. */
    public void after(long ns, Runnable action) {
        at(nowNs + ns, action);
    }

    /** Runs until the clock shows a time. */
    public void run(long untilNs) {
        runUntil(() -> false, untilNs);
    }

    /** Runs for a time. */
    public void runFor(long ns) {
        run(nowNs + ns);
    }

    /**
     * Runs until a condition holds or the clock shows a time.
     *
     * @return whether the condition holds
     */
    public boolean runUntil(BooleanSupplier done, long limitNs) {
        while (true) {
            pump();
            if (done.getAsBoolean()) {
                return true;
            }
            long next = nextEventNs();
            if (next > limitNs) {
                nowNs = Math.max(nowNs, limitNs);
                return done.getAsBoolean();
            }
            step(Math.max(next, nowNs));
        }
    }

    /** Runs until nothing is on its way and no timer is set, or the clock shows a time. */
    public boolean runUntilQuiet(long limitNs) {
        return runUntil(() -> nextEventNs() == PacketEndpoint.NEVER, limitNs);
    }

    /** Returns when something happens next. */
    public long nextEventNs() {
        long next = Math.min(toRight.nextArrivalNs(), toLeft.nextArrivalNs());
        next = Math.min(next, Math.min(left.nextDeadlineNs(), right.nextDeadlineNs()));
        Task task = tasks.peek();
        return task == null ? next : Math.min(next, task.ns);
    }

    /** Lets everything happen that is due at a time, and takes what the endpoints then send. */
    public void step(long timeNs) {
        if (timeNs > nowNs) {
            nowNs = timeNs;
            still = 0;
        } else if (++still > MAX_STILL) {
            throw new IllegalStateException(
                    "the clock stands still at "
                            + nowNs
                            + ": left deadline "
                            + left.nextDeadlineNs()
                            + ", right deadline "
                            + right.nextDeadlineNs());
        }
        for (Task task = tasks.peek(); task != null && task.ns <= nowNs; task = tasks.peek()) {
            tasks.poll().action.run();
        }
        if (left.nextDeadlineNs() <= nowNs) {
            left.handleTimeouts(nowNs);
        }
        if (right.nextDeadlineNs() <= nowNs) {
            right.handleTimeouts(nowNs);
        }
        deliver(toRight, right, true);
        deliver(toLeft, left, false);
        pump();
    }

    private void pump() {
        int rounds = 0;
        while (take(left, toRight, toLeft, true) | take(right, toLeft, toRight, false)) {
            if (++rounds > MAX_STILL) {
                throw new IllegalStateException("an endpoint sends without end at " + nowNs);
            }
        }
    }

    private boolean take(
            PacketEndpoint from, LinkDirection out, LinkDirection back, boolean rightwards) {
        if (!from.hasOutput()) {
            return false;
        }
        int count = from.emit(slab, offsets, lengths, nowNs);
        for (int i = 0; i < count; i++) {
            LinkDirection.InFlight packet = out.obtain(lengths[i]);
            MemorySegment.copy(
                    slab, ValueLayout.JAVA_BYTE, offsets[i], packet.bytes, 0, lengths[i]);
            packet.length = lengths[i];
            for (LinkObserver observer : observers) {
                observer.sent(rightwards, packet.bytes, packet.length, nowNs);
            }
            LinkDirection.InFlight tooBig = out.send(packet, nowNs);
            if (tooBig != null) {
                byte[] error =
                        IcmpErrors.tooBig(tooBig.bytes, tooBig.length, out.conditions().mtu());
                out.giveBack(tooBig);
                if (error != null) {
                    LinkDirection.InFlight answer = back.obtain(error.length);
                    System.arraycopy(error, 0, answer.bytes, 0, error.length);
                    answer.length = error.length;
                    back.deliverAt(answer, nowNs + out.conditions().delayNs());
                }
            }
        }
        return count > 0;
    }

    private void deliver(LinkDirection direction, PacketEndpoint to, boolean rightwards) {
        while (true) {
            int count = 0;
            long at = 0;
            LinkDirection.InFlight packet;
            while (count < BATCH
                    && at + 65_536 <= slab.byteSize()
                    && (packet = direction.arrived(nowNs)) != null) {
                for (LinkObserver observer : observers) {
                    observer.arrived(rightwards, packet.bytes, packet.length, nowNs);
                }
                MemorySegment.copy(packet.bytes, 0, slab, ValueLayout.JAVA_BYTE, at, packet.length);
                offsets[count] = (int) at;
                lengths[count++] = packet.length;
                at += (packet.length + STRIDE - 1) / STRIDE * STRIDE;
                direction.giveBack(packet);
            }
            if (count == 0) {
                return;
            }
            to.receive(slab, offsets, lengths, count, nowNs);
        }
    }
}
