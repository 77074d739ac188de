// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.aead;

import org.wgj.crypto.PacketLayout;
import org.wgj.crypto.TransportAead;
import org.wgj.crypto.TransportKey;
import org.wgj.crypto.aead.engine.AeadEngine;
import org.wgj.crypto.secret.SecretBytes;

import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * An engine that starts as one engine and later continues as a faster one, also for the keys that
 * exist already. It searches for a faster engine once: when {@link #warmUp} is called, or else in a
 * pause after it has processed many packets.
 */
public final class AdaptiveAead implements AeadEngine {
    /** Packets after which a faster engine is worth the seconds that its compilation takes. */
    static final int SEARCH_AFTER_PACKETS = 50_000;

    /** A second with fewer packets is a pause. */
    private static final int FEW_PACKETS = 1_000;

    /**
     * A search fails on a machine that is too busy to compile the engine in time, and is worth
     * another attempt then.
     */
    private static final int MAX_SEARCHES = 3;

    /** The longest wait for a pause, in seconds. */
    private static final int MAX_WAIT_S = 20;

    private final AeadEngine initial;
    private final Supplier<Optional<AeadEngine>> search;
    private final AtomicBoolean searching = new AtomicBoolean();

    /**
     * Counted until the search is over, by several threads without synchronisation: an exact number
     * is not needed.
     */
    private int packets;

    /** Read with each batch, so that threads stop writing to one counter. */
    private volatile boolean over;

    private volatile AeadEngine engine;

    /**
     * Starts as one engine.
     *
     * @param initial the engine to start with
     * @param search returns a faster engine, if there is one; it may take long
     */
    public AdaptiveAead(AeadEngine initial, Supplier<Optional<AeadEngine>> search) {
        this.initial = initial;
        engine = initial;
        this.search = search;
    }

    private void count(int more) {
        if (over) {
            return;
        }
        packets += more;
        if (packets >= SEARCH_AFTER_PACKETS && searching.compareAndSet(false, true)) {
            Thread.ofPlatform().name("wgj-aead-search").daemon().start(this::searchInPause);
        }
    }

    private void searchInPause() {
        try {
            for (int i = 0; i < MAX_SEARCHES && engine == initial; i++) {
                awaitPause();
                search();
            }
        } finally {
            over = true;
        }
    }

    @Override
    public void warmUp() {
        if (searching.compareAndSet(false, true)) {
            try {
                search();
            } finally {
                over = true;
            }
        }
    }

    @Override
    public TransportAead rehearsal() {
        AdaptiveAead rehearsal = new AdaptiveAead(initial, Optional::empty);
        rehearsal.over = true;
        return rehearsal;
    }

    private void search() {
        search.get().ifPresent(faster -> engine = faster);
    }

    /**
     * Waits for a second with little traffic, at most {@value #MAX_WAIT_S} seconds: compiling
     * another engine takes processor time that traffic needs.
     */
    private void awaitPause() {
        int before;
        int seconds = 0;
        do {
            before = packets;
            LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(1));
        } while (packets - before >= FEW_PACKETS && ++seconds < MAX_WAIT_S);
    }

    @Override
    public int packets() {
        return packets;
    }

    @Override
    public String name() {
        return engine.name();
    }

    @Override
    public TransportKey key(SecretBytes secret) {
        return new Key(secret);
    }

    /** The key of one engine; its fields are final, so other threads see it complete. */
    private record EngineKey(AeadEngine engine, TransportKey key) {
        static EngineKey of(AeadEngine engine, SecretBytes secret) {
            return new EngineKey(engine, engine.key(secret));
        }
    }

    private final class Key implements TransportKey {
        private final SecretBytes secret;

        /** Renewed at the first use after a switch. Several threads may do so at once. */
        private EngineKey current;

        Key(SecretBytes secret) {
            this.secret = secret;
            current = EngineKey.of(engine, secret);
        }

        private TransportKey current(int count) {
            count(count);
            AeadEngine now = engine;
            EngineKey key = current;
            if (key.engine != now) {
                key = EngineKey.of(now, secret);
                current = key;
            }
            return key.key;
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
