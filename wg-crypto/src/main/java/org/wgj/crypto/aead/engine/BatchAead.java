// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.aead.engine;

import org.wgj.crypto.PacketLayout;
import org.wgj.crypto.TransportKey;
import org.wgj.crypto.secret.SecretBytes;

import java.util.Arrays;
import java.util.Objects;

/**
 * ChaCha20-Poly1305 of our own for transport data, made of one implementation of each half. Checks
 * arguments and keeps keys; a thread's {@link BatchWorkspace} does the rest.
 */
final class BatchAead implements AeadEngine {

    private final String name;
    private final ThreadLocal<BatchWorkspace> work;

    BatchAead(String name, ChaCha20Blocks chaCha20, Poly1305Tags poly1305) {
        this.name = name;
        work = ThreadLocal.withInitial(() -> new BatchWorkspace(chaCha20, poly1305));
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public TransportKey key(SecretBytes secret) {
        return new Key(work, secret);
    }

    /** What the calling thread works with, for the test that looks for secrets in it. */
    BatchWorkspace work() {
        return work.get();
    }

    private record Key(ThreadLocal<BatchWorkspace> work, SecretBytes secret)
            implements TransportKey {
        @Override
        public void seal(long firstCounter, PacketLayout packets, int first, int count) {
            int[] lengths = packets.lengths();
            Objects.checkFromIndexSize(first, count, lengths.length);
            for (int i = first; i < first + count; i++) {
                int length = AeadEngine.checkLength(lengths[i], MAX_PLAINTEXT_LENGTH);
                Objects.checkFromIndexSize(
                        packets.sourceOffsets()[i], length, packets.source().byteSize());
                Objects.checkFromIndexSize(
                        packets.targetOffsets()[i],
                        length + TAG_LENGTH,
                        packets.target().byteSize());
            }
            BatchWorkspace mine = work.get();
            if (!mine.load(secret)) {
                throw new IllegalStateException("this key has been wiped");
            }
            try {
                mine.seal(firstCounter, packets, first, count);
            } finally {
                mine.wipe();
            }
        }

        @Override
        public int open(
                long[] counters, PacketLayout packets, int first, int count, boolean[] opened) {
            Objects.checkFromIndexSize(first, count, opened.length);
            Objects.checkFromIndexSize(first, count, counters.length);
            Arrays.fill(opened, first, first + count, false);
            int[] lengths = packets.lengths();
            for (int i = first; i < first + count; i++) {
                int length = AeadEngine.checkLength(lengths[i], MAX_PLAINTEXT_LENGTH + TAG_LENGTH);
                Objects.checkFromIndexSize(
                        packets.sourceOffsets()[i], length, packets.source().byteSize());
                Objects.checkFromIndexSize(
                        packets.targetOffsets()[i],
                        Math.max(length - TAG_LENGTH, 0),
                        packets.target().byteSize());
            }
            BatchWorkspace mine = work.get();
            if (!mine.load(secret)) {
                return 0;
            }
            try {
                return mine.open(counters, packets, first, count, opened);
            } finally {
                mine.wipe();
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
