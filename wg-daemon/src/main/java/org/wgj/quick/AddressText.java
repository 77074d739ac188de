// SPDX-License-Identifier: Apache-2.0
package org.wgj.quick;

import org.wgj.protocol.IpText;
import org.wgj.tun.linux.Cidr;

import java.net.InetAddress;

/** Addresses as people and the {@code ip} program write them: IPv6 in short (RFC 5952). */
final class AddressText {
    private AddressText() {}

    static String of(InetAddress address) {
        return IpText.format(address);
    }

    static String of(Cidr prefix) {
        return of(prefix.address()) + "/" + prefix.length();
    }

    static String family(boolean ipv4) {
        return ipv4 ? "-4" : "-6";
    }
}
