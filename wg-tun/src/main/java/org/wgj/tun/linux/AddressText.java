// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.linux;

import java.net.Inet4Address;
import java.net.InetAddress;

/** Writes addresses for messages, IPv6 as RFC 5952 says; the JDK does not shorten it. */
final class AddressText {
    private static final int GROUPS = 8;

    private AddressText() {}

    static String of(InetAddress address) {
        if (address instanceof Inet4Address) {
            return address.getHostAddress();
        }
        byte[] bytes = address.getAddress();
        int[] groups = new int[GROUPS];
        for (int i = 0; i < GROUPS; i++) {
            groups[i] = (bytes[2 * i] & 0xff) << 8 | bytes[2 * i + 1] & 0xff;
        }
        int begin = GROUPS; // of the first longest run of zeros, which "::" replaces
        int length = 1; // a single zero is not replaced
        for (int i = 0; i < GROUPS; i++) {
            int zeros = zerosFrom(groups, i);
            if (zeros > length) {
                begin = i;
                length = zeros;
            }
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < GROUPS; i++) {
            if (i == begin) {
                text.append("::");
                i += length - 1;
            } else {
                text.append(text.isEmpty() || text.charAt(text.length() - 1) == ':' ? "" : ":");
                text.append(Integer.toHexString(groups[i]));
            }
        }
        String whole = address.getHostAddress();
        int zone = whole.indexOf('%');
        return zone < 0 ? text.toString() : text + whole.substring(zone);
    }

    private static int zerosFrom(int[] groups, int begin) {
        int end = begin;
        while (end < GROUPS && groups[end] == 0) {
            end++;
        }
        return end - begin;
    }
}
