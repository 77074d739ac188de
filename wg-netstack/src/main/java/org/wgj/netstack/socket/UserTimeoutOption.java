// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.socket;

import java.net.SocketOption;

/** The user timeout of a connection in milliseconds, as TCP_USER_TIMEOUT of Linux. */
public enum UserTimeoutOption implements SocketOption<Integer> {
    /** The only one. */
    TCP_USER_TIMEOUT;

    @Override
    public Class<Integer> type() {
        return Integer.class;
    }
}
