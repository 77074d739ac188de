// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.udp;

/**
 * What became of datagrams that went nowhere, counted since the transport was made. Written and
 * read on the transport's event loop only.
 */
public final class UdpCounters {
    long lost;
    long overflowed;
    long truncated;
    long receiveErrors;

    UdpCounters() {}

    /**
     * Datagrams the system refused to send: no route, forbidden by a firewall, too long, no socket
     * of that family.
     */
    public long lost() {
        return lost;
    }

    /** Datagrams lost because too many were waiting to be sent already. */
    public long overflowed() {
        return overflowed;
    }

    /**
     * Datagrams that were longer than a UDP datagram can be, or whose sender was not told: never
     * handed on.
     */
    public long truncated() {
        return truncated;
    }

    /** Failed attempts to receive; no datagram is lost by one. */
    public long receiveErrors() {
        return receiveErrors;
    }
}
