// SPDX-License-Identifier: Apache-2.0
package org.wgj.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Tests which file a command takes. */
class ProxyPathsTest {
    @Test
    void aNamedFileIsTakenAsItIsAndAnInterfaceIsThatOfWgQuick() throws IOException {
        assertEquals(Path.of("some/proxy.conf"), find("some/proxy.conf", Path.of("/none")));
        assertEquals(Path.of("/etc/wireguard/wg0.conf"), find("wg0", Path.of("/none")));
    }

    @Test
    void withoutANameTheMachinesFileComesBeforeTheUsers(@TempDir Path folder) throws IOException {
        Path system = folder.resolve("etc/wireproxy/wireproxy.conf");
        Path own = folder.resolve(".config/wireproxy.conf");
        Map<String, String> home = Map.of("HOME", folder.toString());

        IOException neither =
                assertThrows(
                        IOException.class, () -> ProxyPaths.find(null, home, "-c FILE", system));
        assertEquals(
                "name a file (-c FILE): there is neither " + system + " nor " + own,
                neither.getMessage());
        IOException homeless =
                assertThrows(
                        IOException.class,
                        () -> ProxyPaths.find(null, Map.of(), "-c FILE", system));
        assertEquals(
                "name a file (-c FILE): there is neither "
                        + system
                        + " nor ~/.config/wireproxy.conf",
                homeless.getMessage());

        Files.createDirectories(own.getParent());
        Files.createFile(own);
        assertEquals(own, ProxyPaths.find(null, home, "-c FILE", system));
        Files.createDirectories(system.getParent());
        Files.createFile(system);
        assertEquals(system, ProxyPaths.find(null, home, "-c FILE", system));
        assertEquals(system, ProxyPaths.find(null, Map.of(), "-c FILE", system));
    }

    /** wireproxy's own paths, retyped. */
    @Test
    void theDefaultsAreThoseOfWireproxy() {
        if (Files.exists(Path.of("/etc/wireproxy/wireproxy.conf"))) {
            return;
        }
        IOException e =
                assertThrows(
                        IOException.class,
                        () -> ProxyPaths.find(null, Map.of("HOME", "/nowhere"), "FILE"));
        assertEquals(
                "name a file (FILE): there is neither /etc/wireproxy/wireproxy.conf nor"
                        + " /nowhere/.config/wireproxy.conf",
                e.getMessage());
    }

    private static Path find(String name, Path system) throws IOException {
        return ProxyPaths.find(name, Map.of(), "FILE", system);
    }
}
