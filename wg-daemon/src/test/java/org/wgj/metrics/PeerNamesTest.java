// SPDX-License-Identifier: Apache-2.0
package org.wgj.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.wgj.crypto.PublicKey;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

class PeerNamesTest {
    private static final String A = Examples.ALICE.toBase64();
    private static final String B = Examples.BOB.toBase64();

    private static Map<PublicKey, String> names(String file) {
        return PeerNames.parse(
                file.replace("<A>", A).replace("<B>", B).getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "# friendly_name = Alice\n[Peer]\nPublicKey = <A>\n",
                "#friendly_name=Alice\n[Peer]\nPublicKey=<A>",
                "# Name = Alice\r\n[Peer]\r\nPublicKey = <A>\r\n",
                "# Name: Alice\n[Peer]\nPublicKey = <A>\n",
                "# Alice\n[Peer]\nPublicKey = <A>\n",
                "### Client Alice\n[Peer]\nPublicKey = <A>\n",
                "# Client: Alice (c2b8-11)\n[Peer]\nPublicKey = <A>\n",
                "### begin Alice ###\n"
                        + "[Peer]\n"
                        + "PublicKey = <A>\n"
                        + "AllowedIPs = ::/0\n"
                        + "### end Alice ###\n",
                "[Peer]\n# friendly_name = Alice\nPublicKey = <A>\n",
                "[Peer]\n# Alice\nPublicKey = <A>\n",
                "[Peer]\nPublicKey = <A>\n# Alice\n",
                "[Peer] # Alice\nPublicKey = <A>\n",
                "[peer]\npublickey = <A> # Alice\n",
                "# an office\n[Peer]\n# Name = Alice\nPublicKey = <A>\n",
                "# Alice\n# of the third floor\n[Peer]\nPublicKey = <A>\n",
                "# PresharedKey = <B>\n# Alice\n[Peer]\nPublicKey = <A>\n",
                "[Peer]\n# AllowedIPs = 10.0.0.0/8\n# Alice\n\nPublicKey = <A>\n",
            })
    void findsAName(String file) {
        assertEquals(Map.of(Examples.ALICE, "Alice"), names(file));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[Peer]\nPublicKey = <A>\n",
                "# Alice\n\n[Peer]\nPublicKey = <A>\n",
                "# Alice\n[Interface]\n[Peer]\nPublicKey = <A>\n",
                "# <B>\n[Peer]\nPublicKey = <A>\n",
                "[Peer]\nPublicKey = <A>\n# PresharedKey = <B>\n",
                "[Peer]\nPublicKey = <A>\n# name = <B>\n",
                "[Peer]\n# Endpoint = 192.0.2.1:1\nPublicKey = <A>\n",
                "[Peer]\nPublicKey = <A>\n#\n##\n",
                "# Alice\n[Peer]\nPublicKey = short\n",
                "# Alice\n[Peer]\n",
                "#[Peer]\nPublicKey = <A>\n",
                "",
                "\u0000\u0001\n\n[",
            })
    void findsNone(String file) {
        assertEquals(Map.of(), names(file));
    }

    @Test
    void aCommentAboveTheNextPeerBelongsToThatOne() {
        String file =
                """
                # the server of the office
                [Interface]
                PrivateKey = <B>

                # Alice
                [Peer]
                PublicKey = <A>
                AllowedIPs = 10.0.0.2/32
                # Bob
                [Peer]
                PublicKey = <B>
                """;
        assertEquals(Map.of(Examples.ALICE, "Alice", Examples.BOB, "Bob"), names(file));
    }

    @Test
    void boundsANameAndDropsControlCharacters() {
        String file =
                "# Name = Zo\u00eb\u0007 " + "x y".repeat(200) + "\n[Peer]\nPublicKey = <A>\n";
        String name = names(file).get(Examples.ALICE);
        assertEquals("Zo\u00eb " + "x y".repeat(42).substring(0, 124), name);
    }

    @Test
    void followsTheFile(@TempDir Path folder) throws IOException {
        NameFiles files = new NameFiles();
        Path file = folder.resolve("wg0.conf");
        assertEquals(Map.of(), files.names(file));
        Files.writeString(file, "# Alice\n[Peer]\nPublicKey = " + A + "\n");
        assertEquals(Map.of(Examples.ALICE, "Alice"), files.names(file));
        Files.writeString(file, "# Alicia\n[Peer]\nPublicKey = " + A + "\n");
        assertEquals(Map.of(Examples.ALICE, "Alicia"), files.names(file));
        Files.delete(file);
        assertEquals(Map.of(), files.names(file));
        assertEquals(Map.of(), files.names(folder));
    }
}
