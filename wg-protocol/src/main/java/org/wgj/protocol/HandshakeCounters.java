// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol;

/**
 * Counts what a device did to agree on sessions, since it was created. Messages that were refused
 * are counted by {@link DropReason}, not here.
 *
 * @param initiationsSent handshake initiations sent, repeated ones included
 * @param responsesSent handshake responses sent
 * @param cookieRepliesSent cookie replies sent to senders under load
 * @param initiationsReceived authentic, new initiations of peers
 * @param responsesReceived authentic responses to an initiation of ours
 * @param cookieRepliesReceived valid cookie replies of peers under load
 * @param attempts attempts that this side began
 * @param unanswered those of them whose first initiation was not answered within 5 s
 * @param failed those of them that were given up, after about 20 initiations without an answer
 * @param completedAsInitiator sessions that began with an initiation of ours
 * @param completedAsResponder sessions that began with an initiation of the peer and were confirmed
 */
public record HandshakeCounters(
        long initiationsSent,
        long responsesSent,
        long cookieRepliesSent,
        long initiationsReceived,
        long responsesReceived,
        long cookieRepliesReceived,
        long attempts,
        long unanswered,
        long failed,
        long completedAsInitiator,
        long completedAsResponder) {
    /** All zero. */
    public static final HandshakeCounters ZERO =
            new HandshakeCounters(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
}
