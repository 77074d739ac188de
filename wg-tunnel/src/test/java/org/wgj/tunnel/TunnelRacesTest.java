// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.wgj.crypto.PresharedKey;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.PeerStatus;
import org.wgj.tun.MemoryTun;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/** Tunnels that many threads change, ask and close while packets run through them. */
class TunnelRacesTest {
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(45);

    /** The number of tunnels that are closed; 1,000 on request: -Dwgj.closes=1000. */
    private static final int CLOSES = Integer.getInteger("wgj.closes", 60);

    private static final int STRANGERS = 8;

    private final PrivateKey aliceKey = PrivateKey.generate();
    private final PrivateKey bobKey = PrivateKey.generate();
    private final AtomicLong atAlice = new AtomicLong();
    private final AtomicLong atBob = new AtomicLong();

    /** The numbers of the threads that did anything for Bob; a loop has one thread. */
    private final Set<Long> bobsThreads = ConcurrentHashMap.newKeySet();

    private final MemoryTun alicePackets =
            new MemoryTun("alice", 1420, packet -> atAlice.incrementAndGet());

    private MemoryTun bobPackets() {
        return new MemoryTun(
                "bob",
                1420,
                packet -> {
                    bobsThreads.add(Thread.currentThread().threadId());
                    atBob.incrementAndGet();
                });
    }

    private Tunnel bob(MemoryTun packets, int port) throws IOException {
        return Tunnel.builder(packets)
                .privateKey(bobKey)
                .listenPort(port)
                .peer(aliceKey.publicKey(), peer -> peer.allowedIp(IpPrefix.parse("10.0.0.1/32")))
                .listener(event -> bobsThreads.add(Thread.currentThread().threadId()))
                .rekeyAfter(Duration.ofMillis(100))
                .start();
    }

    private Tunnel alice(int bobsPort) throws IOException {
        return Tunnel.builder(alicePackets)
                .privateKey(aliceKey)
                .peer(
                        bobKey.publicKey(),
                        peer ->
                                peer.endpoint(
                                                new InetSocketAddress(
                                                        InetAddress.getLoopbackAddress(), bobsPort))
                                        .allowedIp(IpPrefix.parse("10.0.0.2/32")))
                .rekeyAfter(Duration.ofMillis(100))
                .start();
    }

    private int freePort() throws IOException {
        try (Tunnel tunnel = bob(bobPackets(), 0)) {
            return port(tunnel);
        }
    }

    private static int port(Tunnel tunnel) {
        return tunnel.status().join().listenPort();
    }

    /** An IPv4 packet of no protocol in particular from 10.0.0.FROM to 10.0.0.TO. */
    private static byte[] packet(int from, int to) {
        return ByteBuffer.allocate(100)
                .putInt(0x4500_0000 | 100)
                .putInt(0)
                .putInt(0x40fd_0000)
                .putInt(0x0a00_0000 | from)
                .putInt(0x0a00_0000 | to)
                .array();
    }

    // --- changes

    @Test
    @Timeout(300)
    void changesByManyThreadsNeverStopAPeerThatTheyDoNotTouch() throws Exception {
        MemoryTun bobPackets = bobPackets();
        AtomicBoolean over = new AtomicBoolean();
        AtomicLong changes = new AtomicLong();
        try (Tunnel bob = bob(bobPackets, 0);
                Tunnel _ = alice(port(bob))) {
            List<CompletableFuture<Void>> busy = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                Random random = new Random(i);
                busy.add(repeat(over, () -> change(bob, random, changes)));
            }
            busy.add(repeat(over, () -> checkStatus(bob)));
            busy.add(repeat(over, () -> sendBothWays(bobPackets)));
            try {
                // Only a peer with a session finds Bob at another port.
                awaitMore(atAlice::get, 100);
                for (int round = 0; round < 5; round++) {
                    // With pauses: traffic needs a moment between two changes.
                    bob.configure(editor -> editor.listenPort(0)).join();
                    awaitMore(atAlice::get, 100);
                    bob.configure(this::changeKeyThereAndBack).join();
                    awaitMore(atBob::get, 100);
                    awaitMore(atAlice::get, 100);
                    awaitMore(changes::get, 50);
                }
            } finally {
                over.set(true);
            }
            busy.forEach(CompletableFuture::join);
            checkStatus(bob);
        }
        assertEquals(1, bobsThreads.size(), "all of a tunnel is one thread's: " + bobsThreads);
    }

    private void change(Tunnel bob, Random random, AtomicLong changes) {
        int number = random.nextInt(STRANGERS);
        PublicKey stranger = stranger(number);
        TunnelChange change =
                switch (random.nextInt(4)) {
                    case 0 -> editor -> editor.removePeer(stranger);
                    default ->
                            editor -> {
                                bobsThreads.add(Thread.currentThread().threadId());
                                editor.addPeer(stranger)
                                        .presharedKey(PresharedKey.generate())
                                        .persistentKeepalive(number + 1)
                                        .allowedIp(range(number))
                                        .endpoint(new InetSocketAddress("127.0.0.1", 9));
                            };
                };
        bob.configure(change).join();
        changes.incrementAndGet();
    }

    /**
     * Changes the key; sessions may not send any more then, so each time there is a new handshake.
     */
    private void changeKeyThereAndBack(TunnelEditor editor) {
        editor.privateKey(null);
        editor.privateKey(bobKey);
    }

    private static PublicKey stranger(int number) {
        return PrivateKey.generate(new Random(number)).publicKey();
    }

    private static IpPrefix range(int number) {
        return IpPrefix.parse("10.1." + number + ".0/24");
    }

    /**
     * Checks that Alice is there as before, and that of every other change there is all or nothing.
     */
    private void checkStatus(Tunnel bob) {
        StatusWithKeys withKeys = bob.statusWithKeys().join();
        TunnelStatus status = withKeys.status();
        PeerStatus first = status.peers().getFirst();
        assertEquals(aliceKey.publicKey(), first.publicKey());
        assertEquals(List.of(IpPrefix.parse("10.0.0.1/32")), first.allowedIps());
        assertEquals(bobKey, withKeys.privateKey());
        for (PeerStatus peer : status.peers().subList(1, status.peers().size())) {
            int number = peer.persistentKeepaliveSeconds() - 1;
            assertEquals(stranger(number), peer.publicKey());
            assertEquals(List.of(range(number)), peer.allowedIps());
        }
        withKeys.wipe();
    }

    private void sendBothWays(MemoryTun bobPackets) {
        alicePackets.offer(packet(1, 2));
        bobPackets.offer(packet(2, 1));
        // Unbounded, it would fill the sockets' buffers and drop the handshakes too.
        LockSupport.parkNanos(100_000);
    }

    // --- closing

    @Test
    @Timeout(600)
    void closingUnderLoadLeavesNothingBehind() throws Exception {
        int port = freePort();
        try (Tunnel alice = alice(port)) {
            int alicesPort = port(alice);
            for (int i = 0; i < CLOSES / 2; i++) {
                startAndCloseUnderLoad(port, alicesPort, i % 2 == 0);
            }
            System.gc();
            long threads = threads();
            long descriptors = descriptors();
            long grownKb = Long.MAX_VALUE;
            // A heap, a compiler and the C library grow at first, to some 200 MB, at times in one
            // leap. Memory that a close left behind would grow in every round.
            for (int round = 0; round < 4 && grownKb >= 100_000; round++) {
                long residentKb = residentKb();
                for (int i = 0; i < CLOSES; i++) {
                    startAndCloseUnderLoad(port, alicesPort, i % 16 == 0);
                }
                await("as many threads as before", () -> threads() <= threads ? 1 : 0);
                System.gc();
                assertEquals(descriptors, descriptors(), "descriptors");
                grownKb = residentKb() - residentKb;
                System.out.printf(
                        "closed %d tunnels under load: %d threads, %d descriptors, %+d kB%n",
                        CLOSES, threads, descriptors, grownKb);
            }
            assertTrue(grownKb < 100_000, "resident memory grew by " + grownKb + " kB again");
        }
        assertTrue(atBob.get() > 0, "there was no load");
    }

    /**
     * Starts a tunnel and closes it under load. Every question gets an answer meanwhile, even if it
     * is that the tunnel is closed.
     */
    private void startAndCloseUnderLoad(int port, int alicesPort, boolean withSession)
            throws Exception {
        MemoryTun packets = bobPackets();
        Tunnel bob = bob(packets, port);
        AtomicBoolean over = new AtomicBoolean();
        // Alice may still send to the port of an earlier Bob.
        bob.configure(
                        editor ->
                                editor.addPeer(aliceKey.publicKey())
                                        .endpoint(
                                                new InetSocketAddress(
                                                        InetAddress.getLoopbackAddress(),
                                                        alicesPort)))
                .join();
        long before = atBob.get();
        CompletableFuture<Void> traffic = repeat(over, () -> sendBothWays(packets));
        CompletableFuture<Void> asking = askUntilClosed(bob);
        CompletableFuture<Void> changing;
        try {
            // The close mostly hits a tunnel that is getting a session. With a port that changes
            // all the time it may never get one.
            if (withSession) {
                await("a packet arrived", () -> atBob.get() - before);
            }
            changing = changeUntilClosed(bob);
            CompletableFuture<Void> other = CompletableFuture.runAsync(bob::close);
            bob.close();
            other.get(45, TimeUnit.SECONDS);
            bob.whenClosed().get(45, TimeUnit.SECONDS);
            asking.get(45, TimeUnit.SECONDS);
            changing.get(45, TimeUnit.SECONDS);
        } finally {
            over.set(true);
        }
        traffic.get(45, TimeUnit.SECONDS);
    }

    private static CompletableFuture<Void> askUntilClosed(Tunnel tunnel) {
        return untilClosed(() -> tunnel.statusWithKeys().join().wipe());
    }

    private static CompletableFuture<Void> changeUntilClosed(Tunnel tunnel) {
        return untilClosed(() -> tunnel.configure(editor -> editor.listenPort(0)).join());
    }

    private static CompletableFuture<Void> untilClosed(Runnable question) {
        return onThread(
                () -> {
                    try {
                        while (true) {
                            question.run();
                        }
                    } catch (CompletionException e) {
                        assertInstanceOf(IllegalStateException.class, e.getCause());
                    }
                });
    }

    // --- the means

    private static CompletableFuture<Void> repeat(AtomicBoolean over, Runnable task) {
        return onThread(
                () -> {
                    while (!over.get()) {
                        task.run();
                    }
                });
    }

    private static CompletableFuture<Void> onThread(Runnable task) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        Thread.ofPlatform()
                .daemon()
                .start(
                        () -> {
                            try {
                                task.run();
                                done.complete(null);
                            } catch (Throwable e) {
                                done.completeExceptionally(e);
                            }
                        });
        return done;
    }

    private static void awaitMore(LongSupplier count, long more) {
        long before = count.getAsLong();
        await(more + " more", () -> count.getAsLong() >= before + more ? 1 : 0);
    }

    private static void await(String what, LongSupplier positive) {
        long end = System.nanoTime() + PATIENCE_NS;
        while (positive.getAsLong() <= 0) {
            assertTrue(System.nanoTime() < end, "not within 45 s: " + what);
            Thread.yield();
        }
    }

    /** Counts the threads of tunnels; others come and go with the JVM. */
    private static long threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(t -> t.getName().matches("(wgj-|tun-).*(alice|bob).*"))
                .count();
    }

    private static long descriptors() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            return files.count();
        }
    }

    private static long residentKb() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }
}
