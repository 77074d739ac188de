// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.serve;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;

import java.net.InetAddress;
import java.net.InetSocketAddress;

class CloneWatchTest {
    private static final long SECOND = 1_000_000_000L;
    private static final PublicKey KEY = PrivateKey.generate().publicKey();

    private final CloneWatch watch = new CloneWatch();

    private static InetSocketAddress at(int host) {
        return new InetSocketAddress(InetAddress.ofLiteral("192.0.2." + host), 51_820);
    }

    @Test
    void twoMachinesWithOneKeyAreFoundOnce() {
        int found = 0;
        for (int i = 0; i < 12; i++) {
            found += watch.seen(KEY, at(i % 2), i * 5 * SECOND) ? 1 : 0;
        }

        assertTrue(watch.isMarked(KEY, 60 * SECOND));
        assertTrue(found == 1, found + " times");
    }

    @Test
    void threeReturnsInAMinuteAreNotEnoughAndFourAre() {
        for (int i = 0; i < 5; i++) { // the third return
            assertFalse(watch.seen(KEY, at(i % 2), i * SECOND));
        }
        assertFalse(watch.isMarked(KEY, 5 * SECOND));

        assertTrue(watch.seen(KEY, at(1), 6 * SECOND));
    }

    @Test
    void nodeThatMovesOnIsNoClone() {
        for (int i = 0; i < 100; i++) {
            assertFalse(watch.seen(KEY, at(i), i * SECOND / 10));
        }
    }

    @Test
    void nodeThatCommutesSlowlyIsNoClone() {
        for (int i = 0; i < 100; i++) {
            assertFalse(watch.seen(KEY, at(i % 2), i * 30 * SECOND));
        }
    }

    @Test
    void markEndsTenMinutesAfterTheLastReturn() {
        for (int i = 0; i < 6; i++) {
            watch.seen(KEY, at(i % 2), i * SECOND);
        }
        assertTrue(watch.isMarked(KEY, 600 * SECOND));
        assertFalse(watch.isMarked(KEY, 606 * SECOND));

        watch.seen(KEY, at(2), 0);
        watch.forget(KEY);
        assertFalse(watch.isMarked(KEY, 10 * SECOND));
    }
}
