// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.path;

/**
 * When a link tries all places of its peer. Both ends must do it at the same time, so that each
 * router has seen a packet leave before the other end's arrives: the one that begins sends a punch
 * over the path in use and waits for half a round trip.
 */
final class Burst {
    private final Link link;

    /** When the next round begins. */
    private long roundNs = Link.NEVER;

    /** When the next step is due; never if no burst is under way. */
    private long stepNs = Link.NEVER;

    private long begunNs = Long.MIN_VALUE / 2;
    private int step;
    private int failures;
    private boolean finished;

    /** When the last direct path died. */
    private long directDiedNs = Long.MIN_VALUE / 2;

    Burst(Link link) {
        this.link = link;
    }

    long dueNs() {
        return Math.min(roundNs, stepNs);
    }

    /** When the burst under way, or the last one, began. */
    long begunNs() {
        return begunNs;
    }

    boolean isUnderWay() {
        return stepNs != Link.NEVER;
    }

    /** Returns whether a burst has failed since the places changed. */
    boolean hasFailed() {
        return finished;
    }

    /** Plans a round: places or networks changed, or there is a session. */
    void plan(long atNs) {
        failures = 0;
        finished = false;
        roundNs = link.isFirst() ? atNs : atNs + PathTimes.SECOND_TURN;
    }

    /** The direct path died; the same places are tried again soon, and often. */
    void directDied(long nowNs) {
        directDiedNs = nowNs;
        plan(nowNs + PathTimes.retry(0));
    }

    /** Tries no more. */
    void stop() {
        roundNs = Link.NEVER;
        stepNs = Link.NEVER;
    }

    /** The round-trip time of the path in use is known now: a waiting first round may begin. */
    void pathMeasured(long nowNs) {
        if (link.isFirst()
                && !finished
                && roundNs != Link.NEVER
                && roundNs - nowNs <= PathTimes.FIRST_ROUND) {
            roundNs = nowNs;
        }
    }

    /**
     * The peer is about to send challenges.
     *
     * @return whether a burst begins for it
     */
    boolean punched(long nowNs) {
        boolean begins = !isUnderWay() && nowNs - begunNs > PathTimes.BURST_END;
        if (begins) {
            roundNs = Link.NEVER;
            begin(nowNs);
        }
        return begins;
    }

    /** Begins to send at a time, without telling the peer. */
    void begin(long atNs) {
        begunNs = atNs;
        step = 0;
        stepNs = atNs;
    }

    void run(long nowNs) {
        if (nowNs >= roundNs) {
            roundNs = Link.NEVER;
            if (!isUnderWay() && link.wantsBetterPath()) {
                long half = link.sendPunch(nowNs);
                begin(nowNs + half);
            }
        }
        while (nowNs >= stepNs) {
            if (PathTimes.burst(step) < 0) {
                end(nowNs);
                return;
            }
            link.sendBurst(PathTimes.onlyFull(step), begunNs, nowNs);
            step++;
            long next = PathTimes.burst(step);
            stepNs = begunNs + (next < 0 ? PathTimes.BURST_END : next);
        }
    }

    private void end(long nowNs) {
        stepNs = Link.NEVER;
        link.burstEnded(begunNs, nowNs);
        if (!link.wantsBetterPath()) {
            failures = 0;
            return;
        }
        finished = true;
        long wait = PathTimes.retry(failures++);
        if (nowNs - directDiedNs < PathTimes.DIRECT_LATELY) {
            wait = Math.min(wait, PathTimes.RETRY_AFTER_DIRECT);
        }
        roundNs = nowNs + wait + (link.isFirst() ? 0 : PathTimes.SECOND_TURN);
    }
}
