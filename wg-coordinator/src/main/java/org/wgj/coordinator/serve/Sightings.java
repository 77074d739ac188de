// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.serve;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.wgj.coordinator.registry.RefusedException;
import org.wgj.coordinator.registry.Registry;
import org.wgj.coordinator.registry.Snapshot;
import org.wgj.crypto.PublicKey;
import org.wgj.mesh.map.Candidate;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * Collects where nodes are for a moment, and stores it as one change: many nodes that come at once,
 * as after a restart, make few revisions. Any thread may tell; it holds at most two entries for a
 * node and plane.
 */
final class Sightings {
    /** The time to collect, in ms. */
    static final int COLLECT_MS = 100;

    private static final Logger LOG = LoggerFactory.getLogger(Sightings.class);

    private final Registry registry;
    private final BiConsumer<Runnable, Runnable> later;
    private final Map<Place, Registry.Sighting> waiting = new LinkedHashMap<>(); // guarded by this
    private boolean scheduled; // guarded by this

    private record Place(long node, String plane, boolean observed) {}

    /**
     * @param later runs its first argument once, {@value #COLLECT_MS} ms later, where it may block;
     *     or its second one, if there is too much to do
     */
    Sightings(Registry registry, BiConsumer<Runnable, Runnable> later) {
        this.registry = registry;
        this.later = later;
    }

    /**
     * The tunnel has proved where these keys' nodes are. Blocks only to end a change of keys, which
     * this proves too.
     */
    void observed(Map<PublicKey, InetSocketAddress> seen) {
        for (Map.Entry<PublicKey, InetSocketAddress> each : seen.entrySet()) {
            Snapshot.Owner owner = registry.snapshot().keys().get(each.getKey());
            if (owner == null) {
                continue; // removed meanwhile
            }
            if (owner.use() == Snapshot.Use.PREVIOUS) {
                continue; // a sender with a node's old key must not say where the node is
            }
            if (owner.use() == Snapshot.Use.PENDING) {
                confirm(owner, each.getKey());
            }
            registry.contact(owner.node());
            add(
                    new Registry.Sighting(
                            owner.node(),
                            owner.plane(),
                            List.of(new Candidate(Candidate.Kind.OBSERVED, each.getValue())),
                            true));
        }
    }

    private void confirm(Snapshot.Owner owner, PublicKey heard) {
        try {
            registry.confirmRotation(owner.node(), owner.plane(), heard);
        } catch (RefusedException e) {
            LOG.debug("node {} has no change of keys: {}", owner.node(), e.getMessage());
        } catch (IOException e) {
            LOG.warn(
                    "the new key of node {} could not be stored: {}", owner.node(), e.getMessage());
        }
    }

    /** Takes a node's report about the addresses at which it may be reached. */
    void reported(long node, String plane, List<Candidate> candidates) {
        add(new Registry.Sighting(node, plane, candidates, false));
    }

    private synchronized void add(Registry.Sighting sighting) {
        waiting.put(new Place(sighting.node(), sighting.plane(), sighting.observed()), sighting);
        if (!scheduled) {
            scheduled = true;
            later.accept(this::store, this::postpone);
        }
    }

    /** The next sighting tries again. */
    private synchronized void postpone() {
        scheduled = false;
    }

    private void store() {
        List<Registry.Sighting> now;
        synchronized (this) {
            scheduled = false;
            now = List.copyOf(waiting.values());
            waiting.clear();
        }
        try {
            registry.sighted(now);
        } catch (IOException e) {
            LOG.warn("where {} nodes are could not be stored: {}", now.size(), e.getMessage());
        }
    }
}
