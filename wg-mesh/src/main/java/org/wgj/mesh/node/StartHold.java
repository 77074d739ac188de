// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.node;

/**
 * Decides when a node that starts with the map it kept gives its tunnels the peers. Nodes may have
 * been removed since, so it waits for a coordinator's word, but not long: the mesh goes on without
 * a coordinator. Until then the tunnels have the coordinators alone. No I/O, no clock.
 */
final class StartHold {
    /** The longest wait without a coordinator, in nanoseconds. */
    static final long ALONE_NS = 2_000_000_000L;

    /**
     * The longest wait for the map of a coordinator that has answered, in nanoseconds: longer than
     * a map in doubt takes to come twice.
     */
    static final long ANSWERED_NS = 2 * MapKeeper.DOUBT_NS;

    private final long beginNs;
    private boolean answered;

    /**
     * @param nowNs the start
     */
    StartHold(long nowNs) {
        beginNs = nowNs;
    }

    /** A coordinator has answered a handshake or opened the stream: its word is worth the wait. */
    void answered() {
        answered = true;
    }

    /**
     * Takes the effect of a line of the stream.
     *
     * @return whether the kept map is good now: it is the coordinator's too, or the coordinator's
     *     is refused. After {@link MapKeeper.Accepted} there is a newer one
     */
    boolean endsWith(MapKeeper.Outcome outcome) {
        answered = true;
        return switch (outcome) {
            case MapKeeper.Nothing(), MapKeeper.Refused(_), MapKeeper.Accepted(_, _, _) -> true;
            case MapKeeper.AskFull(_, _) -> false;
        };
    }

    /** Returns when the wait ends, whatever has come. */
    long deadlineNs() {
        return beginNs + (answered ? ANSWERED_NS : ALONE_NS);
    }
}
