// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.flood;

import java.util.Locale;

/** The kinds of datagrams that an outsider can send. */
enum Attack {
    RANDOM("random datagrams"),
    /** Anyone with the public key can write mac1; the victim has to try a Diffie-Hellman. */
    JUNK("initiations with a valid mac1, the rest random"),
    REPLAY("a genuine initiation, replayed"),
    SPOOFED_IPV4("the same junk from 100,000 IPv4 addresses"),
    SPOOFED_IPV6("the same junk from a /64 of IPv6"),
    FORGED_DATA("1,452 B of data with the right index, the tag forged"),
    COOKIE_REPLIES("cookie replies nobody asked for, with the right index"),
    /** A peer may begin 50 handshakes a second. */
    GENUINE("genuine initiations of a peer, 10 times what is allowed");

    private static final int GENUINE_PER_SECOND = 500;

    private final String title;

    Attack(String title) {
        this.title = title;
    }

    String title() {
        return title;
    }

    String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Attack of(String key) {
        return valueOf(key.toUpperCase(Locale.ROOT));
    }

    /** Returns the rate, in datagrams a second, if most attacks have the given one. */
    int perSecond(int most) {
        return this == GENUINE ? Math.min(GENUINE_PER_SECOND, most) : most;
    }
}
