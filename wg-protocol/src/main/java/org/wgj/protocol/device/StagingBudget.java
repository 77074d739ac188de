// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

/**
 * How much memory all devices of a process may use together for packets that wait for a session:
 * ten thousand silent peers, and those of eight interfaces, must not take all of it. Each device
 * that is up may have an equal share, so that none takes the others' room.
 *
 * <p>Devices of several threads share it: what is counted is guarded by its monitor.
 */
final class StagingBudget {
    private static final int MAX_BYTES = 32 << 20;

    /** What a packet costs beside its bytes: the array's header, its padding, the reference. */
    private static final int COST = 24;

    private int used;
    private int sharers;

    Share share() {
        return new Share();
    }

    private synchronized void addSharers(int number) {
        sharers += number;
    }

    /**
     * @param taken what the one that asks has already
     */
    private synchronized boolean take(int bytes, int taken) {
        // Those that came first may have more than their share now; it is not taken from them.
        if (taken + bytes > MAX_BYTES / sharers || used + bytes > MAX_BYTES) {
            return false;
        }
        used += bytes;
        return true;
    }

    private synchronized void giveBack(int bytes) {
        used -= bytes;
    }

    /** One device's part; of the device's thread. */
    final class Share {
        private boolean open;
        private int taken;

        /** The device is up. */
        void open() {
            if (!open) {
                open = true;
                addSharers(1);
            }
        }

        /** The device is down, and has given everything back. */
        void close() {
            if (open) {
                open = false;
                addSharers(-1);
            }
        }

        /** Takes room for a packet; false when there is none. Only while open. */
        boolean take(int length) {
            boolean took = StagingBudget.this.take(length + COST, taken);
            if (took) {
                taken += length + COST;
            }
            return took;
        }

        void giveBack(int length) {
            taken -= length + COST;
            StagingBudget.this.giveBack(length + COST);
        }
    }
}
