// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.primitive;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.wgj.crypto.TestVectors.counting;
import static org.wgj.crypto.TestVectors.hex;

import org.junit.jupiter.api.Test;
import org.wgj.crypto.WycheproofAeadCase;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

class XChaCha20Poly1305Test {
    @Test
    void everyCaseOfWycheproof() {
        int valid = 0;
        int forged = 0;
        int invalidNonces = 0;
        for (WycheproofAeadCase v : WycheproofAeadCase.xChaCha20Poly1305()) {
            if (v.hasInvalidNonce()) {
                assertThrows(
                        IllegalArgumentException.class,
                        () ->
                                XChaCha20Poly1305.seal(
                                        v.key(), v.nonce(), v.associatedData(), v.plaintext()),
                        v.name());
                assertThrows(
                        IllegalArgumentException.class,
                        () ->
                                XChaCha20Poly1305.open(
                                        v.key(), v.nonce(), v.associatedData(), v.sealed()),
                        v.name());
                invalidNonces++;
                continue;
            }
            byte[] opened =
                    XChaCha20Poly1305.open(v.key(), v.nonce(), v.associatedData(), v.sealed());
            if (v.valid()) {
                assertArrayEquals(v.plaintext(), opened, v.name());
                assertArrayEquals(
                        v.sealed(),
                        XChaCha20Poly1305.seal(
                                v.key(), v.nonce(), v.associatedData(), v.plaintext()),
                        v.name());
                valid++;
            } else {
                assertNull(opened, v.name());
                forged++;
            }
        }
        assertEquals(246, valid);
        assertEquals(60, forged);
        assertEquals(9, invalidNonces);
    }

    /** Section 2.2.1 of draft-irtf-cfrg-xchacha-03. */
    @Test
    void exampleOfHChaCha20() {
        byte[] subkey =
                XChaCha20Poly1305.hChaCha20(
                        hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"),
                        hex("000000090000004a0000000031415927"));
        assertEquals(
                "82413b4227b27bfed30e42508a877d73a0f9e4d58a74a853c12ec41326d3ecdc", hex(subkey));
    }

    /** Appendix A.3.1 of draft-irtf-cfrg-xchacha-03. */
    @Test
    void exampleOfTheDraft() {
        byte[] key = hex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f");
        byte[] nonce = hex("404142434445464748494a4b4c4d4e4f5051525354555657");
        byte[] associatedData = hex("50515253c0c1c2c3c4c5c6c7");
        byte[] plaintext =
                ("Ladies and Gentlemen of the class of '99: If I could offer you only one tip for"
                                + " the future, sunscreen would be it.")
                        .getBytes(StandardCharsets.US_ASCII);
        byte[] sealed =
                hex(
                        "bd6d179d3e83d43b9576579493c0e939"
                            + " 572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e39"
                            + " ae64c6708c54c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e"
                            + " 3f3fac2bc369488f76b2383565d3fff921f9664c97637da9768812f615c68b13"
                            + " b52ec0875924c1c7987947deafd8780acf49");
        assertArrayEquals(sealed, XChaCha20Poly1305.seal(key, nonce, associatedData, plaintext));
        assertArrayEquals(plaintext, XChaCha20Poly1305.open(key, nonce, associatedData, sealed));
    }

    /** As in a cookie reply: 16 bytes sealed, mac1 as associated data. */
    @Test
    void everyFlippedBitAndEveryCutIsNoticed() {
        byte[] key = counting(32);
        byte[] nonce = counting(24);
        byte[] mac1 = counting(16);
        byte[] genuine = XChaCha20Poly1305.seal(key, nonce, mac1, counting(16));
        assertEquals(32, genuine.length);
        for (int bit = 0; bit < genuine.length * 8; bit++) {
            byte[] flipped = genuine.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            assertNull(XChaCha20Poly1305.open(key, nonce, mac1, flipped));
        }
        for (int bit = 0; bit < nonce.length * 8; bit++) {
            byte[] flipped = nonce.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            assertNull(XChaCha20Poly1305.open(key, flipped, mac1, genuine));
        }
        for (int length = 0; length < genuine.length; length++) {
            byte[] cut = Arrays.copyOf(genuine, length);
            assertNull(XChaCha20Poly1305.open(key, nonce, mac1, cut));
        }
        assertNull(XChaCha20Poly1305.open(key, nonce, counting(15), genuine));
        assertArrayEquals(counting(16), XChaCha20Poly1305.open(key, nonce, mac1, genuine));
    }

    @Test
    void keysOfOtherLengthsAreRefused() {
        for (int length : new int[] {0, 31, 33}) {
            byte[] key = new byte[length];
            assertThrows(
                    IllegalArgumentException.class,
                    () -> XChaCha20Poly1305.seal(key, new byte[24], new byte[0], new byte[0]));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> XChaCha20Poly1305.open(key, new byte[24], new byte[0], new byte[16]));
        }
    }
}
