// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.observation;

/** The names of the kernel's settings that an observation holds. */
public final class Sysctls {
    public static final String OS_RELEASE = "kernel.osrelease";
    public static final String IPV4_FORWARDING = "net.ipv4.ip_forward";
    public static final String IPV6_FORWARDING = "net.ipv6.conf.all.forwarding";
    public static final String VALID_MARK = "net.ipv4.conf.all.src_valid_mark";

    private Sysctls() {}

    /** The check of source addresses on one interface, or on "all". */
    public static String sourceCheck(String link) {
        return "net.ipv4.conf." + link + ".rp_filter";
    }

    /** The switch that turns IPv6 off for one interface. */
    public static String disableIpv6(String link) {
        return "net.ipv6.conf." + link + ".disable_ipv6";
    }
}
