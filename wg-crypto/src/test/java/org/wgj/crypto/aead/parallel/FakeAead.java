// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.aead.parallel;

import org.wgj.crypto.PacketLayout;
import org.wgj.crypto.TransportAead;
import org.wgj.crypto.TransportKey;

/** An engine that calls a test for each run of packets that is sealed or opened. */
record FakeAead(Runs runs) implements TransportAead {
    interface Runs {
        void run(long firstCounter, int first, int count);
    }

    @Override
    public String name() {
        return "fake";
    }

    @Override
    public TransportKey key(byte[] key32) {
        return new Key(runs);
    }

    private record Key(Runs runs) implements TransportKey {
        @Override
        public void seal(long firstCounter, PacketLayout packets, int first, int count) {
            runs.run(firstCounter, first, count);
        }

        @Override
        public int open(
                long[] counters, PacketLayout packets, int first, int count, boolean[] opened) {
            runs.run(counters[first], first, count);
            return count;
        }

        @Override
        public void wipe() {}
    }
}
