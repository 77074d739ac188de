// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.timing;

import org.wgj.crypto.PacketLayout;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.TransportAead;
import org.wgj.crypto.TransportKey;
import org.wgj.crypto.primitive.ConstantTime;
import org.wgj.crypto.primitive.X25519;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;

/**
 * A measured operation on inputs of two classes. The first class is always the same or wrong at
 * once, and the second is random or wrong at the end.
 *
 * <p>Many inputs are prepared before the first of them is measured. Right before, that would leave
 * its trace, a store or a branch, in the processor, and the two classes different ones: a
 * nanosecond, and a t of 40.
 */
interface Subject {
    /** The number of inputs that are prepared at a time. */
    int INPUTS = 100;

    /**
     * Prepares one of the inputs; not measured.
     *
     * @param input 0 to {@link #INPUTS} - 1
     */
    void prepare(int input, boolean second);

    /** Measured. The result is of no use but to keep the compiler from leaving the work out. */
    int run(int input);

    /** Finds the first difference and returns: what must not be done, and must be noticed. */
    static Subject leakyComparison(Random random) {
        return comparison(
                random,
                (a, b) -> {
                    for (int i = 0; i < a.length; i++) {
                        if (a[i] != b[i]) {
                            return false;
                        }
                    }
                    return true;
                });
    }

    /** As tags of handshake messages, mac1 and mac2 are compared. */
    static Subject constantTimeComparison(Random random) {
        return comparison(random, ConstantTime::equal);
    }

    /** A way to compare. */
    interface Comparison {
        boolean equal(byte[] a, byte[] b);
    }

    private static Subject comparison(Random random, Comparison comparison) {
        byte[][] expected = new byte[INPUTS][16];
        byte[][] given = new byte[INPUTS][16];
        return new Subject() {
            @Override
            public void prepare(int input, boolean second) {
                random.nextBytes(expected[input]);
                System.arraycopy(expected[input], 0, given[input], 0, 16);
                given[input][second ? 15 : 0] ^= 1;
            }

            @Override
            public int run(int input) {
                int equal = 0;
                for (int i = 0; i < 50; i++) {
                    equal += comparison.equal(expected[input], given[input]) ? 1 : 0;
                }
                return equal;
            }
        };
    }

    /** The ladder, with one scalar or with random ones. */
    static Subject x25519(Random random) {
        PrivateKey fixed = PrivateKey.generate(random);
        byte[] theirs = PrivateKey.generate(random).publicKey().bytes();
        byte[] shared = new byte[32];
        return new Subject() {
            private final byte[][] scalars = new byte[INPUTS][];

            @Override
            public void prepare(int input, boolean second) {
                scalars[input] = (second ? PrivateKey.generate(random) : fixed).bytes();
            }

            @Override
            public int run(int input) {
                return X25519.sharedSecret(scalars[input], theirs, shared) ? 1 : 0;
            }
        };
    }

    /** Sealing with one key and text or with random ones. */
    static Subject seal(Random random, TransportAead aead) {
        byte[] drawn = new byte[32];
        byte[] fixed = new byte[32]; // but not zeros, which the JDK's Cipher is left with each time
        random.nextBytes(fixed);
        return new Packets() {
            private final TransportKey[] keys = new TransportKey[INPUTS];
            private long counter; // that Cipher compares key and nonce with those before

            @Override
            public void prepare(int input, boolean second) {
                random.nextBytes(drawn);
                random.nextBytes(text);
                if (!second) {
                    Arrays.fill(text, (byte) 0);
                }
                keys[input] = aead.key(second ? drawn : fixed);
                putText(input);
            }

            @Override
            public int run(int input) {
                keys[input].seal(counter++, toSeal, input, 1);
                return 0;
            }
        };
    }

    /** Opening what has a wrong tag: wrong in the first byte or in the last. */
    static Subject open(Random random, TransportAead aead) {
        byte[] bytes = new byte[32];
        random.nextBytes(bytes);
        TransportKey key = aead.key(bytes);
        return new Packets() {
            @Override
            public void prepare(int input, boolean second) {
                random.nextBytes(text);
                putText(input);
                key.seal(1, toSeal, input, 1);
                long wrong = at[input] + text.length + (second ? TransportKey.TAG_LENGTH - 1 : 0);
                packets.set(
                        ValueLayout.JAVA_BYTE,
                        wrong,
                        (byte) (packets.get(ValueLayout.JAVA_BYTE, wrong) ^ 1));
            }

            @Override
            public int run(int input) {
                return key.open(counters, toOpen, input, 1, opened);
            }
        };
    }

    /** Room for a packet of each input. */
    abstract class Packets implements Subject {
        private static final int ROOM = 320; // whole cache lines

        final byte[] text = new byte[256];
        final MemorySegment packets = Arena.ofAuto().allocate(INPUTS * ROOM, 64);
        final int[] at = new int[INPUTS];
        final int[] textLength = new int[INPUTS];
        final int[] sealedLength = new int[INPUTS];
        final PacketLayout toSeal = PacketLayout.inPlace(packets, at, textLength);
        final PacketLayout toOpen = PacketLayout.inPlace(packets, at, sealedLength);
        final long[] counters = new long[INPUTS];
        final boolean[] opened = new boolean[INPUTS];

        Packets() {
            Arrays.setAll(at, input -> input * ROOM);
            Arrays.fill(textLength, text.length);
            Arrays.fill(sealedLength, text.length + TransportKey.TAG_LENGTH);
            Arrays.fill(counters, 1);
        }

        final void putText(int input) {
            MemorySegment.copy(text, 0, packets, ValueLayout.JAVA_BYTE, at[input], text.length);
        }
    }
}
