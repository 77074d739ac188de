// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.dns;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Only names leave; each other kind is decided at once. */
class HostNameTest {
    @ParameterizedTest
    @CsvSource({
        "10.0.0.1, 10.0.0.1",
        "10.0.0.1., 10.0.0.1",
        "010.0.0.1, 10.0.0.1",
        "10.1, 10.0.0.1",
        "167772161, 10.0.0.1",
        "fd00::1, fd00:0:0:0:0:0:0:1",
        "[fd00::1], fd00:0:0:0:0:0:0:1",
        "::ffff:10.0.0.1, 10.0.0.1",
        "\uff11\uff10.0.0.1, 10.0.0.1", // full-width digits are digits after IDNA
        "10\u30020\u30020\u30021, 10.0.0.1",
    })
    void literals(String host, String address) {
        HostName.Literal literal = assertInstanceOf(HostName.Literal.class, HostName.of(host));
        assertEquals(address, literal.address().getHostAddress());
    }

    /** Otherwise getHostName would ask the DNS servers of the system. */
    @Test
    void literalHasItsHostName() {
        HostName.Literal literal = (HostName.Literal) HostName.of("10.0.0.1");
        assertEquals("10.0.0.1", literal.address().getHostName());
    }

    @ParameterizedTest
    @CsvSource({
        "db, db, false",
        "db., db, true",
        "Www.Example.org, www.example.org, false",
        "_sip._tcp.example.org, _sip._tcp.example.org, false",
        "1.2.3.4.example, 1.2.3.4.example, false",
        "a1, a1, false",
        "b\u00fccher.example, xn--bcher-kva.example, false",
        "xn--bcher-kva.example, xn--bcher-kva.example, false",
        "stra\u00dfe.example, strasse.example, false",
        "not-localhost, not-localhost, false",
        "localhost.example, localhost.example, false",
    })
    void names(String host, String name, boolean absolute) {
        assertEquals(new HostName.Name(DnsName.of(name), absolute), HostName.of(host));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost",
                "LOCALHOST.",
                "a.localhost",
                "a.b.LocalHost",
                "\uff4c\uff4f\uff43\uff41\uff4c\uff48\uff4f\uff53\uff54", // full-width
            })
    void localHostIsNotInTheTunnel(String host) {
        HostName.Invalid invalid = assertInstanceOf(HostName.Invalid.class, HostName.of(host));
        assertEquals("the local host is not inside the tunnel", invalid.why());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "..",
                "a..b",
                ".a",
                "a b",
                " a",
                "a\n",
                "a\u0000.example.org",
                "a/b",
                "user@host",
                "-oProxyCommand",
                "a.-b",
                "*.example.org",
                "\u0080.example",
                "a\\.b",
                "a:b",
                "fe80::1%eth0",
                "fe80::1%1",
                "[fd00::1",
                "[10.0.0.1]",
                ":::",
                "1.2.3.4.5",
                "256.1.1.1",
                "1.2.3.0x4",
                "example.123",
                "4294967296",
                "0x",
            })
    void invalidOnes(String host) {
        assertInstanceOf(HostName.Invalid.class, HostName.of(host), host);
    }

    @Test
    void lengthIsBounded() {
        String label = "a".repeat(63);
        String longest = label + "." + label + "." + label + "." + "a".repeat(61);
        assertInstanceOf(HostName.Name.class, HostName.of(longest));
        assertInstanceOf(HostName.Name.class, HostName.of(longest + "."));
        assertInstanceOf(HostName.Invalid.class, HostName.of(longest + "a"));
        assertInstanceOf(HostName.Invalid.class, HostName.of(label + "a.example"));
        assertInstanceOf(HostName.Invalid.class, HostName.of("\u00fc".repeat(100_000)));
    }
}
