// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.wgj.coordinator.registry.MeshPlan;
import org.wgj.coordinator.registry.Registry;
import org.wgj.coordinator.registry.TokenRequest;
import org.wgj.coordinator.store.Store;
import org.wgj.crypto.PrivateKey;
import org.wgj.mesh.enrol.EnrolAnswer;
import org.wgj.mesh.enrol.EnrolException;
import org.wgj.mesh.map.Bytes;
import org.wgj.mesh.map.Candidate;
import org.wgj.mesh.map.MapDelta;
import org.wgj.mesh.map.MapNodes;
import org.wgj.mesh.map.MeshMap;
import org.wgj.mesh.map.StreamLine;
import org.wgj.mesh.status.MeshStatus;
import org.wgj.mesh.token.JoinToken;
import org.wgj.protocol.Initiations;
import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.config.HostPort;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** A whole coordinator with a real store, and nodes over loopback UDP. */
@Timeout(120)
class CoordinatorTest {
    private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

    private static final InetAddress OWN = ownAddress();

    @TempDir private Path folder;

    private final PrivateKey key = PrivateKey.generate();
    private final List<TestNode> nodes = new ArrayList<>();
    private int port;
    private Coordinator coordinator;

    /** An address of this machine that is not loopback, which the map has no use for. */
    private static InetAddress ownAddress() {
        try {
            return NetworkInterface.networkInterfaces()
                    .flatMap(NetworkInterface::inetAddresses)
                    .filter(a -> a instanceof Inet4Address && !a.isLoopbackAddress())
                    .filter(a -> !a.isLinkLocalAddress())
                    .findFirst()
                    .orElse(LOOPBACK);
        } catch (SocketException e) {
            return LOOPBACK;
        }
    }

    @BeforeEach
    void start() throws IOException {
        try (DatagramSocket free = new DatagramSocket(0, LOOPBACK)) {
            port = free.getLocalPort();
        }
        MeshPlan plan =
                MeshPlan.usual("prod", IpPrefix.parse("10.77.0.0/16"), null, false, Bytes.NONE);
        Registry.create(Store.openFile(file()), plan, InstantSource.system()).close();
        coordinator = run();
    }

    private Path file() {
        return folder.resolve("store.db");
    }

    private Coordinator run() throws IOException {
        return Coordinator.start(
                Registry.open(Store.openFile(file()), InstantSource.system()),
                key,
                new CoordinatorOptions(
                        List.of(new HostPort(OWN.getHostAddress(), port)),
                        port,
                        true,
                        folder.resolve("coordinator.sock"),
                        folder.resolve("relay"),
                        new InetSocketAddress(LOOPBACK, 0),
                        InstantSource.system()),
                (running, routes) -> {});
    }

    @AfterEach
    void stop() {
        nodes.forEach(TestNode::close);
        coordinator.close();
    }

    private JoinToken token(int uses) throws IOException {
        return coordinator
                .registry()
                .createToken(TokenRequest.USUAL.withUses(uses), "test")
                .token();
    }

    private TestNode join(JoinToken token, String name) throws Exception {
        TestNode node = TestNode.join(token, name);
        nodes.add(node);
        return node;
    }

    private static MeshMap full(TestNode.Lines lines) throws IOException {
        StreamLine.Full line = assertInstanceOf(StreamLine.Full.class, lines.next());
        assertEquals(line.hash(), MapNodes.hash(line.map()));
        return line.map();
    }

    /** Reads lines until a map has what is waited for. */
    private static MeshMap until(
            TestNode.Lines lines, MeshMap map, java.util.function.Predicate<MeshMap> condition)
            throws IOException {
        MeshMap now = map;
        while (!condition.test(now)) {
            if (lines.next() instanceof StreamLine.Delta(MapDelta delta)) {
                now = MapNodes.apply(now, delta);
                assertEquals(delta.hash(), MapNodes.hash(now));
            }
        }
        return now;
    }

    @Test
    void nodeJoinsAndGetsTheMap() throws Exception {
        TestNode web = join(token(1), "web");

        try (TestNode.Lines lines = web.stream("")) {
            MeshMap map = full(lines);
            assertEquals("prod", map.mesh());
            assertEquals("web", map.nodes().get(web.answer.node()).name());
            assertEquals(key.publicKey(), map.coordinators().getFirst().key());
        }
    }

    @Test
    void othersHearOfANewNodeAtOnce() throws Exception {
        JoinToken token = token(2);
        TestNode web = join(token, "web");
        try (TestNode.Lines lines = web.stream("")) {
            MeshMap map = full(lines);

            TestNode db = join(token, "db");
            long joinedNs = System.nanoTime();
            map = until(lines, map, m -> m.nodes().containsKey(db.answer.node()));
            System.out.printf(
                    "the map came %.1f ms after the answer to the joiner%n",
                    (System.nanoTime() - joinedNs) / 1e6);

            assertEquals("db", map.nodes().get(db.answer.node()).name());
        }
    }

    @Test
    void coordinatorObservesWhereANodeIs() throws Exception {
        Assumptions.assumeFalse(OWN.isLoopbackAddress(), "this machine has no network");
        TestNode web = join(token(1), "web");
        int own = web.net.tunnel().status().join().listenPort();
        try (TestNode.Lines lines = web.stream("")) {
            MeshMap map = full(lines);
            Candidate seen =
                    new Candidate(Candidate.Kind.OBSERVED, new InetSocketAddress(OWN, own));

            map = until(lines, map, m -> candidates(m, web).contains(seen));

            assertEquals(List.of(seen), candidates(map, web));
        }
    }

    private static List<Candidate> candidates(MeshMap map, TestNode node) {
        return map.nodes().get(node.answer.node()).planes().get("wg0").candidates();
    }

    @Test
    void twentyNodesJoinAtOnceWithOneToken() throws Exception {
        JoinToken token = token(20);
        List<Future<EnrolAnswer>> answers = new ArrayList<>();
        try (ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 20; i++) {
                var request = TestNode.request("n" + i, PrivateKey.generate().publicKey());
                answers.add(pool.submit(() -> TestNode.ask(token, request)));
            }
        }
        Set<InetAddress> addresses = new HashSet<>();
        for (Future<EnrolAnswer> answer : answers) {
            assertEquals(EnrolAnswer.Result.JOINED, answer.get().result());
            assertEquals(OWN, answer.get().seenAtOrNull());
            addresses.addAll(answer.get().planes().getFirst().addresses());
        }

        assertEquals(20, addresses.size());
        assertEquals(20, coordinator.registry().snapshot().map().nodes().size());
        EnrolAnswer late =
                TestNode.ask(token, TestNode.request("x", PrivateKey.generate().publicKey()));
        assertEquals(EnrolAnswer.Reason.USED, late.reasonOrNull());
    }

    @Test
    void revokedTokenIsSilence() throws Exception {
        JoinToken token = token(1);
        long id = coordinator.registry().tokens().getFirst().id();
        coordinator.registry().revokeToken(id, false, "test");

        assertThrows(
                EnrolException.class,
                () ->
                        new org.wgj.mesh.enrol.EnrolClient(
                                        token, Duration.ofSeconds(2), InstantSource.system())
                                .ask(TestNode.request("x", PrivateKey.generate().publicKey())));
    }

    @Test
    void removedNodeIsToldAndCutOff() throws Exception {
        JoinToken token = token(2);
        TestNode web = join(token, "web");
        TestNode db = join(token, "db");
        try (TestNode.Lines others = web.stream("");
                TestNode.Lines own = db.stream("")) {
            MeshMap seen = full(others);
            MeshMap last = full(own);

            coordinator.registry().remove("db", "test", "test");

            until(others, seen, m -> !m.nodes().containsKey(db.answer.node()));
            until(own, last, m -> !m.nodes().containsKey(db.answer.node()));
        }
        assertEquals(1, coordinator.registry().snapshot().map().nodes().size());
        boolean cutOff = false;
        while (!cutOff) { // within half a second; the test has a time limit
            try {
                db.net.connect("10.77.0.1", 7707, Duration.ofSeconds(2)).close();
            } catch (IOException e) {
                cutOff = true;
            }
        }
        try (TestNode.Lines lines = web.stream("")) {
            full(lines);
        }
    }

    @Test
    void streamGoesOnWhereItEnded() throws Exception {
        JoinToken token = token(2);
        TestNode web = join(token, "web");
        MeshMap map;
        try (TestNode.Lines lines = web.stream("")) {
            map = full(lines);
        }
        TestNode db = join(token, "db");

        String query = "?epoch=" + map.epoch() + "&revision=" + map.revision();
        try (TestNode.Lines lines = web.stream(query)) {
            StreamLine.Delta line = assertInstanceOf(StreamLine.Delta.class, lines.next());
            MeshMap later = MapNodes.apply(map, line.delta());
            assertEquals(line.delta().hash(), MapNodes.hash(later));
            assertTrue(later.nodes().containsKey(db.answer.node()));
        }
        try (TestNode.Lines lines =
                web.stream("?epoch=" + new java.util.UUID(1, 2) + "&revision=1")) {
            full(lines);
        }
    }

    @Test
    void coordinatorRestartsAndNodesGoOn() throws Exception {
        TestNode web = join(token(1), "web");
        MeshMap map;
        try (TestNode.Lines lines = web.stream("")) {
            map = full(lines);
            if (!OWN.isLoopbackAddress()) {
                map = until(lines, map, m -> !candidates(m, web).isEmpty());
            }
        }
        coordinator.close();
        coordinator = run();

        String query = "?epoch=" + map.epoch() + "&revision=" + map.revision();
        try (TestNode.Lines lines = web.stream(query)) {
            StreamLine line = lines.next();
            assertTrue(
                    line instanceof StreamLine.Alive || line instanceof StreamLine.Delta,
                    line.toString());
        }
    }

    @Test
    void nodeReportsAndSeesTheStatus() throws Exception {
        TestNode web = join(token(1), "web");
        assertTrue(
                web.call(
                                "POST /v1/report",
                                "{\"planes\":{\"wg0\":{\"candidates\":[{\"kind\":\"LOCAL\","
                                        + "\"endpoint\":\"192.168.1.5:51820\"}]}},\"peers\":[],"
                                        + "\"version\":\"9.9\"}")
                        .startsWith("HTTP/1.1 204"));
        MeshMap map = coordinator.registry().snapshot().map();
        String ack = "{\"epoch\":\"" + map.epoch() + "\",\"revision\":" + map.revision() + "}";
        assertTrue(web.call("POST /v1/ack", ack).startsWith("HTTP/1.1 409"), "it has no stream");
        try (TestNode.Lines lines = web.stream("")) {
            MeshMap now = full(lines);
            assertTrue(web.call("POST /v1/ack", ack).startsWith("HTTP/1.1 204"));
            until(lines, now, m -> hasLocal(m, web)); // it is stored a moment after the answer
        }

        String answer = web.call("GET /v1/status", "");

        assertTrue(answer.startsWith("HTTP/1.1 200"), answer);
        String json = answer.substring(answer.indexOf("\r\n\r\n") + 4);
        MeshStatus status = MeshStatus.read(json.getBytes(StandardCharsets.UTF_8));
        assertEquals("9.9", status.nodes().getFirst().version());
        assertEquals(map.revision(), status.nodes().getFirst().revision());
        assertTrue(status.nodes().getFirst().online());
    }

    private static boolean hasLocal(MeshMap map, TestNode node) {
        return candidates(map, node).stream().anyMatch(c -> c.kind() == Candidate.Kind.LOCAL);
    }

    @Test
    void nodeHearsThatAnAdministratorWantsNewKeys() throws Exception {
        TestNode web = join(token(1), "web");
        try (TestNode.Lines lines = web.stream("")) {
            full(lines);
            coordinator.registry().wantRotation("web", null, "test");

            assertEquals(Set.of("wg0"), askedFor(lines));
        }
        try (TestNode.Lines lines = web.stream("")) {
            assertEquals(Set.of("wg0"), askedFor(lines), "a stream of its own asks again");
        }
    }

    private static Set<String> askedFor(TestNode.Lines lines) throws Exception {
        while (true) {
            if (lines.next() instanceof StreamLine.Rotate(Set<String> planes)) {
                return planes;
            }
        }
    }

    @Test
    void nodeLeaves() throws Exception {
        TestNode web = join(token(1), "web");

        assertTrue(web.call("POST /v1/leave", "").startsWith("HTTP/1.1 204"));

        assertTrue(coordinator.registry().snapshot().map().nodes().isEmpty());
    }

    private String ask(SocketChannel channel, String host) throws IOException {
        try (channel) {
            channel.write(
                    ByteBuffer.wrap(
                            ("GET /v1/status HTTP/1.1\r\nHost: "
                                            + host
                                            + "\r\nConnection: close\r\n\r\n")
                                    .getBytes(StandardCharsets.UTF_8)));
            ByteBuffer answer = ByteBuffer.allocate(64 << 10);
            while (channel.read(answer) >= 0) {
                assertTrue(answer.hasRemaining());
            }
            return new String(answer.array(), 0, answer.position(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void administratorsUseASocketOfTheirOwn() throws IOException {
        Path socket = folder.resolve("coordinator.sock");
        String answer = ask(SocketChannel.open(UnixDomainSocketAddress.of(socket)), "coordinator");

        assertTrue(answer.startsWith("HTTP/1.1 200"), answer);
        assertEquals(
                "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)));
    }

    @Test
    void pageOfThisMachineServesItsOwnNameOnly() throws IOException {
        InetSocketAddress page = coordinator.pages().getFirst();

        assertTrue(
                ask(SocketChannel.open(page), "127.0.0.1:" + page.getPort())
                        .startsWith("HTTP/1.1 200"));
        assertTrue(
                ask(SocketChannel.open(page), "localhost:" + page.getPort())
                        .startsWith("HTTP/1.1 200"));
        for (String host :
                List.of("evil.example", "10.77.0.1:7707", "127.0.0.1.evil.example", "")) {
            assertTrue(ask(SocketChannel.open(page), host).startsWith("HTTP/1.1 421"), host);
        }
    }

    @Test
    void keyOfANodeChangesInPlace() throws Exception {
        TestNode web = join(token(1), "web");
        PrivateKey fresh = PrivateKey.generate();
        String answer =
                web.call(
                        "POST /v1/rotate",
                        "{\"plane\":\"wg0\",\"key\":\"" + fresh.publicKey().toBase64() + "\"}");
        assertTrue(answer.startsWith("HTTP/1.1 204"), answer);
        web.close();

        TestNode renewed = TestNode.up(fresh, web.answer, web.answer.coordinators().getFirst());
        nodes.add(renewed);
        try (TestNode.Lines lines = renewed.stream("")) {
            MeshMap map = full(lines);
            assertEquals(
                    fresh.publicKey(),
                    map.nodes().get(web.answer.node()).planes().get("wg0").key());
        }
    }

    @Test
    void readerThatSleepsHoldsUpNobody() throws Exception {
        JoinToken token = token(2);
        TestNode sleeper = join(token, "sleeper");
        TestNode web = join(token, "web");
        try (TestNode.Lines ignored = sleeper.stream("");
                TestNode.Lines lines = web.stream("")) {
            MeshMap map = full(lines);
            for (int i = 0; i < 40; i++) {
                coordinator.registry().rename("web", "web-" + i % 2 + "-" + i, Bytes.NONE, "test");
                coordinator.registry().rename("web-" + i % 2 + "-" + i, "web", Bytes.NONE, "test");
            }
            coordinator.registry().rename("web", "last", Bytes.NONE, "test");

            until(lines, map, m -> m.nodes().get(web.answer.node()).name().equals("last"));
            assertInstanceOf(StreamLine.Full.class, ignored.next());
        }
    }

    @Test
    void outsidersSeeNothing() throws Exception {
        JoinToken token = token(1);
        coordinator
                .registry()
                .revokeToken(coordinator.registry().tokens().getFirst().id(), false, "test");
        byte[] transport = new byte[64];
        transport[0] = 4;
        byte[] random = new byte[148];
        new java.util.Random(1).nextBytes(random);
        random[0] = 1;
        random[1] = 0;
        random[2] = 0;
        random[3] = 0;
        try (DatagramSocket socket = new DatagramSocket(0, OWN)) {
            socket.setSoTimeout(1_000);
            for (byte[] each :
                    List.of(
                            transport,
                            random,
                            new byte[] {0},
                            Initiations.make(PrivateKey.generate(), key.publicKey()),
                            Initiations.make(token.key(), key.publicKey()))) {
                socket.send(new DatagramPacket(each, each.length, OWN, port));
            }
            DatagramPacket answer = new DatagramPacket(new byte[2_000], 2_000);

            assertThrows(SocketTimeoutException.class, () -> socket.receive(answer));
        }
    }
}
