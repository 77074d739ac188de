// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import org.wgj.crypto.PacketLayout;
import org.wgj.crypto.TransportAead;
import org.wgj.crypto.TransportKey;

import java.util.HashSet;
import java.util.Set;

/** Makes transport keys and remembers which have not been wiped yet. */
final class CountedKeys implements TransportAead {
    private final TransportAead engine = TransportAead.best();
    private final Set<TransportKey> alive = new HashSet<>();
    private int made;

    int alive() {
        return alive.size();
    }

    int made() {
        return made;
    }

    @Override
    public String name() {
        return engine.name();
    }

    @Override
    public TransportKey key(byte[] key32) {
        TransportKey key = new Counted(engine.key(key32));
        alive.add(key);
        made++;
        return key;
    }

    private final class Counted implements TransportKey {
        private final TransportKey key;

        Counted(TransportKey key) {
            this.key = key;
        }

        @Override
        public void seal(long firstCounter, PacketLayout packets, int first, int count) {
            key.seal(firstCounter, packets, first, count);
        }

        @Override
        public int open(
                long[] counters, PacketLayout packets, int first, int count, boolean[] opened) {
            return key.open(counters, packets, first, count, opened);
        }

        @Override
        public void wipe() {
            key.wipe();
            alive.remove(this);
        }
    }
}
