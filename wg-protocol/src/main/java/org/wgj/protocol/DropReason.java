// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol;

/** Why a datagram or packet went nowhere. Each is counted; none is logged one by one. */
public enum DropReason {
    /** A datagram that is none of the four messages. */
    MALFORMED,
    /** The interface is down, or has no private key. */
    NOT_READY,
    /** A handshake message whose sender did not know our public key. */
    MAC1_INVALID,
    /** A handshake message when too many wait already. */
    HANDSHAKE_QUEUE_FULL,
    /** A handshake message under load, answered with a cookie reply. */
    COOKIE_SENT,
    /** A handshake message under load, when too many were answered with cookie replies lately. */
    COOKIE_WITHHELD,
    /** A handshake message under load from a source that sent too many. */
    RATE_LIMITED,
    /**
     * A handshake message that did not prove what it claimed, came from nobody we know, or a second
     * time.
     */
    HANDSHAKE_INVALID,
    /** A cookie reply that nobody waits for. */
    COOKIE_INVALID,
    /** Transport data for a session that does not exist. */
    NO_SESSION,
    /** Transport data for a session that is too old or has carried too many messages. */
    SESSION_EXPIRED,
    /** Transport data with a wrong tag. */
    AUTHENTICATION_FAILED,
    /** Transport data received before. */
    REPLAYED,
    /** A packet, from either side, that is not a whole IPv4 or IPv6 packet. */
    NOT_IP,
    /** A packet from a peer whose source address belongs to another or nobody. */
    SOURCE_NOT_ALLOWED,
    /** A packet from the system that fits into no UDP datagram. */
    TOO_LONG,
    /** A packet from the system whose destination belongs to no peer. */
    NO_PEER,
    /** A packet from the system for a peer whose endpoint is unknown. */
    NO_ENDPOINT,
    /** A packet from the system that is a datagram of ours: the route to its endpoint is a loop. */
    LOOPED,
    /** A packet that waited for a session in vain. */
    STAGED_DROPPED
}
