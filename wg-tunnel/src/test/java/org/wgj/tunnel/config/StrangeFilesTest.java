// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_16BE;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.Charset;
import java.util.List;

/** Files that were written for other programs, or by editors that add characters. */
class StrangeFilesTest {
    private static final String KEY = "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=";
    private static final String INTERFACE = "[Interface]\nPrivateKey = " + KEY + "\n";
    private static final String MARK = "\ufeff";

    private static ConfigFile parse(String text, Charset charset) throws ConfigException {
        return ConfigBytes.parse(text.getBytes(charset), true);
    }

    private static String error(String text) {
        ConfigException e = assertThrows(ConfigException.class, () -> parse(text, UTF_8));
        for (int i = 0; i + 20 <= KEY.length(); i++) {
            assertFalse(e.getMessage().contains(KEY.substring(i, i + 20)), e.getMessage());
        }
        return e.getMessage();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Foo42 | there is no key Foo42",
                "x.y | there is no key 'x.y'",
                "My Key | there is no key 'My Key'",
                "Größe | there is no key 'Größe'",
                "K+/9 | there is no key 'K+/9'",
                "AKeyOf24LettersAndDigits | there is no key of this name, which is not repeated"
                        + " here: it may be a secret",
            })
    void namesAKeyOfAnyShapeThatCannotBeASecret(String key, String expected) {
        assertEquals("wg0.conf, line 3, [Interface]: " + expected, error(INTERFACE + key + " = 5"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " = 1", "X = 1"})
    void tellsNoPieceOfAKeyThatStandsInThePlaceOfAName(String behind) {
        for (int length = 20; length <= KEY.length(); length++) {
            error(INTERFACE + KEY.substring(0, length) + behind);
            error(INTERFACE + KEY.substring(KEY.length() - length) + behind);
            error(INTERFACE + "[" + KEY.substring(0, length) + "]" + behind);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Jc", "jmin", "JMAX", "S1", "S4", "H1", "H4", "I1", "I5"})
    void knowsTheKeysOfAmneziaWg(String key) {
        assertEquals(
                "wg0.conf, line 3, [Interface]: "
                        + key
                        + " is a key of AmneziaWG, another protocol that disguises WireGuard's"
                        + " packets; wgj speaks WireGuard alone: ask for a file without Jc, Jmin,"
                        + " Jmax, S1, H1, I1 and the like",
                error(INTERFACE + key + " = 5"));
    }

    @ParameterizedTest
    @CsvSource({
        "Reserved = 1;2;3, Cloudflare's WARP",
        "CheckAlive = 1.1.1.1, wireproxy",
        "IncludedApplications = org.example, Android",
        "DisallowedIPs = 10.0.0.0/8, WireSock",
        "PrivateKeyFile = /key, systemd-networkd",
        "peer-routes = true, NetworkManager",
        "[Socks5], wireproxy",
        "[WireGuardPeer], systemd-networkd",
        "[wireguard-peer.x], NetworkManager",
        "[WireGuard], systemd-networkd and NetworkManager",
    })
    void saysWhoseAKeyOrASectionIs(String line, String owner) {
        String message = error(INTERFACE + line.replace(';', ','));
        assertTrue(message.contains(" of ") && message.contains(owner), message);
    }

    @Test
    void theMarkBeforeUtf8IsNoCharacter() throws IOException {
        assertNotNull(parse(MARK + INTERFACE, UTF_8).device().privateKey());
        byte[] stripped = ConfigBytes.strip((MARK + INTERFACE + "MTU = 1400\n").getBytes(UTF_8));
        assertEquals(INTERFACE, new String(stripped, ISO_8859_1) + "\n");
        assertEquals(KEY, KeyFile.text(new ByteArrayInputStream((MARK + KEY).getBytes(UTF_8))));
        assertEquals("", KeyFile.text(new ByteArrayInputStream(MARK.getBytes(UTF_8))));
    }

    @Test
    void namesUtf16() {
        for (Charset charset : List.of(UTF_16, UTF_16LE, UTF_16BE)) {
            ConfigException e =
                    assertThrows(ConfigException.class, () -> parse(INTERFACE, charset));
            assertEquals(
                    "wg0.conf, line 1: this is text in UTF-16: save the file in UTF-8",
                    e.getMessage());
            byte[] key = KEY.getBytes(charset);
            IllegalArgumentException wrong =
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> KeyFile.text(new ByteArrayInputStream(key)));
            assertEquals("this is text in UTF-16: save it in UTF-8", wrong.getMessage());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'\u00a0[Interface]', 1, no-break space (U+00A0)",
        "'[Inter\u200bface]', 7, zero width space (U+200B)",
        "'[Interface]\u2028', 12, line separator (U+2028)",
        "'[Interface\uff3d', 11, fullwidth right square bracket (U+FF3D)",
        "'\ufeff\ufeff[Interface]', 1, zero width no-break space (U+FEFF)",
    })
    void namesWhatCannotBeSeenInAHeader(String line, int column, String name) {
        assertEquals(
                "wg0.conf, line 1: in column "
                        + column
                        + " is a "
                        + name
                        + ": type a plain one, or none, in its place",
                error(line + "\n"));
    }

    @ParameterizedTest
    @CsvSource({
        "'Private\u00adKey = KEY', 8, soft hyphen (U+00AD)",
        "'PrivateKey =\u00a0KEY', 13, no-break space (U+00A0)",
        "'PrivateKey = \u201cKEY\u201d', 14, left double quotation mark (U+201C)",
        "'PrivateKey = KEY\u200e', 58, left-to-right mark (U+200E)",
        "'PrivateKey \uff1d KEY', 12, fullwidth equals sign (U+FF1D)",
        "'Größe = 1\u202f2', 10, narrow no-break space (U+202F)",
        "'ListenPort = 5\u0001', 15, start of heading (U+0001)",
        "'PostUp\u00a0= echo', 7, no-break space (U+00A0)",
        "'Table = off\u2013', 12, en dash (U+2013)",
    })
    void namesWhatCannotBeSeenInALine(String line, int column, String name) {
        assertEquals(
                "wg0.conf, line 3, [Interface]: in column "
                        + column
                        + " is a "
                        + name
                        + ": type a plain one, or none, in its place",
                error(INTERFACE + line.replace("KEY", KEY)));
    }

    @Test
    void namesABlankOfIso8859() {
        String text = INTERFACE + "MTU\u00a0= 1400";
        ConfigException e = assertThrows(ConfigException.class, () -> parse(text, ISO_8859_1));
        assertTrue(e.getMessage().contains("column 4 is a no-break space"), e.getMessage());
    }

    @Test
    void commentsHooksAndHostNamesMayContainAnyCharacter() throws IOException {
        String hook = "echo \u201ca\u00a0b\u201d # \u2013";
        ConfigFile file =
                parse(
                        INTERFACE
                                + "# \u00a0\u201c\u2013\r\nMTU = 1400 # \u2026\nPostUp = "
                                + hook
                                + "\n[Peer]\nPublicKey = "
                                + KEY
                                + "\nEndpoint = paral\u00b7lel.例え.\u2603:1\r\n",
                        UTF_8);
        assertEquals(List.of(hook), file.quick().postUp());
        assertEquals(1, file.device().peers().size());
    }

    @ParameterizedTest
    @ValueSource(strings = {INTERFACE, "# a comment\n" + INTERFACE})
    void namesLineEndsOfCarriageReturnsAlone(String text) {
        String message = error(text.replace('\n', '\r'));
        assertEquals(
                "wg0.conf, line 1: in column 12 is a carriage return without a line feed: save the"
                        + " file with the line ends of Unix or Windows",
                message);
    }
}
