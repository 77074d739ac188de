// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.aead;

import org.wgj.crypto.TransportAead;

import java.lang.foreign.Arena;
import java.util.concurrent.locks.LockSupport;

/**
 * Compares the speed of two engines by alternating rounds of {@link AeadSelfTest}. The rounds get
 * the engines compiled. After each round the thread sleeps three times as long as the round took:
 * on a machine with few processors the time belongs to the compiler and to the traffic.
 */
final class AeadSpeedTest {
    /** Long enough for a compiler that shares a busy processor. */
    private static final long MAX_NS = 30_000_000_000L;

    private static final long MAX_PAUSE_NS = 150_000_000;

    /** Each answer is checked at least this often. */
    private static final int MIN_ROUNDS = 50;

    private AeadSpeedTest() {}

    /**
     * Returns true as soon as the candidate's best round took less than nine tenths of the time of
     * the current engine's best round; false if the candidate fails once, or has not become faster
     * within half a minute.
     */
    static boolean isFaster(TransportAead candidate, TransportAead current) {
        try {
            // The memory must be of the kind that traffic uses: code compiled for another kind
            // would be thrown away.
            Arena arena = Arena.ofAuto();
            AeadSelfTest candidateTest = new AeadSelfTest(candidate, arena);
            AeadSelfTest currentTest = new AeadSelfTest(current, arena);
            long candidateNs = AeadSelfTest.FAILED;
            long currentNs = AeadSelfTest.FAILED;
            long startNs = System.nanoTime();
            long nowNs = startNs;
            for (int round = 1; nowNs - startNs < MAX_NS; round++) {
                long ns = candidateTest.runRound();
                if (ns == AeadSelfTest.FAILED) {
                    return false;
                }
                candidateNs = Math.min(candidateNs, ns);
                currentNs = Math.min(currentNs, currentTest.runRound());
                if (round >= MIN_ROUNDS && candidateNs < currentNs / 10 * 9) {
                    return true;
                }
                long beforeNs = nowNs;
                nowNs = System.nanoTime();
                LockSupport.parkNanos(Math.min(3 * (nowNs - beforeNs), MAX_PAUSE_NS));
                nowNs = System.nanoTime();
            }
            return false;
        } catch (LinkageError | RuntimeException e) {
            return false; // the candidate cannot even make a key
        }
    }
}
