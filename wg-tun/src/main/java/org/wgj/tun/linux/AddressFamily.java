// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.linux;

import java.net.Inet4Address;
import java.net.InetAddress;

/** Address families under their names of bits/socket.h. */
final class AddressFamily {
    private AddressFamily() {}

    static final int AF_INET = 2;
    static final int AF_INET6 = 10;

    static int of(InetAddress address) {
        return address instanceof Inet4Address ? AF_INET : AF_INET6;
    }

    static boolean isIp(int family) {
        return family == AF_INET || family == AF_INET6;
    }

    static int addressLength(int family) {
        return family == AF_INET ? 4 : 16;
    }
}
