// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.mesh.map.Bytes;
import org.wgj.mesh.map.MapNode;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeMap;

/** The change of a key against a coordinator in a simulated time, with crashes between steps. */
class KeyRotationTest {
    private static final long MINUTE = 60_000;

    @TempDir private Path state;

    private final PriorityQueue<Task> tasks =
            new PriorityQueue<>(
                    Comparator.comparingLong(Task::atMs).thenComparingLong(Task::number));
    private final List<String> steps = new ArrayList<>();
    private NodeFolder folder;
    private long nowMs;
    private long tasksMade;

    // The coordinator.
    private PublicKey key;
    private PublicKey pendingOrNull;
    private boolean wanted;
    private boolean refuses;
    private boolean down;

    // The node.
    private KeyRotation rotation;
    private PrivateKey tunnelKey;
    private long usedAtMs;
    private long toldAfterMs = -1;
    private boolean wasConnected;
    private int life; // counts restarts
    private int crashBefore = Integer.MAX_VALUE;
    private int crashAfter = Integer.MAX_VALUE;
    private int failingWrite = Integer.MAX_VALUE;

    private record Task(long atMs, long number, int lifeOrAny, Runnable task) {}

    private static final class Crash extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    private final class Node implements KeyRotation.Host {
        private final int myLife = life;

        private void step(String what, Runnable step) {
            steps.add(what);
            if (steps.size() == crashBefore) {
                throw new Crash();
            }
            step.run();
            if (steps.size() == crashAfter) {
                throw new Crash();
            }
        }

        @Override
        public void keep(Identity identity) throws IOException {
            if (steps.size() + 1 == failingWrite) {
                steps.add("failed write");
                throw new IOException("no space left");
            }
            IOException[] failure = new IOException[1];
            step(
                    "keep",
                    () -> {
                        try {
                            IdentityFile.write(folder, identity);
                        } catch (IOException e) {
                            failure[0] = e;
                        }
                    });
            if (failure[0] != null) {
                throw failure[0];
            }
        }

        @Override
        public void publish(String plane, PublicKey next) {
            step(
                    "publish",
                    () -> {
                        if (!isConnected()) {
                            return;
                        }
                        wanted = false;
                        if (refuses) {
                            later(() -> rotation.refused(plane, next, 409), 20);
                        } else if (!next.equals(key)) {
                            pendingOrNull = next;
                            sendMap();
                        }
                    });
        }

        @Override
        public void use(String plane, PrivateKey used) {
            step(
                    "use",
                    () -> {
                        tunnelKey = used;
                        usedAtMs = nowMs;
                    });
        }

        @Override
        public void tell(String plane) {
            step(
                    "tell",
                    () -> {
                        toldAfterMs = nowMs - usedAtMs;
                        heard();
                    });
        }

        @Override
        public void later(Runnable task, long delayMs) {
            tasks.add(new Task(nowMs + delayMs, tasksMade++, myLife, task));
        }

        @Override
        public boolean isConnected() {
            return !down
                    && (tunnelKey.publicKey().equals(key)
                            || tunnelKey.publicKey().equals(pendingOrNull));
        }
    }

    private void coordinatorLater(Runnable task, long delayMs) {
        tasks.add(new Task(nowMs + delayMs, tasksMade++, -1, task));
    }

    /** The coordinator hears the node under a key; if that is the pending one, it takes over. */
    private void heard() {
        PublicKey used = tunnelKey.publicKey();
        coordinatorLater(
                () -> {
                    if (!down && used.equals(pendingOrNull)) {
                        key = pendingOrNull;
                        pendingOrNull = null;
                        sendMap();
                    }
                },
                100);
    }

    private MapNode own() {
        return TestMaps.keyed(7, key, pendingOrNull);
    }

    private void sendMap() {
        MapNode own = own();
        coordinatorLater(
                () -> {
                    if (wasConnected) {
                        rotation.map(own);
                    }
                },
                50);
    }

    private void startNode() {
        life++;
        Identity identity;
        try {
            identity = IdentityFile.read(folder).orElseThrow();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        tunnelKey = identity.keyInUse("wg0");
        wasConnected = false;
        Node node = new Node();
        rotation = new KeyRotation(identity, node);
        node.later(() -> connect(node), 200);
    }

    /** The node tries to connect each second, as far as the coordinator knows its key. */
    private void connect(Node node) {
        node.later(() -> connect(node), 1_000);
        boolean connected = node.isConnected();
        if (connected && !wasConnected) {
            wasConnected = true;
            heard();
            rotation.map(own());
            rotation.connected();
            if (wanted) {
                rotation.asked(Set.of("wg0"));
            }
        }
        wasConnected = connected;
    }

    private void run(long untilMs) {
        while (!tasks.isEmpty() && tasks.peek().atMs() <= untilMs) {
            Task task = tasks.remove();
            nowMs = task.atMs();
            if (task.lifeOrAny() >= 0 && task.lifeOrAny() != life) {
                continue;
            }
            try {
                task.task().run();
            } catch (Crash e) {
                crashBefore = Integer.MAX_VALUE;
                crashAfter = Integer.MAX_VALUE;
                startNode();
            }
        }
        nowMs = untilMs;
    }

    @BeforeEach
    void begin() throws IOException {
        begin(PrivateKey.generate());
    }

    private void begin(PrivateKey first) throws IOException {
        folder = new NodeFolder(state);
        IdentityFile.write(
                folder,
                new Identity(
                        "",
                        new TreeMap<>(Map.of("wg0", first)),
                        NodeOptions.DEFAULT,
                        Bytes.NONE,
                        Set.of(),
                        null));
        tasks.clear();
        steps.clear();
        nowMs = 0;
        key = first.publicKey();
        pendingOrNull = null;
        wanted = true;
        startNode();
    }

    private void assertChanged(PublicKey first, String where) throws IOException {
        Identity kept = IdentityFile.read(folder).orElseThrow();
        assertEquals(Map.of(), kept.nextKeys(), where);
        assertEquals(key, kept.publicKeys().get("wg0"), where);
        assertEquals(key, tunnelKey.publicKey(), where);
        assertNotEquals(first, key, where);
        assertTrue(wasConnected, where);
    }

    @Test
    void changesInOrder() throws IOException {
        PublicKey first = key;
        run(10_000);
        assertEquals(List.of("keep", "publish", "keep", "use", "tell", "keep"), steps);
        assertEquals(1_000, toldAfterMs, "the peers have new sessions by then");
        assertChanged(first, "");
    }

    @Test
    void aCrashBetweenAnyTwoStepsLeavesANodeThatFinishesTheChange() throws IOException {
        for (int step = 1; step <= 6; step++) {
            for (boolean before : new boolean[] {true, false}) {
                PrivateKey first = PrivateKey.generate();
                begin(first);
                crashBefore = before ? step : Integer.MAX_VALUE;
                crashAfter = before ? Integer.MAX_VALUE : step;
                run(5 * MINUTE);
                assertEquals(Integer.MAX_VALUE, Math.max(crashBefore, crashAfter));
                assertEquals(Integer.MAX_VALUE, Math.min(crashBefore, crashAfter), "it crashed");
                assertChanged(
                        first.publicKey(), (before ? "before " : "after ") + step + ": " + steps);
            }
        }
    }

    @Test
    void aDiskThatIsFullForAWhileOnlyDelaysIt() throws IOException {
        for (int step : List.of(1, 3, 6)) {
            PrivateKey first = PrivateKey.generate();
            begin(first);
            failingWrite = step;
            run(3_000);
            wasConnected = false; // the stream ends and is made again: the coordinator asks again
            run(5 * MINUTE);
            assertTrue(steps.contains("failed write"));
            assertChanged(first.publicKey(), step + ": " + steps);
        }
    }

    @Test
    void aRefusedKeyIsForgotten() throws IOException {
        refuses = true;
        PublicKey first = key;
        run(10_000);
        Identity kept = IdentityFile.read(folder).orElseThrow();
        assertEquals(Map.of(), kept.nextKeys());
        assertEquals(first, kept.publicKeys().get("wg0"));
        assertEquals(first, tunnelKey.publicKey());
    }

    @Test
    void anUnusedKeyIsNotUsedWithoutACoordinator() throws IOException {
        PublicKey first = key;
        run(500); // published
        down = true;
        run(10 * MINUTE);
        assertEquals(first, tunnelKey.publicKey(), "peers know only this one as the node's");
        down = false;
        run(20 * MINUTE);
        assertChanged(first, steps.toString());
    }

    @Test
    void aNodeThatDoesNotKnowWhichKeyTheMeshHasTriesBoth() throws IOException {
        PublicKey first = key;
        run(1_800);
        assertNotEquals(first, tunnelKey.publicKey());
        down = true; // the coordinator stops just before it hears the next key
        run(2 * MINUTE);
        long uses = steps.stream().filter("use"::equals).count();
        assertTrue(uses >= 4, steps::toString);
        down = false;
        run(30 * MINUTE);
        assertChanged(first, steps.toString());
    }

    @Test
    void aKeyThatPeersAnswerToStaysWhileNoCoordinatorRuns() throws IOException {
        PublicKey first = key;
        run(1_800);
        down = true; // the coordinator stops just before it hears the next key
        for (long atMs = 1_900; atMs < 60 * MINUTE; atMs += 2 * MINUTE) {
            coordinatorLater(() -> rotation.answered("wg0"), atMs - nowMs);
        }
        run(60 * MINUTE);
        assertEquals(1, steps.stream().filter("use"::equals).count(), steps::toString);
        run(90 * MINUTE); // the peers are silent
        assertTrue(steps.stream().filter("use"::equals).count() > 2, steps::toString);
        down = false;
        run(120 * MINUTE);
        assertChanged(first, steps.toString());
    }

    /** Only a coordinator can end the change; until then it costs one task, not more and more. */
    @Test
    void waitingForACoordinatorForAYearCostsNoMemory() throws IOException {
        run(1_800);
        down = true;
        long hours = 365 * 24;
        for (int hour = 1; hour <= hours; hour++) {
            run(hour * 60 * MINUTE);
            if (hour % 3 != 0) {
                rotation.answered("wg0");
            }
            // Two tries of the keys at most, and the node's own attempt to connect.
            int all = tasks.size();
            assertTrue(all <= 3, () -> all + " tasks wait");
        }
        assertTrue(steps.contains("use"), steps::toString);
    }

    @Test
    void aKeyThatIsTakenBackIsToldAgainOnTheSameConnection() throws IOException {
        PublicKey first = key;
        run(500); // published
        pendingOrNull = null;
        sendMap();
        run(MINUTE);
        assertChanged(first, steps.toString());
    }

    @Test
    void aChangeThatTheCoordinatorTookBackBeginsAgain() throws IOException {
        PublicKey first = key;
        run(500);
        pendingOrNull = null; // not used for a week
        startNode();
        run(10 * MINUTE);
        assertChanged(first, steps.toString());
    }

    @Test
    void planesThatAreNotHereAreLeftOut() {
        wanted = false;
        rotation.asked(Set.of("wg9"));
        assertEquals(List.of(), steps);
    }
}
