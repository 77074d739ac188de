// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.util.Locale;

/** Tells addresses and names of the machine itself from those of others. */
final class OwnMachine {
    private static final InetAddress BROADCAST = InetAddress.ofLiteral("255.255.255.255");

    private OwnMachine() {}

    /**
     * Returns whether a name stands for the loopback interface and is never asked for (RFC 6761
     * section 6.3).
     */
    static boolean isLocalName(String host) {
        String name = host.toLowerCase(Locale.ROOT);
        name = name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
        return name.equals("localhost") || name.endsWith(".localhost");
    }

    /**
     * Returns whether an address reaches this machine or its link on every machine that uses it.
     */
    static boolean isLocalByItself(InetAddress address) {
        return address.isLoopbackAddress()
                || address.isAnyLocalAddress() // connect(2) takes it for loopback
                || address.isLinkLocalAddress()
                || address.isMulticastAddress()
                || address.equals(BROADCAST);
    }

    /**
     * The same, or whether an interface has the address now.
     *
     * @throws IOException if the interfaces cannot be listed
     */
    static boolean isLocal(InetAddress address) throws IOException {
        return isLocalByItself(address) || NetworkInterface.getByInetAddress(address) != null;
    }
}
