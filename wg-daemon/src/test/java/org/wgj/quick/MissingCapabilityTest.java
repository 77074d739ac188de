// SPDX-License-Identifier: Apache-2.0
package org.wgj.quick;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The advice about capabilities after a failed hook. */
class MissingCapabilityTest {
    /** NET_BIND_SERVICE and NET_ADMIN, as in the systemd unit. */
    private static final long UNIT = 1L << 10 | 1L << 12;

    private static String advice(String hook, int exit, long held) {
        return MissingCapability.advice(hook, exit, "wg0", held, true);
    }

    @ParameterizedTest
    @CsvSource({
        "iptables -A FORWARD -i wg0 -j ACCEPT, NET_RAW",
        "true; /usr/sbin/ip6tables-legacy -L, NET_RAW",
        "ping -c 1 10.0.0.1 >/dev/null, NET_RAW",
        "modprobe nf_conntrack, SYS_MODULE",
        "test -d /x || mount -t tmpfs none /x, SYS_ADMIN",
        "ip netns exec a true, SYS_ADMIN",
        "(chown nobody /run/x), CHOWN",
    })
    void theCapabilityThatAProgramNeedsIsNamed(String hook, String capability) {
        String advice = advice(hook, 4, UNIT);
        assertTrue(advice.contains("lack the capability " + capability + ","), advice);
        assertTrue(advice.contains("systemctl edit wgj@wg0"), advice);
        assertTrue(advice.contains("CapabilityBoundingSet=CAP_" + capability + ";"), advice);
        assertEquals("", advice(hook, 4, -1), "where it is held");
    }

    @Test
    void aProgramThatMayNotRunLacksOneAndOtherFailuresNone() {
        assertTrue(advice("/opt/x", 126, UNIT).contains("lack a capability,"));
        assertEquals("", advice("/opt/x", 126, -1));
        assertEquals("", advice("/opt/x", 1, UNIT));
        assertEquals("", advice("nft -f mount.nft", 1, UNIT));
        assertTrue(
                MissingCapability.advice("ping x", 2, "wg0", UNIT, false)
                        .endsWith("only a run as root has it"));
    }
}
