// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CidrTest {
    @ParameterizedTest
    @CsvSource({
        "10.1.2.3/24, 10.1.2.0/24",
        "10.1.2.3/32, 10.1.2.3/32",
        "255.255.255.255/0, 0.0.0.0/0",
        "255.255.255.255/9, 255.128.0.0/9",
        "10.1.2.3, 10.1.2.3/32",
        "fd00::1/64, fd00::/64",
        "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/127, ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/127",
        "ffff::/1, 8000::/1",
        "::1, ::1/128"
    })
    void theNetworkHasNoBitsBehindThePrefix(String text, String network) {
        assertEquals(Cidr.parse(network), Cidr.parse(text).network());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "10.1.2.3/24",
                "::/0",
                "::1/128",
                "1::/16",
                "fd00::1:2/64",
                "2001:db8:0:1:1:1:1:1/64", // a single group of zeros stays
                "2001:db8::1:0:0:1/128", // the first of two equally long runs is replaced
                "2001:0:0:1::1/128", // the longest run is replaced
                "1:2:3:4:5:6:7:8/127"
            })
    void ipv6IsWrittenInShort(String text) {
        assertEquals(text, Cidr.parse(text).toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/24",
                "10.0.0.1/",
                "10.0.0.1/33",
                "fd00::/129",
                "10.0.0.1/-1",
                "10.0.0.1/+1",
                "10.0.0.1/2/4",
                "localhost/8",
                "10.0.0.0/24x"
            })
    void whatIsNoPrefixIsRefused(String text) {
        assertThrows(IllegalArgumentException.class, () -> Cidr.parse(text));
    }

    @Test
    void anIpv4MappedAddressStaysIpv6() {
        byte[] mapped = new byte[16];
        mapped[10] = (byte) 0xff;
        mapped[11] = (byte) 0xff;
        assertFalse(new Cidr(Cidr.addressOf(mapped), 96).isIpv4());
        assertTrue(Cidr.parse("0.0.0.0/0").isIpv4());
    }
}
