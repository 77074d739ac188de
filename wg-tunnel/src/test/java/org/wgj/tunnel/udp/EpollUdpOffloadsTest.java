// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.udp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.epoll.EpollIoHandler;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.PacketBatch;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Runs of datagrams that are sent as one, received as one, and each against a transport that does
 * neither.
 */
class EpollUdpOffloadsTest {
    private final List<Party> parties = new ArrayList<>();

    private Party party(Syscalls calls, boolean gso, boolean gro) throws Exception {
        Party party =
                new Party(
                        EpollIoHandler.newFactory(),
                        (loop, receiver) ->
                                new EpollUdpTransport(
                                        loop, receiver, calls, new UdpOffloads(gso, gro)));
        parties.add(party);
        return party.open(0);
    }

    @AfterEach
    void closeAll() throws Exception {
        for (Party party : parties) {
            party.close();
        }
    }

    /** Makes a batch whose datagrams lie apart or, now and then, next to each other. */
    private static PacketBatch scattered(Random random, List<byte[]> data) {
        int bytes = data.stream().mapToInt(one -> one.length + 48).sum();
        PacketBatch batch = new PacketBatch(bytes + 1, Math.max(1, data.size()));
        batch.slab().fill((byte) 0xa5);
        int offset = 0;
        for (int i = 0; i < data.size(); i++) {
            byte[] one = data.get(i);
            offset += random.nextInt(4) == 0 ? 0 : random.nextInt(48);
            MemorySegment.copy(one, 0, batch.slab(), ValueLayout.JAVA_BYTE, offset, one.length);
            batch.offsets()[i] = offset;
            batch.lengths()[i] = one.length;
            offset += one.length;
        }
        batch.setCount(data.size());
        return batch;
    }

    private static void send(Party party, PacketBatch batch) throws Exception {
        party.on(
                () -> {
                    party.transport.send(batch);
                    return null;
                });
    }

    /**
     * Lengths that make runs of all kinds: long, short, ended by a shorter one, by a longer one.
     */
    private static int[] lengths(Random random, int count, int longest) {
        int[] lengths = new int[count];
        int left = 0;
        int length = 0;
        for (int i = 0; i < count; i++) {
            if (left-- == 0) {
                left = random.nextInt(3) == 0 ? 0 : random.nextInt(100);
                length = random.nextInt(4) == 0 ? longest : random.nextInt(longest + 1);
            }
            lengths[i] = length;
        }
        return lengths;
    }

    @ParameterizedTest
    @CsvSource({
        "true,true,127.0.0.1",
        "true,false,127.0.0.1",
        "false,true,127.0.0.1",
        "true,true,::1",
        "true,false,::1"
    })
    void aHundredThousandOfAnyLengthArriveInOrder(boolean gso, boolean gro, String host)
            throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Party alice = party(Syscalls.LIBC, gso, true);
        Party bob = party(Syscalls.LIBC, true, gro);
        Endpoint to = Party.endpoint(host, bob.port);
        int total = 100_000;
        int[] lengths = lengths(random, total, 1452);
        AtomicLong heard = new AtomicLong();
        AtomicReference<String> wrong = new AtomicReference<>();
        byte[] expected = new byte[1452];
        bob.onReceived =
                batch -> {
                    for (int i = 0; i < batch.count(); i++) {
                        int number = (int) heard.getAndIncrement();
                        int length = lengths[number];
                        fill(expected, number, length);
                        MemorySegment data =
                                batch.slab().asSlice(batch.offsets()[i], batch.lengths()[i]);
                        MemorySegment right = MemorySegment.ofArray(expected).asSlice(0, length);
                        if (data.mismatch(right) >= 0) {
                            wrong.compareAndSet(null, number + " of length " + length);
                        }
                    }
                };
        for (int first = 0; first < total; ) {
            int count = Math.min(total - first, 1 + random.nextInt(500));
            List<byte[]> data = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                byte[] one = new byte[lengths[first + i]];
                fill(one, first + i, one.length);
                data.add(one);
            }
            PacketBatch batch = scattered(random, data);
            java.util.Arrays.fill(batch.endpoints(), to);
            send(alice, batch);
            first += count;
            int sent = first;
            bob.await(sent + " to arrive, seed " + seed, () -> heard.get() >= sent);
        }
        assertNull(wrong.get(), "seed " + seed);
        assertEquals(total, bob.on(heard::get));
        assertEquals(0, alice.on(() -> alice.transport.counters().lost()));
        assertEquals(gso, alice.on(alice.transport::offloads).gso(), "never refused");
    }

    /** Bytes that differ between datagrams and within one. */
    private static void fill(byte[] data, int number, int length) {
        for (int i = 0; i < length; i++) {
            data[i] = (byte) (number * 31 + i * 7 + (i >> 8));
        }
    }

    @ParameterizedTest
    @CsvSource({"true,true", "true,false", "false,true"})
    void lengthsPeersFamiliesAndTrafficClassesMayMix(boolean gso, boolean gro) throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Party alice = party(Syscalls.LIBC, gso, gro);
        Party bob = party(Syscalls.LIBC, gso, gro);
        Party carol = party(Syscalls.LIBC, gso, gro);
        Endpoint[] endpoints = {
            Party.endpoint("127.0.0.1", bob.port),
            Party.endpoint("::1", bob.port),
            Party.endpoint("127.0.0.1", carol.port),
            Party.endpoint("127.0.0.9", carol.port),
            Party.endpoint("::1", carol.port)
        };
        for (int round = 0; round < 60; round++) {
            Map<Endpoint, List<String>> sent = new HashMap<>();
            int count = random.nextInt(300);
            int steadiness = 1 + random.nextInt(80);
            int[] lengths = lengths(random, count, round % 10 == 0 ? 9000 : 700);
            List<byte[]> data = new ArrayList<>();
            for (int length : lengths) {
                byte[] one = new byte[length];
                random.nextBytes(one);
                data.add(one);
            }
            PacketBatch batch = scattered(random, data);
            for (int i = 0; i < count; i++) {
                boolean change = i == 0 || random.nextInt(steadiness) == 0;
                batch.endpoints()[i] =
                        change
                                ? endpoints[random.nextInt(endpoints.length)]
                                : batch.endpoints()[i - 1];
                batch.trafficClasses()[i] =
                        change || random.nextInt(steadiness) == 0
                                ? (byte) random.nextInt(256)
                                : batch.trafficClasses()[i - 1];
                sent.computeIfAbsent(batch.endpoints()[i], to -> new ArrayList<>())
                        .add(describe(batch.trafficClasses()[i] & 0xff, data.get(i)));
            }
            send(alice, batch);
            for (Party receiver : List.of(bob, carol)) {
                // Datagrams to different addresses of a receiver may overtake each other.
                Map<Endpoint, List<String>> heard = new HashMap<>();
                int expected = 0;
                for (Endpoint to : endpoints) {
                    expected +=
                            to.port() == receiver.port
                                    ? sent.getOrDefault(to, List.of()).size()
                                    : 0;
                }
                for (int i = 0; i < expected; i++) {
                    Party.Datagram datagram = receiver.receive();
                    Endpoint from = datagram.from();
                    Endpoint to =
                            new Endpoint(
                                    from.ipv6(),
                                    from.sourceHigh(),
                                    from.sourceLow(),
                                    receiver.port,
                                    0,
                                    0,
                                    0,
                                    0);
                    heard.computeIfAbsent(to, key -> new ArrayList<>())
                            .add(describe(datagram.trafficClass(), datagram.data()));
                }
                for (Endpoint to : endpoints) {
                    if (to.port() == receiver.port) {
                        assertEquals(sent.get(to), heard.get(to), to + ", seed " + seed);
                    }
                }
            }
        }
        assertEquals(0, alice.on(() -> alice.transport.counters().lost()));
        assertNull(bob.received.poll());
        assertNull(carol.received.poll());
    }

    private static String describe(int trafficClass, byte[] data) {
        return trafficClass + ":" + data.length + ":" + java.util.Arrays.hashCode(data);
    }

    @ParameterizedTest
    @CsvSource({"true,true", "true,false", "false,true"})
    void theLongestAndTheEmptyMixWithOthers(boolean gso, boolean gro) throws Exception {
        Party alice = party(Syscalls.LIBC, gso, gro);
        Party bob = party(Syscalls.LIBC, gso, gro);
        Random random = new Random(1);
        int[] lengths = {
            65_507, 65_507, 0, 65_506, 1, 32_754, 32_753, 32_754, 32_754, 0, 0, 1, 1, 1, 0, 8, 8, 7
        };
        List<byte[]> data = new ArrayList<>();
        for (int length : lengths) {
            byte[] one = new byte[length];
            random.nextBytes(one);
            data.add(one);
        }
        for (String host : List.of("127.0.0.1", "::1")) {
            PacketBatch batch = scattered(random, data);
            java.util.Arrays.fill(batch.endpoints(), Party.endpoint(host, bob.port));
            send(alice, batch);
            for (byte[] one : data) {
                assertArrayEquals(one, bob.receive().data(), host + " " + one.length);
            }
        }
    }

    @Test
    void eachDatagramOfABatchMayGoToAnotherPeer() throws Exception {
        FaultySyscalls calls = new FaultySyscalls();
        Party alice = party(calls, true, true);
        Party bob = party(Syscalls.LIBC, true, true);
        PacketBatch batch = Party.batch(null, 0, new byte[200][100]);
        List<Long> expected = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            batch.endpoints()[i] = Party.endpoint("127.0.0." + (i + 1), bob.port);
            expected.add(batch.endpoints()[i].low());
        }
        send(alice, batch);
        List<Long> heard = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            heard.add(bob.receive().from().sourceLow());
        }
        Collections.sort(heard);
        assertEquals(expected, heard);
        assertEquals(0, calls.runsOffered, "nothing to put together");
    }

    @Test
    void aSingleDatagramIsSentAsBefore() throws Exception {
        FaultySyscalls calls = new FaultySyscalls();
        calls.runError = -5; // EIO, if one were cut apart
        Party alice = party(calls, true, true);
        Party bob = party(Syscalls.LIBC, true, true);
        for (int i = 0; i < 10; i++) {
            alice.send(Party.endpoint("127.0.0.1", bob.port), "" + i);
            assertEquals("" + i, bob.receive().text());
        }
        assertEquals(0, calls.runsOffered);
    }

    @Test
    void aRunIsOneMessage() throws Exception {
        FaultySyscalls calls = new FaultySyscalls();
        List<Integer> offered = Collections.synchronizedList(new ArrayList<>());
        calls.sendRule =
                count -> {
                    offered.add(count);
                    return FaultySyscalls.ALL;
                };
        Party alice = party(calls, true, true);
        Party bob = party(Syscalls.LIBC, true, true);
        alice.send(Party.endpoint("127.0.0.1", bob.port), 0x8a, new byte[130][100]);
        for (int i = 0; i < 130; i++) {
            Party.Datagram heard = bob.receive();
            assertEquals(100, heard.data().length);
            assertEquals(0x8a, heard.trafficClass());
        }
        assertEquals(List.of(3), offered);
    }

    @Test
    void joinedDatagramsAreHandedOnInBatchesThatFit() throws Exception {
        Party alice = party(Syscalls.LIBC, true, true);
        Party bob = party(Syscalls.LIBC, true, true);
        Endpoint to = Party.endpoint("127.0.0.1", bob.port);
        CountDownLatch first = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        List<Integer> counts = Collections.synchronizedList(new ArrayList<>());
        AtomicReference<String> wrong = new AtomicReference<>();
        int[] next = new int[1];
        bob.onReceived =
                batch -> {
                    counts.add(batch.count());
                    first.countDown();
                    awaitQuietly(go);
                    for (int i = 0; i < batch.count(); i++) {
                        int number =
                                batch.slab()
                                        .get(ValueLayout.JAVA_INT_UNALIGNED, batch.offsets()[i]);
                        if (number != next[0]++) {
                            wrong.compareAndSet(null, number + " instead of " + (next[0] - 1));
                        }
                        // The TUN may overwrite the header before a packet. No byte of it may
                        // belong to another datagram.
                        batch.slab().asSlice(batch.offsets()[i], 16).fill((byte) 0x5a);
                    }
                    batch.setCount(0); // and the batch is the receiver's as long
                };
        byte[][] data = new byte[1 + 900][16];
        for (int i = 0; i < data.length; i++) {
            MemorySegment.ofArray(data[i]).set(ValueLayout.JAVA_INT_UNALIGNED, 0, i);
        }
        alice.send(to, 0, data[0]);
        awaitQuietly(first);
        alice.send(to, 0, java.util.Arrays.copyOfRange(data, 1, data.length));
        go.countDown();
        bob.await("all", () -> next[0] == data.length);
        assertNull(wrong.get());
        assertEquals(List.of(1, 256, 256, 256, 132), counts);
    }

    @Test
    void nothingMoreIsHandedOnAfterTheReceiverClosedTheSocket() throws Exception {
        Party alice = party(Syscalls.LIBC, true, true);
        Party bob = party(Syscalls.LIBC, true, true);
        CountDownLatch busy = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        bob.loop.execute(
                () -> {
                    busy.countDown();
                    awaitQuietly(go);
                });
        awaitQuietly(busy);
        List<Integer> counts = Collections.synchronizedList(new ArrayList<>());
        bob.onReceived =
                batch -> {
                    counts.add(batch.count());
                    bob.transport.close();
                };
        alice.send(Party.endpoint("127.0.0.1", bob.port), 0, new byte[1000][8]);
        go.countDown();
        bob.await("closed", () -> !counts.isEmpty());
        assertEquals(List.of(256), bob.on(() -> List.copyOf(counts)));
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            assertTrue(latch.await(10, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aKernelWithoutOffloadsWorks() throws Exception {
        FaultySyscalls calls = new FaultySyscalls().withoutUdpOptions();
        Party alice = party(calls, true, true);
        Party bob = party(Syscalls.LIBC, true, true);
        assertEquals(new UdpOffloads(false, false), alice.on(alice.transport::offloads));
        alice.send(Party.endpoint("::1", bob.port), 0, new byte[100][50]);
        bob.send(Party.endpoint("::1", alice.port), 0, new byte[100][50]);
        for (int i = 0; i < 100; i++) {
            assertEquals(50, bob.receive().data().length);
            assertEquals(50, alice.receive().data().length);
        }
        assertEquals(0, calls.runsOffered);
    }
}
