// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp;

/** Counts the work of TCP since the stack began. Read on the stack's thread. */
public final class TcpCounters {
    /** Segments received, good or not. */
    public long received;

    /** Segments with a wrong checksum, header or port. */
    public long malformed;

    /** Segments of connections that were sent, retransmissions included. */
    public long sent;

    /** Segments that were sent again, without SYNs. */
    public long retransmissions;

    /** RST segments that were queued. */
    public long resets;

    /** RST segments that were not sent because there were too many. */
    public long resetsLimited;

    /** Acknowledgments that challenge the sender of a suspicious segment (RFC 5961). */
    public long challenges;

    /** SYNs dropped because the accept queue was full. */
    public long refused;

    /** Half-open connections that made room for newer ones. */
    public long evicted;

    /** SYN cookies that were sent. */
    public long cookiesSent;

    /** Connections that came from a SYN cookie. */
    public long cookiesAccepted;

    /** Connections that this side began. */
    public long opened;

    /** Connections that peers began and that were established. */
    public long accepted;

    TcpCounters() {}
}
