// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.page;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * Values that are made anew at most once a second, and so that making them takes at most a quarter
 * of the time, however often they are asked for. While one is made, others get the one before,
 * unless that was due more than {@value #GRACE_S} s ago. Values that are not asked for any more are
 * dropped when another one is made. Thread-safe.
 */
final class Recent<K, V> {
    private static final long LEAST_NS = 1_000_000_000L;
    private static final int SHARE = 4;
    private static final int GRACE_S = 5;

    /** Makes a value. */
    @FunctionalInterface
    interface Maker<K, V> {
        V make(K key) throws IOException;
    }

    private record Made<V>(V value, long untilNs) {}

    private final Maker<K, V> maker;
    private final LongSupplier clock;
    private final Map<K, Made<V>> values = new ConcurrentHashMap<>();
    private final ReentrantLock making = new ReentrantLock();

    /**
     * @param clock nanoseconds from any origin
     */
    Recent(Maker<K, V> maker, LongSupplier clock) {
        this.maker = maker;
        this.clock = clock;
    }

    V get(K key) throws IOException {
        Made<V> made = values.get(key);
        if (made != null && (isFresh(made) || making.isLocked() && isGood(made))) {
            return made.value();
        }
        making.lock();
        try {
            made = values.get(key); // perhaps another thread has just made it
            return made != null && isFresh(made) ? made.value() : make(key);
        } finally {
            making.unlock();
        }
    }

    private boolean isFresh(Made<V> made) {
        return made.untilNs() - clock.getAsLong() > 0;
    }

    /** Returns whether it is not fresh, but better than to wait. */
    private boolean isGood(Made<V> made) {
        return made.untilNs() + GRACE_S * 1_000_000_000L - clock.getAsLong() > 0;
    }

    private V make(K key) throws IOException {
        long begunNs = clock.getAsLong();
        V value = maker.make(key);
        long nowNs = clock.getAsLong();
        values.values().removeIf(made -> !isFresh(made)); // they may be large
        long keepNs = Math.max(LEAST_NS, SHARE * (nowNs - begunNs));
        values.put(key, new Made<>(value, nowNs + keepNs));
        return value;
    }
}
