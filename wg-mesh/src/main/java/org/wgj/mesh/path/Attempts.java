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

    /** Whether some attempt had no answer. */
    boolean hasFailed() {
        return attempts > 1;
    }

    void run(long nowNs) {
        if (nowNs < dueNs) {
            return;
        }
        link.aim(attempts >= PathTimes.ATTEMPTS_EVERYWHERE);
        link.initiate(nowNs);
        long wait = PathTimes.nextAttempt(attempts);
        attempts++;
        dueNs = nowNs + wait + link.jitter(wait / 8);
    }
}
