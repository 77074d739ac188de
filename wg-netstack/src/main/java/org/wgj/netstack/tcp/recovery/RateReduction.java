// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp.recovery;

/**
 * Proportional rate reduction (RFC 9937 section 6): how much may be in flight during fast recovery,
 * so that the flight falls evenly to the threshold and neither stalls nor bursts. Bytes. Owner
 * thread only.
 */
final class RateReduction {
    private long flightAtStart;
    private long delivered;
    private long out;

    /**
     * Begins a recovery.
     *
     * @param flight bytes that will be reported delivered during it: what was sent and not reported
     *     before the acknowledgement that found the loss
     */
    void start(long flight) {
        flightAtStart = Math.max(1, flight);
        delivered = 0;
        out = 0;
    }

    /** Notes that bytes left, new or again. */
    void sent(long bytes) {
        out += bytes;
    }

    /**
     * Takes an acknowledgement.
     *
     * @param bytes bytes it reports delivered
     * @param inFlight bytes in flight after it
     * @param threshold the slow start threshold
     * @param mss a full segment
     * @param safe whether it acknowledges new data and no further loss was found with it
     * @return the congestion window
     */
    long acked(long bytes, long inFlight, long threshold, int mss, boolean safe) {
        delivered += bytes;
        long count;
        if (inFlight > threshold) {
            // Both factors are below 2^31 or so; a double keeps the product exact enough and never
            // overflows.
            count = (long) Math.ceil((double) delivered * threshold / flightAtStart) - out;
        } else {
            count = Math.max(delivered - out, bytes);
            if (safe) {
                count += mss;
            }
            count = Math.min(count, threshold - inFlight);
        }
        if (out == 0) {
            count = Math.max(count, mss);
        }
        return inFlight + Math.max(0, count);
    }
}
