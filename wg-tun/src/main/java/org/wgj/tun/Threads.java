// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun;

/** Waits that an interrupt does not end; the interrupt stays set for later. */
final class Threads {
    private Threads() {}

    static void joinUninterruptibly(Thread thread) {
        boolean interrupted = false;
        while (true) {
            try {
                thread.join();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
