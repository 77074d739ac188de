// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.session;

import java.util.Arrays;

/**
 * Remembers which of a session's last datagrams carry datagrams of other sessions of this process,
 * and how deep these are nested. So a packet can be followed through several tunnels, although each
 * encrypts it.
 *
 * <p>A ring that forgets old datagrams. Guarded by its monitor, since the device that seals and the
 * device that asks may have different threads.
 */
public final class NestingDepths {
    private static final int PLACES = 1024;

    private long[] counters; // allocated when first needed: few sessions carry others
    private byte[] depths;

    /** Creates an empty memory. */
    public NestingDepths() {}

    /**
     * Records that a datagram carries others.
     *
     * @param counter of the datagram
     * @param depth how many nested datagrams it carries
     */
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

    /**
     * Returns how many nested datagrams of ours a datagram carries.
     *
     * @param counter of the datagram
     * @return 0 if it carries none or is too old
     */
    public synchronized int depthOf(long counter) {
        int place = (int) counter & PLACES - 1;
        return counters != null && counters[place] == counter ? depths[place] : 0;
    }
}
