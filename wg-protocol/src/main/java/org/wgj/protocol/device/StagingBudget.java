// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

/**
 * Limits the memory of all devices of a process for staged packets: even ten thousand silent peers
 * on eight interfaces must not use up the heap. Each device that is up has an equal share.
 *
 * <p>Shared by devices with different threads; its monitor guards the counts.
 */
final class StagingBudget {
    private static final int MAX_BYTES = 32 << 20;

    /** The cost of a packet besides its bytes: the array's header, its padding, the reference. */
    private static final int COST = 24;

    private int used;
    private int sharers;

    /** Returns what a packet counts as, in bytes. */
    static int cost(int length) {
        return length + COST;
    }

    Share share() {
        return new Share();
    }

    private synchronized void addSharers(int number) {
        sharers += number;
    }

    /**
     * @param taken what the caller has already
     */
    private synchronized boolean take(int bytes, int taken) {
        // A device that was up alone may have more than its share now. It may keep that.
        if (taken + bytes > MAX_BYTES / sharers || used + bytes > MAX_BYTES) {
            return false;
        }
        used += bytes;
        return true;
    }

    private synchronized void giveBack(int bytes) {
        used -= bytes;
    }

    /** The share of one device. Owned by the device's thread. */
    final class Share {
        private boolean open;
        private int taken;

        /** Counts the device, which is up now. */
        void open() {
            if (!open) {
                open = true;
                addSharers(1);
            }
        }

        /** No longer counts the device, which is down and has given everything back. */
        void close() {
            if (open) {
                open = false;
                addSharers(-1);
            }
        }

        /** Takes room for a packet; returns false if there is none. Only while open. */
        boolean take(int length) {
            boolean took = StagingBudget.this.take(cost(length), taken);
            if (took) {
                taken += cost(length);
            }
            return took;
        }

        /** Returns the bytes that the device's staged packets cost now. */
        int taken() {
            return taken;
        }

        void giveBack(int length) {
            taken -= cost(length);
            StagingBudget.this.giveBack(cost(length));
        }
    }
}
