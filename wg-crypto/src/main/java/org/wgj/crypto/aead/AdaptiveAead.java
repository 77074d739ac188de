// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.aead;

import org.wgj.crypto.PacketLayout;
import org.wgj.crypto.TransportKey;
import org.wgj.crypto.aead.engine.AeadEngine;
import org.wgj.crypto.secret.SecretBytes;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * An engine that starts as one engine and later continues as a faster one, also for the keys that
 * exist already. It searches for the faster engine once: when {@link #warmUp} is called, or else
 * when it has processed some packets.
 */
public final class AdaptiveAead implements AeadEngine {
    /** Packets after which the search for a faster engine is worthwhile. */
    private static final int SEARCH_AFTER_PACKETS = 2_000;

    private final AeadEngine initial;
    private final Supplier<AeadEngine> search;
    private final AtomicBoolean searching = new AtomicBoolean();

    /** Counted by several threads without synchronisation: an exact number is not needed. */
    private int packets;

    private volatile AeadEngine replacement; // null until the search has found one

    /**
     * Starts as one engine.
     *
     * @param initial the engine to start with
     * @param search finds the engine to continue with; may take long; returns {@code initial} if
     *     there is no better one
     */
    public AdaptiveAead(AeadEngine initial, Supplier<AeadEngine> search) {
        this.initial = initial;
        this.search = search;
    }

    private void count(int more) {
        packets += more;
        if (packets >= SEARCH_AFTER_PACKETS && searching.compareAndSet(false, true)) {
            Thread.ofPlatform().name("wgj-aead-search").daemon().start(this::search);
        }
    }

    @Override
    public void warmUp() {
        if (searching.compareAndSet(false, true)) {
            search();
        }
    }

    private void search() {
        AeadEngine found = search.get();
        if (found != initial) {
            replacement = found;
        }
    }

    @Override
    public String name() {
        AeadEngine found = replacement;
        return (found == null ? initial : found).name();
    }

    @Override
    public TransportKey key(SecretBytes secret) {
        return new Key(secret);
    }

    private final class Key implements TransportKey {
        private final SecretBytes secret;
        private final TransportKey initialKey;

        /**
         * Null until the first use after the switch. Two threads may both set it; their keys are
         * immutable and equal.
         */
        private TransportKey replacementKey;

        Key(SecretBytes secret) {
            this.secret = secret;
            initialKey = initial.key(secret);
        }

        private TransportKey current(int count) {
            TransportKey key = replacementKey;
            if (key == null) {
                AeadEngine engine = replacement;
                if (engine == null) {
                    count(count);
                    return initialKey;
                }
                key = engine.key(secret);
                replacementKey = key;
            }
            return key;
        }

        @Override
        public void seal(long firstCounter, PacketLayout packets, int first, int count) {
            current(count).seal(firstCounter, packets, first, count);
        }

        @Override
        public int open(
                long[] counters, PacketLayout packets, int first, int count, boolean[] opened) {
            return current(count).open(counters, packets, first, count, opened);
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
