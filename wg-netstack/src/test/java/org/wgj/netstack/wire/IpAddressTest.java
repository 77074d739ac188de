// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.InetAddress;
import java.net.UnknownHostException;

class IpAddressTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "0.0.0.0",
                "10.1.2.3",
                "255.255.255.255",
                "::",
                "::1",
                "fd00::1:2",
                "ff02::1"
            })
    void aJavaAddressComesBackEqual(String literal) throws UnknownHostException {
        InetAddress address = InetAddress.getByName(literal);
        assertEquals(address, IpAddress.of(address).toInetAddress());
        assertEquals(IpAddress.of(address), IpAddress.parse(literal));
        assertEquals(address.getHostAddress(), IpAddress.parse(literal).toString());
    }

    @Test
    void kindsOfAddresses() {
        assertTrue(IpAddress.parse("0.0.0.0").isUnspecified());
        assertTrue(IpAddress.parse("::").isUnspecified());
        assertFalse(IpAddress.parse("::1").isUnspecified());
        assertTrue(IpAddress.parse("::1").isLoopback());
        assertTrue(IpAddress.parse("127.9.9.9").isLoopback());
        assertFalse(IpAddress.parse("128.0.0.1").isLoopback());
        assertTrue(IpAddress.parse("224.0.0.1").isMulticast());
        assertTrue(IpAddress.parse("239.255.255.255").isMulticast());
        assertTrue(IpAddress.parse("255.255.255.255").isMulticast());
        assertFalse(IpAddress.parse("223.255.255.255").isMulticast());
        assertFalse(IpAddress.parse("240.0.0.1").isMulticast());
        assertTrue(IpAddress.parse("ff02::1").isMulticast());
        assertFalse(IpAddress.parse("fe80::1").isMulticast());
    }

    @Test
    void anIpv4AddressHas32Bits() {
        assertThrows(IllegalArgumentException.class, () -> new IpAddress(false, 0, 1L << 32));
        assertThrows(IllegalArgumentException.class, () -> new IpAddress(false, 1, 0));
    }
}
