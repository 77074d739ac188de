// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.wgj.coordinator.store.PostgresExtension;
import org.wgj.coordinator.store.Store;
import org.wgj.crypto.PublicKey;
import org.wgj.mesh.map.MeshMap;

import java.io.IOException;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** Two coordinators that share one PostgreSQL database. */
@Tag("postgresql")
class SharedStoreTest {
    @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();

    /** The notices of a registry to its listeners. */
    private static BlockingQueue<Snapshot> heard(Registry registry) {
        BlockingQueue<Snapshot> heard = new LinkedBlockingQueue<>();
        registry.onCommit(heard::add);
        return heard;
    }

    private static Snapshot await(BlockingQueue<Snapshot> heard, Predicate<Snapshot> wanted)
            throws InterruptedException {
        while (true) {
            Snapshot snapshot = heard.poll(60, TimeUnit.SECONDS);
            assertNotNull(snapshot, "nothing was heard for a minute");
            if (wanted.test(snapshot)) {
                return snapshot;
            }
        }
    }

    @Test
    void eachHearsOfTheOthersCommitsAndSeesTheSameMap() throws Exception {
        String url = POSTGRES.get().newDatabase();
        try (Registry one =
                        Meshes.create(Store.open(url), Meshes.plan(true), InstantSource.system());
                Registry two = Registry.open(Store.open(url), InstantSource.system())) {
            BlockingQueue<Snapshot> heard = heard(two);
            PublicKey token = Meshes.token(one, 1);
            await(heard, s -> s.isLive(token, InstantSource.system().instant()));
            JoinAnswer answer = two.join(token, Meshes.node("web", "wg0"), Meshes.SOURCE);
            one.remove(answer.nodeOrNull().name(), "test", "admin");
            MeshMap last = await(heard, s -> s.map().nodes().isEmpty()).map();
            assertEquals(one.snapshot().map(), last);
        }
    }

    @Test
    void aCutConnectionIsMadeAgainAndNothingIsMissed() throws Exception {
        String url = POSTGRES.get().newDatabase();
        try (Registry one =
                        Meshes.create(Store.open(url), Meshes.plan(false), InstantSource.system());
                Registry two = Registry.open(Store.open(url), InstantSource.system())) {
            BlockingQueue<Snapshot> heard = heard(two);
            POSTGRES.get().cutConnections();
            String name = joinOnceTheDatabaseAnswers(one);
            await(
                    heard,
                    s -> s.map().nodes().values().stream().anyMatch(n -> n.name().equals(name)));
        }
    }

    /** The pool finds out with the next use that its connections are gone. */
    private static String joinOnceTheDatabaseAnswers(Registry registry) throws IOException {
        IOException last = null;
        for (int attempt = 0; attempt < 10; attempt++) {
            try {
                return Meshes.join(registry, "web").name();
            } catch (IOException e) {
                last = e;
            }
        }
        throw last;
    }

    @Test
    void whatAKilledCoordinatorAcknowledgedIsThereForTheOther() throws Exception {
        String url = POSTGRES.get().newDatabase();
        try (Registry survivor =
                Meshes.create(Store.open(url), Meshes.plan(false), InstantSource.system())) {
            Set<String> acknowledged = new HashSet<>();
            for (int run = 0; run < 3; run++) {
                acknowledged.addAll(JoiningProcess.killedAfter(url, 5 + run));
            }
            Set<String> names = new HashSet<>();
            for (NodeInfo node : survivor.nodes(false)) {
                names.add(node.name());
            }
            assertTrue(names.containsAll(acknowledged));
            assertTrue(acknowledged.size() >= 18);
            // A lock that a killed coordinator held is gone with its connection.
            assertEquals("after", Meshes.join(survivor, "after").name());
            assertEquals(List.of(), survivor.auditFault().stream().toList());
        }
    }
}
