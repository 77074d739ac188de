// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.observation;

import org.wgj.doctor.observation.Observation.Subject;

import java.net.Inet6Address;
import java.net.InetAddress;

/** The MTU of a tunnel that runs inside a process, without an interface, and the least of any. */
public final class StackMtu {
    /** IPv6 needs so much (RFC 8200, section 5). */
    public static final int LEAST_OF_IPV6 = 1280;

    /** What a tunnel without an MTU in its file has. */
    private static final int DEFAULT = 1420;

    private StackMtu() {}

    public static int of(Subject subject) {
        return subject.config().map(file -> file.quick().mtu().orElse(DEFAULT)).orElse(DEFAULT);
    }

    /**
     * Returns why a tunnel inside a process has no packet for an address.
     *
     * @param subject has a valid file
     * @return null if the tunnel has an own address of that family, and the MTU allows it
     */
    public static String obstacle(Subject subject, InetAddress to) {
        boolean ipv6 = to instanceof Inet6Address;
        if (ipv6 && of(subject) < LEAST_OF_IPV6) {
            return "MTU %d is below %d, which IPv6 needs".formatted(of(subject), LEAST_OF_IPV6);
        }
        return hasAddress(subject, ipv6)
                ? null
                : "[Interface] has no IPv%d Address".formatted(ipv6 ? 6 : 4);
    }

    /** Returns whether the file gives the tunnel an own address of a family. */
    public static boolean hasAddress(Subject subject, boolean ipv6) {
        return subject.config().stream()
                .flatMap(file -> file.quick().addresses().stream())
                .anyMatch(one -> one.address() instanceof Inet6Address == ipv6);
    }
}
