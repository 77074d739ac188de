// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.config;

import org.wgj.protocol.IpPrefix;

/** Reads netmasks of IPv4 such as {@code 255.255.255.0}, an older spelling of prefix lengths. */
final class Netmask {
    private Netmask() {}

    /** Returns how many bits it sets; -1 if the text is no netmask. */
    static int length(String text) {
        if (text.indexOf('/') >= 0 || text.indexOf('.') < 0) {
            return -1;
        }
        try {
            IpPrefix mask = IpPrefix.parse(text);
            int bits = (int) mask.low();
            int length = Integer.numberOfLeadingZeros(~bits);
            boolean contiguous = length == Integer.SIZE || bits << length == 0;
            return !mask.ipv6() && contiguous ? length : -1;
        } catch (IllegalArgumentException e) {
            return -1;
        }
    }
}
