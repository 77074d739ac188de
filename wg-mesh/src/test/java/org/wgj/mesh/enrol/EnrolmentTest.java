// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.enrol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.mesh.map.Bytes;
import org.wgj.mesh.map.MapCoordinator;
import org.wgj.mesh.token.JoinToken;
import org.wgj.netstack.TunnelNet;
import org.wgj.protocol.Initiations;
import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.config.HostPort;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/** A gate and clients over loopback UDP; the test plays the registry. */
class EnrolmentTest {
    private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

    private final PrivateKey coordinatorKey = PrivateKey.generate();
    private final Set<PublicKey> live = ConcurrentHashMap.newKeySet();
    private final Map<PublicKey, Long> members = new ConcurrentHashMap<>();
    private final AtomicInteger requests = new AtomicInteger();
    private final AtomicInteger busyFor = new AtomicInteger();
    private volatile boolean silent;
    private EnrolGate gate;
    private TunnelNet net;

    @BeforeEach
    void start() throws Exception {
        gate = new EnrolGate(coordinatorKey, live::contains, index -> false, this::requested);
        net =
                TunnelNet.builder()
                        .address(InetAddress.ofLiteral("10.77.0.1"))
                        .tunnel(
                                builder ->
                                        builder.privateKey(coordinatorKey)
                                                .filter(gate)
                                                .unknownInitiators(gate)
                                                .reservedIndices(gate::hasIndex))
                        .open();
    }

    @AfterEach
    void stop() {
        net.close();
    }

    private int port() {
        return net.tunnel().status().join().listenPort();
    }

    private void requested(EnrolResponder.Request request) {
        requests.incrementAndGet();
        if (silent) {
            return;
        }
        Thread.ofVirtual()
                .start(
                        () -> {
                            if (busyFor.getAndDecrement() > 0) {
                                byte[] busy =
                                        EnrolJson.write(
                                                EnrolAnswer.refused(
                                                        EnrolAnswer.Reason.BUSY, "again"));
                                onLoop(() -> gate.answerForNow(request.session(), busy));
                                return;
                            }
                            byte[] answer = EnrolJson.write(answer(request.bytes()));
                            onLoop(() -> gate.answer(request.session(), answer));
                        });
    }

    private void onLoop(Runnable task) {
        net.tunnel().configure(editor -> task.run()).join();
    }

    private EnrolAnswer answer(byte[] bytes) {
        EnrolRequest request = EnrolJson.readRequest(bytes);
        long id;
        synchronized (members) {
            long next = members.size() + 1;
            Long before = members.putIfAbsent(request.keys().get("wg0"), next);
            id = before == null ? next : before;
        }
        InetAddress address = InetAddress.ofLiteral("10.77.0." + (id + 1));
        EnrolPlane plane =
                new EnrolPlane(
                        "wg0",
                        List.of(IpPrefix.parse("10.77.0.0/16")),
                        51820,
                        1420,
                        List.of(address));
        MapCoordinator coordinator =
                new MapCoordinator(
                        1,
                        coordinatorKey.publicKey(),
                        List.of(new HostPort("127.0.0.1", port())),
                        new TreeMap<>(Map.of("wg0", List.of(InetAddress.ofLiteral("10.77.0.1")))),
                        true);
        return EnrolAnswer.joined(
                id, request.name(), "prod", new UUID(0, 1), List.of(plane), List.of(coordinator));
    }

    private JoinToken token(Instant expires, List<JoinToken.Coordinator> coordinators) {
        PrivateKey key = PrivateKey.generate();
        live.add(key.publicKey());
        return new JoinToken(key, expires, coordinators, Bytes.NONE);
    }

    private JoinToken token() {
        return token(
                Instant.now().plusSeconds(3_600), List.of(at(coordinatorKey.publicKey(), port())));
    }

    private static JoinToken.Coordinator at(PublicKey key, int port) {
        return new JoinToken.Coordinator(key, new HostPort("127.0.0.1", port));
    }

    private static EnrolRequest request(PublicKey key) {
        return new EnrolRequest(
                "web",
                new TreeMap<>(Map.of("wg0", key)),
                NodePorts.USUAL,
                List.of(),
                "",
                false,
                false,
                null);
    }

    private static EnrolClient client(JoinToken token, int seconds) {
        return new EnrolClient(token, Duration.ofSeconds(seconds), InstantSource.system());
    }

    private static PublicKey newKey() {
        return PrivateKey.generate().publicKey();
    }

    @Test
    void nodeJoins() throws Exception {
        EnrolAnswer answer = client(token(), 10).ask(request(newKey()));

        assertEquals(EnrolAnswer.Result.JOINED, answer.result());
        assertEquals(InetAddress.ofLiteral("10.77.0.2"), answer.planes().get(0).addresses().get(0));
        assertEquals(coordinatorKey.publicKey(), answer.coordinators().get(0).key());
    }

    @Test
    void sameNodeGetsTheSameAnswerAgain() throws Exception {
        JoinToken token = token();
        EnrolRequest request = request(newKey());

        EnrolAnswer first = client(token, 10).ask(request);

        assertEquals(first, client(token, 10).ask(request));
        assertEquals(1, members.size());
    }

    @Test
    void joinersWithOneTokenDoNotDisturbOneAnother() throws Exception {
        JoinToken token = token();
        int nodes = 20;
        List<Future<EnrolAnswer>> answers = new ArrayList<>();
        try (ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < nodes; i++) {
                answers.add(pool.submit(() -> client(token, 30).ask(request(newKey()))));
            }
        }
        Set<InetAddress> addresses = ConcurrentHashMap.newKeySet();
        for (Future<EnrolAnswer> answer : answers) {
            addresses.add(answer.get().planes().get(0).addresses().get(0));
        }

        assertEquals(nodes, addresses.size());
        assertEquals(nodes, requests.get());
    }

    @Test
    void busyCoordinatorIsAskedAgain() throws Exception {
        busyFor.set(2);

        EnrolAnswer answer = client(token(), 20).ask(request(newKey()));

        assertEquals(EnrolAnswer.Result.JOINED, answer.result());
        assertTrue(requests.get() >= 3, requests.get() + " requests");
    }

    @Test
    void whatABusyCoordinatorSaysIsToldAlthoughAnotherIsDead() throws Exception {
        busyFor.set(Integer.MAX_VALUE);
        try (DatagramSocket dead = new DatagramSocket(0, LOOPBACK)) {
            JoinToken token =
                    token(
                            Instant.now().plusSeconds(60),
                            List.of(
                                    at(coordinatorKey.publicKey(), port()),
                                    at(newKey(), dead.getLocalPort())));

            assertEquals("again", client(token, 3).ask(request(newKey())).message());
        }
    }

    /** Such as one that waits for a database. */
    @Test
    void aCoordinatorThatIsReachedButSilentIsNotTakenForAFirewall() throws Exception {
        silent = true;
        try (DatagramSocket dead = new DatagramSocket(0, LOOPBACK)) {
            JoinToken token =
                    token(
                            Instant.now().plusSeconds(60),
                            List.of(
                                    at(newKey(), dead.getLocalPort()),
                                    at(coordinatorKey.publicKey(), port())));

            EnrolException e =
                    assertThrows(
                            EnrolException.class, () -> client(token, 3).ask(request(newKey())));

            assertTrue(e.getMessage().contains("cannot use its store"), e.getMessage());
            assertFalse(e.getMessage().contains("firewall"), e.getMessage());
        }
    }

    @Test
    void secondCoordinatorAnswersIfTheFirstIsDead() throws Exception {
        try (DatagramSocket dead = new DatagramSocket(0, LOOPBACK)) {
            JoinToken token =
                    token(
                            Instant.now().plusSeconds(60),
                            List.of(
                                    at(newKey(), dead.getLocalPort()),
                                    at(coordinatorKey.publicKey(), port())));

            EnrolAnswer answer = client(token, 10).ask(request(newKey()));

            assertEquals(EnrolAnswer.Result.JOINED, answer.result());
        }
    }

    @Test
    void clientKnowsThatItsTokenHasExpired() {
        JoinToken token =
                token(
                        Instant.now().minusSeconds(3 * 3_600 + 5),
                        List.of(at(coordinatorKey.publicKey(), port())));

        EnrolException e =
                assertThrows(EnrolException.class, () -> client(token, 10).ask(request(newKey())));

        assertTrue(e.getMessage().contains("expired 3 h ago"), e.getMessage());
        assertTrue(e.getMessage().contains("wgj mesh token"), e.getMessage());
    }

    @Test
    void revokedTokenIsMetBySilenceAndTheMessageSaysWhatToDo() {
        JoinToken token = token();
        live.clear();

        EnrolException e =
                assertThrows(EnrolException.class, () -> client(token, 2).ask(request(newKey())));

        assertTrue(e.getMessage().contains("revoked"), e.getMessage());
        assertTrue(e.getMessage().contains("127.0.0.1 port " + port()), e.getMessage());
        assertTrue(e.getMessage().contains("within 2 s"), e.getMessage());
        assertTrue(e.getMessage().contains("nothing comes back by UDP"), e.getMessage());
        assertTrue(e.getMessage().contains("wgj join --relay"), e.getMessage());
        assertEquals(0, requests.get());
    }

    @Test
    void nameWithoutAnAddressIsNamed() {
        JoinToken token =
                token(
                        Instant.now().plusSeconds(60),
                        List.of(
                                new JoinToken.Coordinator(
                                        newKey(), new HostPort("nowhere.invalid", 51820))));

        EnrolException e =
                assertThrows(EnrolException.class, () -> client(token, 2).ask(request(newKey())));

        assertTrue(e.getMessage().contains("nowhere.invalid"), e.getMessage());
    }

    @Test
    void sameInitiationIsAnsweredOnce() throws Exception {
        JoinToken token = token();
        byte[] initiation = Initiations.make(token.key(), coordinatorKey.publicKey());
        try (DatagramSocket socket = new DatagramSocket(0, LOOPBACK)) {
            socket.setSoTimeout(500);
            send(socket, initiation);
            DatagramPacket response = new DatagramPacket(new byte[2_000], 2_000);
            socket.receive(response);
            assertEquals(92, response.getLength());

            send(socket, initiation);
            assertThrows(SocketTimeoutException.class, () -> socket.receive(response));
        }
    }

    private void send(DatagramSocket socket, byte[] bytes) throws Exception {
        socket.send(new DatagramPacket(bytes, bytes.length, LOOPBACK, port()));
    }

    @Test
    void strangersSeeNothing() throws Exception {
        JoinToken revoked = token();
        live.clear();
        byte[] random = new byte[148];
        new java.util.Random(1).nextBytes(random);
        byte[] transport = new byte[32];
        transport[0] = 4;
        try (DatagramSocket socket = new DatagramSocket(0, LOOPBACK)) {
            socket.setSoTimeout(500);
            send(socket, random);
            send(socket, new byte[] {0});
            send(socket, transport);
            send(socket, Initiations.make(PrivateKey.generate(), coordinatorKey.publicKey()));
            send(socket, Initiations.make(revoked.key(), coordinatorKey.publicKey()));
            DatagramPacket answer = new DatagramPacket(new byte[2_000], 2_000);

            assertThrows(SocketTimeoutException.class, () -> socket.receive(answer));
        }
        assertEquals(0, requests.get());
        assertNotNull(client(token(), 10).ask(request(newKey())), "it is alive all the same");
    }

    /** Another coordinator has answered, and the caller has wiped the token. */
    @Test
    void anAttemptThatIsGivenUpBeforeItsTunnelIsOpenEndsQuietly() {
        PrivateKey wiped = PrivateKey.generate();
        EnrolAttempt attempt =
                new EnrolAttempt(
                        wiped,
                        coordinatorKey.publicKey(),
                        new InetSocketAddress(LOOPBACK, port()),
                        EnrolJson.write(request(newKey())),
                        System.nanoTime() + Duration.ofSeconds(5).toNanos());
        wiped.wipe();
        assertThrows(IllegalStateException.class, () -> attempt.ask(answer -> {}));
        Thread.currentThread().interrupt();
        assertThrows(IOException.class, () -> attempt.ask(answer -> {}));
        assertTrue(Thread.interrupted());
    }
}
