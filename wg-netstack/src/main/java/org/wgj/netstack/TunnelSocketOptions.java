// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack;

import org.wgj.netstack.socket.UserTimeoutOption;

import java.net.SocketOption;

/** Options of a tunnel's sockets that the JDK has no names for. */
public final class TunnelSocketOptions {
    /**
     * How long data may stay unacknowledged, in milliseconds, before the connection ends with
     * "Connection timed out" (RFC 5482). 0, the first value, leaves it to {@link
     * TunnelNetBuilder#userTimeout}. Sockets that a listener accepts have its value.
     */
    public static final SocketOption<Integer> TCP_USER_TIMEOUT = UserTimeoutOption.TCP_USER_TIMEOUT;

    private TunnelSocketOptions() {}
}
