// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.net.InetAddress;

/** Which ranges contain or overlap which. */
class IpPrefixRelationsTest {
    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8,    10.1.0.0/16, true",
        "10.0.0.0/8,    10.0.0.0/8, true",
        "10.1.0.0/16,   10.0.0.0/8, false",
        "10.0.0.0/9,    10.128.0.0/9, false",
        "0.0.0.0/0,     255.255.255.255/32, true",
        "0.0.0.0/0,     ::/0, false",
        "::/0,          0.0.0.0/0, false",
        "::/0,          ffff::1/128, true",
        "fd00::/64,     fd00::ffff:0:0:1/128, true",
        "fd00::/64,     fd00:0:0:1::1/128, false",
        "fd00::/127,    fd00::1/128, true",
        "fd00::/127,    fd00::2/128, false",
    })
    void aRangeContainsAnother(String outer, String inner, boolean contains) {
        IpPrefix range = IpPrefix.parse(outer);
        IpPrefix other = IpPrefix.parse(inner);
        assertEquals(contains, range.contains(other));
        if (other.length() == (other.ipv6() ? 128 : 32)) {
            assertEquals(contains, range.contains(other.firstAddress()));
        }
        assertEquals(contains || other.contains(range), range.overlaps(other));
        assertEquals(range.overlaps(other), other.overlaps(range));
    }

    @Test
    void neighboursDoNotOverlap() {
        assertFalse(IpPrefix.parse("10.0.0.0/24").overlaps(IpPrefix.parse("10.0.1.0/24")));
        assertTrue(IpPrefix.parse("10.0.0.0/24").overlaps(IpPrefix.parse("10.0.0.128/25")));
    }

    @Test
    void aHostIsTheRangeOfOneAddress() {
        assertEquals("192.0.2.7/32", IpPrefix.host(InetAddress.ofLiteral("192.0.2.7")).toString());
        assertEquals("fd00::7/128", IpPrefix.host(InetAddress.ofLiteral("fd00::7")).toString());
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8, 10.0.0.0/9",
        "10.0.0.0/8, 11.0.0.0/8",
        "0.0.0.0/0, ::/0",
        "fd00::/64, fd01::/64",
        "fd00::1/128, fd00::2/128",
    })
    void rangesAreEqualIfAllComponentsAre(String one, String other) {
        IpPrefix range = IpPrefix.parse(one);
        assertEquals(range, IpPrefix.parse(one));
        assertEquals(range.hashCode(), IpPrefix.parse(one).hashCode());
        assertNotEquals(range, IpPrefix.parse(other));
    }
}
