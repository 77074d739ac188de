// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Names of routing tables in the three places of iproute2. */
class RoutingTablesTest {
    @TempDir private Path folder;
    private Path etc;
    private Path share;
    private Path lib;
    private RoutingTables tables;

    @BeforeEach
    void make() {
        etc = folder.resolve("etc");
        share = folder.resolve("share");
        lib = folder.resolve("lib");
        tables = new RoutingTables(List.of(etc, share, lib));
    }

    private static void write(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1",
        "254, 254",
        "0x1F, 31",
        "0X1f, 31",
        "010, 8",
        "4294967295, -1",
        "0xffffffff, -1",
        "main, 254",
        "default, 253",
        "local, 255"
    })
    void numbersAndThreeNamesNeedNoFile(String text, int number) {
        assertEquals(number, tables.find(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"0", "0x0", "-1", "+1", "1 2", "09", "4294967296", "0x", "vpn", "unspec"})
    void whatIsNoTableIsRefused(String text) {
        assertThrows(IllegalArgumentException.class, () -> tables.find(text));
    }

    @Test
    void namesAreInTheFileAndInItsFolder() throws IOException {
        write(
                etc.resolve("rt_tables"),
                "# names\n\n255\tlocal\n 100 vpn # mine\n0x65 4g\nx y\n-1 z\n");
        write(etc.resolve("rt_tables.d/more.conf"), "200 more\n");
        write(etc.resolve("rt_tables.d/README"), "201 readme\n");
        write(etc.resolve("rt_tables.d/.hidden.conf"), "202 hidden\n");
        assertEquals(100, tables.find("vpn"));
        assertEquals(101, tables.find("4g"));
        assertEquals(200, tables.find("more"));
        for (String none : List.of("readme", "hidden", "y", "z", "names")) {
            assertThrows(IllegalArgumentException.class, () -> tables.find(none));
        }
    }

    @Test
    void theAdministratorsFileHidesThoseOfTheSystem() throws IOException {
        write(lib.resolve("rt_tables"), "3 lib\n");
        assertEquals(3, tables.find("lib"));
        write(share.resolve("rt_tables"), "2 share\n");
        assertEquals(2, tables.find("share"));
        assertThrows(IllegalArgumentException.class, () -> tables.find("lib"));
        write(etc.resolve("rt_tables"), "1 etc\n");
        assertThrows(IllegalArgumentException.class, () -> tables.find("share"));
    }

    @Test
    void filesOfFoldersAddUpUnlessTheyHaveTheSameName() throws IOException {
        write(share.resolve("rt_tables.d/a.conf"), "1 a\n9 only-share\n");
        write(lib.resolve("rt_tables.d/b.conf"), "2 b\n");
        assertEquals(1, tables.find("a"));
        assertEquals(2, tables.find("b"));
        write(etc.resolve("rt_tables.d/a.conf"), "3 a\n");
        assertEquals(3, tables.find("a"));
        assertThrows(IllegalArgumentException.class, () -> tables.find("only-share"));
    }

    @Test
    void ifTwoTablesHaveOneNameTheOneThatIpTakesCounts() throws IOException {
        write(etc.resolve("rt_tables"), "300 twice\n299 twice\n7 same\n263 same\n");
        assertEquals(299, tables.find("twice")); // 299 % 256 is less
        assertEquals(263, tables.find("same")); // both 7, and this one was read last
        write(etc.resolve("rt_tables.d/a.conf"), "20 twice\n");
        assertEquals(20, tables.find("twice"));
    }
}
