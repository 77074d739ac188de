// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.relay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.wgj.crypto.PrivateKey;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.Seeds;
import org.wgj.tun.MemoryTun;
import org.wgj.tunnel.Tunnel;
import org.wgj.tunnel.TunnelEvent;

import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** The relay on the port of a real tunnel, and everything else that arrives there. */
@ExtendWith(Seeds.class)
class RelayFilterTest {
    private static final long PATIENCE_S = 20;

    private final Random random = new Random(Seeds.next());
    private final List<AutoCloseable> open = new ArrayList<>();
    private final PrivateKey hubKey = PrivateKey.generate(random);
    private final Member alice = new Member(1);
    private final Member bob = new Member(2);
    private RelayFilter relay;
    private Tunnel hub;

    /** A tunnel with the address 10.0.0.NUMBER that knows the hub's address only. */
    private final class Member {
        final int number;
        final PrivateKey key = PrivateKey.generate(random);
        final MemoryTun packets;
        Tunnel tunnel;

        Member(int number) {
            this.number = number;
            packets = new MemoryTun("member" + number, 1420);
        }

        void start(Member other) throws Exception {
            BlockingQueue<TunnelEvent> events = new LinkedBlockingQueue<>();
            tunnel =
                    Tunnel.builder(packets)
                            .privateKey(key)
                            .listener(events::add)
                            .peer(
                                    hubKey.publicKey(),
                                    peer ->
                                            peer.endpoint(addressOf(hub))
                                                    .persistentKeepalive(25)
                                                    .allowedIp(IpPrefix.parse("10.0.0.9/32")))
                            .peer(
                                    other.key.publicKey(),
                                    peer ->
                                            peer.endpoint(addressOf(hub))
                                                    .allowedIp(address(other.number)))
                            .start();
            open.add(tunnel);
            TunnelEvent event;
            do {
                event = events.poll(PATIENCE_S, TimeUnit.SECONDS);
                assertNotNull(event, "no session with the hub");
            } while (!(event instanceof TunnelEvent.HandshakeCompleted));
        }
    }

    private static IpPrefix address(int number) {
        return IpPrefix.parse("10.0.0." + number + "/32");
    }

    private static InetSocketAddress addressOf(Tunnel tunnel) {
        return new InetSocketAddress(
                InetAddress.getLoopbackAddress(), tunnel.status().join().listenPort());
    }

    private void serve(Set<Long> directOnly) {
        relay.serve(
                List.of(
                        new RelayMember(1, "wg0", alice.key.publicKey()),
                        new RelayMember(2, "wg0", bob.key.publicKey())),
                directOnly);
    }

    private void startHub(int port) throws Exception {
        relay = new RelayFilter(RelayLimits.DEFAULT, random);
        relay.submit(
                r -> {
                    r.setOwnKeys(List.of(hubKey.publicKey()));
                    return null;
                });
        serve(Set.of());
        hub =
                Tunnel.builder(new MemoryTun("hub", 1420))
                        .privateKey(hubKey)
                        .listenPort(port)
                        .filter(relay)
                        .listener(relay)
                        .reservedIndices(relay::isRelayed)
                        .peer(alice.key.publicKey(), peer -> peer.allowedIp(address(1)))
                        .peer(bob.key.publicKey(), peer -> peer.allowedIp(address(2)))
                        .start();
        open.add(hub);
    }

    private void startAll() throws Exception {
        startHub(0);
        alice.start(bob);
        bob.start(alice);
        await(() -> relay.statistics().join().liveMembers() == 2);
    }

    private interface Condition {
        boolean holds() throws Exception;
    }

    private static void await(Condition condition) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
        while (!condition.holds()) {
            assertTrue(System.nanoTime() < deadline, "not within " + PATIENCE_S + " s");
            TimeUnit.MILLISECONDS.sleep(5); // the condition is polled
        }
    }

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable one : open.reversed()) {
            one.close();
        }
    }

    /** An IPv4 packet of no protocol in particular. */
    private static byte[] packet(int from, int to, int length) {
        return Arrays.copyOf(
                ByteBuffer.allocate(20)
                        .putInt(0x4500_0000 | length)
                        .putInt(0)
                        .putInt(0x40fd_0000)
                        .putInt(0x0a00_0000 | from)
                        .putInt(0x0a00_0000 | to)
                        .array(),
                length);
    }

    private static void exchange(Member from, Member to) throws Exception {
        byte[] packet = packet(from.number, to.number, 1420);
        from.packets.offer(packet);
        byte[] heard = to.packets.receive(PATIENCE_S, TimeUnit.SECONDS);
        assertNotNull(heard, "nothing arrived");
        assertEquals(1420, heard.length);
    }

    @Test
    void membersReachEachOtherAndTheRelayAddsNoByte() throws Exception {
        startAll();
        exchange(alice, bob);
        exchange(bob, alice);
        RelayStatistics before = relay.statistics().join();
        exchange(alice, bob);
        exchange(bob, alice);
        RelayStatistics after = relay.statistics().join();
        assertEquals(2, after.forwardedPackets() - before.forwardedPackets());
        // 1,420 bytes, whose padding ends at the MTU, and 32 for the header and the tag.
        assertEquals(2 * (1420 + 32), after.forwardedBytes() - before.forwardedBytes());
        assertEquals(1, after.sessions());
        assertEquals(0, after.drops().values().stream().mapToLong(n -> n).sum());
    }

    @Test
    void nothingPassesToOrFromAMemberThatTakesNoRelay() throws Exception {
        startAll();
        exchange(alice, bob);
        serve(Set.of(2L));
        long before = relay.statistics().join().forwardedPackets();
        alice.packets.offer(packet(1, 2, 100));
        bob.packets.offer(packet(2, 1, 100));
        await(() -> dropped() >= 2);
        assertEquals(before, relay.statistics().join().forwardedPackets());
        assertEquals(0, relay.statistics().join().sessions());

        serve(Set.of());
        alice.tunnel
                .configure(e -> e.peer(bob.key.publicKey()).orElseThrow().initiate())
                .join(); // the relay learns of the pair from a handshake
        await(() -> relay.statistics().join().sessions() == 1);
        exchange(alice, bob);
    }

    private long dropped() {
        return relay.statistics().join().drops().values().stream().mapToLong(n -> n).sum();
    }

    @Test
    void batchesOfBothKindsArriveWhole() throws Exception {
        startAll();
        exchange(alice, bob);
        // To Bob through the relay, and to the hub itself, in one go.
        for (int round = 0; round < 20; round++) {
            for (int i = 0; i < 50; i++) {
                alice.packets.offer(packet(1, i % 5 == 0 ? 9 : 2, 100 + i));
            }
            for (int i = 0; i < 50; i++) {
                if (i % 5 != 0) {
                    byte[] heard = bob.packets.receive(PATIENCE_S, TimeUnit.SECONDS);
                    assertNotNull(heard, "packet " + i + " of round " + round);
                    assertEquals(100 + i, heard.length, "in order");
                }
            }
        }
    }

    @Test
    void scannersHearNothingAndReachNobody() throws Exception {
        startAll();
        exchange(alice, bob);
        RelayStatistics before = relay.statistics().join();
        try (DatagramSocket scanner = new DatagramSocket()) {
            List<byte[]> probes = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                byte[] garbage = new byte[random.nextInt(1400)];
                random.nextBytes(garbage);
                probes.add(garbage);
                probes.add(Hostile.initiation(hubKey.publicKey(), i, random));
                probes.add(Hostile.initiation(bob.key.publicKey(), i, random));
                probes.add(Hostile.response(bob.key.publicKey(), i, random.nextInt(), random));
                probes.add(Hostile.data(random.nextInt(), 100, random));
                probes.add(RelayTest.cookieReply(random.nextInt()));
            }
            // A real handshake of a key that is no member's, such as that of an old token.
            Tunnel stranger =
                    Tunnel.builder(new MemoryTun("stranger", 1420))
                            .privateKey(PrivateKey.generate(random))
                            .peer(
                                    hubKey.publicKey(),
                                    peer ->
                                            peer.endpoint(local(scanner))
                                                    .allowedIp(IpPrefix.parse("10.0.0.9/32")))
                            .start();
            open.add(stranger);
            stranger.configure(e -> e.peer(hubKey.publicKey()).orElseThrow().initiate()).join();
            scanner.setSoTimeout((int) TimeUnit.SECONDS.toMillis(PATIENCE_S));
            DatagramPacket real = new DatagramPacket(new byte[2000], 2000);
            scanner.receive(real);
            stranger.close();
            // Its mac1 is for the hub: only the address was the scanner's.
            byte[] initiation = Arrays.copyOf(real.getData(), real.getLength());
            assertEquals(148, initiation.length);
            probes.add(initiation);
            for (byte[] probe : probes) {
                scanner.send(new DatagramPacket(probe, probe.length, addressOf(hub)));
            }
            await(() -> hub.status().join().udp().received() >= probes.size());
            exchange(alice, bob); // everything before has been worked on
            scanner.setSoTimeout(1000);
            assertThrows(SocketTimeoutException.class, () -> scanner.receive(real));
        }
        RelayStatistics after = relay.statistics().join();
        assertEquals(before.forwardedPackets() + 1, after.forwardedPackets());
        assertEquals(before.sessions(), after.sessions());
        assertEquals(0, after.handshakes());
    }

    private static InetSocketAddress local(DatagramSocket socket) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), socket.getLocalPort());
    }

    @Test
    void theRelayedSessionOutlivesTheRelay() throws Exception {
        startAll();
        exchange(alice, bob);
        exchange(bob, alice);
        byte[] snapshot = relay.snapshot().join();
        int port = hub.status().join().listenPort();
        var handshake = handshakeWith(alice, bob);
        hub.close();
        long startNs = System.nanoTime();
        startHub(port);
        assertEquals(2, relay.restore(snapshot).get(PATIENCE_S, TimeUnit.SECONDS));
        await(() -> relay.statistics().join().liveMembers() == 2);
        exchange(alice, bob);
        exchange(bob, alice);
        Duration took = Duration.ofNanos(System.nanoTime() - startNs);
        assertTrue(took.compareTo(Duration.ofSeconds(2)) < 0, took + " until packets arrived");
        assertEquals(handshake, handshakeWith(alice, bob), "still the same session");
    }

    private static Object handshakeWith(Member one, Member other) {
        return one.tunnel.status().join().peers().stream()
                .filter(peer -> peer.publicKey().equals(other.key.publicKey()))
                .findFirst()
                .orElseThrow()
                .lastHandshake();
    }

    @Test
    void aDamagedSnapshotFailsTheRestore() throws Exception {
        startAll();
        CompletionException refused =
                assertThrows(CompletionException.class, () -> relay.restore(new byte[5]).join());
        assertTrue(refused.getCause() instanceof IllegalArgumentException);
    }

    @Test
    void aMemberThatLeavesIsForgotten() throws Exception {
        startAll();
        exchange(alice, bob);
        hub.configure(editor -> editor.removePeer(bob.key.publicKey())).join();
        assertEquals(1, relay.statistics().join().liveMembers());
        relay.submit(
                        r -> {
                            r.remove(2);
                            return null;
                        })
                .join();
        assertEquals(1, relay.statistics().join().members());
        assertEquals(0, relay.statistics().join().sessions());
    }
}
