// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Simulations whose result can be computed by hand. */
class SimulationTest {
    private static final Side SIDE = new Side("any", 300, 1_000, 700, 500);
    private static final Side FREE_HAND_OFF = new Side("any", 300, 1_000, 700, 0);

    private static double ns(Side side, int cores, int workers, int packets, int tunnels) {
        return new Simulation(side, cores, workers, packets, 1).nsPerPacket(tunnels);
    }

    @Test
    void oneCoreTakesTheSumOfTheStagesWhateverTheWorkers() {
        assertEquals(2_000, ns(SIDE, 1, 0, 45, 1), 1e-6);
        assertEquals(2_000, ns(SIDE, 1, 3, 45, 1), 1e-6);
        assertEquals(2_000, ns(SIDE, 1, 0, 45, 4), 20);
    }

    @Test
    void withoutWorkersMoreCoresAreOfUseToMoreTunnelsOnly() {
        assertEquals(2_000, ns(SIDE, 16, 0, 45, 1), 1e-6);
        assertEquals(500, ns(SIDE, 16, 0, 45, 4), 5);
        assertEquals(1_000, ns(SIDE, 2, 0, 45, 4), 10);
    }

    @Test
    void twoThreadsHalveTheCryptography() {
        // Four parts of 10 packets, two for each thread.
        assertEquals(1_500, ns(FREE_HAND_OFF, 2, 1, 40, 1), 1e-6);
        // The worker is 500 ns late with its first part, and with its second, of 10,000 ns each.
        assertEquals(1_500 + 2 * 500 / 40., ns(SIDE, 2, 1, 40, 1), 1e-6);
    }

    @Test
    void coresAndWorkersWithoutEndLeaveTheSerialPart() {
        assertEquals(1_000, ns(FREE_HAND_OFF, 20_000, 20_000, 10_000, 1), 1);
    }

    @Test
    void neverBetterThanAmdahlNorThanAllCores() {
        for (int cores = 1; cores <= 32; cores++) {
            for (int workers = 0; workers <= 8; workers++) {
                for (int tunnels = 1; tunnels <= 4; tunnels++) {
                    double ns = ns(SIDE, cores, workers, 45, tunnels);
                    int threads = Math.min(cores, workers + 1);
                    double amdahl = (1_000 + 1_000. / threads) / tunnels;
                    double fewest = tunnels == 1 ? amdahl : 1_000. / tunnels;
                    String where = cores + " cores " + workers + " workers " + tunnels + " tunnels";
                    assertTrue(ns >= fewest - 1e-6, where + ": " + ns);
                    // Batches that had begun when the last one ended are not counted.
                    assertTrue(ns >= 2_000. / cores - 1e-6, where + ": " + ns);
                    assertTrue(ns <= 2_000 + 20, where + ": " + ns);
                }
            }
        }
    }
}
