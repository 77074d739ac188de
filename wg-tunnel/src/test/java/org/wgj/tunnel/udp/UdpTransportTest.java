// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.udp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandlerFactory;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.wgj.protocol.Endpoint;
import org.wgj.tun.linux.ErrnoException;

import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The common tests of every transport, on the loopback interface. */
abstract class UdpTransportTest {
    static final String V4 = "127.0.0.1";
    static final String V6 = "::1";

    private final List<Party> parties = new ArrayList<>();

    abstract IoHandlerFactory loops();

    abstract UdpTransport make(IoEventLoop loop, UdpTransport.Receiver receiver);

    final Party party(Party.Maker maker) {
        Party party = new Party(loops(), maker);
        parties.add(party);
        return party;
    }

    final Party party() {
        return party(this::make);
    }

    @AfterEach
    void closeAll() throws Exception {
        for (Party party : parties) {
            party.close();
        }
    }

    @Test
    void datagramsTravelBothWaysOverBothFamilies() throws Exception {
        Party alice = party().open(0);
        Party bob = party().open(0);
        for (String host : List.of(V4, V6)) {
            alice.send(Party.endpoint(host, bob.port), "from " + host);
            Party.Datagram heard = bob.receive();
            assertEquals("from " + host, heard.text());
            assertTrue(
                    heard.from().sameRemote(Party.endpoint(host, alice.port)), heard.from() + "");

            bob.send(heard.from(), "back to " + host);
            Party.Datagram answer = alice.receive();
            assertEquals("back to " + host, answer.text());
            assertTrue(answer.from().sameRemote(Party.endpoint(host, bob.port)));
        }
    }

    @Test
    void aBatchMayMixFamiliesAndPeers() throws Exception {
        Party alice = party().open(0);
        Party bob = party().open(0);
        Party carol = party().open(0);
        var batch =
                Party.batch(
                        null, 0, "1".getBytes(), "2".getBytes(), "3".getBytes(), "4".getBytes());
        batch.endpoints()[0] = Party.endpoint(V4, bob.port);
        batch.endpoints()[1] = Party.endpoint(V6, carol.port);
        batch.endpoints()[2] = Party.endpoint(V4, carol.port);
        batch.endpoints()[3] = Party.endpoint(V6, bob.port);
        alice.on(
                () -> {
                    alice.transport.send(batch);
                    return null;
                });
        assertEquals(
                List.of("1", "4"),
                List.of(bob.receive().text(), bob.receive().text()).stream().sorted().toList());
        assertEquals(
                List.of("2", "3"),
                List.of(carol.receive().text(), carol.receive().text()).stream().sorted().toList());
    }

    @Test
    void theLongestDatagramsArriveWhole() throws Exception {
        Party alice = party().open(0);
        Party bob = party().open(0);
        byte[] longest = new byte[65_507];
        new Random(1).nextBytes(longest);
        for (String host : List.of(V4, V6)) {
            alice.send(Party.endpoint(host, bob.port), 0, longest, new byte[] {7}, longest);
            assertArrayEquals(longest, bob.receive().data());
            assertArrayEquals(new byte[] {7}, bob.receive().data());
            assertArrayEquals(longest, bob.receive().data());
        }
    }

    @Test
    void emptyDatagramsArrive() throws Exception {
        Party alice = party().open(0);
        for (String host : List.of(V4, V6)) {
            try (DatagramSocket socket = new DatagramSocket(new InetSocketAddress(host, 0))) {
                for (int length : new int[] {0, 1, 0}) {
                    InetAddress to = InetAddress.getByName(host);
                    socket.send(new DatagramPacket(new byte[1], length, to, alice.port));
                }
            }
            for (int length : new int[] {0, 1, 0}) {
                assertEquals(length, alice.receive().data().length);
            }
        }
    }

    @Test
    void aDatagramTooLongIsLostAndCountedAndTheNextOnesGoOn() throws Exception {
        Party alice = party().open(0);
        Party bob = party().open(0);
        alice.send(
                Party.endpoint(V4, bob.port),
                0,
                "before".getBytes(),
                new byte[65_508],
                "behind".getBytes());
        assertEquals("before", bob.receive().text());
        assertEquals("behind", bob.receive().text());
        alice.await("one lost", () -> alice.transport.counters().lost() == 1);
    }

    @Test
    void manyDatagramsArriveInOrder() throws Exception {
        Party alice = party().open(0);
        Party bob = party().open(0);
        Endpoint to = Party.endpoint(V4, bob.port);
        int total = 10_000;
        for (int first = 0; first < total; first += 100) {
            byte[][] burst = new byte[100][];
            for (int i = 0; i < burst.length; i++) {
                burst[i] = ("" + (first + i)).getBytes();
            }
            alice.send(to, 0, burst);
            for (int i = 0; i < burst.length; i++) {
                assertEquals(first + i, Integer.parseInt(bob.receive().text()));
            }
        }
    }

    @Test
    void portZeroGivesOnePortToBothFamiliesAndItIsReallyTaken() throws Exception {
        Party alice = party().open(0);
        assertNotEquals(0, alice.port);
        for (String host : List.of(V4, V6)) {
            assertThrows(
                    BindException.class,
                    () -> new DatagramSocket(new InetSocketAddress(host, alice.port)).close(),
                    host);
        }
    }

    @Test
    void aTakenPortIsReportedAndNothingStaysBound() throws Exception {
        for (String host : List.of("0.0.0.0", V4, V6)) {
            Party alice = party();
            int port;
            try (DatagramSocket taken = new DatagramSocket(null)) {
                taken.bind(new InetSocketAddress(host, 0));
                port = taken.getLocalPort();
                ErrnoException refused = assertThrows(ErrnoException.class, () -> alice.open(port));
                assertEquals(98, refused.errno(), refused.getMessage());
            }
            for (String family : List.of(V4, V6)) {
                new DatagramSocket(new InetSocketAddress(family, port)).close();
            }
            assertEquals(port, alice.open(port).port);
        }
    }

    @Test
    void aClosedTransportFreesThePortAndOpensAgain() throws Exception {
        Party alice = party().open(0);
        Party bob = party().open(0);
        for (int round = 0; round < 10; round++) {
            int port = bob.port;
            bob.closeTransport();
            bob.closeTransport(); // once more does no harm
            awaitFree(port);
            bob.open(port);
            alice.send(Party.endpoint(V4, port), "round " + round);
            assertEquals("round " + round, bob.receive().text());
        }
    }

    private static void awaitFree(int port) throws Exception {
        long deadline = System.nanoTime() + 10_000_000_000L;
        while (true) {
            try {
                new DatagramSocket(new InetSocketAddress(V4, port)).close();
                return;
            } catch (BindException e) {
                assertTrue(System.nanoTime() < deadline, "port " + port + " stays taken");
            }
        }
    }

    @Test
    void openingTwiceIsAMistake() throws Exception {
        Party alice = party().open(0);
        assertThrows(IllegalStateException.class, () -> alice.open(0));
    }

    @Test
    void onlyTheEventLoopMayOpen() {
        Party alice = party();
        assertThrows(IllegalStateException.class, () -> alice.transport.open(0, 0));
    }

    @Test
    void noDescriptorLeaks() throws Exception {
        Party alice = party().open(0);
        alice.closeTransport();
        long before = openDescriptors();
        try (DatagramSocket taken = new DatagramSocket(0)) {
            for (int i = 0; i < 200; i++) {
                alice.open(0).closeTransport();
                assertThrows(ErrnoException.class, () -> alice.open(taken.getLocalPort()));
            }
        }
        // The JDK's selector closes a socket only when it selects next.
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        long after = openDescriptors();
        while (after >= before + 50 && System.nanoTime() < deadline) { // others run beside
            alice.open(0).closeTransport();
            after = openDescriptors();
        }
        assertTrue(after < before + 50, before + " descriptors before, " + after + " after");
    }

    private static long openDescriptors() throws Exception {
        try (var list = Files.list(Path.of("/proc/self/fd"))) {
            return list.count();
        }
    }

    @Test
    void errorsFromClosedPortsDisturbNothing() throws Exception {
        Party alice = party().open(0);
        Party bob = party().open(0);
        int closed;
        try (DatagramSocket socket = new DatagramSocket(new InetSocketAddress(V4, 0))) {
            closed = socket.getLocalPort();
        }
        for (String host : List.of(V4, V6)) {
            for (int i = 0; i < 1000; i++) {
                alice.send(Party.endpoint(host, closed), "anyone?");
            }
            bob.send(Party.endpoint(host, alice.port), "still there?");
            assertEquals("still there?", alice.receive().text());
            alice.send(Party.endpoint(host, bob.port), "yes");
            assertEquals("yes", bob.receive().text());
        }
    }

    @Test
    void theSameSenderIsTheSameObject() throws Exception {
        Party alice = party().open(0);
        Party bob = party().open(0);
        for (String host : List.of(V4, V6)) {
            alice.send(Party.endpoint(host, bob.port), "one");
            alice.send(Party.endpoint(host, bob.port), "two");
            assertSame(bob.receive().from(), bob.receive().from());
        }
    }

    @Test
    void theReceiverMayCloseTheTransport() throws Exception {
        Party alice = party().open(0);
        Party bob = party().open(0);
        AtomicInteger batches = new AtomicInteger();
        bob.onReceived =
                batch -> {
                    batches.incrementAndGet();
                    bob.transport.close();
                };
        byte[][] burst = new byte[500][1];
        alice.send(Party.endpoint(V4, bob.port), 0, burst);
        bob.await("closed", () -> batches.get() > 0);
        alice.send(Party.endpoint(V4, bob.port), 0, burst);
        alice.send(Party.endpoint(V6, bob.port), 0, burst);
        assertEquals(1, bob.on(batches::get));
    }

    @Test
    void sendingWhileClosedLosesDatagramsWithoutAnError() throws Exception {
        Party alice = party();
        alice.send(Party.endpoint(V4, 9), "nowhere");
        alice.send(Party.endpoint(V6, 9), "nowhere");
        assertEquals(2, alice.on(() -> alice.transport.counters().lost()));
        assertTrue(alice.on(alice.transport::isWritable));
    }

    @Test
    void aPlainSocketCanReachTheTransport() throws Exception {
        Party alice = party().open(0);
        try (DatagramSocket socket = new DatagramSocket(new InetSocketAddress(V4, 0))) {
            socket.send(
                    new DatagramPacket(
                            "hello".getBytes(), 5, InetAddress.getByName(V4), alice.port));
            Party.Datagram heard = alice.receive();
            assertEquals("hello", heard.text());
            assertFalse(heard.from().ipv6(), "IPv4 stays IPv4");
            assertEquals(socket.getLocalPort(), heard.from().port());
        }
    }
}
