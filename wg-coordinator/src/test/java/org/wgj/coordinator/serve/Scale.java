// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.wgj.coordinator.registry.JoinAnswer;
import org.wgj.coordinator.registry.JoinRequest;
import org.wgj.coordinator.registry.MeshPlan;
import org.wgj.coordinator.registry.Registry;
import org.wgj.coordinator.registry.TokenRequest;
import org.wgj.coordinator.store.Store;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.mesh.map.Bytes;
import org.wgj.mesh.map.StreamLine;
import org.wgj.mesh.path.PathKind;
import org.wgj.mesh.path.PathReport;
import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.config.HostPort;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A whole mesh in this process, on a virtual clock: real handshakes, sessions, maps, relay, paths
 * and store; no sockets. Every run with a seed is the same run, except for the times and the memory
 * that are measured. {@code -Dscale.seed} repeats a run.
 */
final class Scale implements AutoCloseable {
    private static final String COORDINATOR = "203.0.113.1";
    private static final long SECOND = SimClock.SECOND;
    private static final long STAGGERED = 30 * SECOND;
    private static final long RESTART = 30 * SECOND;
    private static final int IDLE_S = 300;
    private static final double CHANGE_CPU_S = 0.2;

    private final int count;
    private final long bytesPerNode;
    private final long seed = Long.getLong("scale.seed", System.nanoTime());
    private final SimClock net = new SimClock(seed);
    private final Path file;
    private final PrivateKey key = PrivateKey.generate(net.random);
    private final List<SimMember> nodes = new ArrayList<>();
    private final Map<String, String> figures = new LinkedHashMap<>();
    private SimCoordinator coordinator;
    private PublicKey token;

    /**
     * @param bytesPerNode the most heap for each node, the coordinator's part in it
     */
    Scale(Path folder, int count, long bytesPerNode) {
        this.count = count;
        this.bytesPerNode = bytesPerNode;
        file = folder.resolve("store.db");
    }

    void run() throws Exception {
        try {
            open();
            memory();
            oneChange();
            aNodeJoinsAndAnotherLeaves();
            pairsTalk();
            theCoordinatorIsKilled();
            nothingHappens();
        } catch (AssertionError | Exception e) {
            throw new AssertionError("with -Dscale.seed=" + seed + ": " + e.getMessage(), e);
        }
    }

    String figures() {
        StringBuilder table = new StringBuilder("| of " + count + " nodes | |\n|---|---|\n");
        figures.forEach((what, much) -> table.append("| %s | %s |%n".formatted(what, much)));
        return table.toString();
    }

    private void figure(String what, String format, Object... values) {
        figures.put(what, format.formatted(values));
        System.out.println("scale: " + what + ": " + figures.get(what));
    }

    // --- the mesh comes to life

    private long emptyHeap;

    private void open() throws IOException {
        MeshPlan plan =
                MeshPlan.usual("prod", IpPrefix.parse("10.77.0.0/16"), null, false, Bytes.NONE);
        Registry registry = Registry.create(Store.openFile(file), plan, net);
        registry.registerCoordinator(
                key.publicKey(), List.of(new HostPort(COORDINATOR, 51_820)), true);
        token = registry.createToken(TokenRequest.USUAL.withUses(count + 10), "test").info().key();
        emptyHeap = usedHeap();
        long begun = System.nanoTime();
        List<Joined> joined = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            joined.add(join(registry, i));
        }
        figure(
                "a join, in the registry with its commit",
                "%.1f ms",
                (System.nanoTime() - begun) / 1e6 / count);
        coordinator = new SimCoordinator(net, COORDINATOR, key, registry);
        for (Joined one : joined) {
            net.after(net.random.nextLong(STAGGERED), () -> start(one));
        }
        net.run(STAGGERED);
        net.runUntil("all are connected", () -> allAreAt(revision()), 30 * SECOND);
        net.runUntil("the map is quiet", this::isQuiet, 60 * SECOND);
        figure("revisions until all are there", "%d", revision() - count - 1);
        figure("whole maps sent", "%d", coordinator.fulls());
        figure("differences sent", "%d", coordinator.deltas());
        assertEquals(count, coordinator.fulls(), "a node gets the whole map once");
        int whole = StreamLine.full(registry.snapshot().map()).length;
        figure("the whole map", "%d bytes, %.0f a node", whole, (double) whole / count);
    }

    private record Joined(PrivateKey key, long id, InetAddress inner, int number) {}

    private Joined join(Registry registry, int number) throws IOException {
        PrivateKey own = PrivateKey.generate(net.random);
        JoinAnswer answer =
                registry.join(
                        token,
                        JoinRequest.of("node-" + number, Map.of(SimMachine.PLANE, own.publicKey())),
                        new InetSocketAddress(InetAddress.ofLiteral(address(number)), 51_820));
        if (answer.nodeOrNull() == null) {
            throw new AssertionError(answer.toString());
        }
        return new Joined(
                own,
                answer.nodeOrNull().id(),
                answer.nodeOrNull().planes().get(SimMachine.PLANE).addresses().getFirst(),
                number);
    }

    private static String address(int number) {
        return "198.18." + number / 250 + "." + (1 + number % 250);
    }

    private SimMember start(Joined one) {
        SimMember node =
                new SimMember(
                        net,
                        one.id(),
                        one.inner(),
                        address(one.number()),
                        one.key(),
                        coordinator.registry.snapshot().map());
        nodes.add(node);
        return node;
    }

    private long revision() {
        return coordinator.registry.snapshot().map().revision();
    }

    private boolean allAreAt(long revision) {
        return nodes.size() >= count
                && nodes.stream()
                        .allMatch(
                                n ->
                                        n.isOpen()
                                                && n.map() != null
                                                && n.map().revision() == revision);
    }

    private long quietRevision;
    private long quietSinceNs;

    /** Returns whether all have had the same map for a while. */
    private boolean isQuiet() {
        if (revision() != quietRevision || !allAreAt(revision())) {
            quietRevision = revision();
            quietSinceNs = net.nowNs();
        }
        return net.nowNs() - quietSinceNs > 15 * SECOND;
    }

    private static long usedHeap() {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 3; i++) {
            System.gc();
            Runtime runtime = Runtime.getRuntime();
            least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
        }
        return least;
    }

    private void memory() {
        long each = (usedHeap() - emptyHeap) / count;
        figure("heap for each node, the coordinator's part in it", "%d bytes", each);
        assertTrue(each <= bytesPerNode, each + " bytes of heap for each node");
        for (SimMember node : nodes) {
            assertEquals(List.of(), node.links(), "nobody has said anything");
            assertEquals(1, node.device.peers().size(), "only the coordinator");
        }
    }

    // --- changes

    private void oneChange() throws IOException {
        double worstCpu = 0;
        long worstNs = 0;
        for (int i = 0; i < 5; i++) {
            long cpu = coordinator.cpuNs();
            long begun = net.nowNs();
            long real = cpuNow();
            long deltas = coordinator.deltas();
            long bytes = coordinator.streamBytes();
            String name = "renamed-" + i;
            coordinator.work(() -> rename(name));
            long to = revision();
            net.runUntil("one change", () -> allAreAt(to), 10 * SECOND);
            long latest = nodes.stream().mapToLong(SimMember::appliedNs).max().orElseThrow();
            long took = latest - begun + cpuNow() - real;
            double used = (coordinator.cpuNs() - cpu) / 1e9;
            assertEquals(count, coordinator.deltas() - deltas, "one difference for each node");
            worstCpu = i == 0 ? used : Math.max(worstCpu, used);
            worstNs = Math.max(worstNs, took);
            figure(
                    "a difference on the wire",
                    "%d bytes",
                    (coordinator.streamBytes() - bytes) / count);
            net.run(SECOND);
        }
        figure("work of the coordinator for one change, the worst of five", "%.3f s", worstCpu);
        figure(
                "one change, until the last node has applied it, the worst of five",
                "%.3f s",
                worstNs / 1e9);
        assertEquals(count, coordinator.fulls());
        assertTrue(worstCpu <= CHANGE_CPU_S, worstCpu + " s of the coordinator for one change");
        assertTrue(worstNs <= SECOND, worstNs / 1e9 + " s for one change");
    }

    private static long cpuNow() {
        return java.lang.management.ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    private void rename(String name) {
        try {
            coordinator.registry.rename(
                    Long.toString(nodes.getFirst().id), name, Bytes.NONE, "test");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private void aNodeJoinsAndAnotherLeaves() throws IOException {
        Joined late = join(coordinator.registry, count);
        SimMember newcomer = start(late);
        net.runUntil("a newcomer", () -> allAreAt(revision()), 20 * SECOND);
        assertEquals(count + 1, coordinator.fulls());
        net.runUntil("the map is quiet", this::isQuiet, 60 * SECOND);
        coordinator.work(
                () -> {
                    try {
                        coordinator.registry.remove(Long.toString(late.id()), "test", "test");
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                });
        nodes.remove(newcomer);
        long took = net.runUntil("a removal", () -> allAreAt(revision()), SECOND);
        figure(
                "a removal, until the last node has applied it, without work",
                "%d ms",
                took / SimClock.MS);
        newcomer.kill();
        net.run(2 * SECOND);
        assertEquals(count + 1, coordinator.fulls());
    }

    // --- data

    private void pairsTalk() {
        int pairs = 20;
        for (int i = 0; i < pairs; i++) {
            SimMember a = nodes.get(i);
            SimMember b = nodes.get(count - 1 - i);
            for (int second = 0; second < 10; second++) {
                a.after(second * SECOND + i * SimClock.MS, () -> a.sendData(b));
            }
        }
        net.run(12 * SECOND);
        for (int i = 0; i < pairs; i++) {
            SimMember a = nodes.get(i);
            SimMember b = nodes.get(count - 1 - i);
            assertEquals(10, b.data(), "packets from node " + a.id + " to " + b.id);
            assertEquals(
                    List.of(PathKind.DIRECT), a.links().stream().map(PathReport::kind).toList());
            assertEquals(1, b.links().size());
        }
        long withLinks = nodes.stream().filter(n -> !n.links().isEmpty()).count();
        assertEquals(2 * pairs, withLinks, "nodes that have nothing to say have no link");
        net.run(420 * SECOND);
        assertTrue(nodes.stream().allMatch(n -> n.links().isEmpty()), "idle links are forgotten");
        assertTrue(nodes.stream().allMatch(n -> n.device.peers().size() == 1), "and their peers");
    }

    // --- the coordinator

    private void theCoordinatorIsKilled() throws IOException {
        coordinator.kill();
        net.run(10 * SECOND);
        long cpu = cpuNow();
        coordinator =
                new SimCoordinator(net, COORDINATOR, key, Registry.open(Store.openFile(file), net));
        long took =
                net.runUntil(
                        "all streams are back",
                        () -> coordinator.streams() == count && allAreAt(revision()),
                        RESTART);
        figure(
                "killed coordinator started again, until all streams are back",
                "%.1f s",
                took / 1e9);
        figure(
                "work of the coordinator and of all nodes for that",
                "%.1f s",
                (cpuNow() - cpu) / 1e9);
        figure("work of the coordinator for that", "%.1f s", coordinator.cpuNs() / 1e9);
        assertEquals(0, coordinator.fulls(), "a difference serves");
        net.run(60 * SECOND);
        assertEquals(count, coordinator.streams());
        assertTrue(
                coordinator.deltas() <= 2L * count,
                coordinator.deltas() + " differences though nothing has changed");
    }

    private void nothingHappens() {
        long bytes = net.bytes();
        long datagrams = net.datagrams();
        long cpu = coordinator.cpuNs();
        long lines = coordinator.fulls() + coordinator.deltas();
        net.run(IDLE_S * SECOND);
        double each = (net.bytes() - bytes) / (double) count / IDLE_S;
        figure(
                "idle, sent by and to a node on the wire (UDP payloads, without TCP)",
                "%.1f bytes a second",
                each);
        figure("that is a day", "%.2f MB", each * 86_400 / 1e6);
        figure(
                "idle, datagrams by and to a node",
                "%.2f a second",
                (net.datagrams() - datagrams) / (double) count / IDLE_S);
        figure(
                "idle, the coordinator's processor",
                "%.2f %%",
                (coordinator.cpuNs() - cpu) / 1e9 / IDLE_S * 100);
        assertEquals(lines, coordinator.fulls() + coordinator.deltas(), "nothing has changed");
        assertTrue(nodes.stream().allMatch(n -> n.links().isEmpty()));
    }

    @Override
    public void close() {
        if (coordinator != null) {
            coordinator.kill();
        }
    }
}
