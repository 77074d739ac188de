// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.wgj.protocol.device.InnerPacket;
import org.wgj.protocol.device.TestNet;

import java.math.BigInteger;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Random;

/** Addresses, ranges and endpoints as text: the rules of inet_pton and RFC 5952. */
@ExtendWith(Seeds.class)
class AddressTextTest {
    private final Random random = new Random(Seeds.next());

    @ParameterizedTest
    @CsvSource({
        "0.0.0.0, 0",
        "1.2.3.4, 16909060",
        "255.255.255.255, 4294967295",
        "10.0.0.1, 167772161",
        "192.168.1.100, 3232235876",
    })
    void ipv4(String text, long value) {
        assertEquals(value, IpText.parseIpv4(text));
        assertEquals(text, IpText.format(false, 0, value));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "1",
                "1.2",
                "1.2.3",
                "1.2.3.",
                ".1.2.3",
                "1..2.3",
                "1.2.3.4.",
                "1.2.3.4.5",
                "256.1.1.1",
                "1.1.1.256",
                "1.1.1.1000",
                "01.2.3.4",
                "1.2.3.04",
                "00.0.0.0",
                " 1.2.3.4",
                "1.2.3.4 ",
                "1.2.3.+4",
                "-1.2.3.4",
                "0x1.2.3.4",
                "1.2.3.a",
                "1,2,3,4",
                "1.2.3.4/8",
                "١.٢.٣.٤",
                "localhost",
                "2130706433"
            })
    void noIpv4(String text) {
        assertEquals(-1, IpText.parseIpv4(text));
    }

    @ParameterizedTest
    @CsvSource({
        "::, ::",
        "::1, ::1",
        "1::, 1::",
        "0:0:0:0:0:0:0:0, ::",
        "1:2:3:4:5:6:7:8, 1:2:3:4:5:6:7:8",
        "1:2:3:4:5:6:7::, 1:2:3:4:5:6:7:0",
        "::2:3:4:5:6:7:8, 0:2:3:4:5:6:7:8",
        "1::3:4:5:6:7:8, 1:0:3:4:5:6:7:8",
        "2001:DB8::00ff, 2001:db8::ff",
        "2001:db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
        "2001:0:0:1:0:0:0:1, 2001:0:0:1::1",
        "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
        "0:0:1::, 0:0:1::",
        "::ffff:1.2.3.4, ::ffff:1.2.3.4",
        "::ffff:102:304, ::ffff:1.2.3.4",
        "64:ff9b::192.0.2.33, 64:ff9b::c000:221",
        "1:2:3:4:5:6:1.2.3.4, 1:2:3:4:5:6:102:304",
        "::1.2.3.4, ::102:304",
        "fe80::1, fe80::1",
        "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff, ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    })
    void ipv6(String text, String canonical) {
        long[] halves = IpText.parseIpv6(text);
        assertEquals(canonical, IpText.format(true, halves[0], halves[1]));
        assertArrayEquals(halves, IpText.parseIpv6(canonical));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ":",
                ":::",
                "1",
                "1:2",
                "1:2:3:4:5:6:7",
                "1:2:3:4:5:6:7:8:9",
                "1:2:3:4:5:6:7:8:",
                ":1:2:3:4:5:6:7:8",
                "1:2:3:4:5:6:7:8::",
                "::1:2:3:4:5:6:7:8",
                "1::2::3",
                "1:::2",
                "1::2:3:4:5:6:7:8",
                "12345::",
                "::12345",
                "g::",
                "::g",
                "1: :2",
                " ::1",
                "::1 ",
                "::1%1",
                "::%eth0",
                "[::1]",
                "::1/64",
                "1.2.3.4",
                "::1.2.3",
                "::1.2.3.4.5",
                "::1.2.3.256",
                "::01.2.3.4",
                "1:2:3:4:5:6:7:1.2.3.4",
                "::1.2.3.4:5",
                "1.2.3.4::",
                "::+1",
                "::-1",
                "::٣",
                "::Ａ",
                "2001:db8:"
            })
    void noIpv6(String text) {
        assertNull(IpText.parseIpv6(text));
    }

    @Test
    void ipv6AgreesWithTheJdkOnWhatItWritesItself() {
        for (int i = 0; i < 5000; i++) {
            long high = sparse();
            long low = sparse();
            byte[] bytes = ByteBuffer.allocate(16).putLong(high).putLong(low).array();
            String text = IpText.format(true, high, low);
            assertArrayEquals(new long[] {high, low}, IpText.parseIpv6(text), text);
            if (high != 0 || low >>> 32 != 0xffff) {
                assertArrayEquals(bytes, InetAddress.ofLiteral(text).getAddress(), text);
            }
            // The longest run of zeros is left out, and there is no shorter text.
            assertFalse(text.contains(":0:0:0:0"), text);
            assertFalse(!text.contains("::") && text.matches("(.*:)?0:0(:.*)?"), text);
        }
    }

    /** Returns a number whose groups of 16 bits are often zero. */
    private long sparse() {
        long value = 0;
        for (int i = 0; i < 4; i++) {
            value = value << 16 | (random.nextBoolean() ? 0 : random.nextInt(0x10000));
        }
        return value;
    }

    @Test
    void randomTextIsAnAddressExactlyWhenItIsForTheJdk() {
        String alphabet = "0123:::..aF";
        int valid = 0;
        for (int i = 0; i < 50_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int n = 2 + random.nextInt(14); n > 0; n--) {
                text.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            String s = text.toString();
            if (!s.contains(":")) {
                continue;
            }
            byte[] expected = null;
            try {
                expected = Inet6Address.ofLiteral(s).getAddress();
            } catch (IllegalArgumentException e) {
                // not an address
            }
            long[] halves = IpText.parseIpv6(s);
            // Leading zeros, which the JDK accepts and inet_pton does not.
            boolean quirk = s.matches(".*(\\.0[0-9]|:0[0-9]+\\.|[0-9A-Fa-f]{5}).*");
            if (quirk) {
                continue;
            }
            assertEquals(expected != null, halves != null, s);
            if (halves != null) {
                valid++;
                if (expected.length == 16) {
                    assertArrayEquals(
                            expected,
                            ByteBuffer.allocate(16).putLong(halves[0]).putLong(halves[1]).array(),
                            s);
                }
            }
        }
        assertTrue(valid > 100, valid + " addresses");
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8, 10.0.0.0/8",
        "10.1.2.3/8, 10.0.0.0/8",
        "10.1.2.3/0, 0.0.0.0/0",
        "10.1.2.3/32, 10.1.2.3/32",
        "10.1.2.3, 10.1.2.3/32",
        "255.255.255.255/1, 128.0.0.0/1",
        "10.1.2.3/031, 10.1.2.2/31",
        "::/0, ::/0",
        "fd00::1, fd00::1/128",
        "fd00::1/64, fd00::/64",
        "ffff::ffff/63, ffff::/63",
        "2001:db8:ffff:ffff:ffff::/65, 2001:db8:ffff:ffff:8000::/65",
        "::ffff:1.2.3.4/128, ::ffff:1.2.3.4/128",
    })
    void ranges(String text, String canonical) {
        IpPrefix range = IpPrefix.parseNetwork(text);
        assertEquals(canonical, range.toString());
        assertEquals(range, IpPrefix.parseNetwork(canonical));
        assertEquals(range, IpPrefix.parse(canonical));
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.1/24, 10.0.0.0/24",
        "11.0.0.0/7, 10.0.0.0/7",
        "0.0.0.1/0, 0.0.0.0/0",
        "255.255.255.255/31, 255.255.255.254/31",
        "fd00::1/64, fd00::/64",
        "fd00:0:0:1::/63, fd00::/63",
        "::1/0, ::/0",
        "2001:db8:ffff:ffff:ffff::/65, 2001:db8:ffff:ffff:8000::/65",
    })
    void hostBitsAreRefusedWithTheRangeThatWasMeant(String text, String meant) {
        String message =
                assertThrows(IllegalArgumentException.class, () -> IpPrefix.parse(text))
                        .getMessage();
        assertEquals(text + " has bits behind its prefix: the range is " + meant, message);
        int slash = text.indexOf('/');
        InetAddress address = InetAddress.ofLiteral(text.substring(0, slash));
        int length = Integer.parseInt(text.substring(slash + 1));
        assertThrows(IllegalArgumentException.class, () -> IpPrefix.of(address, length));
        assertEquals(meant, IpPrefix.networkOf(address, length).toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "/8",
                "10.0.0.0/",
                "10.0.0.0/33",
                "10.0.0.0/-1",
                "10.0.0.0/8/8",
                "10.0.0.0/a",
                "10.0.0.0/ 8",
                "10.0.0.0/+8",
                "10.0.0/8",
                "::/129",
                "::/1000",
                "::/9999999999",
                "fe80::1%2/64",
                "example.com/8",
                "10.0.0.0/٨"
            })
    void textThatIsNoRangeIsRefused(String text) {
        assertThrows(IllegalArgumentException.class, () -> IpPrefix.parse(text));
        assertThrows(IllegalArgumentException.class, () -> IpPrefix.parseNetwork(text));
    }

    @Test
    void aRangeKeepsNoBitsBehindItsLength() {
        for (int i = 0; i < 5000; i++) {
            boolean ipv6 = random.nextBoolean();
            int length = random.nextInt((ipv6 ? 128 : 32) + 1);
            IpPrefix range = IpPrefix.networkOf(ipv6, random.nextLong(), random.nextLong(), length);
            BigInteger value =
                    new BigInteger(
                            1,
                            ByteBuffer.allocate(16)
                                    .putLong(range.high())
                                    .putLong(range.low())
                                    .array());
            int hostBits = (ipv6 ? 128 : 32) - length;
            assertTrue(value.signum() == 0 || value.getLowestSetBit() >= hostBits);
            assertTrue(value.bitLength() <= (ipv6 ? 128 : 32));
            assertEquals(range, IpPrefix.parse(range.toString()));
        }
        assertThrows(IllegalArgumentException.class, () -> new IpPrefix(false, 0, 0, 33));
        assertThrows(IllegalArgumentException.class, () -> new IpPrefix(true, 0, 0, 129));
        assertThrows(IllegalArgumentException.class, () -> new IpPrefix(true, 0, 0, -1));
    }

    @Test
    void aRangeContainsAnAddressOfTheJdk() {
        assertEquals(
                IpPrefix.parse("10.1.0.0/16"),
                IpPrefix.networkOf(InetAddress.ofLiteral("10.1.2.3"), 16));
        assertEquals(
                IpPrefix.parse("fd00::/64"),
                IpPrefix.networkOf(InetAddress.ofLiteral("fd00::5"), 64));
    }

    @Test
    void endpoints() throws Exception {
        assertEquals("192.0.2.1:51820", TestNet.endpoint("192.0.2.1", 51820).toString());
        assertEquals("[2001:db8::1]:1", TestNet.endpoint("2001:db8::1", 1).toString());
        InetSocketAddress linkLocal =
                new InetSocketAddress(
                        Inet6Address.getByAddress(null, InnerPacket.address("fe80::1"), 7), 65_535);
        Endpoint endpoint = Endpoint.of(linkLocal);
        assertEquals("[fe80::1%7]:65535", endpoint.toString());
        assertEquals(linkLocal, endpoint.toSocketAddress());
        assertEquals(7, ((Inet6Address) endpoint.toSocketAddress().getAddress()).getScopeId());
        assertThrows(
                IllegalArgumentException.class,
                () -> Endpoint.of(InetSocketAddress.createUnresolved("example.com", 1)));
    }

    @Test
    void anEndpointGoesToTheJdkAndBack() {
        for (int i = 0; i < 2000; i++) {
            boolean ipv6 = random.nextBoolean();
            long high = ipv6 ? random.nextLong() | 1L << 61 : 0;
            long low = ipv6 ? random.nextLong() : random.nextLong() & 0xffff_ffffL;
            Endpoint endpoint = new Endpoint(ipv6, high, low, random.nextInt(65_536), 0, 0, 0, 0);
            assertEquals(endpoint, Endpoint.of(endpoint.toSocketAddress()));
        }
    }

    @Test
    void endpointsAreTheSameRemoteWhateverTheirSource() {
        Endpoint a = new Endpoint(false, 0, 1, 2, 0, 0, 0, 0);
        Endpoint sticky = new Endpoint(false, 0, 1, 2, 0, 5, 6, 7);
        assertTrue(a.sameRemote(sticky));
        assertNotEquals(a, sticky);
        assertEquals(a, sticky.withoutSource());
        assertSame(a, a.withoutSource());
        assertTrue(sticky.hasSource());
        assertFalse(a.hasSource());
        assertFalse(a.sameRemote(null));
        assertFalse(a.sameRemote(new Endpoint(false, 0, 2, 2, 0, 0, 0, 0)));
        assertFalse(a.sameRemote(new Endpoint(false, 0, 1, 3, 0, 0, 0, 0)));
        assertFalse(a.sameRemote(new Endpoint(true, 0, 1, 2, 0, 0, 0, 0)));
        Endpoint scoped = new Endpoint(true, 9, 1, 2, 3, 0, 0, 0);
        assertFalse(scoped.sameRemote(new Endpoint(true, 9, 1, 2, 4, 0, 0, 0)));
    }

    @Test
    void cookiesCoverAddressAndPortInNetworkOrder() {
        assertArrayEquals(
                new byte[] {(byte) 192, 0, 2, 1, (byte) 0xca, 0x6c},
                TestNet.endpoint("192.0.2.1", 51820).addressAndPort());
        byte[] ipv6 = TestNet.endpoint("2001:db8::1", 258).addressAndPort();
        assertEquals(18, ipv6.length);
        assertEquals(0x20, ipv6[0]);
        assertEquals(1, ipv6[15]);
        assertEquals(1, ipv6[16]);
        assertEquals(2, ipv6[17]);
    }
}
