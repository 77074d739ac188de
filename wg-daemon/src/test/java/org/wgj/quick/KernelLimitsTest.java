// SPDX-License-Identifier: Apache-2.0
package org.wgj.quick;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.wgj.tunnel.config.ConfigFile;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Settings that the kernel would refuse are refused early, and no others. */
class KernelLimitsTest {
    @TempDir Path folder;

    private ConfigFile file(String interfaceLines, String allowedIps) throws IOException {
        Path path = folder.resolve("wg0.conf");
        Files.writeString(
                path,
                """
                [Interface]
                PrivateKey = yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=
                %s
                [Peer]
                PublicKey = 9jalV3EEBnVXahro0pRMQ+cHlmjE33Slo9tddzCVtCw=
                AllowedIPs = %s
                """
                        .formatted(interfaceLines, allowedIps));
        return ConfigFile.read(path.toString());
    }

    private void assertRefused(String part, String interfaceLines, String allowedIps)
            throws IOException {
        ConfigFile file = file(interfaceLines, allowedIps);
        IOException e = assertThrows(IOException.class, () -> KernelLimits.check(file, true));
        assertEquals(file.path() + ", [Interface] " + part, e.getMessage());
    }

    @Test
    void ipv6NeedsAnMtuOf1280() throws IOException {
        String why =
                "MTU: IPv6 needs at least 1280, and there are IPv6 addresses in Address or"
                        + " AllowedIPs";
        assertRefused(why, "MTU = 1279\nAddress = fd00::1/64", "10.0.0.0/8");
        assertRefused(why, "MTU = 1200\nAddress = 10.0.0.1/8", "10.0.0.0/8, ::/0");
        KernelLimits.check(file("MTU = 1280\nAddress = fd00::1/64", "::/0"), true);
        KernelLimits.check(file("MTU = 1200\nAddress = 10.0.0.1/8", "0.0.0.0/0"), true);
        KernelLimits.check(file("MTU = 1200\nTable = off", "::/0"), true);
        KernelLimits.check(file("MTU = 1200\nAddress = fd00::1/64", "::/0"), false);
    }

    @Test
    void aChosenMtuIsEnough() throws IOException {
        assertEquals(1280, KernelLimits.leastMtu(file("", "::/0"), true));
        assertEquals(68, KernelLimits.leastMtu(file("", "::/0"), false));
        assertEquals(68, KernelLimits.leastMtu(file("Address = 10.0.0.1/8", "0.0.0.0/0"), true));
    }

    @Test
    void addressesThatNoInterfaceCanHaveAreNamed() throws IOException {
        assertRefused(
                "Address: ff02::1/64 is a multicast address, which no interface can have",
                "Address = 10.0.0.1/8, ff02::1/64",
                "::/0");
        assertRefused(
                "Address: ::/64 is no address that an interface can have",
                "Address = ::/64",
                "::/0");
        assertRefused(
                "Address: ::1/128 is the loopback address, which only lo can have",
                "Address = ::1",
                "::/0");
        KernelLimits.check(file("Address = 224.0.0.1/4, 0.0.0.0/8, 127.0.0.1/8", "::/0"), true);
    }

    @Test
    void anAddressListedTwiceIsNamed() throws IOException {
        assertRefused(
                "Address: 10.0.0.1/8 is listed twice",
                "Address = 10.0.0.1/8\nAddress = 10.0.0.1/8",
                "::/0");
        assertRefused(
                "Address: fd00::1/128 is listed twice",
                "Address = fd00::1/64, fd00::1/128",
                "::/0");
        KernelLimits.check(file("Address = 10.0.0.1/8, 10.0.0.1/32, fd00::1/64", "::/0"), true);
    }
}
