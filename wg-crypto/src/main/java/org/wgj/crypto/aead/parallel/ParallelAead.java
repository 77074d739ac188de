// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.aead.parallel;

import org.wgj.crypto.PacketLayout;
import org.wgj.crypto.TransportAead;
import org.wgj.crypto.TransportKey;

/**
 * An engine that lets a {@link WorkerPool} help with large batches. A call returns when the whole
 * batch is done, so the caller keeps the order of packets and the ownership of its buffers. Small
 * batches and single packets stay in the calling thread.
 *
 * <p>If a key is wiped during a call, parts that have begun finish with the true key and the other
 * parts are refused. Sealing then throws for the whole batch; opening reports each packet.
 */
public final class ParallelAead implements TransportAead {
    private final TransportAead engine;
    private final WorkerPool workers;
    private final ThreadLocal<ParallelBatch> batches;

    /**
     * Makes an engine that works with a pool.
     *
     * @param engine processes the parts
     * @param workers the threads that help
     */
    public ParallelAead(TransportAead engine, WorkerPool workers) {
        this.engine = engine;
        this.workers = workers;
        batches = ThreadLocal.withInitial(() -> new ParallelBatch(workers.count()));
    }

    @Override
    public String name() {
        return engine.name();
    }

    @Override
    public void warmUp() {
        engine.warmUp();
    }

    @Override
    public TransportAead rehearsal() {
        return new ParallelAead(engine.rehearsal(), workers);
    }

    @Override
    public int packets() {
        return engine.packets();
    }

    @Override
    public int workers() {
        return workers.count();
    }

    @Override
    public TransportKey key(byte[] key32) {
        return new Key(engine.key(key32));
    }

    private final class Key implements TransportKey {
        private final TransportKey key;

        Key(TransportKey key) {
            this.key = key;
        }

        @Override
        public void seal(long firstCounter, PacketLayout packets, int first, int count) {
            ParallelBatch batch = batches.get();
            int parts = cut(batch, packets, first, count);
            if (parts == 1) {
                key.seal(firstCounter, packets, first, count);
                return;
            }
            batch.seal(key, firstCounter, packets);
            workers.run(batch, parts);
            batch.finish(parts);
        }

        @Override
        public int open(
                long[] counters, PacketLayout packets, int first, int count, boolean[] opened) {
            ParallelBatch batch = batches.get();
            int parts = cut(batch, packets, first, count);
            if (parts == 1) {
                return key.open(counters, packets, first, count, opened);
            }
            batch.open(key, counters, packets, opened);
            workers.run(batch, parts);
            return batch.finish(parts);
        }

        private int cut(ParallelBatch batch, PacketLayout packets, int first, int count) {
            return workers.canAccess(packets.source()) && workers.canAccess(packets.target())
                    ? batch.cut(packets.lengths(), first, count)
                    : 1;
        }

        @Override
        public void wipe() {
            key.wipe();
        }

        @Override
        public String toString() {
            return "(transport key)";
        }
    }
}
