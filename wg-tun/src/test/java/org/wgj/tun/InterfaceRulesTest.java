// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InterfaceRulesTest {
    @ParameterizedTest
    @ValueSource(strings = {"wg0", "w", "wg%d", "a=b+c_d-e.f", "fifteen_bytes_x", "...", "wgü"})
    void namesThatLinuxTakesAreTaken(String name) {
        assertEquals(name, InterfaceRules.checkName(name));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "..",
                "all",
                "default",
                "a/b",
                "a:b",
                "a b",
                " wg0",
                "wg\t0",
                "wg\n",
                "wg\u00a00",
                "wg\0",
                "%",
                "%s",
                "%d%d",
                "%%",
                "sixteen_bytes_xx",
                "üüüüüüüü"
            })
    void namesThatLinuxRefusesAreRefused(String name) {
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> InterfaceRules.checkName(name));
        assertTrue(e.getMessage().startsWith("\"" + name + "\" cannot be"), e.getMessage());
    }

    @ParameterizedTest
    @ValueSource(ints = {68, 1420, 65535})
    void anMtuIsFrom68To65535(int mtu) {
        assertEquals(mtu, InterfaceRules.checkMtu(mtu));
    }

    @ParameterizedTest
    @ValueSource(ints = {Integer.MIN_VALUE, 0, 67, 65536})
    void anotherMtuIsRefused(int mtu) {
        assertThrows(IllegalArgumentException.class, () -> InterfaceRules.checkMtu(mtu));
    }

    /** The check comes before anything is opened, so this needs no root. */
    @Test
    void impossibleArgumentsAreRefusedBeforeAnythingIsOpened() {
        assertThrows(IllegalArgumentException.class, () -> LinuxTun.create("a/b"));
        assertThrows(IllegalArgumentException.class, () -> LinuxTun.create("wg0", 67));
    }
}
