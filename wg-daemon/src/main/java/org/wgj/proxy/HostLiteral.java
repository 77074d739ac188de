// SPDX-License-Identifier: Apache-2.0
package org.wgj.proxy;

import org.wgj.protocol.IpPrefix;

import java.net.InetAddress;

/** Numeric addresses, more strictly than the JDK, which reads {@code 10.1} as 10.0.0.1. */
final class HostLiteral {
    private HostLiteral() {}

    static boolean is(String text) {
        if (text.indexOf('/') >= 0) {
            return false;
        }
        try {
            var unused = IpPrefix.parse(text);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /**
     * @throws IllegalArgumentException if it is no address
     */
    static InetAddress address(String text) {
        if (!is(text)) {
            throw new IllegalArgumentException("expected an IPv4 or IPv6 address");
        }
        return InetAddress.ofLiteral(text);
    }
}
