// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.aead;

import org.wgj.crypto.TransportAead;

import java.lang.foreign.Arena;
import java.util.concurrent.locks.LockSupport;

/**
 * Whether one engine is quicker than another, found by rounds of {@link AeadSelfTest} in turn. It
 * is the rounds that get the engines compiled, and they wait three times as long as they work: on
 * few processors the time belongs to the compiler and to the traffic.
 */
final class AeadSpeedTest {
    /** Long enough for a compiler that shares a busy processor. */
    private static final long MAX_NS = 30_000_000_000L;

    private static final long MAX_PAUSE_NS = 50_000_000;

    /** Every answer has been checked that often. */
    private static final int MIN_ROUNDS = 50;

    private AeadSpeedTest() {}

    /**
     * True as soon as the challenger's best round took less than three quarters of the champion's;
     * false when it fails once, or has not become quicker within half a minute.
     */
    static boolean wins(TransportAead challenger, TransportAead champion) {
        try (Arena arena = Arena.ofConfined()) {
            AeadSelfTest trial = new AeadSelfTest(challenger, arena);
            AeadSelfTest other = new AeadSelfTest(champion, arena);
            long best = AeadSelfTest.FAILED;
            long toBeat = AeadSelfTest.FAILED;
            long begun = System.nanoTime();
            long now = begun;
            for (int round = 1; now - begun < MAX_NS; round++) {
                long ns = trial.round();
                if (ns == AeadSelfTest.FAILED) {
                    return false;
                }
                best = Math.min(best, ns);
                toBeat = Math.min(toBeat, other.round());
                if (round >= MIN_ROUNDS && best < toBeat / 4 * 3) {
                    return true;
                }
                long before = now;
                now = System.nanoTime();
                LockSupport.parkNanos(Math.min(3 * (now - before), MAX_PAUSE_NS));
                now = System.nanoTime();
            }
            return false;
        } catch (LinkageError | RuntimeException e) {
            return false; // cannot even be set up
        }
    }
}
