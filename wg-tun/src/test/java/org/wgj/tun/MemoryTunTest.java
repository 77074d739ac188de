// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

class MemoryTunTest {
    private final MemoryTun tun = new MemoryTun("wg0", 1420);
    private final Packets packets = new Packets();
    private final Events events = new Events();

    @Test
    void packetsSentAreReadInOrderWithRoomAround() throws Exception {
        for (int i = 1; i <= 3; i++) {
            assertEquals(PacketOutcome.TAKEN, tun.offer(Packets.packet(i, 100 + i)));
        }
        assertEquals(3, packets.readFrom(tun));
        for (int i = 1; i <= 3; i++) {
            assertArrayEquals(Packets.packet(i, 100 + i), packets.read(i - 1));
            assertEquals(0, packets.offsets[i - 1] % 16);
        }
        assertEquals(16, packets.offsets[0]);
        for (int i = 1; i < 3; i++) {
            int roomBetween = packets.offsets[i] - packets.offsets[i - 1] - packets.lengths[i - 1];
            assertTrue(roomBetween >= 32, "room " + roomBetween);
        }
        assertEquals(0, packets.readFrom(tun));
    }

    @Test
    void aBufferIsConsumedOnlyIfItsPacketWasTaken() throws Exception {
        ByteBuffer buffer = ByteBuffer.allocateDirect(60).position(10);
        buffer.put(10, (byte) 0x60);
        tun.setUp(false);
        assertEquals(PacketOutcome.DOWN, tun.offer(buffer));
        assertEquals(10, buffer.position());
        tun.setUp(true);
        assertEquals(PacketOutcome.TAKEN, tun.offer(buffer));
        assertEquals(0, buffer.remaining());
        assertEquals(1, packets.readFrom(tun));
        assertEquals(50, packets.lengths[0]);
    }

    @Test
    void theSenderMayReuseItsArray() throws Exception {
        byte[] packet = Packets.packet(1, 50);
        tun.offer(packet);
        packet[20] = 99;
        packets.readFrom(tun);
        assertArrayEquals(Packets.packet(1, 50), packets.read(0));
    }

    @Test
    void packetsWrittenAreReceived() throws Exception {
        assertEquals(2, packets.writeTo(tun, Packets.packet(1, 1420), Packets.packet(2, 20)));
        assertArrayEquals(Packets.packet(1, 1420), tun.receive(10, TimeUnit.SECONDS));
        assertArrayEquals(Packets.packet(2, 20), tun.poll());
        assertNull(tun.poll());
        assertNull(tun.receive(1, TimeUnit.MILLISECONDS));
    }

    @Test
    void packetsThatAreNotIpAreLost() throws Exception {
        byte[] garbage = {0x55, 1, 2};
        assertEquals(1, packets.writeTo(tun, garbage, new byte[0], Packets.packet(1, 20)));
        assertArrayEquals(Packets.packet(1, 20), tun.poll());
        assertNull(tun.poll());
    }

    @Test
    void aConsumerGetsThePackets() throws Exception {
        List<byte[]> taken = new ArrayList<>();
        MemoryTun direct = new MemoryTun("wg1", 1420, taken::add);
        assertEquals(1, packets.writeTo(direct, Packets.packet(7, 30)));
        assertArrayEquals(Packets.packet(7, 30), taken.getFirst());
        assertNull(direct.poll());
    }

    @Test
    void packetsAreLostWhileItIsDown() throws Exception {
        tun.setUp(false);
        assertEquals(PacketOutcome.DOWN, tun.offer(Packets.packet(1, 20)));
        assertEquals(0, packets.writeTo(tun, Packets.packet(1, 20)));
        assertEquals(0, packets.readFrom(tun));
        assertNull(tun.poll());
    }

    @Test
    void packetsLongerThanTheMtuAreLost() {
        assertEquals(PacketOutcome.TOO_LONG, tun.offer(Packets.packet(1, 1421)));
        tun.setMtu(1421);
        assertEquals(PacketOutcome.TAKEN, tun.offer(Packets.packet(1, 1421)));
    }

    @Test
    void queuesHold1024Packets() throws Exception {
        for (int i = 0; i < 1024; i++) {
            assertEquals(PacketOutcome.TAKEN, tun.offer(Packets.packet(i, 20)));
            assertEquals(1, packets.writeTo(tun, Packets.packet(i, 20)));
        }
        assertEquals(PacketOutcome.QUEUE_FULL, tun.offer(Packets.packet(1, 20)));
        assertEquals(0, packets.writeTo(tun, Packets.packet(1, 20)));
        assertEquals(64, packets.readFrom(tun));
        assertEquals(PacketOutcome.TAKEN, tun.offer(Packets.packet(1, 20)));
    }

    @Test
    void theListenerHearsOfEventsInOrder() throws Exception {
        tun.setUp(false);
        tun.setMtu(1300);
        tun.start(events);
        tun.setUp(true);
        tun.setUp(true);
        tun.setMtu(1280);
        tun.setMtu(1280);
        tun.setUp(false);
        tun.delete();
        for (String event : List.of("down", "up", "mtu 1280", "down", "gone")) {
            events.expect(event);
        }
        tun.close();
        events.expectNoMore();
        assertThrows(IllegalStateException.class, () -> tun.start(events));
    }

    @Test
    void readableIsReportedOnceUntilTheNextRead() throws Exception {
        tun.start(events);
        events.expect("up");
        tun.offer(Packets.packet(1, 20));
        events.expect("readable");
        tun.offer(Packets.packet(2, 20)); // not read yet: no second event
        assertEquals(2, packets.readFrom(tun));
        tun.setMtu(1400);
        events.expect("mtu 1400");
        tun.offer(Packets.packet(3, 20));
        events.expect("readable");
        tun.close();
        events.expectNoMore();
    }

    @Test
    void packetsSentBeforeTheStartAreReportedAfterTheState() throws Exception {
        tun.offer(Packets.packet(1, 20));
        tun.start(events);
        events.expect("up");
        events.expect("readable");
        tun.close();
    }

    @Test
    void readableIsReportedAgainAfterAFullSlab() throws Exception {
        MemoryTun jumbo = new MemoryTun("wg1", 65535);
        jumbo.start(events);
        events.expect("up");
        for (int i = 0; i < 5; i++) {
            jumbo.offer(Packets.packet(i, 65535));
        }
        events.expect("readable");
        assertEquals(2, packets.readFrom(jumbo));
        events.expect("readable");
        assertEquals(2, packets.readFrom(jumbo));
        events.expect("readable");
        assertEquals(1, packets.readFrom(jumbo));
        jumbo.close();
        events.expectNoMore();
    }

    @Test
    void aPacketThatArrivesDuringAnEmptyReadIsStillRead() throws Exception {
        MemoryTun[] late = new MemoryTun[1];
        late[0] = new MemoryTun("wg1", 1420, new LateQueue(late), null);
        assertEquals(1, packets.readFrom(late[0]));
        assertArrayEquals(Packets.packet(9, 20), packets.read(0));
    }

    /** Returns nothing at first, and sends a packet before the reader can act on that. */
    private static final class LateQueue extends PacketQueue {
        private final MemoryTun[] tun;
        private boolean sent;

        LateQueue(MemoryTun[] tun) {
            super(10);
            this.tun = tun;
        }

        @Override
        public byte[] poll() {
            if (sent) {
                return super.poll();
            }
            sent = true;
            tun[0].offer(Packets.packet(9, 20));
            return null;
        }
    }

    /**
     * The second packet of each pair arrives about when the reader finds no more packets after the
     * first and goes to sleep. No later packet would make up for a lost wake-up.
     */
    @Test
    void noWakeUpIsLostBetweenTwoThreads() throws Exception {
        int pairs = 10_000;
        Semaphore readable = new Semaphore(0);
        tun.start(
                new Events() {
                    @Override
                    public void readable() {
                        readable.release();
                    }
                });
        AtomicInteger read = new AtomicInteger();
        Thread.ofPlatform().daemon().start(() -> readWhenTold(readable, read));
        byte[] packet = Packets.packet(1, 20);
        Random random = new Random(1);
        for (int pair = 1; pair <= pairs; pair++) {
            assertEquals(PacketOutcome.TAKEN, tun.offer(packet));
            while (read.get() < 2 * pair - 1) {
                Thread.onSpinWait();
            }
            for (int spin = random.nextInt(10); spin > 0; spin--) {
                Thread.onSpinWait();
            }
            assertEquals(PacketOutcome.TAKEN, tun.offer(packet));
            long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
            while (read.get() < 2 * pair) {
                assertTrue(
                        System.nanoTime() < deadlineNs, "the reader sleeps on packet " + 2 * pair);
                Thread.onSpinWait();
            }
        }
        tun.close();
    }

    private void readWhenTold(Semaphore readable, AtomicInteger read) {
        int[] offset = new int[1];
        int[] length = new int[1];
        try {
            while (true) {
                readable.acquire();
                int taken;
                do {
                    taken = tun.read(packets.slab, 0, 0, offset, length);
                    read.addAndGet(taken);
                } while (taken == offset.length);
            }
        } catch (IOException | InterruptedException e) {
            return; // closed
        }
    }

    @Test
    void aDeletedInterfaceIsGoneAndAClosedOneRefuses() throws Exception {
        tun.delete();
        assertEquals(PacketOutcome.DELETED, tun.offer(Packets.packet(1, 20)));
        assertThrows(TunGoneException.class, () -> packets.readFrom(tun));
        assertThrows(TunGoneException.class, () -> packets.writeTo(tun, Packets.packet(1, 20)));
        MemoryTun other = new MemoryTun("wg1", 1420);
        other.close();
        other.close();
        assertEquals(PacketOutcome.CLOSED, other.offer(Packets.packet(1, 20)));
        assertThrows(IOException.class, () -> packets.readFrom(other));
    }

    @Test
    void theListenerMayCloseIt() throws Exception {
        tun.start(
                new Events() {
                    @Override
                    public void up() {
                        tun.close();
                        events.up();
                    }
                });
        events.expect("up");
    }

    @Test
    void packetsAreCheckedWhereTheyEnter() {
        assertThrows(NullPointerException.class, () -> tun.offer((byte[]) null));
        assertThrows(NullPointerException.class, () -> tun.offer((ByteBuffer) null));
        assertThrows(NullPointerException.class, () -> tun.send(null, 1, TimeUnit.MILLISECONDS));
        assertEquals(PacketOutcome.NOT_IP, tun.offer(new byte[0]));
        assertEquals(PacketOutcome.NOT_IP, tun.offer(ByteBuffer.allocate(0)));
        assertEquals(PacketOutcome.NOT_IP, tun.offer(new byte[] {0x55, 1, 2}));
        assertEquals(PacketOutcome.NOT_IP, tun.offer(Packets.packet(1, 19)));
        byte[] ipv6 = new byte[40];
        ipv6[0] = 0x60;
        assertEquals(PacketOutcome.NOT_IP, tun.offer(Arrays.copyOf(ipv6, 39)));
        assertEquals(PacketOutcome.TAKEN, tun.offer(ipv6));
    }

    @Test
    void sentPacketsAreCountedByOutcome() throws Exception {
        for (int i = 0; i < 5000; i++) {
            tun.offer(Packets.packet(i, 20));
        }
        tun.offer(Packets.packet(1, 1421));
        tun.offer(new byte[1]);
        tun.setUp(false);
        tun.offer(Packets.packet(1, 20));
        tun.send(Packets.packet(1, 20), 1, TimeUnit.SECONDS);
        tun.delete();
        tun.offer(Packets.packet(1, 20));
        tun.close();
        tun.offer(Packets.packet(1, 20));
        Map<PacketOutcome, Long> counts = tun.sendCounts();
        assertEquals(1024, counts.get(PacketOutcome.TAKEN));
        assertEquals(5000 - 1024, counts.get(PacketOutcome.QUEUE_FULL));
        assertEquals(1, counts.get(PacketOutcome.TOO_LONG));
        assertEquals(1, counts.get(PacketOutcome.NOT_IP));
        assertEquals(2, counts.get(PacketOutcome.DOWN));
        assertEquals(1, counts.get(PacketOutcome.DELETED));
        assertEquals(1, counts.get(PacketOutcome.CLOSED));
        assertEquals(0, counts.get(PacketOutcome.CONSUMER_FAILED));
        assertThrows(UnsupportedOperationException.class, counts::clear);
    }

    @Test
    void deliveredPacketsAreCountedByOutcome() throws Exception {
        packets.writeTo(tun, Packets.packet(1, 20), new byte[] {0x55}, Packets.packet(2, 20));
        tun.setUp(false);
        packets.writeTo(tun, Packets.packet(3, 20));
        tun.setUp(true);
        for (int i = 0; i < 1025; i++) {
            packets.writeTo(tun, Packets.packet(i, 20));
        }
        Map<PacketOutcome, Long> counts = tun.deliveryCounts();
        assertEquals(1024, counts.get(PacketOutcome.TAKEN));
        assertEquals(3, counts.get(PacketOutcome.QUEUE_FULL));
        assertEquals(1, counts.get(PacketOutcome.NOT_IP));
        assertEquals(1, counts.get(PacketOutcome.DOWN));
    }

    @Test
    void anExceptionOfTheConsumerIsCountedAndDoesNotReachTheTunnel() throws Exception {
        List<byte[]> taken = new ArrayList<>();
        MemoryTun direct =
                new MemoryTun(
                        "wg1",
                        1420,
                        packet -> {
                            if (packet[19] == 1) {
                                throw new IllegalStateException("thrown by the test");
                            }
                            taken.add(packet);
                        });
        List<LogRecord> logged = new ArrayList<>();
        Logger logger = Logger.getLogger(MemoryTun.class.getName());
        logger.setUseParentHandlers(false);
        logger.setFilter(record -> !logged.add(record));
        assertEquals(
                1,
                packets.writeTo(
                        direct,
                        Packets.packet(1, 20),
                        Packets.packet(2, 20),
                        Packets.packet(1, 20)));
        assertEquals(1, logged.size());
        assertEquals("thrown by the test", logged.getFirst().getThrown().getMessage());
        assertArrayEquals(Packets.packet(2, 20), taken.getFirst());
        assertEquals(2, direct.deliveryCounts().get(PacketOutcome.CONSUMER_FAILED));
        assertEquals(1, direct.deliveryCounts().get(PacketOutcome.TAKEN));
    }

    @Test
    void aWaitingSendGetsRoomAsSoonAsTheTunnelReads() throws Exception {
        fill();
        Future<PacketOutcome> sending = sendInBackground();
        assertThrows(
                TimeoutException.class, () -> sending.get(50, TimeUnit.MILLISECONDS), "no wait");
        assertEquals(64, packets.readFrom(tun));
        assertEquals(PacketOutcome.TAKEN, sending.get(20, TimeUnit.SECONDS));
    }

    @Test
    void aWaitingSendGivesUpAfterItsTime() throws Exception {
        fill();
        long beginNs = System.nanoTime();
        assertEquals(
                PacketOutcome.QUEUE_FULL,
                tun.send(Packets.packet(1, 20), 20, TimeUnit.MILLISECONDS));
        assertTrue(System.nanoTime() - beginNs >= TimeUnit.MILLISECONDS.toNanos(20));
        assertEquals(1, tun.sendCounts().get(PacketOutcome.QUEUE_FULL));
    }

    @Test
    void aWaitingSendEndsWithTheInterface() throws Exception {
        fill();
        Future<PacketOutcome> sending = sendInBackground();
        tun.setUp(false);
        assertEquals(PacketOutcome.DOWN, sending.get(20, TimeUnit.SECONDS));
        tun.setUp(true);
        Future<PacketOutcome> again = sendInBackground();
        tun.close();
        assertEquals(PacketOutcome.CLOSED, again.get(20, TimeUnit.SECONDS));
    }

    @Test
    void anInterruptedSendSendsNothing() throws Exception {
        fill();
        Thread.currentThread().interrupt();
        assertThrows(
                InterruptedException.class,
                () -> tun.send(Packets.packet(1, 20), 20, TimeUnit.SECONDS));
        assertEquals(1024, tun.sendCounts().values().stream().mapToLong(Long::longValue).sum());
    }

    private void fill() {
        for (int i = 0; i < 1024; i++) {
            assertEquals(PacketOutcome.TAKEN, tun.offer(Packets.packet(1, 20)));
        }
    }

    private Future<PacketOutcome> sendInBackground() {
        return inBackground(() -> tun.send(Packets.packet(1, 20), 20, TimeUnit.SECONDS));
    }

    private static <T> Future<T> inBackground(Callable<T> call) {
        FutureTask<T> task = new FutureTask<>(call);
        Thread.ofVirtual().start(task);
        return task;
    }

    @Test
    void waitingReceiversEndAtCloseAfterTheLastPacket() throws Exception {
        packets.writeTo(tun, Packets.packet(1, 20));
        Future<List<byte[]>> loop =
                inBackground(
                        () -> {
                            List<byte[]> received = new ArrayList<>();
                            byte[] packet;
                            while ((packet = tun.receive()) != null) {
                                received.add(packet);
                            }
                            return received;
                        });
        MemoryTun other = new MemoryTun("wg1", 1420);
        Future<byte[]> timed = inBackground(() -> other.receive(60, TimeUnit.SECONDS));
        assertFalse(tun.isClosed());
        assertThrows(TimeoutException.class, () -> loop.get(20, TimeUnit.MILLISECONDS));
        tun.setUp(false); // not an end: it can be set up again
        assertThrows(TimeoutException.class, () -> loop.get(20, TimeUnit.MILLISECONDS));
        tun.close();
        other.delete();
        assertEquals(1, loop.get(20, TimeUnit.SECONDS).size());
        assertNull(timed.get(20, TimeUnit.SECONDS));
        assertTrue(tun.isClosed());
        assertTrue(other.isClosed());
        assertNull(tun.receive());
    }

    @Test
    void packetsFromBeforeTheCloseCanStillBeReceived() throws Exception {
        packets.writeTo(tun, Packets.packet(1, 20), Packets.packet(2, 20));
        tun.close();
        assertArrayEquals(Packets.packet(1, 20), tun.receive(1, TimeUnit.SECONDS));
        assertArrayEquals(Packets.packet(2, 20), tun.receive());
        assertNull(tun.receive());
    }

    @Test
    void impossibleArgumentsAreRefused() {
        assertThrows(NullPointerException.class, () -> new MemoryTun(null, 1420));
        assertThrows(NullPointerException.class, () -> new MemoryTun("wg0", 1420, null));
        assertThrows(IllegalArgumentException.class, () -> new MemoryTun("wg/0", 1420));
        assertThrows(IllegalArgumentException.class, () -> new MemoryTun("wg0", 67));
        assertThrows(IllegalArgumentException.class, () -> tun.setMtu(65536));
        assertThrows(
                IllegalArgumentException.class,
                () -> tun.read(packets.slab.asSlice(0, 65566), 16, 16, new int[1], new int[1]));
    }
}
