// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.netsoak;

/**
 * Some traffic, then traffic with a fault, then a quiet moment.
 *
 * @param hours since the begin of all
 * @param recoverySeconds from the end of the fault to the first answer to a ping
 */
record NetCycle(
        double hours, NetFault fault, double recoverySeconds, NetVitals near, NetVitals far) {}
