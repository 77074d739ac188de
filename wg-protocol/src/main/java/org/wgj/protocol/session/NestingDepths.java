// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.session;

import java.util.Arrays;

/**
 * Which of a session's last datagrams carry another datagram of ours, and how many that one carries
 * in turn. So a packet that goes through one tunnel of this process after another can be followed,
 * though each hides it from the next.
 *
 * <p>A ring: what is so old that its place is taken counts as carrying none. Guarded by its
 * monitor, as the device that seals and the one that asks may be of two threads.
 */
public final class NestingDepths {
    private static final int PLACES = 1024;

    private long[] counters; // made when first needed: few sessions carry others
    private byte[] depths;

    /** The datagram with that counter carries others, one within another. */
    public synchronized void put(long counter, int depth) {
        if (counters == null) {
            counters = new long[PLACES];
            depths = new byte[PLACES];
            Arrays.fill(counters, -1); // no datagram has that counter
        }
        int place = (int) counter & PLACES - 1;
        counters[place] = counter;
        depths[place] = (byte) depth;
    }

    /** How many datagrams of ours the one with that counter carries, one within another. */
    public synchronized int depthOf(long counter) {
        int place = (int) counter & PLACES - 1;
        return counters != null && counters[place] == counter ? depths[place] : 0;
    }
}
