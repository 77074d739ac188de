// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.wgj.coordinator.registry.Registry;
import org.wgj.mesh.map.Candidate;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/** How a coordinator collects and stores where nodes are, with a store that fails for a while. */
class SightingsTest {
    private final List<Integer> waits = new ArrayList<>();
    private final List<Runnable> tasks = new ArrayList<>();
    private final List<List<Registry.Sighting>> stored = new ArrayList<>();
    private boolean broken;

    private final Sightings sightings =
            new Sightings(
                    null, // what nodes report asks nothing of it
                    1,
                    (ms, task, orElse) -> {
                        waits.add(ms);
                        tasks.add(task);
                    },
                    now -> {
                        if (broken) {
                            throw new IOException("the database is away");
                        }
                        stored.add(now);
                    });

    private static List<Candidate> at(int port) {
        return List.of(
                new Candidate(Candidate.Kind.LOCAL, new InetSocketAddress("192.0.2.1", port)));
    }

    private void next() {
        tasks.removeFirst().run();
    }

    @Test
    void aSightingOutlivesAStoreThatFails() {
        broken = true;
        sightings.reported(2, "wg0", at(1));
        sightings.reported(3, "wg0", at(1));
        next();
        next();
        broken = false;
        sightings.reported(3, "wg0", at(2)); // news of it meanwhile
        next();
        assertTrue(tasks.isEmpty());
        assertEquals(List.of(100, 5_000, 5_000), waits);
        assertEquals(
                List.of(
                        List.of(
                                new Registry.Sighting(2, "wg0", at(1), 0),
                                new Registry.Sighting(3, "wg0", at(2), 0))),
                stored);
    }
}
