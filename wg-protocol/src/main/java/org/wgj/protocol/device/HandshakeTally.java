// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import org.wgj.protocol.HandshakeCounters;

/** The counts behind {@link HandshakeCounters} while they change. Owned by the device's thread. */
final class HandshakeTally {
    long initiationsSent;
    long responsesSent;
    long initiationsReceived;
    long responsesReceived;
    long cookieRepliesReceived;
    long attempts;
    long unanswered;
    long failed;
    long completedAsInitiator;
    long completedAsResponder;

    /**
     * @param cookieRepliesSent counted among the drops, because each takes the place of work on a
     *     message
     */
    HandshakeCounters snapshot(long cookieRepliesSent) {
        return new HandshakeCounters(
                initiationsSent,
                responsesSent,
                cookieRepliesSent,
                initiationsReceived,
                responsesReceived,
                cookieRepliesReceived,
                attempts,
                unanswered,
                failed,
                completedAsInitiator,
                completedAsResponder);
    }
}
