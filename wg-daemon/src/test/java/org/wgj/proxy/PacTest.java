// SPDX-License-Identifier: Apache-2.0
package org.wgj.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.wgj.crypto.PrivateKey;
import org.wgj.netstack.proxy.PacFile;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** Tests what the script for browsers has of a file. */
class PacTest {
    private static PacFile of(String dns, String ranges) throws IOException {
        String text =
                "[Interface]\nAddress = 10.0.0.2, fd00::2\nPrivateKey = "
                        + PrivateKey.generate().toBase64()
                        + "\nDNS = "
                        + dns
                        + "\n[Peer]\nPublicKey = "
                        + PrivateKey.generate().publicKey().toBase64()
                        + "\nAllowedIPs = "
                        + ranges
                        + "\n";
        ProxyConfig config =
                ProxyFile.parse("p.conf", text.getBytes(StandardCharsets.UTF_8), Map.of());
        return Pac.of(config.tunnel(), new FakeTunnel());
    }

    @Test
    void rangesOfBothFamiliesAndSearchDomainsGoThroughTheProxy() throws IOException {
        PacFile pac =
                of(
                        "10.0.0.1, corp.test, ~lab.test",
                        "10.1.2.0/23, 192.0.2.7/32, fd00:1::/30, 2001:db8::5/128");
        assertEquals(List.of("corp.test", "lab.test"), pac.domains());
        assertEquals(
                List.of("10.1.2.0 255.255.254.0", "192.0.2.7 255.255.255.255"), pac.networks());
        assertEquals(
                List.of(
                        "fd000000000000000000000000000000 30",
                        "20010db8000000000000000000000005 128"),
                pac.networks6());
    }

    @Test
    void aRangeOfEverythingHasNoMask() throws IOException {
        PacFile pac = of("10.0.0.1", "0.0.0.0/0, ::/0");
        assertEquals(List.of("0.0.0.0 0.0.0.0"), pac.networks());
        assertEquals(List.of("00000000000000000000000000000000 0"), pac.networks6());
    }
}
