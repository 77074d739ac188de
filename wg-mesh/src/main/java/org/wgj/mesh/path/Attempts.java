// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.path;

/** When a link begins handshakes of its own accord: at its start, and when its path is dead. */
final class Attempts {
    private final Link link;
    private long dueNs = Link.NEVER;
    private int attempts;

    Attempts(Link link) {
        this.link = link;
    }

    /** To which places the initiations of an attempt go. */
    enum Aim {
        /** To the peer's places where a way in is likely, and to relays. */
        LIKELY,

        /** To relays alone, if there are any. */
        RELAYS,

        /** To all places, since the relays may be dead. */
        ALL
    }

    /** Begins to ask for a session. */
    void begin(long atNs) {
        attempts = 0;
        dueNs = atNs;
    }

    /** There is a session. */
    void end() {
        attempts = 0;
        dueNs = Link.NEVER;
    }

    long dueNs() {
        return dueNs;
    }

    /** Returns whether some attempt had no answer. */
    boolean hasFailed() {
        return attempts > 1;
    }

    void run(long nowNs) {
        if (nowNs < dueNs) {
            return;
        }
        Aim aim = aim();
        link.aim(aim);
        link.initiate(aim == Aim.ALL, nowNs);
        long wait = PathTimes.nextAttempt(attempts);
        attempts++;
        dueNs = nowNs + wait + link.jitter(wait / 8);
    }

    /**
     * In turns: a place of the peer's that lets packets through one way only uses up each
     * initiation, of which the relay's copy comes too late then.
     */
    private Aim aim() {
        if (attempts < PathTimes.ATTEMPTS_LIKELY) {
            return Aim.LIKELY;
        }
        return (attempts - PathTimes.ATTEMPTS_LIKELY) % 2 == 0 ? Aim.RELAYS : Aim.ALL;
    }
}
