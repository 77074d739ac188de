// SPDX-License-Identifier: Apache-2.0
package org.wgj.show;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.wgj.crypto.PresharedKey;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.json.JsonWriter;
import org.wgj.protocol.PeerStatus;
import org.wgj.tunnel.StatusWithKeys;
import org.wgj.tunnel.TunnelCounters;
import org.wgj.tunnel.TunnelStatus;
import org.wgj.tunnel.udp.UdpCounters;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * Tests the text formats for values that a live interface rarely has: ages, volumes, order. The
 * system tests compare them with {@code wg} byte for byte.
 */
class ShowTest {
    private static final Instant NOW = Instant.ofEpochSecond(1_800_000_000L);
    private static final String A = "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=";
    private static final String B = "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=";
    private static final String C = "TrMvSoP4jYQlY6RIzBgbssQqY3vxI2Pi+y71lOWWXX0=";

    private static PeerStatus peer(String key, Instant handshake) {
        return new PeerStatus(PublicKey.fromBase64(key), null, handshake, -1L, 1, 0, List.of());
    }

    private static final PrivateKey KEY = PrivateKey.fromBase64(A);
    private static final StatusWithKeys STATUS =
            new StatusWithKeys(
                    new TunnelStatus(
                            "wg0",
                            KEY.publicKey(),
                            0,
                            0,
                            List.of(
                                    peer(A, null),
                                    peer(B, NOW.minusSeconds(100)),
                                    peer(C, NOW.minusSeconds(1))),
                            Map.of(),
                            UdpCounters.ZERO,
                            TunnelCounters.ZERO),
                    KEY,
                    Map.of(PublicKey.fromBase64(A), PresharedKey.fromBase64(A)));

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0 | Now",
                "-1 | (System clock wound backward; connection problems may ensue.)",
                "1 | 1 second ago",
                "59 | 59 seconds ago",
                "60 | 1 minute ago",
                "3661 | 1 hour, 1 minute, 1 second ago",
                "31622461 | 1 year, 1 day, 1 minute, 1 second ago",
                "63072000 | 2 years ago"
            })
    void agesAreFormatted(long seconds, String expected) {
        assertEquals(expected, plain(HumanUnits.ago(NOW.minusSeconds(seconds), NOW)));
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0 B",
        "1023, 1023 B",
        "1024, 1.00 KiB",
        "1152, 1.12 KiB", // 1.125: printf takes the even digit
        "1408, 1.38 KiB", // 1.375
        "1048575, 1024.00 KiB",
        "1048576, 1.00 MiB",
        "1073741824, 1.00 GiB",
        "1099511627776, 1.00 TiB",
        "1125899906842624, 1024.00 TiB",
        "-1, 16777216.00 TiB"
    })
    void volumesAreFormatted(long bytes, String expected) {
        assertEquals(expected, plain(HumanUnits.bytes(bytes)));
    }

    private static String plain(String text) {
        return text.replaceAll("\u001b\\[\\d+m", "");
    }

    @Test
    void theLatestHandshakeComesFirstAndKeysAreHidden() {
        String text = ShowText.of(STATUS, false, false, NOW);
        assertTrue(
                text.indexOf(C) < text.indexOf(B)
                        && text.indexOf(B) < text.lastIndexOf("peer: " + A),
                text);
        assertTrue(text.contains("  private key: (hidden)\n"), text);
        assertTrue(text.contains("  preshared key: (hidden)\n"), text);
        assertTrue(ShowText.of(STATUS, false, true, NOW).contains("  preshared key: " + A), text);
    }

    @Test
    void fieldsKeepTheInterfacesOrderAndNameItInEveryLine() {
        assertEquals(
                "wg0\t%s\t(none)\nwg0\t%s\t(none)\nwg0\t%s\t(none)\n".formatted(A, B, C),
                ShowField.parse("endpoints").of(STATUS, true));
        assertEquals(
                "%s\t18446744073709551615\t1\n".formatted(A),
                ShowField.TRANSFER.of(STATUS, false).lines().findFirst().orElseThrow() + "\n");
        assertThrows(IllegalArgumentException.class, () -> ShowField.parse("dumps"));
    }

    @Test
    void jsonHidesKeysAndHasNullForMissingValues() {
        JsonWriter json = new JsonWriter();
        ShowJson.write(json, STATUS, null, false);
        String text = json.toString();
        assertTrue(text.startsWith("{\n  \"interface\": \"wg0\",\n"), text);
        assertTrue(text.contains("\"privateKey\": \"(hidden)\",\n  \"listenPort\": null"), text);
        assertTrue(text.contains("\"receivedBytes\": 18446744073709551615"), text);
        assertTrue(text.contains("\"latestHandshake\": \"2027-01-15T07:58:20Z\""), text);
        assertTrue(text.endsWith("  \"engine\": null\n}"), text);
    }

    @Test
    void jsonIsEscapedAndNested() {
        JsonWriter json = new JsonWriter();
        json.begin('{').name("a\"b").string("\\\n\t\u0001\u007f\ud800ü").name("c").begin('[');
        json.number(-1).bool(true).begin('{').end().string(null).end().name("d").begin('[');
        json.end().end();
        assertEquals(
                """
                {
                  "a\\"b": "\\\\\\n\\t\\u0001\\u007f\\ud800ü",
                  "c": [
                    -1,
                    true,
                    {},
                    null
                  ],
                  "d": []
                }\
                """,
                json.toString());
        assertThrows(IllegalStateException.class, () -> new JsonWriter().begin('[').toString());
    }
}
