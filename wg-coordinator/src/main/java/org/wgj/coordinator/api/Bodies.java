// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.api;

import java.util.concurrent.atomic.AtomicLong;

/** Counts the bytes of bodies that a server holds, against a bound for all callers together. */
final class Bodies {
    private final AtomicLong left;

    Bodies(long bytes) {
        left = new AtomicLong(bytes);
    }

    /** Takes room for some bytes; returns false, and takes nothing, if there is too little. */
    boolean take(long bytes) {
        if (left.addAndGet(-bytes) >= 0) {
            return true;
        }
        left.addAndGet(bytes);
        return false;
    }

    void give(long bytes) {
        left.addAndGet(bytes);
    }
}
