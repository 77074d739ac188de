// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.udp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.epoll.EpollIoHandler;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.wgj.protocol.Endpoint;
import org.wgj.tun.linux.ErrnoException;

import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * Errors that the kernel may answer, and what becomes of the datagrams. Without offloads, so that
 * each datagram is a message; {@link EpollUdpOffloadFaultsTest} tests those.
 */
class EpollUdpFaultsTest {
    private static final int EPERM = 1;
    private static final int EINTR = 4;
    private static final int EAGAIN = 11;
    private static final int EINVAL = 22;
    private static final int EMFILE = 24;
    private static final int EMSGSIZE = 90;
    private static final int EADDRINUSE = 98;
    private static final int EADDRNOTAVAIL = 99;
    private static final int ENETDOWN = 100;
    private static final int ENOBUFS = 105;
    private static final int ECONNREFUSED = 111;
    private static final int EHOSTUNREACH = 113;

    private final List<Party> parties = new ArrayList<>();
    private final FaultySyscalls calls = new FaultySyscalls();
    private final Party alice = party(calls);
    private final Party bob = party(Syscalls.LIBC);

    private Party party(Syscalls syscalls) {
        Party party =
                new Party(
                        EpollIoHandler.newFactory(),
                        (loop, receiver) ->
                                new EpollUdpTransport(loop, receiver, syscalls, UdpOffloads.NONE));
        parties.add(party);
        return party;
    }

    @AfterEach
    void closeAll() throws Exception {
        for (Party party : parties) {
            party.close();
        }
    }

    private Endpoint open() throws Exception {
        alice.open(0);
        bob.open(0);
        return Party.endpoint("127.0.0.1", bob.port);
    }

    private static byte[][] numbers(int from, int to) {
        return IntStream.range(from, to).mapToObj(i -> ("" + i).getBytes()).toArray(byte[][]::new);
    }

    private void assertArrive(int... numbers) throws InterruptedException {
        for (int number : numbers) {
            assertEquals("" + number, bob.receive().text());
        }
    }

    private long lost() throws Exception {
        return alice.on(() -> alice.transport.counters().lost());
    }

    @Test
    void aPartialSendContinuesBehindTheDatagramsThatLeft() throws Exception {
        calls.sends(1, 2, 1, 3);
        alice.send(open(), 0, numbers(0, 10));
        assertArrive(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
        assertNull(bob.received.poll(), "none twice");
    }

    @Test
    void anInterruptedCallIsRepeated() throws Exception {
        calls.sends(-EINTR, 2, -EINTR, -EINTR);
        alice.send(open(), 0, numbers(0, 4));
        assertArrive(0, 1, 2, 3);
        assertEquals(0, lost());
    }

    @Test
    void aRefusedDatagramIsLostAndThoseBehindItGoOn() throws Exception {
        calls.sends(
                1, -EPERM, 1, -ECONNREFUSED, -ENETDOWN, 1, -EMSGSIZE, -EHOSTUNREACH, -EINVAL, 1, 0);
        alice.send(open(), 0, numbers(0, 12));
        assertArrive(0, 2, 5, 9, 11);
        assertEquals(7, lost());
        assertTrue(alice.on(alice.transport::isWritable));
        assertTrue(alice.gone.isEmpty(), "these endpoints have no source to blame");
    }

    @Test
    void datagramsThatDoNotLeaveAtOnceWaitForTheSocket() throws Exception {
        Endpoint to = open();
        calls.sends(2, -EAGAIN);
        var batch = Party.batch(to, 0x88, numbers(0, 5));
        var more = Party.batch(to, 0x04, numbers(5, 8));
        boolean writable =
                alice.on(
                        () -> {
                            alice.transport.send(batch);
                            boolean now = alice.transport.isWritable();
                            batch.slab().fill((byte) 0xa5); // the caller may use it again
                            alice.transport.send(more); // and these wait behind
                            return now;
                        });
        assertFalse(writable);
        for (int i = 0; i < 8; i++) {
            Party.Datagram heard = bob.receive();
            assertEquals("" + i, heard.text());
            assertEquals(i < 5 ? 0x88 : 0x04, heard.trafficClass());
        }
        assertEquals(
                true, alice.writable.poll(10, TimeUnit.SECONDS), "it says so when all has left");
        assertNull(alice.writable.poll());
        assertEquals(0, lost());
    }

    @Test
    void aTimerTriesAgainWhenTheSystemIsOutOfBuffers() throws Exception {
        calls.sends(2, -ENOBUFS, -ENOBUFS, -ENOBUFS, 1, -ENOBUFS);
        alice.send(open(), 0, numbers(0, 6));
        assertArrive(0, 1, 2, 3, 4, 5);
        assertEquals(true, alice.writable.poll(10, TimeUnit.SECONDS));
        assertEquals(0, lost());
    }

    @Test
    void aDatagramIsGivenUpIfTheSystemNeverHasBuffersForIt() throws Exception {
        calls.sendRule =
                count -> count == 3 ? -ENOBUFS : FaultySyscalls.ALL; // while the first is there
        alice.send(open(), 0, numbers(0, 3));
        assertArrive(1, 2);
        assertEquals(1, lost());
        assertEquals(true, alice.writable.poll(10, TimeUnit.SECONDS));
    }

    @Test
    void waitingDatagramsAreBoundedInNumberAndTheNewestAreLost() throws Exception {
        calls.sendRule = count -> -EAGAIN;
        Endpoint to = open();
        for (int first = 0; first < 2000; first += 200) {
            alice.send(to, 0, numbers(first, first + 200));
        }
        assertEquals(2000 - 1024, alice.on(() -> alice.transport.counters().overflowed()));
        calls.sendRule = count -> 1; // gently, so that the receiver's buffer need not be large
        for (int i = 0; i < 1024; i++) {
            assertArrive(i);
        }
        alice.send(to, "next");
        assertEquals("next", bob.receive().text());
    }

    @Test
    void waitingDatagramsAreBoundedInBytes() throws Exception {
        calls.sendRule = count -> -EAGAIN;
        Endpoint to = open();
        byte[][] long60 = new byte[20][60_000];
        alice.send(to, 0, long60);
        alice.send(to, "short, but it may not overtake those lost");
        long overflowed = alice.on(() -> alice.transport.counters().overflowed());
        assertEquals(20 - (1 << 20) / 60_000, overflowed, "and the short one still fits");
    }

    @Test
    void tenThousandArriveInOrderHoweverFewTheSystemTakesAtOnce() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        calls.sendRule =
                count ->
                        switch (random.nextInt(8)) {
                            case 0 -> -EAGAIN;
                            case 1 -> -EINTR;
                            case 2 -> random.nextInt(10) == 0 ? -ENOBUFS : 1;
                            default -> 1 + random.nextInt(count);
                        };
        Endpoint to = open();
        for (int first = 0; first < 10_000; first += 200) {
            alice.send(to, 0, numbers(first, first + 100));
            alice.send(to, 0, numbers(first + 100, first + 200));
            for (int i = first; i < first + 200; i++) {
                assertEquals("" + i, bob.receive().text(), "seed " + seed);
            }
        }
        assertEquals(0, lost());
    }

    @Test
    void errorsOfReceivingLoseNothing() throws Exception {
        calls.receives(-ECONNREFUSED, -EINTR, 1, -ENETDOWN);
        Endpoint unused = open();
        bob.send(Party.endpoint("127.0.0.1", alice.port), 0, numbers(0, 3));
        for (int i = 0; i < 3; i++) {
            assertEquals("" + i, alice.receive().text());
        }
        assertFalse(unused.hasSource());
        assertTrue(alice.on(() -> alice.transport.counters().receiveErrors()) <= 2);
    }

    @Test
    void aPersistentErrorCostsLittleAndReceivingContinuesAfterIt() throws Exception {
        open();
        Endpoint toAlice = Party.endpoint("127.0.0.1", alice.port);
        bob.send(toAlice, "before");
        assertEquals("before", alice.receive().text());
        calls.receiveError = -ENETDOWN;
        var threads = java.lang.management.ManagementFactory.getThreadMXBean();
        long thread = alice.on(() -> Thread.currentThread().threadId());
        int before = calls.receiveCalls;
        long started = System.nanoTime();
        long startedCpu = threads.getThreadCpuTime(thread);
        bob.send(toAlice, "during");
        while (calls.receiveCalls < before + 80 && System.nanoTime() - started < 20_000_000_000L) {
            Thread.onSpinWait();
        }
        long tookMs = (System.nanoTime() - started) / 1_000_000;
        long cpuMs = (threads.getThreadCpuTime(thread) - startedCpu) / 1_000_000;
        assertTrue(calls.receiveCalls >= before + 80, "it goes on trying");
        assertTrue(tookMs >= 180, "80 attempts in " + tookMs + " ms");
        assertTrue(cpuMs < tookMs / 3, cpuMs + " of " + tookMs + " ms spent on trying");
        calls.receiveError = 0;
        assertEquals("during", alice.receive().text());
        bob.send(toAlice, "after");
        assertEquals("after", alice.receive().text());
    }

    @Test
    void closingDuringAPauseIsFine() throws Exception {
        open();
        calls.receiveError = -ENETDOWN;
        bob.send(Party.endpoint("127.0.0.1", alice.port), "lost");
        alice.await("an error", () -> alice.transport.counters().receiveErrors() > 0);
        alice.closeTransport();
        calls.receiveError = 0;
        alice.open(0);
        bob.send(Party.endpoint("127.0.0.1", alice.port), "heard");
        assertEquals("heard", alice.receive().text());
    }

    @Test
    void closingForgetsWaitingDatagrams() throws Exception {
        calls.sendRule = count -> -ENOBUFS;
        Endpoint to = open();
        alice.send(to, "waits");
        assertFalse(alice.on(alice.transport::isWritable));
        alice.closeTransport();
        assertTrue(alice.on(alice.transport::isWritable));
        calls.sendRule = null;
        alice.open(0);
        alice.send(to, "fresh");
        assertEquals("fresh", bob.receive().text());
        assertNull(alice.writable.poll());
    }

    @Test
    void othersOnTheLoopHaveTheirTurnDuringAFlood() throws Exception {
        Endpoint to = open();
        int[] heard = new int[1];
        var first = new java.util.concurrent.CountDownLatch(1);
        var go = new java.util.concurrent.CountDownLatch(1);
        bob.onReceived =
                batch -> {
                    heard[0] += batch.count();
                    first.countDown();
                    awaitQuietly(go);
                };
        alice.send(to, "first");
        awaitQuietly(first);
        alice.send(to, 0, new byte[400][1]);
        var seen = bob.loop.submit(() -> heard[0]);
        go.countDown();
        assertTrue(
                seen.get(10, TimeUnit.SECONDS) <= 1 + 256, seen.get() + " before another's turn");
        bob.await("all", () -> heard[0] == 401);
    }

    @Test
    void nothingIsReceivedAfterTheReceiverClosedTheSocket() throws Exception {
        open();
        var first = new java.util.concurrent.CountDownLatch(1);
        var go = new java.util.concurrent.CountDownLatch(1);
        alice.on(
                () -> {
                    alice.loop.execute(
                            () -> {
                                first.countDown();
                                awaitQuietly(go);
                            });
                    return null;
                });
        awaitQuietly(first);
        int before = calls.receiveCalls;
        alice.onReceived = batch -> alice.transport.close();
        bob.send(
                Party.endpoint("127.0.0.1", alice.port),
                0,
                new byte[200][1]); // more than one call takes
        go.countDown();
        alice.await("closed", () -> calls.receiveCalls > before);
        assertEquals(before + 1, alice.on(() -> calls.receiveCalls));
    }

    private static void awaitQuietly(java.util.concurrent.CountDownLatch latch) {
        try {
            assertTrue(latch.await(10, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aHostMayLackEitherFamily() throws Exception {
        bob.open(0);
        for (int missing : new int[] {2, 10}) {
            Party half = party(new FaultySyscalls().without(missing)).open(0);
            String there = missing == 2 ? "::1" : "127.0.0.1";
            String notThere = missing == 2 ? "127.0.0.1" : "::1";
            half.send(Party.endpoint(notThere, bob.port), "lost");
            half.send(Party.endpoint(there, bob.port), there);
            assertEquals(there, bob.receive().text());
            assertEquals(1, half.on(() -> half.transport.counters().lost()));
        }
    }

    @Test
    void aHostWithoutBothFamiliesIsAnError() {
        Party none = party(new FaultySyscalls().without(2).without(10));
        assertEquals(97, assertThrows(ErrnoException.class, () -> none.open(0)).errno());
    }

    @Test
    void refusedOptionsAreNotNeeded() throws Exception {
        Party bare = party(new FaultySyscalls().withoutOptions()).open(0);
        bob.open(0);
        for (String loopback : new String[] {"127.0.0.1", "::1"}) {
            bare.send(Party.endpoint(loopback, bob.port), "there");
            assertEquals("there", bob.receive().text());
            bob.send(Party.endpoint(loopback, bare.port), "and back");
            assertEquals("and back", bare.receive().text());
        }
    }

    @Test
    void ipv6SwitchedOffIsTolerated() throws Exception {
        calls.binds(FaultySyscalls.ALL, -EADDRNOTAVAIL);
        alice.send(open(), "over IPv4");
        assertEquals("over IPv4", bob.receive().text());
    }

    @Test
    void anotherPortIsTriedWhenTheSecondFamilyFindsTheFirstTaken() throws Exception {
        calls.binds(
                FaultySyscalls.ALL,
                -EADDRINUSE,
                FaultySyscalls.ALL,
                -EADDRINUSE,
                FaultySyscalls.ALL);
        alice.send(open(), "found one");
        assertEquals("found one", bob.receive().text());
        assertEquals(6, calls.bindCalls);
        assertAllClosed(calls.opened.subList(0, 4));
    }

    @Test
    void aGivenPortIsNotTriedAgainAndTheSearchForAPortEnds() throws Exception {
        bob.open(0);
        calls.binds(FaultySyscalls.ALL, -EADDRINUSE);
        int port;
        try (DatagramSocket free = new DatagramSocket(0)) {
            port = free.getLocalPort();
        }
        assertEquals(
                EADDRINUSE, assertThrows(ErrnoException.class, () -> alice.open(port)).errno());
        assertEquals(2, calls.bindCalls);
        for (int i = 0; i < 200; i++) {
            calls.binds(FaultySyscalls.ALL, -EADDRINUSE);
        }
        assertEquals(EADDRINUSE, assertThrows(ErrnoException.class, () -> alice.open(0)).errno());
        assertEquals(2 + 200, calls.bindCalls, "a hundred attempts of two binds");
        assertAllClosed(calls.opened);
    }

    /** A closed descriptor is EBADF, or another file by now, which is no UDP socket. */
    private static void assertAllClosed(List<Integer> descriptors) throws Exception {
        assertFalse(descriptors.isEmpty());
        int stillOpen = 0;
        for (int fd : new java.util.TreeSet<>(descriptors)) {
            var link = java.nio.file.Path.of("/proc/self/fd/" + fd);
            stillOpen += java.nio.file.Files.isSymbolicLink(link) ? 1 : 0;
        }
        assertTrue(
                stillOpen <= 2,
                stillOpen + " of " + descriptors.size() + " descriptors still open");
    }

    @Test
    void afterTheEndOfTheLoopAnyThreadMayClose() throws Exception {
        open();
        bob.group.shutdownGracefully(0, 10, TimeUnit.SECONDS).get(10, TimeUnit.SECONDS);
        parties.remove(bob);
        bob.transport.close();
        for (String host : List.of("127.0.0.1", "::1")) {
            new DatagramSocket(new InetSocketAddress(host, bob.port)).close();
        }
    }

    @Test
    void aDatagramThatAlsoFailsWithoutItsSourceDoesNotBlameTheSource() throws Exception {
        open();
        Endpoint portZero = new Endpoint(false, 0, 0x7f000001, 0, 0, 0, 0x7f000001, 1);
        alice.send(portZero, "port 0 is EINVAL");
        assertEquals(1, lost());
        assertTrue(alice.gone.isEmpty());
    }

    @Test
    void reachingTheLimitOfOpenFilesIsAnErrorAndNothingStaysBound() throws Exception {
        calls.binds(FaultySyscalls.ALL, -EMFILE);
        int port;
        try (DatagramSocket free = new DatagramSocket(0)) {
            port = free.getLocalPort();
        }
        assertEquals(EMFILE, assertThrows(ErrnoException.class, () -> alice.open(port)).errno());
        new DatagramSocket(new InetSocketAddress("127.0.0.1", port)).close();
    }
}
