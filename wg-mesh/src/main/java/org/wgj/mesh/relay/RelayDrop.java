// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.relay;

/** Why the relay dropped a datagram. It counts drops by reason, without a log or an answer. */
public enum RelayDrop {
    /** The receiver index is in use, but the source is no member's proven address. */
    UNKNOWN_SOURCE,
    /** The members may not reach each other. */
    NOT_ALLOWED,
    /** The destination has had no session with the relay for too long. */
    OFFLINE,
    /** A member's datagram that is not one of the four messages. */
    BAD_LENGTH,
    /** A handshake message from a member whose mac1 is for no member that it may reach. */
    BAD_MAC,
    /** A handshake message whose sender index is in use already. */
    INDEX_CONFLICT,
    /** The receiver index is in use between two others, or this message may not come now. */
    NO_ENTRY,
    /** Too many of its kind from this member, for this pair, or altogether. */
    RATE,
    /** The system takes no more datagrams for now. */
    QUEUE_FULL
}
