// SPDX-License-Identifier: Apache-2.0
package org.wgj.events;

import org.wgj.crypto.PublicKey;
import org.wgj.protocol.Endpoint;

import java.time.Instant;
import java.util.Locale;

/**
 * Something that happened to an interface or one of its peers. It has no secret.
 *
 * @param time when it was noticed, by the wall clock
 * @param interfaceName the interface
 * @param kind what happened
 * @param peer the peer; null for the kinds that have none
 * @param endpoint where the peer is; null if that is unknown or the kind has none
 * @param reason a word, explained at the kind; null for the kinds that have none
 * @param count how often, unsigned; 0 for the kinds that have no count
 */
public record Event(
        Instant time,
        String interfaceName,
        Kind kind,
        PublicKey peer,
        Endpoint endpoint,
        String reason,
        long count) {

    /** The kind of an event. */
    public enum Kind {
        /** A peer completed a handshake, the first one or the first after it was silent. */
        CONNECTED,

        /**
         * A connected peer completed no handshake for 180 s, or did not answer an attempt of 90 s.
         * The reason is {@code unanswered} or {@code idle}: whether it was asked for a session.
         */
        SILENT,

        /**
         * A connected peer was heard from another address or port. The count is the number of
         * changes since the last event of this kind and peer.
         */
        ENDPOINT,

        /**
         * Something from the network was dropped: the reason is the name of a {@link
         * org.wgj.protocol.DropReason}, the count the number of drops since the last event of that
         * reason.
         */
        REFUSED,

        /** The configuration has a new peer. */
        ADDED,

        /** A peer was taken out of the configuration. */
        REMOVED,

        /** The count is the number of events that this follower did not take in time. */
        MISSED,

        /**
         * The last event. The reason is {@code requested}, {@code interface_deleted} or {@code
         * failed}.
         */
        CLOSED;

        /** Returns the name in lower case. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** The reason of a silent peer that was not asked for a session. */
    public static final String IDLE = "idle";

    /** The reason of a silent peer that was asked and did not answer. */
    public static final String UNANSWERED = "unanswered";
}
