// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import org.wgj.protocol.DropReason;

import java.util.EnumMap;
import java.util.Map;

/** Counts what a device drops, by reason. Owned by the device's thread. */
final class DropCounters {
    private final long[] counts = new long[DropReason.values().length];

    void add(DropReason reason, int times) {
        counts[reason.ordinal()] += times;
    }

    long get(DropReason reason) {
        return counts[reason.ordinal()];
    }

    /** A new map with every reason. */
    Map<DropReason, Long> all() {
        Map<DropReason, Long> all = new EnumMap<>(DropReason.class);
        for (DropReason reason : DropReason.values()) {
            all.put(reason, get(reason));
        }
        return all;
    }
}
