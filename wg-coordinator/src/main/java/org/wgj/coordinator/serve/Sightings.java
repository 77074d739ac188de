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

/**
 * Collects where nodes are for a moment, and stores it as one change: many nodes that come at once,
 * as after a restart, make few revisions. Any thread may tell; it holds at most two entries for a
 * node and plane.
 */
final class Sightings {
    /** The time to collect, in ms. */
    static final int COLLECT_MS = 100;

    /** The time until another attempt, in ms, after the store failed. */
    static final int RETRY_MS = 5_000;

    private static final Logger LOG = LoggerFactory.getLogger(Sightings.class);

    private final Registry registry;
    private final long observer;
    private final Later later;
    private final Keeper keeper;
    private final Map<Place, Registry.Sighting> waiting = new LinkedHashMap<>(); // guarded by this
    private boolean scheduled; // guarded by this
    private boolean failing; // guarded by this

    private record Place(long node, String plane, long observer) {}

    /** Does something later. */
    interface Later {
        /** Runs a task once, where it may block; or the other, if there is too much to do. */
        void after(int ms, Runnable task, Runnable orElse);
    }

    /** Stores sightings, as {@link Registry#sighted} does; blocks. */
    interface Keeper {
        void keep(List<Registry.Sighting> sightings) throws IOException;
    }

    /**
     * @param observer the coordinator's id
     */
    Sightings(Registry registry, long observer, Later later) {
        this(registry, observer, later, registry::sighted);
    }

    Sightings(Registry registry, long observer, Later later, Keeper keeper) {
        this.keeper = keeper;
        this.registry = registry;
        this.observer = observer;
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
                            observer));
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
        add(new Registry.Sighting(node, plane, candidates, 0));
    }

    private synchronized void add(Registry.Sighting sighting) {
        waiting.put(place(sighting), sighting);
        schedule(COLLECT_MS);
    }

    private static Place place(Registry.Sighting sighting) {
        return new Place(sighting.node(), sighting.plane(), sighting.observer());
    }

    private synchronized void schedule(int ms) {
        if (!scheduled) {
            scheduled = true;
            later.after(ms, this::store, this::postpone);
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
            keeper.keep(now);
            synchronized (this) {
                failing = false;
            }
        } catch (IOException e) {
            again(now, e.getMessage());
        }
    }

    /** Later sightings win over those that could not be stored. */
    private synchronized void again(List<Registry.Sighting> failed, String why) {
        failed.forEach(each -> waiting.putIfAbsent(place(each), each));
        if (!failing) {
            LOG.warn(
                    "where {} nodes are could not be stored; trying again: {}", failed.size(), why);
        }
        failing = true;
        schedule(RETRY_MS);
    }
}
