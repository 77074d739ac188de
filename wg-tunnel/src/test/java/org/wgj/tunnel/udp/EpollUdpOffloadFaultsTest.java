// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.udp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.epoll.EpollIoHandler;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.wgj.protocol.Endpoint;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** Errors that the kernel may answer to a run of datagrams, and what becomes of them. */
class EpollUdpOffloadFaultsTest {
    private static final int EPERM = 1;
    private static final int EIO = 5;
    private static final int EAGAIN = 11;
    private static final int EINVAL = 22;
    private static final int EMSGSIZE = 90;
    private static final int ENOBUFS = 105;

    private final List<Party> parties = new ArrayList<>();
    private final FaultySyscalls calls = new FaultySyscalls();
    private final Party alice = party(calls);
    private final Party bob = party(Syscalls.LIBC);

    private Party party(Syscalls syscalls) {
        Party party =
                new Party(
                        EpollIoHandler.newFactory(),
                        (loop, receiver) ->
                                new EpollUdpTransport(
                                        loop, receiver, syscalls, new UdpOffloads(true, true)));
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

    /** Numbers of six digits, so that all have one length. */
    private static byte[][] numbers(int from, int to) {
        return IntStream.range(from, to)
                .mapToObj(i -> "%06d".formatted(i).getBytes())
                .toArray(byte[][]::new);
    }

    private void assertArrive(int from, int to) throws InterruptedException {
        for (int number = from; number < to; number++) {
            assertEquals("%06d".formatted(number), bob.receive().text());
        }
    }

    private long lost() throws Exception {
        return alice.on(() -> alice.transport.counters().lost());
    }

    private boolean gso() throws Exception {
        return alice.on(alice.transport::offloads).gso();
    }

    @Test
    void anInputOutputErrorTurnsSegmentationOffForTheSocketAndNothingIsLost() throws Exception {
        Endpoint to = open();
        calls.runError = -EIO;
        assertTrue(gso());
        alice.send(to, 0x88, numbers(0, 300));
        assertArrive(0, 300);
        assertFalse(gso());
        assertEquals(1, calls.runsOffered);
        alice.send(to, 0x88, numbers(300, 400));
        assertArrive(300, 400);
        assertEquals(1, calls.runsOffered, "none offered any more");
        assertEquals(0, lost());
        assertNull(bob.received.poll(), "none twice");

        alice.closeTransport();
        calls.runError = 0;
        alice.open(0);
        alice.send(to, 0, numbers(0, 10));
        assertArrive(0, 10);
        assertTrue(gso(), "a new socket has another chance");
        assertEquals(2, calls.runsOffered);
    }

    @Test
    void otherRefusalsAreRememberedForThePeerAndTheLength() throws Exception {
        for (int errno : new int[] {EINVAL, EMSGSIZE}) {
            Endpoint to = open();
            int offered = calls.runsOffered;
            calls.runError = -errno;
            alice.send(to, 0, numbers(0, 40));
            alice.send(to, 0, numbers(40, 100));
            alice.send(to, 0, numbers(100, 200));
            assertArrive(0, 200);
            assertEquals(offered + 1, calls.runsOffered, "the first showed it");
            assertTrue(gso(), "others may still");

            calls.runError = 0;
            alice.send(to, 0, new byte[3][5]);
            assertEquals(offered + 2, calls.runsOffered, "shorter ones may");
            alice.send(Party.endpoint("127.0.0.2", bob.port), 0, new byte[3][6]);
            alice.send(Party.endpoint("::1", bob.port), 0, new byte[3][6]);
            assertEquals(offered + 4, calls.runsOffered, "other peers may");
            for (int i = 0; i < 9; i++) {
                bob.receive();
            }
            assertEquals(0, lost());
            assertNull(bob.received.poll(), "none twice");
            alice.closeTransport();
            bob.closeTransport();
        }
    }

    @Test
    void datagramsBeforeARefusedRunHaveLeftAndThoseBehindItFollow() throws Exception {
        Endpoint to = open();
        calls.runError = -EMSGSIZE;
        byte[][] data = numbers(0, 9);
        data[0] = "1".getBytes();
        data[4] = "12".getBytes();
        alice.send(to, 0, data);
        for (byte[] one : data) {
            assertEquals(new String(one), bob.receive().text());
        }
        assertEquals(0, lost());
        assertNull(bob.received.poll());
    }

    @Test
    void aDatagramThatIsRefusedAloneTooIsLostWithoutBlamingTheRun() throws Exception {
        Endpoint to = open();
        calls.sends(-EINVAL, -EPERM);
        alice.send(to, 0, numbers(0, 3));
        assertArrive(1, 3);
        assertEquals(1, lost());
        assertEquals(0, calls.runsOffered);
        alice.send(to, 0, numbers(3, 6));
        assertArrive(3, 6);
        assertEquals(1, calls.runsOffered, "the next run is tried");

        calls.sends(-EPERM, 2, -EPERM);
        alice.send(to, 0, numbers(6, 10));
        assertArrive(6, 8);
        assertArrive(9, 10);
        assertEquals(2, lost());
    }

    @Test
    void aRunThatMustWaitWaitsWhole() throws Exception {
        Endpoint to = open();
        calls.sends(1, -EAGAIN);
        var batch = Party.batch(to, 0x88, numbers(0, 150));
        boolean writable =
                alice.on(
                        () -> {
                            alice.transport.send(batch);
                            boolean now = alice.transport.isWritable();
                            batch.slab().fill((byte) 0xa5);
                            return now;
                        });
        assertFalse(writable);
        assertArrive(0, 150);
        assertEquals(true, alice.writable.poll(10, TimeUnit.SECONDS));
        assertNull(bob.received.poll());
        assertEquals(0, lost());
    }

    @Test
    void inTheMiddleOfARefusedRunTheRestMayHaveToWait() throws Exception {
        Endpoint to = open();
        calls.sends(-EIO, 10, -EAGAIN, 5, -EAGAIN);
        alice.send(to, 0x88, numbers(0, 100));
        assertArrive(0, 100);
        assertEquals(true, alice.writable.poll(10, TimeUnit.SECONDS));
        assertNull(bob.received.poll());
        assertEquals(0, lost());
        assertFalse(gso());
    }

    @Test
    void withoutBuffersForARunItsDatagramsGoOneByOne() throws Exception {
        Endpoint to = open();
        calls.runError = -ENOBUFS;
        alice.send(to, 0, numbers(0, 100));
        assertArrive(0, 100);
        assertTrue(alice.on(alice.transport::isWritable));
        calls.runError = 0;
        int offered = calls.runsOffered;
        alice.send(to, 0, numbers(100, 200));
        assertArrive(100, 200);
        assertEquals(offered + 1, calls.runsOffered, "buffers come back");
        assertEquals(0, lost());
    }

    @Test
    void aRunFromASourceThatIsNotOursIsSentWithoutIt() throws Exception {
        open();
        Endpoint four = new Endpoint(false, 0, 0x7f000001, bob.port, 0, 0, 0xc0000201L, 1);
        Endpoint six = new Endpoint(true, 0, 1, bob.port, 0, 0x20010db8_00000000L, 1, 1);
        for (Endpoint gone : List.of(four, six)) {
            alice.gone.clear();
            alice.send(gone, 0x88, numbers(0, 50));
            assertArrive(0, 50);
            assertEquals(List.of(gone), alice.gone);
            int offered = calls.runsOffered;
            alice.send(gone.withoutSource(), 0x88, numbers(50, 100));
            assertArrive(50, 100);
            assertEquals(offered + 1, calls.runsOffered, "the run was not to blame");
        }
        assertEquals(0, lost());
    }

    @Test
    void manyArriveInOrderHoweverFewTheSystemTakesAtOnce() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        calls.sendRule =
                count -> {
                    calls.runError =
                            switch (random.nextInt(12)) {
                                case 0 -> random.nextInt(5) == 0 ? -EINVAL : -ENOBUFS;
                                case 1 -> -ENOBUFS;
                                default -> 0;
                            };
                    return switch (random.nextInt(8)) {
                        case 0 -> -EAGAIN;
                        case 1 -> random.nextInt(10) == 0 ? -ENOBUFS : 1;
                        default -> 1 + random.nextInt(count);
                    };
                };
        open();
        for (int first = 0; first < 40_000; first += 400) {
            // Uses another peer each time, because refusals are remembered, and now and then
            // another length.
            Endpoint to = Party.endpoint("127.0.0." + (1 + first / 400), bob.port);
            byte[][] data = numbers(first, first + 400);
            for (int i = 0; i < data.length; i++) {
                if (random.nextInt(40) == 0) {
                    data[i] = ("" + (first + i)).getBytes();
                }
            }
            alice.send(to, 0, java.util.Arrays.copyOfRange(data, 0, 150));
            alice.send(to, 0, java.util.Arrays.copyOfRange(data, 150, 400));
            for (int i = first; i < first + 400; i++) {
                assertEquals(i, Integer.parseInt(bob.receive().text()), "seed " + seed);
            }
        }
        assertEquals(0, lost());
        assertTrue(calls.runsOffered > 100);
    }
}
