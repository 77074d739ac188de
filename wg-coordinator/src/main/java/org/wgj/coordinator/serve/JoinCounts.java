// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.serve;

import org.wgj.mesh.enrol.EnrolAnswer;

import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLongArray;

/** Counts the answers to nodes that asked to join. For any thread. */
final class JoinCounts {
    private final AtomicLongArray results = new AtomicLongArray(EnrolAnswer.Result.values().length);
    private final AtomicLongArray refusals =
            new AtomicLongArray(EnrolAnswer.Reason.values().length);

    void count(EnrolAnswer answer) {
        results.incrementAndGet(answer.result().ordinal());
        if (answer.result() == EnrolAnswer.Result.REFUSED) {
            refusals.incrementAndGet(answer.reasonOrNull().ordinal());
        }
    }

    /** Returns the number of each result, by its name in lower case; with those that are 0. */
    SortedMap<String, Long> results() {
        return counts(EnrolAnswer.Result.values(), results);
    }

    /** Returns the number of refusals for each reason, in the same form. */
    SortedMap<String, Long> refusals() {
        return counts(EnrolAnswer.Reason.values(), refusals);
    }

    private static SortedMap<String, Long> counts(Enum<?>[] names, AtomicLongArray counts) {
        SortedMap<String, Long> all = new TreeMap<>();
        for (Enum<?> name : names) {
            all.put(name.name().toLowerCase(Locale.ROOT), counts.get(name.ordinal()));
        }
        return all;
    }
}
