// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.aead;

import org.wgj.crypto.PacketLayout;
import org.wgj.crypto.TransportKey;
import org.wgj.crypto.aead.engine.AeadEngine;
import org.wgj.crypto.secret.SecretBytes;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * Begins with one engine and goes on with another, also with the keys that exist already. Looks for
 * the other when it is told to, or else when it has seen some traffic.
 */
public final class AdaptiveAead implements AeadEngine {
    /** Packets after which it is worth while to look for a quicker engine. */
    static final int WORTH_WHILE = 2_000;

    private final AeadEngine first;
    private final Supplier<AeadEngine> search;
    private final AtomicBoolean searching = new AtomicBoolean();

    /** Counted by several threads without care: a few more or less make no difference. */
    private int packets;

    private volatile AeadEngine second; // null before handover

    /**
     * @param search may take long; gives the first engine when there is none better
     */
    public AdaptiveAead(AeadEngine first, Supplier<AeadEngine> search) {
        this.first = first;
        this.search = search;
    }

    private void count(int more) {
        packets += more;
        if (packets >= WORTH_WHILE && searching.compareAndSet(false, true)) {
            Thread.ofPlatform().name("wgj-aead-trial").daemon().start(this::search);
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
        if (found != first) {
            second = found;
        }
    }

    @Override
    public String name() {
        AeadEngine now = second;
        return (now == null ? first : now).name();
    }

    @Override
    public TransportKey key(SecretBytes secret) {
        return new Key(secret);
    }

    private final class Key implements TransportKey {
        private final SecretBytes secret;
        private final TransportKey before;

        /** Set by whoever needs it first; two threads may both, to equal and immutable keys. */
        private TransportKey after;

        Key(SecretBytes secret) {
            this.secret = secret;
            before = first.key(secret);
        }

        private TransportKey now(int count) {
            TransportKey now = after;
            if (now == null) {
                AeadEngine engine = second;
                if (engine == null) {
                    count(count);
                    return before;
                }
                now = engine.key(secret);
                after = now;
            }
            return now;
        }

        @Override
        public void seal(long firstCounter, PacketLayout packets, int first, int count) {
            now(count).seal(firstCounter, packets, first, count);
        }

        @Override
        public int open(
                long[] counters, PacketLayout packets, int first, int count, boolean[] opened) {
            return now(count).open(counters, packets, first, count, opened);
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
