// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.dns;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;

class DnsNameTest {
    @Test
    void isLabelsWithLengths() {
        byte[] expected = "\3www\7example\3org\0".getBytes(StandardCharsets.ISO_8859_1);
        assertArrayEquals(expected, DnsName.of("www.example.org").wire());
        assertArrayEquals(expected, DnsName.of("www.example.org.").wire());
        assertEquals(3, DnsName.of("www.example.org").labels());
        assertEquals(0, DnsName.ROOT.labels());
        assertArrayEquals(new byte[1], DnsName.of(".").wire());
    }

    @Test
    void caseOfAsciiLettersDoesNotCount() {
        assertEquals(DnsName.of("WWW.Example.ORG"), DnsName.of("www.example.org"));
        assertEquals(
                DnsName.of("WWW.Example.ORG").hashCode(), DnsName.of("www.example.org").hashCode());
        assertNotEquals(DnsName.of("www.example.org"), DnsName.of("ww.wexample.org"));
        assertNotEquals(DnsName.of("a@b.org"), DnsName.of("a`b.org")); // 0x40 and 0x60
        assertNotEquals(DnsName.of("a[b.org"), DnsName.of("a{b.org"));
    }

    @Test
    void lengthsAreBounded() {
        String label = "a".repeat(63);
        String longest = label + "." + label + "." + label + "." + "a".repeat(61);
        assertEquals(255, DnsName.of(longest).wire().length);
        assertThrows(IllegalArgumentException.class, () -> DnsName.of(longest + "a"));
        assertThrows(IllegalArgumentException.class, () -> DnsName.of("a".repeat(64)));
        assertEquals(127, DnsName.of("a.".repeat(127)).labels());
        assertThrows(IllegalArgumentException.class, () -> DnsName.of("a.".repeat(128)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "..", ".a", "a..b", "a b", "a\nb", "b\u00fccher"})
    void refusesWhatIsNoName(String text) {
        assertThrows(IllegalArgumentException.class, () -> DnsName.of(text));
    }

    @Test
    void joinsUnlessTooLong() {
        DnsName db = DnsName.of("db");
        assertEquals(DnsName.of("db.example.org"), db.plus(DnsName.of("example.org")));
        assertEquals(db, db.plus(DnsName.ROOT));
        DnsName big = DnsName.of(("a".repeat(61) + ".").repeat(4));
        assertEquals(249, big.wire().length);
        assertEquals(255, DnsName.of("abcde").plus(big).wire().length);
        assertNull(DnsName.of("abcdef").plus(big));
    }

    @Test
    void textIsSafeToPrint() {
        byte[] wire = {5, 'a', '.', 0, '\\', 27, 2, (byte) 0xff, ' ', 0};
        assertEquals("a\\.\\000\\\\\\027.\\255\\032", new DnsName(wire).toString());
        assertEquals(".", DnsName.ROOT.toString());
        assertEquals("Example.org", DnsName.of("Example.org.").toString());
    }
}
