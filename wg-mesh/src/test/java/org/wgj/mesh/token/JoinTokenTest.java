// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.token;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.wgj.crypto.PrivateKey;
import org.wgj.mesh.map.Bytes;
import org.wgj.tunnel.config.HostPort;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

class JoinTokenTest {
    private static final PrivateKey COORDINATOR = PrivateKey.generate();
    private static final Instant EXPIRES = Instant.ofEpochSecond(2_000_000_000L);

    private static JoinToken token(Bytes lock) {
        return new JoinToken(
                PrivateKey.generate(),
                EXPIRES,
                List.of(
                        new JoinToken.Coordinator(
                                COORDINATOR.publicKey(), new HostPort("198.51.100.1", 51820)),
                        new JoinToken.Coordinator(
                                COORDINATOR.publicKey(), new HostPort("2001:db8::1", 65535))),
                lock);
    }

    @Test
    void whatIsWrittenIsReadAgain() {
        JoinToken token = token(Bytes.of(new byte[32]));
        JoinToken read = JoinToken.parse("  " + token.toText() + "\n");
        assertEquals(token.key(), read.key());
        assertEquals(EXPIRES, read.expires());
        assertEquals(token.coordinators(), read.coordinators());
        assertEquals(token.lockKey(), read.lockKey());
        assertTrue(JoinToken.parse(token(Bytes.NONE).toText()).lockKey().isEmpty());
    }

    @Test
    void everyDamagedCharacterAndEveryCutIsNoticedAndTheMessageHasNoneOfTheToken() {
        String text = token(Bytes.NONE).toText();
        for (int i = JoinToken.PREFIX.length(); i < text.length(); i++) {
            char other = text.charAt(i) == 'A' ? 'B' : 'A';
            String damaged = text.substring(0, i) + other + text.substring(i + 1);
            String cut = text.substring(0, i);
            // The last character of base64 may carry bits that mean nothing.
            if (i < text.length() - 1) {
                refused(damaged, text);
            }
            refused(cut, text);
        }
        refused("", text);
        refused("wgjt", text);
        refused(text + text, text);
    }

    @Test
    void asManyPlacesAreInATokenAsItsLengthAllows() {
        for (int length : new int[] {1, 100, 253}) {
            List<JoinToken.Coordinator> places = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                HostPort endpoint = new HostPort("a".repeat(length), 51_820 + i);
                places.add(
                        new JoinToken.Coordinator(token(Bytes.NONE).key().publicKey(), endpoint));
            }
            List<JoinToken.Coordinator> fitting = JoinToken.fitting(places);
            assertEquals(length == 253 ? 4 : 8, fitting.size());
            assertEquals(places.subList(0, fitting.size()), fitting);
            JoinToken token =
                    new JoinToken(PrivateKey.generate(), EXPIRES, fitting, Bytes.of(new byte[32]));
            assertEquals(fitting, JoinToken.parse(token.toText()).coordinators());
        }
    }

    private static void refused(String damaged, String text) {
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> JoinToken.parse(damaged));
        assertFalse(e.getMessage().contains(text.substring(10, 30)), e.getMessage());
    }

    @Test
    void neitherToStringNorTheNumberOfCoordinatorsGivesTheSecretAway() {
        JoinToken token = token(Bytes.NONE);
        assertFalse(token.toString().contains(token.key().toBase64().substring(0, 8)));
        assertThrows(
                IllegalArgumentException.class,
                () -> new JoinToken(token.key(), EXPIRES, List.of(), Bytes.NONE));
        token.wipe();
        assertThrows(IllegalStateException.class, token::toText);
    }
}
