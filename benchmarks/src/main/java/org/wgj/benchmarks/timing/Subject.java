package org.wgj.benchmarks.timing;

import org.wgj.crypto.ConstantTime;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.crypto.TransportAead;
import org.wgj.crypto.TransportKey;
import org.wgj.crypto.X25519;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;

/**
 * What is measured: something done to inputs of two classes, of which the first is always the same
 * or wrong at once, and the second is random or wrong at the end.
 */
interface Subject {
    /** Prepares the next input, into the same memory for both classes; not measured. */
    void prepare(boolean second);

    /** Measured. The result is of no use but to keep the compiler from leaving the work out. */
    int run();

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
        byte[] expected = new byte[16];
        byte[] given = new byte[16];
        return new Subject() {
            @Override
            public void prepare(boolean second) {
                random.nextBytes(expected);
                System.arraycopy(expected, 0, given, 0, given.length);
                given[second ? given.length - 1 : 0] ^= 1;
            }

            @Override
            public int run() {
                int equal = 0;
                for (int i = 0; i < 50; i++) {
                    equal += comparison.equal(expected, given) ? 1 : 0;
                }
                return equal;
            }
        };
    }

    /** The ladder, with one scalar or with random ones. */
    static Subject x25519(Random random) {
        PrivateKey fixed = PrivateKey.generate(random);
        PublicKey theirs = PrivateKey.generate(random).publicKey();
        byte[] shared = new byte[32];
        return new Subject() {
            private PrivateKey scalar;

            @Override
            public void prepare(boolean second) {
                PrivateKey drawn = PrivateKey.generate(random); // drawn for both, to be alike
                scalar = second ? drawn : fixed.copy();
            }

            @Override
            public int run() {
                return X25519.sharedSecret(scalar, theirs, shared) ? 1 : 0;
            }
        };
    }

    /** Sealing with one key and text or with random ones. */
    static Subject seal(Random random, TransportAead aead) {
        byte[] bytes = new byte[32];
        return new Packet(random) {
            private TransportKey key;

            @Override
            public void prepare(boolean second) {
                random.nextBytes(bytes);
                random.nextBytes(text);
                if (!second) {
                    Arrays.fill(bytes, (byte) 0);
                    Arrays.fill(text, (byte) 0);
                }
                key = aead.key(bytes);
                MemorySegment.copy(text, 0, packet, ValueLayout.JAVA_BYTE, 0, text.length);
            }

            @Override
            public int run() {
                key.seal(1, packet, at, textLength, packet, at, 0, 1);
                return 0;
            }
        };
    }

    /** Opening what has a wrong tag: wrong in the first byte or in the last. */
    static Subject open(Random random, TransportAead aead) {
        byte[] bytes = new byte[32];
        random.nextBytes(bytes);
        TransportKey key = aead.key(bytes);
        return new Packet(random) {
            @Override
            public void prepare(boolean second) {
                random.nextBytes(text);
                MemorySegment.copy(text, 0, packet, ValueLayout.JAVA_BYTE, 0, text.length);
                key.seal(1, packet, at, textLength, packet, at, 0, 1);
                long wrong = text.length + (second ? TransportKey.TAG_LENGTH - 1 : 0);
                packet.set(
                        ValueLayout.JAVA_BYTE,
                        wrong,
                        (byte) (packet.get(ValueLayout.JAVA_BYTE, wrong) ^ 1));
            }

            @Override
            public int run() {
                return key.open(counters, packet, at, sealedLength, packet, at, 0, 1, opened);
            }
        };
    }

    /** Room for one packet. */
    abstract class Packet implements Subject {
        final byte[] text = new byte[256];
        final MemorySegment packet =
                Arena.ofAuto().allocate(text.length + TransportKey.TAG_LENGTH, 64);
        final int[] at = {0};
        final int[] textLength = {text.length};
        final int[] sealedLength = {text.length + TransportKey.TAG_LENGTH};
        final long[] counters = {1};
        final boolean[] opened = new boolean[1];

        Packet(Random random) {
            random.nextBytes(text);
        }
    }
}
