// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.soak;

import org.wgj.benchmarks.lab.MeasuredDaemon;

import java.io.IOException;

/**
 * The state of a daemon at one moment.
 *
 * @param residentMegabytes of 1,000,000 bytes
 * @param cpuSeconds so far
 */
record Vitals(double residentMegabytes, long threads, long descriptors, double cpuSeconds) {
    static Vitals of(MeasuredDaemon daemon) throws IOException {
        return new Vitals(
                daemon.residentMegabytes(),
                daemon.threads(),
                daemon.descriptors(),
                daemon.cpuSeconds());
    }
}
