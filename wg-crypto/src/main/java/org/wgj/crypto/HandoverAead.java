package org.wgj.crypto;

import java.lang.foreign.MemorySegment;

/** Begins with one engine and goes on with another, also with the keys that exist already. */
final class HandoverAead implements TransportAead {
    private final SharedKeyAead first;
    private volatile SharedKeyAead second; // null before handover

    HandoverAead(SharedKeyAead first) {
        this.first = first;
    }

    /** From any thread. */
    void handOver(SharedKeyAead second) {
        this.second = second;
    }

    @Override
    public String name() {
        SharedKeyAead now = second;
        return (now == null ? first : now).name();
    }

    @Override
    public TransportKey key(byte[] key32) {
        if (key32.length != ChaCha20Poly1305.KEY_LENGTH) {
            throw new IllegalArgumentException("a key has 32 bytes, not " + key32.length);
        }
        return new Key(SecretBytes.copyOf(key32));
    }

    private final class Key implements TransportKey {
        private final SecretBytes secret;
        private final TransportKey before;

        /** Set by whoever needs it first; two threads may both, to equal and immutable keys. */
        private TransportKey after;

        Key(SecretBytes secret) {
            this.secret = secret;
            before = first.key(secret);
        }

        private TransportKey now() {
            TransportKey now = after;
            if (now == null) {
                SharedKeyAead engine = second;
                if (engine == null) {
                    return before;
                }
                now = engine.key(secret);
                after = now;
            }
            return now;
        }

        @Override
        public void seal(
                long firstCounter,
                MemorySegment source,
                int[] sourceOffsets,
                int[] lengths,
                MemorySegment target,
                int[] targetOffsets,
                int first,
                int count) {
            now().seal(
                            firstCounter,
                            source,
                            sourceOffsets,
                            lengths,
                            target,
                            targetOffsets,
                            first,
                            count);
        }

        @Override
        public int open(
                long[] counters,
                MemorySegment source,
                int[] sourceOffsets,
                int[] lengths,
                MemorySegment target,
                int[] targetOffsets,
                int first,
                int count,
                boolean[] opened) {
            return now().open(
                            counters,
                            source,
                            sourceOffsets,
                            lengths,
                            target,
                            targetOffsets,
                            first,
                            count,
                            opened);
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
