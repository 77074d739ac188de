// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol;

/** Why a datagram or packet was dropped. Drops are counted by reason and never logged singly. */
public enum DropReason {
    /** A datagram that is not one of the four messages. */
    MALFORMED,
    /** The interface is down, or has no private key. */
    NOT_READY,
    /** A handshake message whose sender did not know our public key. */
    MAC1_INVALID,
    /** A handshake message that arrived while too many were waiting. */
    HANDSHAKE_QUEUE_FULL,
    /** A handshake message under load that was answered with a cookie reply. */
    COOKIE_SENT,
    /**
     * A handshake message under load, without a reply: too many cookie replies were sent lately.
     */
    COOKIE_WITHHELD,
    /** A handshake message under load from a source with a valid cookie that sent too many. */
    RATE_LIMITED,
    /** A handshake message that was not authentic, not from a known peer, or not new. */
    HANDSHAKE_INVALID,
    /** A cookie reply that does not answer our last handshake message to a peer. */
    COOKIE_INVALID,
    /** Transport data for a session that does not exist. */
    NO_SESSION,
    /** Transport data for a session that is too old or has carried too many messages. */
    SESSION_EXPIRED,
    /** Transport data with a wrong tag. */
    AUTHENTICATION_FAILED,
    /** Transport data that was received before, or is too old to tell. */
    REPLAYED,
    /** A packet, in either direction, that is not a complete IPv4 or IPv6 packet. */
    NOT_IP,
    /** A packet from a peer whose source address is not among its allowed IPs. */
    SOURCE_NOT_ALLOWED,
    /** A packet from the system that is too long for a UDP datagram. */
    TOO_LONG,
    /** A packet from the system whose destination is in no peer's allowed IPs. */
    NO_PEER,
    /** A packet from the system for a peer whose endpoint is unknown. */
    NO_ENDPOINT,
    /**
     * A packet from the system that is a datagram of ours: its route leads back into the tunnel.
     */
    LOOPED,
    /** A staged packet for which no session came about in time, or no memory was left. */
    STAGED_DROPPED
}
