// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.serve;

import org.wgj.mesh.status.NodeReport;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * This coordinator's knowledge of the members that talk to it now: the revision that each has
 * applied, its last report, when it was heard last, and whether it has a stream here. In memory
 * only. Thread-safe.
 */
final class Presence {
    private final Map<Long, Seen> nodes = new ConcurrentHashMap<>();

    /** When nodes were asked that have not been heard since, by {@code System.nanoTime}. */
    private final Map<Long, Long> asked = new ConcurrentHashMap<>();

    /**
     * One node.
     *
     * @param streams how many streams it has here, 0 or 1
     * @param revision the revision that it says it has applied; 0 if it has not said
     * @param heardNs when it was heard last, by {@code System.nanoTime}
     * @param reportOrNull its last report
     * @param reportedNs when that came
     * @param copied whether two machines seem to use its key
     */
    record Seen(
            int streams,
            long revision,
            long heardNs,
            NodeReport reportOrNull,
            long reportedNs,
            boolean copied) {
        static final Seen NOTHING = new Seen(0, 0, 0, null, 0, false);
    }

    void streamBegan(long node) {
        asked.remove(node);
        nodes.merge(
                node,
                new Seen(1, 0, now(), null, 0, false),
                (old, fresh) ->
                        new Seen(
                                1,
                                old.revision(),
                                fresh.heardNs(),
                                old.reportOrNull(),
                                old.reportedNs(),
                                old.copied()));
    }

    void streamEnded(long node) {
        asked.remove(node);
        nodes.computeIfPresent(
                node,
                (id, old) ->
                        new Seen(
                                0,
                                old.revision(),
                                old.heardNs(),
                                old.reportOrNull(),
                                old.reportedNs(),
                                old.copied()));
    }

    void acknowledged(long node, long revision) {
        asked.remove(node);
        nodes.merge(
                node,
                new Seen(0, revision, now(), null, 0, false),
                (old, fresh) ->
                        new Seen(
                                old.streams(),
                                revision,
                                fresh.heardNs(),
                                old.reportOrNull(),
                                old.reportedNs(),
                                old.copied()));
    }

    void reported(long node, NodeReport report) {
        asked.remove(node);
        nodes.merge(
                node,
                new Seen(0, 0, now(), report, now(), false),
                (old, fresh) ->
                        new Seen(
                                old.streams(),
                                old.revision(),
                                fresh.heardNs(),
                                report,
                                fresh.reportedNs(),
                                old.copied()));
    }

    /** Returns whether this is new. */
    boolean cloneFound(long node) {
        boolean[] fresh = {false};
        nodes.compute(
                node,
                (id, known) -> {
                    Seen old = known == null ? Seen.NOTHING : known;
                    fresh[0] = !old.copied();
                    return new Seen(
                            old.streams(),
                            old.revision(),
                            old.heardNs(),
                            old.reportOrNull(),
                            old.reportedNs(),
                            true);
                });
        return fresh[0];
    }

    /** The node has said something, whatever it was. */
    void answered(long node) {
        asked.remove(node);
    }

    /** The node is asked whether it is there; each word of it is an answer. */
    void asked(long node) {
        asked.putIfAbsent(node, now());
    }

    /**
     * Returns for how long a node owes an answer.
     *
     * @return in ns; negative if it does not
     */
    long unansweredNs(long node, long nowNs) {
        Long since = asked.get(node);
        return since == null ? -1 : Math.max(nowNs - since, 0);
    }

    Seen of(long node) {
        return nodes.getOrDefault(node, Seen.NOTHING);
    }

    /** Forgets nodes that are no longer members. */
    void keepOnly(Set<Long> members) {
        nodes.keySet().retainAll(members);
        asked.keySet().retainAll(members);
    }

    private static long now() {
        return System.nanoTime();
    }
}
