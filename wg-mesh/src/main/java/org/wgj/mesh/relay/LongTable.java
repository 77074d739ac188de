// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.relay;

import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Maps longs to objects. Open addressing with linear probing, and a secret in the hash, since other
 * machines choose a part of the keys. Looking up allocates nothing. Owned by one thread.
 *
 * @param <T> what the keys stand for
 */
final class LongTable<T> {
    private static final int SMALLEST = 16;

    private final long secret;
    private long[] keys = new long[SMALLEST];
    private Object[] values = new Object[SMALLEST];
    private int size;

    LongTable(long secret) {
        this.secret = secret;
    }

    int size() {
        return size;
    }

    /** Returns what a key stands for; null if nothing. */
    @SuppressWarnings("unchecked")
    T get(long key) {
        int mask = keys.length - 1;
        for (int slot = home(key) & mask; values[slot] != null; slot = slot + 1 & mask) {
            if (keys[slot] == key) {
                return (T) values[slot];
            }
        }
        return null;
    }

    /** Lets a key stand for a value, in place of another one. */
    void put(long key, T value) {
        int mask = keys.length - 1;
        int slot = home(key) & mask;
        while (values[slot] != null && keys[slot] != key) {
            slot = slot + 1 & mask;
        }
        if (values[slot] == null) {
            size++;
        }
        keys[slot] = key;
        values[slot] = value;
        if (size > keys.length / 2) {
            resize(keys.length * 2);
        }
    }

    /** Forgets a key; does nothing if it is not there. */
    void remove(long key) {
        int mask = keys.length - 1;
        for (int slot = home(key) & mask; values[slot] != null; slot = slot + 1 & mask) {
            if (keys[slot] == key) {
                removeAt(slot);
                return;
            }
        }
    }

    /** Calls an action for each value; it must not change the table. */
    @SuppressWarnings("unchecked")
    void forEach(Consumer<T> action) {
        for (Object value : values) {
            if (value != null) {
                action.accept((T) value);
            }
        }
    }

    /** Forgets the values that meet a condition, which must not change the table. */
    void removeIf(Predicate<T> condition) {
        for (int slot = 0; slot < keys.length; slot++) {
            @SuppressWarnings("unchecked")
            T value = (T) values[slot];
            if (value != null && condition.test(value)) {
                removeAt(slot--); // another value may have moved here
            }
        }
        if (keys.length > SMALLEST && size < keys.length / 8) {
            resize(Math.max(SMALLEST, keys.length / 2));
        }
    }

    /** Closes the gap, so that no later key of the same run becomes unreachable. */
    private void removeAt(int removed) {
        int mask = keys.length - 1;
        int gap = removed;
        for (int next = gap + 1 & mask; values[next] != null; next = next + 1 & mask) {
            int distance = next - home(keys[next]) & mask; // of this key from its home
            if (distance >= (next - gap & mask)) {
                keys[gap] = keys[next];
                values[gap] = values[next];
                gap = next;
            }
        }
        values[gap] = null;
        size--;
    }

    private void resize(int length) {
        long[] oldKeys = keys;
        Object[] oldValues = values;
        keys = new long[length];
        values = new Object[length];
        int mask = length - 1;
        for (int i = 0; i < oldKeys.length; i++) {
            if (oldValues[i] != null) {
                int slot = home(oldKeys[i]) & mask;
                while (values[slot] != null) {
                    slot = slot + 1 & mask;
                }
                keys[slot] = oldKeys[i];
                values[slot] = oldValues[i];
            }
        }
    }

    private int home(long key) {
        long mixed = (key ^ secret) * 0x9e37_79b9_7f4a_7c15L;
        mixed ^= mixed >>> 32;
        mixed *= 0xd6e8_feb8_6659_fd93L;
        return (int) (mixed >>> 32);
    }
}
