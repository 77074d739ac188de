// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.primitive;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.wgj.crypto.TestVectors.counting;
import static org.wgj.crypto.TestVectors.hex;

import org.junit.jupiter.api.Test;
import org.wgj.crypto.WycheproofAeadCase;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

class ChaCha20Poly1305Test {
    private static final byte[] NOTHING = new byte[0];

    @Test
    void everyCaseOfWycheproof() {
        int valid = 0;
        int forged = 0;
        int invalidNonces = 0;
        int counters = 0;
        for (WycheproofAeadCase v : WycheproofAeadCase.chaCha20Poly1305()) {
            if (v.hasInvalidNonce()) {
                assertThrows(
                        IllegalArgumentException.class,
                        () ->
                                ChaCha20Poly1305.seal(
                                        v.key(), v.nonce(), v.associatedData(), v.plaintext()),
                        v.name());
                assertThrows(
                        IllegalArgumentException.class,
                        () ->
                                ChaCha20Poly1305.open(
                                        v.key(), v.nonce(), v.associatedData(), v.sealed()),
                        v.name());
                invalidNonces++;
                continue;
            }
            byte[] opened =
                    ChaCha20Poly1305.open(v.key(), v.nonce(), v.associatedData(), v.sealed());
            if (v.valid()) {
                assertArrayEquals(v.plaintext(), opened, v.name());
                assertArrayEquals(
                        v.sealed(),
                        ChaCha20Poly1305.seal(
                                v.key(), v.nonce(), v.associatedData(), v.plaintext()),
                        v.name());
                valid++;
            } else {
                assertNull(opened, v.name());
                forged++;
            }
            if (v.hasCounterNonce()) {
                assertArrayEquals(
                        opened,
                        ChaCha20Poly1305.open(v.key(), v.counter(), v.associatedData(), v.sealed()),
                        v.name());
                counters++;
            }
        }
        assertEquals(256, valid);
        assertEquals(60, forged);
        assertEquals(9, invalidNonces);
        assertEquals(10, counters);
    }

    @Test
    void exampleOfRfc8439Section282() {
        byte[] key = hex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f");
        byte[] nonce = hex("07000000 4041424344454647");
        byte[] associatedData = hex("50515253c0c1c2c3c4c5c6c7");
        byte[] plaintext =
                ("Ladies and Gentlemen of the class of '99: If I could offer you only one tip for"
                                + " the future, sunscreen would be it.")
                        .getBytes(StandardCharsets.US_ASCII);
        byte[] sealed =
                hex(
                        "d31a8d34648e60db7b86afbc53ef7ec2"
                            + " a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b"
                            + " 1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58"
                            + " fab324e4fad675945585808b4831d7bc3ff4def08e4b7a9de576d26586cec64b"
                            + " 61161ae10b594f09e26a7e902ecbd0600691");
        assertArrayEquals(sealed, ChaCha20Poly1305.seal(key, nonce, associatedData, plaintext));
        assertArrayEquals(plaintext, ChaCha20Poly1305.open(key, nonce, associatedData, sealed));
    }

    /**
     * The nonce is 00000000 0102030405060708; as a little-endian counter its bytes are reversed.
     */
    @Test
    void exampleOfRfc8439AppendixA5() {
        byte[] key = hex("1c9240a5eb55d38af333888604f6b5f0473917c1402b80099dca5cbc207075c0");
        long counter = 0x0807060504030201L;
        byte[] associatedData = hex("f33388860000000000004e91");
        byte[] sealed =
                hex(
                        "64a0861575861af460f062c79be643bd"
                            + " 5e805cfd345cf389f108670ac76c8cb24c6cfc18755d43eea09ee94e382d26b0"
                            + " bdb7b73c321b0100d4f03b7f355894cf332f830e710b97ce98c8a84abd0b9481"
                            + " 14ad176e008d33bd60f982b1ff37c8559797a06ef4f0ef61c186324e2b350638"
                            + " 3606907b6a7c02b0f9f6157b53c867e4b9166c767b804d46a59b5216cde7a4e9"
                            + " 9040c5a40433225ee282a1b0a06c523eaf4534d7f83fa1155b0047718cbc546a"
                            + " 0d072b04b3564eea1b422273f548271a0bb2316053fa76991955ebd63159434e"
                            + " cebb4e466dae5a1073a6727627097a1049e617d91d361094fa68f0ff77987130"
                            + " 305beaba2eda04df997b714d6c6f2c29a6ad5cb4022b02709b"
                            + "eead9d67890cbb22392336fea1851f38");
        byte[] plaintext =
                ("Internet-Drafts are draft documents valid for a maximum of six months and may be"
                     + " updated, replaced, or obsoleted by other documents at any time. It is"
                     + " inappropriate to use Internet-Drafts as reference material or to cite them"
                     + " other than as /“work in progress./”")
                        .getBytes(StandardCharsets.UTF_8);
        assertArrayEquals(plaintext, ChaCha20Poly1305.open(key, counter, associatedData, sealed));
        assertArrayEquals(sealed, ChaCha20Poly1305.seal(key, counter, associatedData, plaintext));
    }

    @Test
    void countersAreLittleEndianAndUnsigned() {
        long[] counters = {0, 1, 0x0102030405060708L, Long.MAX_VALUE, Long.MIN_VALUE, -1};
        String[] nonces = {
            "000000000000000000000000",
            "000000000100000000000000",
            "000000000807060504030201",
            "00000000ffffffffffffff7f",
            "000000000000000000000080",
            "00000000ffffffffffffffff"
        };
        for (int i = 0; i < counters.length; i++) {
            assertArrayEquals(
                    ChaCha20Poly1305.seal(counting(32), hex(nonces[i]), NOTHING, counting(40)),
                    ChaCha20Poly1305.seal(counting(32), counters[i], NOTHING, counting(40)));
        }
    }

    @Test
    void everyFlippedBitAndEveryCutIsNoticed() {
        byte[] key = counting(32);
        byte[] associatedData = counting(32);
        byte[] genuine = ChaCha20Poly1305.seal(key, 0, associatedData, counting(28));
        for (int bit = 0; bit < genuine.length * 8; bit++) {
            byte[] flipped = genuine.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            assertNull(ChaCha20Poly1305.open(key, 0, associatedData, flipped));
        }
        for (int bit = 0; bit < associatedData.length * 8; bit++) {
            byte[] flipped = associatedData.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            assertNull(ChaCha20Poly1305.open(key, 0, flipped, genuine));
        }
        for (int length = 0; length < genuine.length; length++) {
            byte[] cut = Arrays.copyOf(genuine, length);
            assertNull(ChaCha20Poly1305.open(key, 0, associatedData, cut));
        }
        assertNull(ChaCha20Poly1305.open(key, 1, associatedData, genuine));
        assertArrayEquals(counting(28), ChaCha20Poly1305.open(key, 0, associatedData, genuine));
    }

    @Test
    void sealingTheSameMessageAgainGivesTheSameBytes() {
        byte[] first = ChaCha20Poly1305.seal(counting(32), 0, NOTHING, counting(10));
        byte[] second = ChaCha20Poly1305.seal(counting(32), 0, NOTHING, counting(10));
        assertArrayEquals(first, second);
    }

    @Test
    void argumentsAreNotChanged() {
        byte[] key = counting(32);
        byte[] associatedData = counting(7);
        byte[] plaintext = counting(9);
        byte[] sealed = ChaCha20Poly1305.seal(key, 5, associatedData, plaintext);
        byte[] copy = sealed.clone();
        assertNotNull(ChaCha20Poly1305.open(key, 5, associatedData, sealed));
        assertArrayEquals(counting(32), key);
        assertArrayEquals(counting(7), associatedData);
        assertArrayEquals(counting(9), plaintext);
        assertArrayEquals(copy, sealed);
    }

    @Test
    void keysOfOtherLengthsAreRefused() {
        for (int length : new int[] {0, 16, 31, 33}) {
            byte[] key = new byte[length];
            assertThrows(
                    IllegalArgumentException.class,
                    () -> ChaCha20Poly1305.seal(key, 0, NOTHING, NOTHING));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> ChaCha20Poly1305.open(key, 0, NOTHING, new byte[16]));
        }
    }
}
