// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.aead;

import org.wgj.crypto.PacketLayout;
import org.wgj.crypto.TransportKey;
import org.wgj.crypto.aead.engine.AeadEngine;
import org.wgj.crypto.secret.SecretBytes;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * An engine that starts as one engine and later continues as faster ones, also for the keys that
 * exist already. It searches for faster engines once: when {@link #warmUp} is called, or else when
 * it has processed some packets.
 *
 * <p>The search decides which engines are tried: it calls {@link #takeOver} for each that is
 * faster, and may call {@link #awaitPause} before it has the next one compiled.
 */
public final class AdaptiveAead implements AeadEngine {
    /** Packets after which the search for a faster engine is worthwhile. */
    private static final int SEARCH_AFTER_PACKETS = 2_000;

    /** A second with fewer packets is a pause. */
    private static final int FEW_PACKETS = 1_000;

    /** The longest wait for a pause, in seconds. */
    private static final int MAX_WAIT_S = 20;

    private final AeadEngine initial;
    private final Consumer<AdaptiveAead> search;
    private final AtomicBoolean searching = new AtomicBoolean();

    /** Open when the search has found an engine or has ended. */
    private final CountDownLatch first = new CountDownLatch(1);

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
     * @param search tries other engines in the calling thread, which may take long
     */
    public AdaptiveAead(AeadEngine initial, Consumer<AdaptiveAead> search) {
        this.initial = initial;
        engine = initial;
        this.search = search;
    }

    private void count(int more) {
        if (over) {
            return;
        }
        packets += more;
        if (engine == initial && packets >= SEARCH_AFTER_PACKETS) {
            startSearch();
        }
    }

    private void startSearch() {
        if (searching.compareAndSet(false, true)) {
            Thread.ofPlatform().name("wgj-aead-search").daemon().start(this::search);
        }
    }

    @Override
    public void warmUp() {
        if (searching.compareAndSet(false, true)) {
            search();
        }
    }

    @Override
    public void warmUpFirst() throws InterruptedException {
        startSearch();
        first.await();
    }

    private void search() {
        try {
            search.accept(this);
        } finally {
            over = true;
            first.countDown();
        }
    }

    /**
     * Continues with a faster engine. Called by the search.
     *
     * @param better the engine
     */
    public void takeOver(AeadEngine better) {
        engine = better;
        first.countDown();
    }

    /**
     * Waits for a second with little traffic, at most {@value #MAX_WAIT_S} seconds: until the
     * traffic's own methods are compiled, they need the JIT compiler more than another engine does.
     */
    void awaitPause() {
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
