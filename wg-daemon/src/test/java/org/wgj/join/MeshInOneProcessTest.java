// SPDX-License-Identifier: Apache-2.0
package org.wgj.join;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.wgj.coordinator.registry.AuditEntry;
import org.wgj.coordinator.registry.MeshPlan;
import org.wgj.coordinator.registry.NodeInfo;
import org.wgj.coordinator.registry.Registry;
import org.wgj.coordinator.registry.TokenRequest;
import org.wgj.coordinator.serve.Coordinator;
import org.wgj.coordinator.serve.CoordinatorOptions;
import org.wgj.coordinator.store.Store;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.mesh.enrol.EnrolPlane;
import org.wgj.mesh.map.Bytes;
import org.wgj.mesh.node.Identity;
import org.wgj.mesh.node.IdentityFile;
import org.wgj.mesh.node.MeshNode;
import org.wgj.mesh.node.NodeFolder;
import org.wgj.mesh.node.NodeOptions;
import org.wgj.mesh.node.NodeSettings;
import org.wgj.mesh.node.PlaneLink;
import org.wgj.mesh.node.PlaneSpec;
import org.wgj.mesh.node.StatusSocket;
import org.wgj.mesh.node.UserspacePlane;
import org.wgj.mesh.status.NodeStatus;
import org.wgj.mesh.token.JoinToken;
import org.wgj.protocol.IpPrefix;
import org.wgj.quick.Output;
import org.wgj.tunnel.Tunnel;
import org.wgj.tunnel.TunnelEvent;
import org.wgj.tunnel.config.HostPort;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** A real coordinator and real nodes in user space, without privilege, over UDP of this machine. */
@Timeout(300)
class MeshInOneProcessTest {
    private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

    @TempDir private Path temporary;

    private final PrivateKey key = PrivateKey.generate();
    private final Map<String, Integer> ports = new HashMap<>(); // of attempts, by name
    private final Map<String, MeshNode> nodes = new LinkedHashMap<>();
    private final List<String> told = new ArrayList<>();
    private final Set<PublicKey> peersOfTunnels = ConcurrentHashMap.newKeySet();
    private int port;
    private boolean sharedPort;
    private Coordinator coordinator;

    private final Output output =
            new Output() {
                @Override
                public void step(String command) {
                    told.add(command);
                }

                @Override
                public void warn(String message) {
                    told.add(message);
                }
            };

    /** An address that is not loopback, which no map has a use for. */
    private static InetAddress ownAddress() throws SocketException {
        return NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(a -> a instanceof Inet4Address && !a.isLoopbackAddress())
                .filter(a -> !a.isLinkLocalAddress())
                .findFirst()
                .orElse(LOOPBACK);
    }

    private static int freePort() throws IOException {
        try (DatagramSocket free = new DatagramSocket(0)) {
            return free.getLocalPort();
        }
    }

    @BeforeEach
    void begin() throws IOException {
        begin(false);
    }

    private void begin(boolean planes) throws IOException {
        port = freePort();
        MeshPlan plan =
                MeshPlan.usual("prod", IpPrefix.parse("10.77.0.0/16"), null, planes, Bytes.NONE);
        Registry.create(Store.openFile(store()), plan, InstantSource.system()).close();
        startCoordinator();
    }

    private Path store() {
        return temporary.resolve("store.db");
    }

    private void startCoordinator() throws IOException {
        coordinator =
                Coordinator.start(
                        Registry.open(Store.openFile(store()), InstantSource.system()),
                        key,
                        new CoordinatorOptions(
                                List.of(new HostPort(ownAddress().getHostAddress(), port)),
                                port,
                                true,
                                temporary.resolve("coordinator.sock"),
                                temporary.resolve("relay"),
                                new InetSocketAddress(LOOPBACK, 0),
                                InstantSource.system()),
                        (_, _) -> {});
    }

    @AfterEach
    void end() {
        nodes.values().forEach(MeshNode::close);
        coordinator.close();
    }

    private NodeFolder folder(String name) {
        return new NodeFolder(temporary.resolve(name));
    }

    private JoinToken token(int uses) throws IOException {
        return coordinator
                .registry()
                .createToken(TokenRequest.USUAL.withUses(uses), "test")
                .token();
    }

    private Identity join(String name, JoinToken token) throws Exception {
        ports.putIfAbsent(name, freePort());
        NodeOptions options =
                new NodeOptions(
                        ports.get(name),
                        sharedPort,
                        List.of(),
                        false,
                        true,
                        sharedPort,
                        false,
                        null);
        Identity identity =
                new Joining(folder(name), output)
                        .join(token, new Joining.Wish(name, null, false, !sharedPort), options);
        List<EnrolPlane> planes = identity.memberOrNull().planes();
        List<Integer> meshPorts = planes.stream().map(EnrolPlane::port).toList();
        NodeInfo known = coordinator.registry().node(identity.memberOrNull().name());
        for (int i = 0; i < meshPorts.size(); i++) {
            assertEquals(
                    options.portOf(i, meshPorts), known.planes().get(planes.get(i).name()).port());
        }
        return identity;
    }

    private MeshNode start(String name, boolean newcomer) throws IOException {
        MeshNode node =
                MeshNode.start(
                        folder(name),
                        IdentityCheck.check(folder(name)),
                        this::open,
                        new NodeSettings("test", newcomer, map -> {}));
        nodes.put(name, node);
        return node;
    }

    private PlaneLink open(PlaneSpec spec, Consumer<Tunnel.Builder> settings) throws IOException {
        return UserspacePlane.open(
                spec,
                builder -> {
                    settings.accept(builder);
                    builder.listener(
                            event -> {
                                if (event instanceof TunnelEvent.PeerAdded(PublicKey peer)) {
                                    peersOfTunnels.add(peer);
                                }
                            });
                });
    }

    private MeshNode joinAndStart(String name, JoinToken token) throws Exception {
        join(name, token);
        return start(name, true);
    }

    private void stop(String name) {
        nodes.remove(name).close();
    }

    private Answers.Result whole(String name) throws Exception {
        Answers.Result result = Answers.of(folder(name)).await(Duration.ofSeconds(40), () -> true);
        assertEquals(List.of(), result.missing(), name + ": " + told);
        return result;
    }

    private void awaitPeers(String name, String... peers) throws Exception {
        long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        List<String> seen = List.of();
        while (System.nanoTime() < end) {
            seen =
                    nodes.get(name).status().get(10, TimeUnit.SECONDS).peers().stream()
                            .map(NodeStatus.Peer::name)
                            .toList();
            if (seen.equals(List.of(peers))) {
                return;
            }
            Thread.sleep(20);
        }
        assertEquals(List.of(peers), seen);
    }

    @Test
    void nodesJoinWithOneTokenAndReachOneAnother() throws Exception {
        JoinToken token = token(3);
        joinAndStart("a", token);
        joinAndStart("b", token);
        whole("a");
        Answers.Result b = whole("b");
        assertEquals("prod", b.status().mesh());
        assertEquals("a", b.status().peers().getFirst().name());
        assertTrue(b.status().control().connected());
        assertTrue(NodeText.format(b.status()).contains("in user space: socks5://"));
        joinAndStart("c", token);
        assertEquals(2, whole("c").status().peers().size());
        awaitPeers("a", "b", "c");
        whole("a");

        // The coordinator's own view of the mesh, as the nodes get it.
        NodeStatus status = nodes.get("a").status().get(10, TimeUnit.SECONDS);
        assertEquals(3, status.meshOrNull().nodes().size());
        assertTrue(status.meshOrNull().nodes().stream().allMatch(node -> node.online()));
        MeshView view = MeshView.ask(folder("a"), temporary);
        assertTrue(view.text().contains("3 nodes"), view.text());
        String json = view.json(out -> {});
        assertTrue(json.contains("\"totals\""), json);
        assertTrue(json.contains("\"relay\""), json);
        assertTrue(view.dot().contains("graph \"prod\""), view.dot());
    }

    @Test
    void fourPlanesOfANodeShareOnePort() throws Exception {
        end();
        Files.delete(store());
        begin(true);
        JoinToken token = token(3);
        joinAndStart("each", token); // nothing stands between it and the coordinator
        assertTrue(told.getLast().contains("it is not behind NAT: each of its 4"), told::toString);
        sharedPort = true;
        joinAndStart("one", token);
        joinAndStart("two", token);
        for (String name : List.of("two", "one", "each")) {
            NodeStatus status = whole(name).status();
            assertEquals(8, status.peers().size());
            int ports = name.equals("each") ? 4 : 1;
            assertEquals(
                    ports,
                    status.planes().stream().map(NodeStatus.PlaneState::port).distinct().count());
            assertEquals(ports == 1, NodeText.format(status).contains(" (shared)"));
        }
        stop("one");
        start("one", false);
        whole("one");
        Identity one = IdentityFile.read(folder("one")).orElseThrow();
        assertTrue(one.options().sharedPort());

        NodeRunner runner = new NodeRunner(folder("one"), output, null);
        assertEquals(one, runner.usePorts(one, 0, false));
        assertEquals(
                "--no-shared-port is not used, because the node runs: stop it first",
                told.getLast());
        stop("one");
        assertEquals(one, runner.usePorts(one, 0, null));
        assertEquals(one, runner.usePorts(one, 0, true));
        Identity changed = runner.usePorts(one, 4_444, false);
        assertEquals(one.options().withPort(4_444).withSharedPort(false), changed.options());
        assertEquals(changed.options(), IdentityFile.read(folder("one")).orElseThrow().options());
    }

    @Test
    void aSecondAttemptWithTheSameKeysUsesNothing() throws Exception {
        JoinToken token = token(1);
        Identity first = join("a", token);
        // The answer was lost before it was kept: only the keys are there.
        IdentityFile.write(
                folder("a"),
                new Identity(
                        first.machine(),
                        allKeys(first),
                        first.options(),
                        first.lockKey(),
                        first.tokenCoordinators(),
                        null));
        Identity second = join("a", token);
        assertEquals(first.memberOrNull(), second.memberOrNull());
        IOException used = assertThrows(IOException.class, () -> join("b", token));
        assertEquals(
                "the mesh refuses this node: all uses of this token are used up; ask for a new"
                        + " token, which wgj mesh token makes",
                used.getMessage());
        assertTrue(new Joining(folder("a"), output).existing(false).isPresent());
        assertFalse(new Joining(folder("b"), output).existing(false).isPresent());
    }

    @Test
    void aSecondProcessThatJoinsMeanwhileMakesNoOtherKeys() throws Exception {
        JoinToken token = token(1);
        try (var _ = folder("a").claim().orElseThrow()) {
            IOException busy = assertThrows(IOException.class, () -> join("a", token));
            assertTrue(
                    busy.getMessage().contains("another wgj join is at work"), busy.getMessage());
            assertTrue(IdentityFile.read(folder("a")).isEmpty());
        }
        Identity first = join("a", token);
        assertEquals(first, join("a", token));
    }

    private static SortedMap<String, PrivateKey> allKeys(Identity identity) {
        SortedMap<String, PrivateKey> keys = new TreeMap<>(identity.keys());
        for (String plane : List.of("wg0", "wg1", "wg2", "wg3")) {
            keys.computeIfAbsent(plane, _ -> PrivateKey.generate());
        }
        return keys;
    }

    @Test
    void aRemovedNodeEndsAndTheOthersForgetIt() throws Exception {
        JoinToken token = token(3);
        joinAndStart("a", token);
        joinAndStart("b", token);
        MeshNode c = joinAndStart("c", token);
        whole("c");
        awaitPeers("a", "b", "c");
        long id = IdentityFile.read(folder("c")).orElseThrow().memberOrNull().node();
        coordinator.registry().remove(Long.toString(id), "test", "test");
        assertEquals(MeshNode.End.REMOVED, c.whenEnded().get(30, TimeUnit.SECONDS));
        awaitPeers("a", "b");
        assertTrue(Files.exists(folder("c").path().resolve("removed")));
        IOException again = assertThrows(IOException.class, () -> start("c", false));
        assertTrue(again.getMessage().contains("removed"), again.getMessage());
        assertFalse(new Joining(folder("c"), output).existing(false).isPresent());
    }

    @Test
    void aNodeThatLeavesIsGoneEverywhere() throws Exception {
        JoinToken token = token(2);
        joinAndStart("a", token);
        joinAndStart("b", token);
        whole("b");
        awaitPeers("a", "b");
        stop("b");
        assertTrue(new Leaving(folder("b"), output).leave(true), told.toString());
        awaitPeers("a");
        assertTrue(IdentityFile.read(folder("b")).isEmpty());
        assertEquals(Optional.empty(), StatusSocket.ask(folder("b")));
    }

    @Test
    void aNodeChangesItsKeyWhileItRuns() throws Exception {
        JoinToken token = token(2);
        joinAndStart("a", token);
        joinAndStart("b", token);
        whole("a");
        whole("b");
        PublicKey before = IdentityFile.read(folder("a")).orElseThrow().publicKeys().get("wg0");

        coordinator.registry().wantRotation("a", null, "test");

        Identity changed = awaitIdentity("a", identity -> !keyOf(identity).equals(before));
        assertEquals(Map.of(), changed.nextKeys());
        NodeInfo.InPlane known = coordinator.registry().node("a").planes().get("wg0");
        assertEquals(keyOf(changed), known.key());
        assertFalse(known.rotationWanted());
        assertEquals(
                List.of("rotate-wanted", "rotate", "rotated"),
                coordinator.registry().audit(0, 100).stream()
                        .map(AuditEntry::verb)
                        .filter(verb -> verb.startsWith("rotate"))
                        .toList());
        whole("a");
        whole("b");
        stop("a");
        start("a", false);
        whole("a");
        whole("b");
    }

    private static PublicKey keyOf(Identity identity) {
        return identity.publicKeys().get("wg0");
    }

    private Identity awaitIdentity(String name, Predicate<Identity> wanted) throws Exception {
        long end = System.nanoTime() + Duration.ofSeconds(150).toNanos();
        while (true) {
            Identity identity = IdentityFile.read(folder(name)).orElseThrow();
            if (wanted.test(identity)) {
                return identity;
            }
            assertTrue(System.nanoTime() < end, name + " has still " + identity.publicKeys());
            Thread.sleep(20);
        }
    }

    @Test
    void aNodeThatStopsInAChangeOfKeysGoesOnWithIt() throws Exception {
        JoinToken token = token(2);
        joinAndStart("a", token);
        joinAndStart("b", token);
        whole("b");
        stop("a");
        Identity identity = IdentityFile.read(folder("a")).orElseThrow();
        PrivateKey next = PrivateKey.generate();
        long id = identity.memberOrNull().node();

        // It stopped after the coordinator had heard it under the next key, and before it knew.
        coordinator.registry().beginRotation(id, "wg0", next.publicKey(), "test");
        coordinator.registry().confirmRotation(id, "wg0", next.publicKey());
        IdentityFile.write(
                folder("a"), identity.withNextKey("wg0", new Identity.NextKey(next, true)));
        start("a", false);
        awaitIdentity("a", now -> keyOf(now).equals(next.publicKey()) && now.nextKeys().isEmpty());
        whole("a");
        whole("b");

        // It stopped with the next key marked as used, which the coordinator never heard of.
        stop("a");
        PrivateKey third = PrivateKey.generate();
        identity = IdentityFile.read(folder("a")).orElseThrow();
        IdentityFile.write(
                folder("a"), identity.withNextKey("wg0", new Identity.NextKey(third, true)));
        start("a", false);
        awaitIdentity("a", now -> keyOf(now).equals(third.publicKey()));
        whole("a");
        whole("b");
    }

    @Test
    void aNodeStartsWithItsKeptMapWithoutTheCoordinator() throws Exception {
        JoinToken token = token(2);
        joinAndStart("a", token);
        joinAndStart("b", token);
        whole("b");
        whole("a");
        coordinator.close();
        stop("b");
        start("b", false);
        awaitPeers("b", "a");
        NodeStatus status = nodes.get("b").status().get(10, TimeUnit.SECONDS);
        assertFalse(status.control().connected());
        assertTrue(status.revision() > 0);
        assertFalse(MeshView.ask(folder("b"), temporary.resolve("none")).isWhole());

        startCoordinator();
        whole("b"); // through the relay: no candidate of this machine is used on this machine
    }

    @Test
    void aLateNodeLearnsOfARemovalBeforeItTalksToAnyone() throws Exception {
        JoinToken token = token(3);
        joinAndStart("a", token);
        joinAndStart("b", token);
        joinAndStart("c", token);
        whole("c");
        PublicKey a = keyOf(IdentityFile.read(folder("a")).orElseThrow());
        PublicKey b = keyOf(IdentityFile.read(folder("b")).orElseThrow());
        stop("c");
        coordinator.registry().remove("b", "test", "test");
        peersOfTunnels.clear();
        start("c", false);
        awaitPeers("c", "a");
        whole("c");
        assertTrue(peersOfTunnels.contains(a));
        assertFalse(peersOfTunnels.contains(b), "it was no peer at any time");

        // Without a coordinator it goes on with its map.
        stop("c");
        coordinator.close();
        MeshNode c = start("c", false);
        awaitPeers("c", "a");
        assertTrue(c.status().get(10, TimeUnit.SECONDS).revision() > 0);
    }

    @Test
    void aNodeLeavesWithoutTheCoordinatorAndSaysSo() throws Exception {
        join("a", token(1));
        coordinator.close();
        assertFalse(new Leaving(folder("a"), output).leave(true));
        assertTrue(told.stream().anyMatch(line -> line.contains("wgj mesh rm a")), told.toString());
        assertTrue(IdentityFile.read(folder("a")).isEmpty());
    }
}
