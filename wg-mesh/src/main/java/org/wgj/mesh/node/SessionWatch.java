// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.node;

/**
 * Tells from handshakes with a coordinator whether it may have been restarted: then it has lost the
 * node's stream, and nothing of it comes any more. An ordinary renewal of the session is no sign.
 * For one thread; without a clock.
 */
final class SessionWatch {
    /** A session is renewed after 120 s; a handshake before has another cause. */
    private static final long RENEWED_NS = 115_000_000_000L;

    /** An initiation is repeated after 5 s. */
    private static final long PROMPT_NS = 4_000_000_000L;

    private boolean asked;
    private boolean early;
    private long askedNs;
    private long sessionNs = Long.MIN_VALUE / 2;

    /** This end has begun a handshake. */
    void started(long nowNs) {
        if (!asked) {
            asked = true;
            askedNs = nowNs;
            early = nowNs - sessionNs < RENEWED_NS;
        }
    }

    /**
     * There is a new session.
     *
     * @return whether the coordinator should be asked for the stream
     */
    boolean completed(long nowNs) {
        boolean doubtful = !asked || early || nowNs - askedNs > PROMPT_NS;
        asked = false;
        sessionNs = nowNs;
        return doubtful;
    }
}
