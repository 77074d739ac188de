// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.settings;

import java.util.Set;

/**
 * The system properties of this module, read when they are asked for. No other class reads any.
 * They are the command line's way of setting what a program sets on a builder, or what concerns the
 * whole JVM.
 */
public final class TunnelProperties {
    /** The UDP transport, {@code epoll} or {@code netty}. By default epoll where it works. */
    public static final String UDP = "wgj.udp";

    /**
     * Sending by segments: {@code off}, or {@code on} in spite of a fault of the kernel. By default
     * on, except for a kernel with that fault.
     */
    public static final String UDP_GSO = "wgj.udp.gso";

    /** Receiving by segments; as {@link #UDP_GSO}. */
    public static final String UDP_GRO = "wgj.udp.gro";

    /** {@code off}: no warm-up. */
    private static final String WARM_UP = "wgj.warmUp";

    private TunnelProperties() {}

    /**
     * Returns the name of the UDP transport.
     *
     * @param byDefault the name if the property is not set
     * @return epoll or netty
     * @throws IllegalArgumentException if it is neither
     */
    public static String udp(String byDefault) {
        return oneOf(UDP, byDefault, "epoll", "netty");
    }

    /**
     * Returns whether a property is {@code on}.
     *
     * @param property its name
     * @param byDefault whether it is if the property is not set
     * @return whether it is on
     * @throws IllegalArgumentException if it is neither {@code on} nor {@code off}
     */
    public static boolean isOn(String property, boolean byDefault) {
        return oneOf(property, byDefault ? "on" : "off", "on", "off").equals("on");
    }

    /**
     * Returns whether to warm up.
     *
     * @return false only if the property is {@code off}
     */
    public static boolean warmUp() {
        return !"off".equals(System.getProperty(WARM_UP));
    }

    private static String oneOf(String property, String byDefault, String one, String other) {
        String value = System.getProperty(property, byDefault);
        if (!Set.of(one, other).contains(value)) {
            throw new IllegalArgumentException(
                    property + "=" + value + ": neither " + one + " nor " + other);
        }
        return value;
    }
}
