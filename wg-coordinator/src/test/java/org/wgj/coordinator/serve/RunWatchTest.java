// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;

import java.net.InetAddress;
import java.net.InetSocketAddress;

class RunWatchTest {
    private static final PublicKey KEY = PrivateKey.generate().publicKey();
    private static final RunWatch.Outcome NOTHING = new RunWatch.Outcome.Nothing();
    private static final RunWatch.Outcome COPIED = new RunWatch.Outcome.Copied();

    private final RunWatch watch = new RunWatch();

    private static InetSocketAddress at(int host) {
        return new InetSocketAddress(InetAddress.ofLiteral("192.0.2." + host), 51_820);
    }

    private RunWatch.Outcome spoke(String run, int host) {
        return watch.spoke(KEY, run, at(host));
    }

    @Test
    void runThatSpeaksAgainFromItsPlaceIsACopy() {
        assertEquals(NOTHING, spoke("a", 1));
        assertEquals(NOTHING, spoke("a", 1));
        assertEquals(new RunWatch.Outcome.Begun(at(1)), spoke("b", 2));
        assertEquals(NOTHING, spoke("b", 2));
        assertEquals(COPIED, spoke("a", 1));
        assertEquals(COPIED, spoke("b", 2));
    }

    @Test
    void nodeThatMovesIsNone() {
        for (int i = 0; i < 100; i++) {
            assertEquals(NOTHING, spoke("a", i % 2));
        }
    }

    @Test
    void nodeThatStartsAgainIsNone() {
        spoke("a", 1);
        assertEquals(NOTHING, spoke("b", 1));
        for (int i = 0; i < 100; i++) { // at two places by turns, each time as another process
            assertEquals(new RunWatch.Outcome.Begun(at(1 + i % 2)), spoke("c" + i, 2 - i % 2));
        }
    }

    @Test
    void lastWordsOfAKilledProcessAreNone() {
        spoke("a", 1);
        spoke("b", 2);
        assertEquals(NOTHING, spoke("a", 2), "they come through the tunnel of its successor");
        assertEquals(NOTHING, spoke("b", 2));
        assertEquals(NOTHING, spoke("a", 3), "or after that has moved");
    }

    @Test
    void copyWhoseRouterChangesThePortIsFoundAtItsNextTurn() {
        spoke("a", 1);
        spoke("b", 2);
        assertEquals(NOTHING, spoke("a", 3));
        assertEquals(NOTHING, spoke("b", 2));
        assertEquals(COPIED, spoke("a", 3));
    }

    @Test
    void removedKeyIsForgotten() {
        spoke("a", 1);
        spoke("b", 2);
        watch.forget(KEY);
        assertEquals(NOTHING, spoke("a", 1));
    }
}
