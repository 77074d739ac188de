// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp;

import org.wgj.netstack.tcp.congestion.CongestionRule;

/**
 * An application's choices for a connection. Immutable; each {@code with} method returns a changed
 * copy.
 *
 * @param noDelay true to send small segments at once (TCP_NODELAY): no Nagle algorithm
 * @param keepAlive whether idle connections are probed (SO_KEEPALIVE)
 * @param keepIdleSeconds idle time before the first probe
 * @param keepIntervalSeconds time between probes
 * @param keepCount unanswered probes that end the connection
 * @param receiveBuffer the receive buffer in bytes; 0 to let it grow with the connection
 * @param sendBuffer the send buffer in bytes; 0 to let it grow with the connection
 * @param lingerSeconds SO_LINGER; 0 makes {@link TcpConnection#close} send RST, -1 is off. The
 *     waiting of a positive value belongs to the caller
 * @param userTimeoutNs how long sent data may stay unacknowledged before the connection ends (RFC
 *     5482), in nanoseconds; 0 for that of the stack's defaults, and if they have none, for the
 *     usual retransmission limit
 * @param congestionOrNull the rule for the congestion window, read when the connection begins; null
 *     for that of the stack's defaults, which is CUBIC if they have none
 * @param trafficClass DSCP and ECN of sent packets, 0 to 255 (IP_TOS)
 */
public record TcpOptions(
        boolean noDelay,
        boolean keepAlive,
        int keepIdleSeconds,
        int keepIntervalSeconds,
        int keepCount,
        int receiveBuffer,
        int sendBuffer,
        int lingerSeconds,
        long userTimeoutNs,
        CongestionRule congestionOrNull,
        int trafficClass) {
    /** The defaults of RFC 9293 and Linux: Nagle on, keepalive off (2 h, 75 s, 9), CUBIC. */
    public static final TcpOptions DEFAULT =
            new TcpOptions(false, false, 7200, 75, 9, 0, 0, -1, 0, null, 0);

    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if one is out of range
     */
    public TcpOptions {
        if (keepIdleSeconds < 1
                || keepIntervalSeconds < 1
                || keepCount < 1
                || receiveBuffer < 0
                || sendBuffer < 0
                || userTimeoutNs < 0
                || trafficClass < 0
                || trafficClass > 255) {
            throw new IllegalArgumentException("a TCP option is out of range");
        }
    }

    /**
     * Changes {@link #noDelay}.
     *
     * @param value the new value
     * @return a copy
     */
    public TcpOptions withNoDelay(boolean value) {
        return new TcpOptions(
                value,
                keepAlive,
                keepIdleSeconds,
                keepIntervalSeconds,
                keepCount,
                receiveBuffer,
                sendBuffer,
                lingerSeconds,
                userTimeoutNs,
                congestionOrNull,
                trafficClass);
    }

    /**
     * Changes {@link #keepAlive}.
     *
     * @param value the new value
     * @return a copy
     */
    public TcpOptions withKeepAlive(boolean value) {
        return withKeepAlive(value, keepIdleSeconds, keepIntervalSeconds, keepCount);
    }

    /**
     * Changes all values of keepalive.
     *
     * @param value whether idle connections are probed
     * @param idleSeconds idle time before the first probe
     * @param intervalSeconds time between probes
     * @param count unanswered probes that end the connection
     * @return a copy
     */
    public TcpOptions withKeepAlive(
            boolean value, int idleSeconds, int intervalSeconds, int count) {
        return new TcpOptions(
                noDelay,
                value,
                idleSeconds,
                intervalSeconds,
                count,
                receiveBuffer,
                sendBuffer,
                lingerSeconds,
                userTimeoutNs,
                congestionOrNull,
                trafficClass);
    }

    /**
     * Changes both buffers.
     *
     * @param receive the receive buffer in bytes; 0 for automatic
     * @param send the send buffer in bytes; 0 for automatic
     * @return a copy
     */
    public TcpOptions withBuffers(int receive, int send) {
        return new TcpOptions(
                noDelay,
                keepAlive,
                keepIdleSeconds,
                keepIntervalSeconds,
                keepCount,
                receive,
                send,
                lingerSeconds,
                userTimeoutNs,
                congestionOrNull,
                trafficClass);
    }

    /**
     * Changes {@link #lingerSeconds}.
     *
     * @param seconds the new value
     * @return a copy
     */
    public TcpOptions withLinger(int seconds) {
        return new TcpOptions(
                noDelay,
                keepAlive,
                keepIdleSeconds,
                keepIntervalSeconds,
                keepCount,
                receiveBuffer,
                sendBuffer,
                seconds,
                userTimeoutNs,
                congestionOrNull,
                trafficClass);
    }

    /**
     * Changes {@link #userTimeoutNs}.
     *
     * @param nanoseconds the new value
     * @return a copy
     */
    public TcpOptions withUserTimeout(long nanoseconds) {
        return new TcpOptions(
                noDelay,
                keepAlive,
                keepIdleSeconds,
                keepIntervalSeconds,
                keepCount,
                receiveBuffer,
                sendBuffer,
                lingerSeconds,
                nanoseconds,
                congestionOrNull,
                trafficClass);
    }

    /**
     * Changes {@link #congestionOrNull}.
     *
     * @param value the new value
     * @return a copy
     */
    public TcpOptions withCongestion(CongestionRule value) {
        return new TcpOptions(
                noDelay,
                keepAlive,
                keepIdleSeconds,
                keepIntervalSeconds,
                keepCount,
                receiveBuffer,
                sendBuffer,
                lingerSeconds,
                userTimeoutNs,
                value,
                trafficClass);
    }

    /**
     * Changes {@link #trafficClass}.
     *
     * @param value the new value
     * @return a copy
     */
    public TcpOptions withTrafficClass(int value) {
        return new TcpOptions(
                noDelay,
                keepAlive,
                keepIdleSeconds,
                keepIntervalSeconds,
                keepCount,
                receiveBuffer,
                sendBuffer,
                lingerSeconds,
                userTimeoutNs,
                congestionOrNull,
                value);
    }
}
