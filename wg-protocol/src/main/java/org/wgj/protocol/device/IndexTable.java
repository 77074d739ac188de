// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import org.wgj.protocol.session.Keypair;

import java.util.function.IntPredicate;
import java.util.random.RandomGenerator;

/**
 * Maps the 32-bit indices by which peers address us to the handshake or session that each stands
 * for.
 *
 * <p>Indices are random: a guess hits one of n indices with a chance of n in 2^32, and the attacker
 * still lacks the key. Open addressing with linear probing on the index itself, which is as random
 * as a hash. Owned by the device's thread.
 */
final class IndexTable {
    /** The meaning of an index: a session, or a handshake if there is no keypair. */
    record Entry(Peer peer, Keypair keypair) {}

    /** The number of random indices that may turn out reserved before one is used all the same. */
    private static final int TRIES = 100;

    private final RandomGenerator random;
    private IntPredicate reserved = index -> false;
    private int[] indices = new int[16];
    private Entry[] entries = new Entry[16];
    private int size;

    IndexTable(RandomGenerator random) {
        this.random = random;
    }

    /** Sets which indices others use on the same port. */
    void reserve(IntPredicate reserved) {
        this.reserved = reserved;
    }

    /** Returns a new index for a handshake with a peer. */
    int allocate(Peer peer) {
        if (size >= indices.length / 2) {
            grow();
        }
        int index = random.nextInt();
        for (int tries = 0;
                lookup(index) != null || tries < TRIES && reserved.test(index);
                tries++) {
            index = random.nextInt();
        }
        put(index, new Entry(peer, null));
        size++;
        return index;
    }

    /** Changes what an index stands for. */
    void replace(int index, Entry entry) {
        entries[slotOf(index)] = entry;
    }

    /** Returns what an index stands for; null if it is not in use. */
    Entry lookup(int index) {
        int slot = slotOf(index);
        return slot < 0 ? null : entries[slot];
    }

    /** Frees an index. Does nothing if it is not in use. */
    void release(int index) {
        int slot = slotOf(index);
        if (slot < 0) {
            return;
        }
        size--;
        entries[slot] = null;
        // Close the gap, so that no later entry of the same run becomes unreachable.
        int mask = indices.length - 1;
        for (int next = slot + 1 & mask; entries[next] != null; next = next + 1 & mask) {
            Entry moved = entries[next];
            entries[next] = null;
            put(indices[next], moved);
        }
    }

    int size() {
        return size;
    }

    private int slotOf(int index) {
        int mask = indices.length - 1;
        for (int slot = index & mask; entries[slot] != null; slot = slot + 1 & mask) {
            if (indices[slot] == index) {
                return slot;
            }
        }
        return -1;
    }

    private void put(int index, Entry entry) {
        int mask = indices.length - 1;
        int slot = index & mask;
        while (entries[slot] != null) {
            slot = slot + 1 & mask;
        }
        indices[slot] = index;
        entries[slot] = entry;
    }

    private void grow() {
        int[] oldIndices = indices;
        Entry[] oldEntries = entries;
        indices = new int[oldIndices.length * 2];
        entries = new Entry[oldIndices.length * 2];
        for (int slot = 0; slot < oldIndices.length; slot++) {
            if (oldEntries[slot] != null) {
                put(oldIndices[slot], oldEntries[slot]);
            }
        }
    }
}
