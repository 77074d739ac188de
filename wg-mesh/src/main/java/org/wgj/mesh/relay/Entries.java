// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.relay;

import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * The destinations of datagrams, by the sending member and the receiver index. Two members may use
 * one index in datagrams to the relay for different destinations: the key is both, the member and
 * the index. Looking up allocates nothing. Owned by the relay's thread.
 */
final class Entries {
    /** Datagrams from one member with one receiver index. */
    static final class Entry {
        /** The member that may send them. */
        final Party from;

        /** The member that gets them, which has chosen the index. */
        final Party to;

        final int index;

        /** The member whose initiation caused the entry. */
        final Party cause;

        final long expiresNs;

        /** True if both have answered; otherwise only a response or a cookie reply may come. */
        final boolean session;

        /** Cookie replies forwarded. */
        int cookies;

        private Entry sameIndex;

        Entry(Party from, Party to, int index, Party cause, boolean session, long expiresNs) {
            this.from = from;
            this.to = to;
            this.index = index;
            this.cause = cause;
            this.session = session;
            this.expiresNs = expiresNs;
        }
    }

    private final LongTable<Entry> entries;

    /** The first of the entries of each index, chained by {@link Entry#sameIndex}. */
    private final LongTable<Entry> byIndex;

    private int halves;

    Entries(long secret) {
        entries = new LongTable<>(secret);
        byIndex = new LongTable<>(~secret);
    }

    int size() {
        return entries.size();
    }

    int halves() {
        return halves;
    }

    /** Returns the entry of a member and an index; null if there is none or it has expired. */
    Entry find(Party from, int index, long nowNs) {
        Entry entry = entries.get(key(from, index));
        return entry == null || entry.expiresNs <= nowNs ? null : entry;
    }

    /** Returns an entry of any member with this index; null if there is none. */
    Entry anyWith(int index, long nowNs) {
        Entry entry = byIndex.get(index);
        while (entry != null && entry.expiresNs <= nowNs) {
            entry = entry.sameIndex;
        }
        return entry;
    }

    /** Returns whether an entry has this index, which may have expired. */
    boolean has(int index) {
        return byIndex.get(index) != null;
    }

    /** Adds an entry in place of the one with its member and index. */
    void add(Entry entry) {
        long key = key(entry.from, entry.index);
        Entry before = entries.get(key);
        if (before != null) {
            release(before);
        }
        entries.put(key, entry);
        entry.sameIndex = byIndex.get(entry.index);
        byIndex.put(entry.index, entry);
        count(entry, 1);
    }

    /** Calls an action for each entry; it must not add or remove any. */
    void forEach(Consumer<Entry> action) {
        entries.forEach(action);
    }

    /** Removes the entries that meet a condition. */
    void removeIf(Predicate<Entry> condition) {
        entries.removeIf(
                entry -> {
                    boolean removed = condition.test(entry);
                    if (removed) {
                        release(entry);
                    }
                    return removed;
                });
    }

    private void release(Entry entry) {
        count(entry, -1);
        Entry first = byIndex.get(entry.index);
        if (first != entry) {
            Entry before = first;
            while (before.sameIndex != entry) {
                before = before.sameIndex;
            }
            before.sameIndex = entry.sameIndex;
        } else if (entry.sameIndex != null) {
            byIndex.put(entry.index, entry.sameIndex);
        } else {
            byIndex.remove(entry.index);
        }
    }

    private void count(Entry entry, int change) {
        entry.cause.entries += change;
        if (!entry.session) {
            entry.cause.halves += change;
            halves += change;
        }
    }

    private static long key(Party from, int index) {
        return (long) from.number << 32 | index & 0xffff_ffffL;
    }
}
