// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.primitive;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.crypto.TestVectors.hex;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.wgj.crypto.TestVectors;

import java.util.Arrays;
import java.util.Random;

class X25519Test {
    @Test
    void everyCaseOfWycheproofAndOnlyZeroResultsAreRefused() {
        int cases = 0;
        int refused = 0;
        for (String[] column : TestVectors.read("wycheproof-x25519.txt")) {
            String name = "case " + column[0] + " " + column[2];
            byte[] shared = new byte[32];
            Arrays.fill(shared, (byte) 0xa5);
            boolean usable = X25519.sharedSecret(hex(column[4]), hex(column[3]), shared);
            assertEquals(column[5], hex(shared), name);
            assertEquals(!column[2].contains("ZeroSharedSecret"), usable, name);
            cases++;
            refused += usable ? 0 : 1;
        }
        assertEquals(518, cases);
        assertEquals(31, refused);
    }

    @Test
    void functionOfRfc7748Section52() {
        byte[] out = new byte[32];
        X25519.multiply(
                hex("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4"),
                hex("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c"),
                out);
        assertEquals("c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552", hex(out));
        X25519.multiply(
                hex("4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d"),
                hex("e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493"),
                out);
        assertEquals("95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957", hex(out));
    }

    @Test
    void aThousandIterationsOfRfc7748Section52() {
        assertEquals(
                "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079", iterate(1));
        assertEquals(
                "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51", iterate(1000));
    }

    @Test
    @Tag("slow")
    void aMillionIterationsOfRfc7748Section52() {
        assertEquals(
                "7c3911e0ab2586fd864497297e575e6f3bc601c0883c30df5f4dd2d24f665424",
                iterate(1_000_000));
    }

    private static String iterate(int times) {
        byte[] k = new byte[32];
        k[0] = 9;
        byte[] u = k;
        for (int i = 0; i < times; i++) {
            byte[] result = new byte[32];
            X25519.multiply(k, u, result);
            u = k;
            k = result;
        }
        return hex(k);
    }

    @Test
    void diffieHellmanOfRfc7748Section61() {
        byte[] alice = hex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
        byte[] bob = hex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
        byte[] alicePublic = X25519.publicKey(alice);
        byte[] bobPublic = X25519.publicKey(bob);
        assertEquals(
                "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
                hex(alicePublic));
        assertEquals(
                "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f", hex(bobPublic));
        byte[] shared = new byte[32];
        assertTrue(X25519.sharedSecret(alice, bobPublic, shared));
        assertEquals(
                "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742", hex(shared));
        assertTrue(X25519.sharedSecret(bob, alicePublic, shared));
        assertEquals(
                "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742", hex(shared));
    }

    @Test
    void everyPointOfLowOrderIsRefusedByEveryPrivateKey() {
        String[] points = {
            "0000000000000000000000000000000000000000000000000000000000000000",
            "0100000000000000000000000000000000000000000000000000000000000000",
            "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
            "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", // p - 1
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", // p, that is 0
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", // p + 1, that is 1
        };
        Random random = new Random();
        for (String point : points) {
            for (int highestBit : new int[] {0, 0x80}) {
                byte[] encoded = hex(point);
                encoded[31] |= (byte) highestBit;
                byte[] shared = new byte[32];
                Arrays.fill(shared, (byte) 0xa5);
                assertFalse(X25519.sharedSecret(randomScalar(random), encoded, shared));
                assertArrayEquals(new byte[32], shared);
            }
        }
    }

    @Test
    void bothSidesAgree() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int round = 0; round < 50; round++) {
            byte[] one = randomScalar(random);
            byte[] other = randomScalar(random);
            byte[] first = new byte[32];
            byte[] second = new byte[32];
            assertTrue(X25519.sharedSecret(one, X25519.publicKey(other), first));
            assertTrue(X25519.sharedSecret(other, X25519.publicKey(one), second));
            assertArrayEquals(first, second, "seed " + seed);
        }
    }

    private static byte[] randomScalar(Random random) {
        byte[] scalar = new byte[32];
        random.nextBytes(scalar);
        return scalar;
    }

    @Test
    void arraysOfAnotherLengthAreRefused() {
        byte[] right = new byte[32];
        for (int length : new int[] {0, 31, 33}) {
            byte[] wrong = new byte[length];
            refused("a private key", wrong, () -> X25519.publicKey(wrong));
            refused("a private key", wrong, () -> X25519.sharedSecret(wrong, right, right));
            refused("a public key", wrong, () -> X25519.sharedSecret(right, wrong, right));
            refused("a shared secret", wrong, () -> X25519.sharedSecret(right, right, wrong));
        }
    }

    private static void refused(String what, byte[] wrong, Executable call) {
        assertEquals(
                what + " must have 32 bytes, not " + wrong.length,
                assertThrows(IllegalArgumentException.class, call).getMessage());
    }
}
