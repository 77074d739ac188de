// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.udp;

/**
 * Counts what UDP sockets have done, in datagrams; only {@code receiveErrors} and {@code
 * segmentationsRefused} count calls.
 *
 * @param sent datagrams that the system took
 * @param received datagrams that were handed on
 * @param lost datagrams that the system refused to send: no route, forbidden by a firewall, too
 *     long, no socket of that family
 * @param overflowed datagrams lost because too many were already waiting to be sent
 * @param truncated datagrams that arrived longer than UDP allows or without a sender, and were
 *     dropped
 * @param receiveErrors failed calls to receive; none of them loses a datagram
 * @param segmentationsRefused calls to send many datagrams as one (GSO) that the system refused;
 *     the datagrams were then sent one by one
 */
public record UdpCounters(
        long sent,
        long received,
        long lost,
        long overflowed,
        long truncated,
        long receiveErrors,
        long segmentationsRefused) {
    /** All zero. */
    public static final UdpCounters ZERO = new UdpCounters(0, 0, 0, 0, 0, 0, 0);

    /**
     * Adds two counts.
     *
     * @param other the other count
     * @return the sums
     */
    public UdpCounters plus(UdpCounters other) {
        return new UdpCounters(
                sent + other.sent,
                received + other.received,
                lost + other.lost,
                overflowed + other.overflowed,
                truncated + other.truncated,
                receiveErrors + other.receiveErrors,
                segmentationsRefused + other.segmentationsRefused);
    }
}
