// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp;

/** The meaning of an ICMP error for a segment that was sent (RFC 9293 3.9.2.2, RFC 5927). */
public enum IcmpCause {
    /**
     * Network or host unreachable, prohibited, or time exceeded: remembered, and reported if the
     * connection times out.
     */
    UNREACHABLE,
    /** No peer of the tunnel has the address: a connection cannot be opened. */
    NO_ROUTE,
    /** Protocol or port unreachable: hard while a connection is being opened. */
    PORT_UNREACHABLE,
    /** The packet was longer than the path's MTU. */
    TOO_BIG
}
