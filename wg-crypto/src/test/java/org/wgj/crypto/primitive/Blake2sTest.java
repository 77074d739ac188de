// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.primitive;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.wgj.crypto.TestVectors.counting;
import static org.wgj.crypto.TestVectors.hex;

import org.junit.jupiter.api.Test;
import org.wgj.crypto.TestVectors;

import java.util.Arrays;
import java.util.Random;

class Blake2sTest {
    @Test
    void allKnownAnswers() {
        int unkeyed = 0;
        int keyed = 0;
        for (String[] column : TestVectors.read("blake2s-known-answers.txt")) {
            byte[] input = counting(Integer.parseInt(column[0]));
            byte[] key = counting(Integer.parseInt(column[1]));
            String name = input.length + " bytes, key of " + key.length;
            byte[] hash = new Blake2s(key, 32).update(input).digest();
            assertEquals(column[2], hex(hash), name);
            if (key.length == 0) {
                assertArrayEquals(hash, Blake2s.hash(input), name);
                unkeyed++;
            } else {
                keyed++;
            }
        }
        assertEquals(256, unkeyed);
        assertEquals(256, keyed);
    }

    @Test
    void exampleOfRfc7693AppendixB() {
        assertEquals(
                "508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982",
                hex(Blake2s.hash(new byte[] {'a', 'b', 'c'})));
    }

    /** A hash over hashes of several output and input lengths, with and without a key. */
    @Test
    void selfTestOfRfc7693AppendixE() {
        Blake2s all = new Blake2s(32);
        for (int outputLength : new int[] {16, 20, 28, 32}) {
            for (int inputLength : new int[] {0, 3, 64, 65, 255, 1024}) {
                byte[] input = selfTestSequence(inputLength);
                byte[] key = selfTestSequence(outputLength);
                all.update(new Blake2s(outputLength).update(input).digest());
                all.update(new Blake2s(key, outputLength).update(input).digest());
            }
        }
        assertEquals(
                "6a411f08ce25adcdfb02aba641451cec53c598b24f4fc787fbdc88797f4c1dfe",
                hex(all.digest()));
    }

    private static byte[] selfTestSequence(int length) {
        byte[] sequence = new byte[length];
        int a = 0xdead4bad * length;
        int b = 1;
        for (int i = 0; i < length; i++) {
            int sum = a + b;
            a = b;
            b = sum;
            sequence[i] = (byte) (sum >>> 24);
        }
        return sequence;
    }

    @Test
    void inputInPiecesOfAnySizeHasTheSameHash() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int round = 0; round < 500; round++) {
            byte[] input = new byte[random.nextInt(400)];
            byte[] key = new byte[random.nextInt(33)];
            random.nextBytes(input);
            random.nextBytes(key);
            Blake2s inPieces = new Blake2s(key, 32);
            for (int at = 0, length; at < input.length; at += length) {
                length = Math.min(input.length - at, random.nextInt(130));
                inPieces.update(input, at, length);
            }
            byte[] whole = new Blake2s(key, 32).update(input).digest();
            assertArrayEquals(whole, inPieces.digest(), "seed " + seed);
        }
    }

    @Test
    void afterADigestTheNextHashHasTheSameKey() {
        byte[] key = counting(32);
        Blake2s blake2s = new Blake2s(key, 16);
        byte[] first = blake2s.update(counting(100)).digest();
        byte[] empty = blake2s.digest();
        assertArrayEquals(first, blake2s.update(counting(100)).digest());
        assertArrayEquals(new Blake2s(key, 16).digest(), empty);
        assertFalse(Arrays.equals(new Blake2s(16).digest(), empty), "the key was lost");
    }

    @Test
    void hashAndMacCoverTheConcatenation() {
        byte[] key = counting(32);
        byte[] whole = counting(150);
        byte[] head = Arrays.copyOf(whole, 70);
        byte[] tail = Arrays.copyOfRange(whole, 70, 150);
        assertArrayEquals(Blake2s.hash(whole), Blake2s.hash(head, new byte[0], tail));
        assertArrayEquals(Blake2s.mac(key, whole), Blake2s.mac(key, head, new byte[0], tail));
        assertArrayEquals(new Blake2s(key, 16).update(whole).digest(), Blake2s.mac(key, whole));
        assertEquals(16, Blake2s.mac(key).length);
        assertEquals(32, Blake2s.hash().length);
    }

    /** The output length enters the state, so a short hash is not a prefix of a long one. */
    @Test
    void eachOutputLengthIsADifferentHash() {
        for (int length = 1; length <= 32; length++) {
            byte[] hash = new Blake2s(length).update(counting(5)).digest();
            assertEquals(length, hash.length);
            if (length >= 8 && length < 32) {
                byte[] prefix = Arrays.copyOf(Blake2s.hash(counting(5)), length);
                assertFalse(Arrays.equals(prefix, hash));
            }
        }
    }

    @Test
    void theKeyIsCopied() {
        byte[] key = counting(32);
        Blake2s blake2s = new Blake2s(key, 32);
        Arrays.fill(key, (byte) 0);
        assertArrayEquals(new Blake2s(counting(32), 32).digest(), blake2s.digest());
        assertArrayEquals(new byte[32], key);
    }

    @Test
    void lengthsOutsideTheirRangesAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new Blake2s(0));
        assertThrows(IllegalArgumentException.class, () -> new Blake2s(33));
        assertThrows(IllegalArgumentException.class, () -> new Blake2s(new byte[33], 32));
        Blake2s blake2s = new Blake2s(32);
        byte[] ten = new byte[10];
        assertThrows(IndexOutOfBoundsException.class, () -> blake2s.update(ten, 8, 3));
        assertThrows(IndexOutOfBoundsException.class, () -> blake2s.update(ten, -1, 3));
    }

    @Test
    void aWipedHashRefusesEveryCall() {
        Blake2s blake2s = new Blake2s(counting(32), 16);
        blake2s.update(counting(10));
        blake2s.wipe();
        blake2s.wipe();
        assertThrows(IllegalStateException.class, blake2s::digest);
        assertThrows(IllegalStateException.class, () -> blake2s.update(new byte[1]));
    }
}
