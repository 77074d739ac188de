// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.primitive;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.wgj.crypto.TestVectors.counting;
import static org.wgj.crypto.TestVectors.hex;

import org.bouncycastle.crypto.digests.Blake2sDigest;
import org.bouncycastle.crypto.generators.HKDFBytesGenerator;
import org.bouncycastle.crypto.macs.HMac;
import org.bouncycastle.crypto.params.HKDFParameters;
import org.bouncycastle.crypto.params.KeyParameter;
import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.Random;

class KdfTest {
    /**
     * The known answers of the tests of wireguard-go. HMAC pads a key with zeros, so their keys may
     * be padded to 32 bytes.
     */
    @Test
    void knownAnswersOfAnotherImplementation() {
        String[][] cases = {
            {
                "746573742d6b6579",
                "746573742d696e707574",
                "6f0e5ad38daba1bea8a0d213688736f19763239305e0f58aba697f9ffc41c633",
                "df1194df20802a4fe594cde27e92991c8cae66c366e8106aaa937a55fa371e8a",
                "fac6e2745a325f5dc5d11a5b165aad08b0ada28e7b4e666b7c077934a4d76c24"
            },
            {
                "776972656775617264",
                "776972656775617264",
                "491d43bbfdaa8750aaf535e334ecbfe5129967cd64635101c566d4caefda96e8",
                "1e71a379baefd8a79aa4662212fcafe19a23e2b609a3db7d6bcba8f560e3d25f",
                "31e1ae48bddfbe5de38f295e5452b1909a1b4e38e183926af3780b0c1e1f0160"
            },
            {
                "",
                "",
                "8387b46bf43eccfcf349552a095d8315c4055beb90208fb1be23b894bc2ed5d0",
                "58a0e5f6faefccf4807bff1f05fa8a9217945762040bcec2f4b4a62bdfe0e86e",
                "0ce6ea98ec548f8e281e93e32db65621c45eb18dc6f0a7ad94178610a2f7338e"
            },
        };
        for (String[] expected : cases) {
            byte[] chainingKey = Arrays.copyOf(hex(expected[0]), 32);
            byte[] input = hex(expected[1]);
            byte[][] out = {new byte[32], new byte[32], new byte[32]};

            assertEquals(expected[2], hex(Kdf.kdf1(chainingKey, input)));
            Kdf.kdf2(chainingKey, input, out[0], out[1]);
            assertEquals(expected[2] + expected[3], hex(out[0]) + hex(out[1]));
            Kdf.kdf3(chainingKey, input, out[0], out[1], out[2]);
            assertEquals(
                    expected[2] + expected[3] + expected[4],
                    hex(out[0]) + hex(out[1]) + hex(out[2]));
        }
    }

    @Test
    void hmacAgreesWithBouncyCastleForKeysAndMessagesOfAnyLength() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int keyLength = 0; keyLength <= 130; keyLength++) {
            byte[] key = new byte[keyLength];
            byte[] message = new byte[random.nextInt(300)];
            random.nextBytes(key);
            random.nextBytes(message);
            HMac twin = new HMac(new Blake2sDigest(256));
            twin.init(new KeyParameter(key));
            twin.update(message, 0, message.length);
            byte[] expected = new byte[32];
            twin.doFinal(expected, 0);
            int cut = random.nextInt(message.length + 1);
            byte[] head = Arrays.copyOf(message, cut);
            byte[] tail = Arrays.copyOfRange(message, cut, message.length);
            assertArrayEquals(expected, Kdf.hmac(key, head, tail), "seed " + seed);
        }
    }

    @Test
    void kdf3IsHkdfWithoutAnInfoString() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int inputLength : new int[] {0, 1, 31, 32, 33, 64, 100}) {
            byte[] chainingKey = new byte[32];
            byte[] input = new byte[inputLength];
            random.nextBytes(chainingKey);
            random.nextBytes(input);
            HKDFBytesGenerator twin = new HKDFBytesGenerator(new Blake2sDigest(256));
            twin.init(new HKDFParameters(input, chainingKey, null));
            byte[] expected = new byte[96];
            twin.generateBytes(expected, 0, 96);

            byte[][] out = {new byte[32], new byte[32], new byte[32]};
            Kdf.kdf3(chainingKey, input, out[0], out[1], out[2]);
            assertEquals(hex(expected), hex(out[0]) + hex(out[1]) + hex(out[2]), "seed " + seed);
        }
    }

    @Test
    void anOutputMayBeTheArrayOfTheChainingKeyOrOfTheInput() {
        byte[] input = counting(32);
        byte[][] expected = {new byte[32], new byte[32], new byte[32]};
        Kdf.kdf3(counting(32), input, expected[0], expected[1], expected[2]);
        for (int aliased = 0; aliased < 3; aliased++) {
            byte[][] out = {new byte[32], new byte[32], new byte[32]};
            byte[] chainingKey = counting(32);
            out[aliased] = chainingKey;
            Kdf.kdf3(chainingKey, input, out[0], out[1], out[2]);
            for (int i = 0; i < 3; i++) {
                assertArrayEquals(expected[i], out[i]);
            }
        }
        byte[] chainingKey = counting(32);
        byte[] secret = counting(32);
        Kdf.kdf2(chainingKey, secret, secret, chainingKey);
        assertArrayEquals(expected[0], secret);
        assertArrayEquals(expected[1], chainingKey);
    }

    @Test
    void inputsAreNotChanged() {
        byte[] chainingKey = counting(32);
        byte[] input = counting(40);
        Kdf.kdf2(chainingKey, input, new byte[32], new byte[32]);
        Kdf.hmac(input, chainingKey);
        assertArrayEquals(counting(32), chainingKey);
        assertArrayEquals(counting(40), input);
    }

    @Test
    void otherLengthsAreRefusedBeforeAnythingIsWritten() {
        byte[] key = counting(32);
        byte[] out = new byte[32];
        byte[] wrong = new byte[31];
        assertThrows(IllegalArgumentException.class, () -> Kdf.kdf1(wrong, key));
        assertThrows(IllegalArgumentException.class, () -> Kdf.kdf2(key, key, out, wrong));
        assertThrows(IllegalArgumentException.class, () -> Kdf.kdf3(key, key, out, out, wrong));
        assertArrayEquals(new byte[32], out);
    }
}
