// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun;

import java.nio.charset.StandardCharsets;

/** The names and MTUs that an interface can have. */
final class InterfaceRules {
    private InterfaceRules() {}

    /** IFNAMSIZ of linux/if.h, without the terminating zero. */
    static final int MAX_NAME_BYTES = 15;

    /** The least that IPv4 needs (RFC 791). */
    private static final int MIN_MTU = 68;

    /**
     * Returns the MTU if an interface can have it.
     *
     * @throws IllegalArgumentException if not
     */
    static int checkMtu(int mtu) {
        if (mtu < MIN_MTU || mtu > Tun.MAX_PACKET) {
            throw new IllegalArgumentException(
                    "MTU " + mtu + " is not from " + MIN_MTU + " to " + Tun.MAX_PACKET);
        }
        return mtu;
    }

    /**
     * Returns the name if Linux allows it (dev_valid_name in net/core/dev.c;
     * sysctl_dev_name_is_allowed in net/ipv4/devinet.c). It may contain {@code %d}, for which the
     * kernel puts a number.
     *
     * @throws IllegalArgumentException if not
     */
    static String checkName(String name) {
        if (name.isEmpty()) {
            throw refused(name, "it is empty");
        }
        if (name.getBytes(StandardCharsets.UTF_8).length > MAX_NAME_BYTES) {
            throw refused(name, "it is longer than " + MAX_NAME_BYTES + " bytes");
        }
        if (name.equals(".") || name.equals("..")) {
            throw refused(name, "it means a directory");
        }
        if (name.equals("all") || name.equals("default")) {
            throw refused(name, "the kernel's settings use it for every interface");
        }
        if (!name.chars().allMatch(InterfaceRules::allowed)) {
            throw refused(name, "it contains white space, a control character, '/' or ':'");
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
