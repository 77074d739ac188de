// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun;

import java.nio.charset.StandardCharsets;

/** What an interface can be called, and how long its packets can be. */
final class InterfaceRules {
    private InterfaceRules() {}

    /** IFNAMSIZ of linux/if.h, without the terminating zero. */
    static final int MAX_NAME_BYTES = 15;

    /** IPv4 needs that much (RFC 791). */
    private static final int MIN_MTU = 68;

    /**
     * Returns the MTU.
     *
     * @throws IllegalArgumentException when no interface can have it
     */
    static int checkMtu(int mtu) {
        if (mtu < MIN_MTU || mtu > Tun.MAX_PACKET) {
            throw new IllegalArgumentException(
                    "MTU " + mtu + " is not from " + MIN_MTU + " to " + Tun.MAX_PACKET);
        }
        return mtu;
    }

    /**
     * Returns the name, which may contain {@code %d} for a number of the kernel's choice.
     *
     * @throws IllegalArgumentException when Linux would refuse it (dev_valid_name in
     *     net/core/dev.c; sysctl_dev_name_is_allowed in net/ipv4/devinet.c)
     */
    static String checkName(String name) {
        if (name.isEmpty()) {
            throw refused(name, "it is empty");
        }
        if (name.getBytes(StandardCharsets.UTF_8).length > MAX_NAME_BYTES) {
            throw refused(name, "it is longer than " + MAX_NAME_BYTES + " bytes");
        }
        if (name.equals(".") || name.equals("..")) {
            throw refused(name, "it stands for a directory");
        }
        if (name.equals("all") || name.equals("default")) {
            throw refused(name, "in the kernel's settings it stands for every interface");
        }
        if (!name.chars().allMatch(InterfaceRules::allowed)) {
            throw refused(name, "it contains a blank, a control character, '/' or ':'");
        }
        if (name.replaceFirst("%d", "").contains("%")) {
            throw refused(name, "'%' is allowed in one \"%d\" only");
        }
        return name;
    }

    private static boolean allowed(int character) {
        return character != '/'
                && character != ':'
                && !Character.isWhitespace(character)
                && !Character.isSpaceChar(character)
                && !Character.isISOControl(character);
    }

    private static IllegalArgumentException refused(String name, String why) {
        return new IllegalArgumentException(
                "\"" + name + "\" cannot be the name of an interface: " + why);
    }
}
