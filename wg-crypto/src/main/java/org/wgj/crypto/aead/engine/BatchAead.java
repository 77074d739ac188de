// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.aead.engine;

import org.wgj.crypto.PacketLayout;
import org.wgj.crypto.TransportKey;
import org.wgj.crypto.secret.SecretBytes;

import java.util.Arrays;
import java.util.Objects;

/**
 * Our own ChaCha20-Poly1305 for transport data, composed of an implementation of each half. This
 * class checks the arguments and holds the keys; the {@link BatchWorkspace} of the thread does the
 * work.
 */
final class BatchAead implements AeadEngine {
    private final String name;
    private final ThreadLocal<BatchWorkspace> workspaces;

    BatchAead(String name, ChaCha20Blocks chaCha20, Poly1305Tags poly1305) {
        this.name = name;
        workspaces = ThreadLocal.withInitial(() -> new BatchWorkspace(chaCha20, poly1305));
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public TransportKey key(SecretBytes secret) {
        return new Key(workspaces, secret);
    }

    /** Returns the workspace of the calling thread, for the test that looks for secrets in it. */
    BatchWorkspace workspace() {
        return workspaces.get();
    }

    private record Key(ThreadLocal<BatchWorkspace> workspaces, SecretBytes secret)
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
            BatchWorkspace workspace = workspaces.get();
            if (!workspace.load(secret)) {
                throw new IllegalStateException("this key has been wiped");
            }
            try {
                workspace.seal(firstCounter, packets, first, count);
            } finally {
                workspace.wipe();
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
            BatchWorkspace workspace = workspaces.get();
            if (!workspace.load(secret)) {
                return 0;
            }
            try {
                return workspace.open(counters, packets, first, count, opened);
            } finally {
                workspace.wipe();
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
