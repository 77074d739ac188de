// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

/**
 * Counts what a tunnel exchanged with its interface since it started, in packets; only {@code
 * errors} counts calls.
 *
 * @param read packets that the system sent into the interface
 * @param written packets that the system took
 * @param refused packets that the system did not take: the interface is down, or the system is
 *     short of memory
 * @param errors calls to write that failed as a whole
 */
public record TunCounters(long read, long written, long refused, long errors) {
    /** All zero. */
    public static final TunCounters ZERO = new TunCounters(0, 0, 0, 0);
}
