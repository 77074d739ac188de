// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor;

/** The names of the kernel's settings that an observation holds. */
final class Sysctls {
    static final String OS_RELEASE = "kernel.osrelease";
    static final String IPV4_FORWARDING = "net.ipv4.ip_forward";
    static final String IPV6_FORWARDING = "net.ipv6.conf.all.forwarding";
    static final String VALID_MARK = "net.ipv4.conf.all.src_valid_mark";

    private Sysctls() {}

    /** The check of source addresses on one interface, or on "all". */
    static String sourceCheck(String link) {
        return "net.ipv4.conf." + link + ".rp_filter";
    }

    /** The switch that turns IPv6 off for one interface. */
    static String disableIpv6(String link) {
        return "net.ipv6.conf." + link + ".disable_ipv6";
    }
}
