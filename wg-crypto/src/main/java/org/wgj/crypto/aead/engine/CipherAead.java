// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.aead.engine;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import org.wgj.crypto.PacketLayout;
import org.wgj.crypto.TransportKey;
import org.wgj.crypto.secret.SecretBytes;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * ChaCha20-Poly1305 on a Cipher of the JDK, which every JVM has. It processes one packet at a time.
 *
 * <p>Each thread has a Cipher and an array. A packet is copied into the array, processed there and
 * copied out; the two copies of 1,440 bytes take about 25 ns of the 1,000 ns for a packet. Before a
 * call returns, it overwrites the used part of the array and makes the Cipher forget the key, so an
 * idle thread keeps nothing of a session.
 */
public final class CipherAead implements AeadEngine {
    /** The JDK's ChaCha20-Poly1305, named "cipher". */
    public static final CipherAead CIPHER = new CipherAead("cipher", JdkPacketCipher::new);

    /** The JDK's ChaCha20 and our plain Poly1305, named "stream". */
    public static final CipherAead STREAM = new CipherAead("stream", StreamPacketCipher::new);

    private final String name;

    /** Not private so that the test can look into it. */
    final ThreadLocal<Workspace> workspaces;

    private CipherAead(String name, Supplier<PacketCipher> cipher) {
        this.name = name;
        workspaces = ThreadLocal.withInitial(() -> new Workspace(cipher.get()));
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public TransportKey key(SecretBytes secret) {
        return new Key(workspaces, secret);
    }

    /** The Cipher and the array of one thread. */
    static final class Workspace {
        final PacketCipher cipher;
        byte[] buffer = new byte[2048]; // grows once, for the packets of a large MTU
        private int used;

        private Workspace(PacketCipher cipher) {
            this.cipher = cipher;
        }

        /** Copies a packet to the start of the buffer, with room for the tag behind it. */
        void copyIn(MemorySegment source, int offset, int length) {
            int needed = length + TransportKey.TAG_LENGTH;
            if (needed > buffer.length) {
                Arrays.fill(buffer, (byte) 0);
                buffer = new byte[MAX_PLAINTEXT_LENGTH + 2 * TransportKey.TAG_LENGTH];
            }
            used = Math.max(used, needed);
            MemorySegment.copy(source, JAVA_BYTE, offset, buffer, 0, length);
        }

        void copyOut(MemorySegment target, int offset, int length) {
            MemorySegment.copy(buffer, 0, target, JAVA_BYTE, offset, length);
        }

        void clear() {
            Arrays.fill(buffer, 0, used, (byte) 0);
            used = 0;
            cipher.forget();
        }
    }

    private record Key(ThreadLocal<Workspace> workspaces, SecretBytes secret)
            implements TransportKey {
        @Override
        public void seal(long firstCounter, PacketLayout packets, int first, int count) {
            int[] lengths = packets.lengths();
            Objects.checkFromIndexSize(first, count, lengths.length);
            Workspace workspace = workspaces.get();
            if (!workspace.cipher.load(secret)) {
                throw new IllegalStateException("this key has been wiped");
            }
            try {
                for (int i = first; i < first + count; i++) {
                    int length = AeadEngine.checkLength(lengths[i], MAX_PLAINTEXT_LENGTH);
                    workspace.copyIn(packets.source(), packets.sourceOffsets()[i], length);
                    workspace.cipher.seal(firstCounter + (i - first), workspace.buffer, length);
                    workspace.copyOut(
                            packets.target(), packets.targetOffsets()[i], length + TAG_LENGTH);
                }
            } finally {
                workspace.clear();
            }
        }

        @Override
        public int open(
                long[] counters, PacketLayout packets, int first, int count, boolean[] opened) {
            Objects.checkFromIndexSize(first, count, opened.length);
            Arrays.fill(opened, first, first + count, false);
            Workspace workspace = workspaces.get();
            if (!workspace.cipher.load(secret)) {
                return 0;
            }
            try {
                int[] lengths = packets.lengths();
                int authentic = 0;
                for (int i = first; i < first + count; i++) {
                    int length =
                            AeadEngine.checkLength(lengths[i], MAX_PLAINTEXT_LENGTH + TAG_LENGTH);
                    workspace.copyIn(packets.source(), packets.sourceOffsets()[i], length);
                    if (workspace.cipher.open(counters[i], workspace.buffer, length)) {
                        workspace.copyOut(
                                packets.target(), packets.targetOffsets()[i], length - TAG_LENGTH);
                        opened[i] = true;
                        authentic++;
                    }
                }
                return authentic;
            } finally {
                workspace.clear();
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
