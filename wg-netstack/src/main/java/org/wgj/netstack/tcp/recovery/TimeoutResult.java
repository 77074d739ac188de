// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp.recovery;

/** The result of {@link LossRecovery#handleTimeout}. */
public enum TimeoutResult {
    /** No timer was due. */
    NONE,
    /** The reordering timer found lost segments, or none (RFC 8985 section 6.3). */
    REORDERING,
    /** A tail loss probe may leave (RFC 8985 section 7.3). */
    PROBE,
    /**
     * The retransmission timer fired (RFC 6298 section 5.4): the caller counts it against its limit
     * of retries.
     */
    RETRANSMISSION
}
