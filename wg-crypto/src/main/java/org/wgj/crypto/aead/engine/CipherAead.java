// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.aead.engine;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import org.wgj.crypto.PacketLayout;
import org.wgj.crypto.TransportKey;
import org.wgj.crypto.secret.JdkCipher;
import org.wgj.crypto.secret.SecretBytes;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Objects;

/**
 * Transport data by the JDK's Cipher: everywhere available, one packet at a time.
 *
 * <p>Each thread has a Cipher and an array that a packet is copied into, worked on and copied out
 * of; two copies of 1,440 bytes cost some 25 ns of the packet's 1,000. The array is overwritten as
 * far as it was used, and the Cipher forgets the key, before a call returns, so a thread that waits
 * keeps nothing of a session.
 */
public final class CipherAead implements AeadEngine {
    public static final CipherAead INSTANCE = new CipherAead();

    private static final byte[] NO_ASSOCIATED_DATA = new byte[0];

    /** For this class and its test. */
    static final ThreadLocal<Lane> LANES = ThreadLocal.withInitial(Lane::new);

    private CipherAead() {}

    @Override
    public String name() {
        return "cipher";
    }

    @Override
    public TransportKey key(SecretBytes secret) {
        return new Key(secret);
    }

    /** What one thread works with. */
    static final class Lane {
        final JdkCipher cipher = new JdkCipher();
        byte[] buffer = new byte[2048]; // grows once, for packets that only a large MTU brings
        private int used;

        /** Brings a packet in; afterwards buffer holds it with room for the tag. */
        void take(MemorySegment source, int offset, int length) {
            int needed = length + TransportKey.TAG_LENGTH;
            if (needed > buffer.length) {
                Arrays.fill(buffer, (byte) 0);
                buffer = new byte[MAX_PLAINTEXT_LENGTH + 2 * TransportKey.TAG_LENGTH];
            }
            used = Math.max(used, needed);
            MemorySegment.copy(source, JAVA_BYTE, offset, buffer, 0, length);
        }

        void give(MemorySegment target, int offset, int length) {
            MemorySegment.copy(buffer, 0, target, JAVA_BYTE, offset, length);
        }

        void clear() {
            Arrays.fill(buffer, 0, used, (byte) 0);
            used = 0;
            cipher.forget();
        }
    }

    private record Key(SecretBytes secret) implements TransportKey {
        @Override
        public void seal(long firstCounter, PacketLayout packets, int first, int count) {
            int[] lengths = packets.lengths();
            Objects.checkFromIndexSize(first, count, lengths.length);
            Lane lane = LANES.get();
            if (!lane.cipher.load(secret)) {
                throw new IllegalStateException("this key has been wiped");
            }
            try {
                for (int i = first; i < first + count; i++) {
                    int length = AeadEngine.checkLength(lengths[i], MAX_PLAINTEXT_LENGTH);
                    lane.take(packets.source(), packets.sourceOffsets()[i], length);
                    byte[] nonce = JdkCipher.nonce(firstCounter + (i - first));
                    lane.cipher.seal(nonce, NO_ASSOCIATED_DATA, lane.buffer, length);
                    lane.give(packets.target(), packets.targetOffsets()[i], length + TAG_LENGTH);
                }
            } finally {
                lane.clear();
            }
        }

        @Override
        public int open(
                long[] counters, PacketLayout packets, int first, int count, boolean[] opened) {
            Objects.checkFromIndexSize(first, count, opened.length);
            Arrays.fill(opened, first, first + count, false);
            Lane lane = LANES.get();
            if (!lane.cipher.load(secret)) {
                return 0;
            }
            try {
                int[] lengths = packets.lengths();
                int authentic = 0;
                for (int i = first; i < first + count; i++) {
                    int length =
                            AeadEngine.checkLength(lengths[i], MAX_PLAINTEXT_LENGTH + TAG_LENGTH);
                    lane.take(packets.source(), packets.sourceOffsets()[i], length);
                    byte[] nonce = JdkCipher.nonce(counters[i]);
                    if (lane.cipher.open(nonce, NO_ASSOCIATED_DATA, lane.buffer, length)) {
                        lane.give(
                                packets.target(), packets.targetOffsets()[i], length - TAG_LENGTH);
                        opened[i] = true;
                        authentic++;
                    }
                }
                return authentic;
            } finally {
                lane.clear();
            }
        }

        @Override
        public void wipe() {
            secret.wipe();
        }

        @Override
        public String toString() {
            return "(transport key)";
        }
    }
}
