// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.path;

/**
 * Watches the path in use. One lost challenge proves nothing: under load a probe can be lost or
 * come late. Two end a path on which nothing else was heard in the meantime, four end it in any
 * case, because then it passes one way only.
 */
final class Watch {
    private final Link link;
    private long challengeNs = Link.NEVER;
    private long answerNs = Link.NEVER;
    private long verdictNs = Link.NEVER;
    private long sentNs;
    private long challengedNs = Long.MIN_VALUE / 2;

    /** The challenges since the last one of full size. */
    private int sinceFull;

    private int lost;

    /** True if the path has still to prove that it carries packets of full size. */
    private boolean fullWanted;

    private int fullSent;

    /** The bytes heard from the peer when the first challenge was lost; -1 if unknown. */
    private long heardBefore = -1;

    Watch(Link link) {
        this.link = link;
    }

    long dueNs() {
        return Math.min(verdictNs, Math.min(challengeNs, answerNs));
    }

    /** Challenges the path now: it is new, or doubtful. */
    void now(long nowNs) {
        forgive();
        challengeNs = nowNs;
    }

    /** As {@link #now}; the path must also carry packets of full size. */
    void nowWithFull(long nowNs) {
        now(nowNs);
        wantFull();
    }

    private void wantFull() {
        fullWanted = true;
        fullSent = 0;
    }

    /** The peer does not answer the data, which may be too long for the path. */
    void unanswered(long nowNs) {
        if (isWatching() && !fullWanted && sinceFull >= PathTimes.FULL_EACH_UNANSWERED) {
            wantFull();
            if (challengeNs != Link.NEVER) {
                challengeNs = nowNs;
            }
        }
    }

    private boolean isWatching() {
        return challengeNs != Link.NEVER || answerNs != Link.NEVER;
    }

    void stop() {
        forgive();
        challengeNs = Link.NEVER;
        fullWanted = false;
    }

    private void forgive() {
        lost = 0;
        heardBefore = -1;
        answerNs = Link.NEVER;
        verdictNs = Link.NEVER;
    }

    /**
     * A quiet path is challenged sooner than planned.
     *
     * @param eachNs the time from the last challenge
     * @param fromNs not before that
     */
    void sooner(long eachNs, long fromNs) {
        if (challengeNs != Link.NEVER && answerNs == Link.NEVER) {
            challengeNs = Math.min(challengeNs, Math.max(fromNs, sentNs + eachNs));
        }
    }

    /**
     * The peer challenged the path in use. Of two ends without data the second leaves it to the
     * first: the echo keeps the routers' mappings, and the first finds out if the path dies.
     */
    void challenged(long nowNs) {
        challengedNs = nowNs;
        if (challengeNs != Link.NEVER && lost == 0) {
            challengeNs = Math.max(challengeNs, afterPeer(nowNs));
        }
    }

    /** Returns when to challenge a quiet path that the peer may challenge, too. */
    private long afterPeer(long nowNs) {
        boolean leaves =
                !link.isFirst() && !fullWanted && link.watchEach(nowNs) == PathTimes.WATCH_QUIET;
        return leaves ? challengedNs + PathTimes.WATCH_CHALLENGED : Long.MIN_VALUE;
    }

    /** The path in use answered a challenge that was sent then. */
    void answered(boolean full, long challengeSentNs) {
        if (full) {
            fullWanted = false;
        }
        if (!isWatching()) {
            return;
        }
        forgive();
        long each = fullWanted ? PathTimes.SHORTEST_WAIT : link.watchEach(challengeSentNs);
        challengeNs = Math.max(challengeSentNs + each, afterPeer(challengeSentNs));
    }

    void run(long nowNs) {
        if (nowNs >= answerNs) {
            answerNs = Link.NEVER;
            lost++;
            if (lost >= PathTimes.LOST_ONE_WAY) {
                link.pathDied(nowNs);
                return;
            }
            if (lost >= PathTimes.LOST_IN_SILENCE) {
                verdictNs = nowNs + PathTimes.VERDICT;
            }
            link.askStatus();
            challengeNs = nowNs;
        }
        if (nowNs >= verdictNs) {
            link.pathDied(nowNs); // the counters do not come
            return;
        }
        if (nowNs >= challengeNs) {
            challenge(nowNs);
        }
    }

    private void challenge(long nowNs) {
        if (fullWanted && fullSent >= PathTimes.FULL_LOST) {
            fullWanted = false;
            if (link.fullSizeLost(nowNs)) {
                return;
            }
        }
        link.challengeCurrent(false, nowNs);
        sinceFull++;
        if (!fullWanted && sinceFull >= PathTimes.FULL_EACH && link.hasData()) {
            wantFull();
        }
        if (fullWanted) {
            sinceFull = 0;
            fullSent++;
            link.challengeCurrent(true, nowNs);
        }
        sentNs = nowNs;
        challengeNs = Link.NEVER;
        answerNs = nowNs + link.answerWithin();
    }

    /**
     * Takes how much was heard from the peer besides path packets.
     *
     * @param heard in bytes, growing
     */
    void counted(long heard, long nowNs) {
        if (lost == 0) {
            return;
        }
        if (heardBefore < 0) {
            heardBefore = heard;
        } else if (verdictNs != Link.NEVER) {
            verdictNs = Link.NEVER;
            if (heard == heardBefore) {
                link.pathDied(nowNs);
            }
        }
    }
}
