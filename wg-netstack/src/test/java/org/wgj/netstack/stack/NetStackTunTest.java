// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.stack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.wgj.netstack.tcp.TcpFailure;
import org.wgj.netstack.tcp.TcpHandler;
import org.wgj.netstack.udp.UdpHandler;
import org.wgj.netstack.udp.UdpPort;
import org.wgj.netstack.wire.IpAddress;
import org.wgj.netstack.wire.RawPacket;
import org.wgj.tun.TimedTun;
import org.wgj.tun.TunListener;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

@Timeout(60)
class NetStackTunTest {
    /** Counts what the TUN reports. */
    private static final class Listener implements TunListener {
        final AtomicInteger ups = new AtomicInteger();
        final Semaphore readable = new Semaphore(0);

        @Override
        public void up() {
            ups.incrementAndGet();
        }

        @Override
        public void down() {}

        @Override
        public void mtuChanged(int mtu) {}

        @Override
        public void readable() {
            readable.release();
        }

        @Override
        public void gone() {}
    }

    private static final IpAddress OWN = IpAddress.parse(StackBench.OWN4);
    private static final IpAddress PEER = IpAddress.parse(StackBench.PEER4);

    private final MemorySegment slab = Arena.ofShared().allocate(400_000);
    private final int[] offsets = new int[128];
    private final int[] lengths = new int[128];
    private final Listener listener = new Listener();
    private final NetStackTun tun = tun();

    private static NetStackTun tun() {
        NetStack stack = new NetStack(StackOptions.DEFAULT, new Random(1));
        stack.setAddresses(List.of(OWN));
        return new NetStackTun("wg0", stack, 1280);
    }

    private int read() throws IOException {
        return tun.read(slab, 32, 16, offsets, lengths);
    }

    @Test
    void itIsUpFromTheBeginningAndStartsOnce() {
        tun.start(listener);
        assertEquals(1, listener.ups.get());
        assertEquals(0, listener.readable.availablePermits());
        assertEquals(1280, tun.mtu());
        assertEquals(1280, tun.stack().routes().mtu(PEER));
        assertEquals(-1, tun.descriptor());
        assertThrows(IllegalStateException.class, () -> tun.start(listener));
    }

    @Test
    void tasksRunInOrderOnTheOwnersThreadAndWakeItOnce() throws IOException {
        tun.start(listener);
        List<Integer> ran = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            int number = i;
            tun.execute(
                    () -> {
                        assertTrue(tun.isOwner());
                        assertEquals(77, tun.nowNs());
                        ran.add(number);
                    });
        }
        assertEquals(1, listener.readable.availablePermits());
        assertEquals(List.of(), ran);
        assertFalse(tun.isOwner());
        tun.advance(77);
        assertEquals(0, read());
        assertEquals(List.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9), ran);
        assertFalse(tun.isOwner());
        tun.execute(() -> {});
        assertEquals(2, listener.readable.availablePermits());
    }

    @Test
    void aTaskBeforeTheStartIsReported() {
        tun.execute(() -> {});
        tun.start(listener);
        assertEquals(1, listener.readable.availablePermits());
    }

    @Test
    void whatATaskSendsLeavesInTheSameRead() throws IOException {
        tun.start(listener);
        tun.execute(() -> ping(Long.MAX_VALUE, new ArrayList<>()));
        assertEquals(1, read());
        assertEquals("10.0.0.2", RawPacket.to(packet(0)));
    }

    private byte[] packet(int i) {
        return slab.asSlice(offsets[i], lengths[i]).toArray(ValueLayout.JAVA_BYTE);
    }

    private void ping(long deadlineNs, List<Object> heard) {
        tun.stack().echo().ping(PEER, new byte[8], deadlineNs, handler(heard), tun.nowNs());
    }

    private static EchoHandler handler(List<Object> heard) {
        return new EchoHandler() {
            @Override
            public void answered(long rttNs) {
                heard.add(rttNs);
            }

            @Override
            public void failed(Failure reason) {
                heard.add(reason);
            }
        };
    }

    @Test
    void aTaskThatThrowsHarmsNeitherTheOthersNorTheTunnel() throws IOException {
        List<Object> heard = new ArrayList<>();
        IllegalStateException fault = new IllegalStateException();
        tun.setFailureHandler(heard::add);
        tun.execute(
                () -> {
                    throw fault;
                });
        tun.execute(() -> heard.add("next"));
        read();
        assertEquals(List.of(fault, "next"), heard);
    }

    @Test
    void deadlinesFireInRead() throws IOException {
        List<Object> heard = new ArrayList<>();
        assertEquals(TimedTun.NEVER, tun.nextDeadlineNs());
        tun.execute(() -> ping(5000, heard));
        read();
        assertEquals(5000, tun.nextDeadlineNs());
        tun.advance(4999);
        read();
        assertEquals(List.of(), heard);
        tun.advance(5000);
        read();
        assertEquals(List.of(EchoHandler.Failure.TIMED_OUT), heard);
    }

    @Test
    void anAnswerToWhatWasWrittenIsHeldBackAndBothAreTapped() throws IOException {
        tun.start(listener);
        List<String> tapped = new ArrayList<>();
        tun.setTap(
                (outgoing, memory, at, length, nowNs) ->
                        tapped.add((outgoing ? "out " : "in ") + length + " at " + nowNs));
        byte[] request =
                RawPacket.icmpPacket(StackBench.PEER4, StackBench.OWN4, 8, 0, 1, new byte[9]);
        MemorySegment.copy(request, 0, slab, ValueLayout.JAVA_BYTE, 64, request.length);
        offsets[3] = 64;
        lengths[3] = request.length;
        tun.advance(8);
        assertFalse(tun.holdsBack());
        assertEquals(1, tun.write(slab, offsets, lengths, 3, 1));
        assertTrue(tun.holdsBack());
        tun.advance(9);
        assertEquals(1, read());
        assertFalse(tun.holdsBack());
        assertEquals(List.of("in 37 at 8", "out 37 at 9"), tapped);
        assertEquals(0, listener.readable.availablePermits());
    }

    @Test
    void aHandlerThatFailsHarmsNobodyElse() throws IOException {
        tun.start(listener);
        List<String> failures = new ArrayList<>();
        tun.setFailureHandler(e -> failures.add(e.getMessage()));
        List<Integer> tcpConnections = new ArrayList<>();
        UdpSink good = new UdpSink();
        UdpHandler bad =
                new UdpHandler() {
                    @Override
                    public void received(IpAddress from, int port, byte[] payload) {
                        throw new IllegalStateException("bad handler");
                    }

                    @Override
                    public void unreachable(IpAddress remote, int port) {}
                };
        tun.stack().udp().bind(null, 1000, bad);
        UdpPort sender = tun.stack().udp().bind(null, 1001, good);
        tun.stack()
                .tcp()
                .listen(
                        null,
                        80,
                        1,
                        null,
                        connection -> {
                            tcpConnections.add(connection.remotePort());
                            throw new IllegalStateException("bad acceptor");
                        });
        put(0, RawPacket.udpPacket(StackBench.PEER4, StackBench.OWN4, 9, 1000, new byte[3]));
        put(1, RawPacket.udpPacket(StackBench.PEER4, StackBench.OWN4, 9, 1001, new byte[4]));
        assertEquals(2, tun.write(slab, offsets, lengths, 0, 2));
        assertEquals(1, good.payloads.size());
        assertEquals(List.of("bad handler"), failures);

        // Packets to own addresses are delivered while the tunnel reads.
        sender.send(OWN, 1000, new byte[1], 0, 1, false, 0);
        sender.send(OWN, 1001, new byte[2], 0, 2, false, 0);
        TestHandlers client = new TestHandlers();
        tun.stack().tcp().connect(null, 0, OWN, 80, null, client, 0);
        assertEquals(0, read());
        assertEquals(2, good.payloads.size());
        assertEquals(1, tcpConnections.size());
        assertEquals(List.of(TcpFailure.RESET), client.failures, "refused by RST");
        assertEquals(List.of("bad handler", "bad handler", "bad acceptor"), failures);
        assertEquals(0, tun.stack().tcp().connections());

        tun.setTap(
                (outgoing, memory, at, length, nowNs) -> {
                    throw new IllegalStateException("bad tap");
                });
        put(0, RawPacket.udpPacket(StackBench.PEER4, StackBench.OWN4, 9, 1001, new byte[4]));
        tun.write(slab, offsets, lengths, 0, 1);
        tun.write(slab, offsets, lengths, 0, 1);
        assertEquals(4, good.payloads.size());
        assertEquals(4, failures.size(), "a tap that fails is not asked again");
    }

    private void put(int index, byte[] packet) {
        offsets[index] = 64 + 2048 * index;
        lengths[index] = packet.length;
        MemorySegment.copy(packet, 0, slab, ValueLayout.JAVA_BYTE, offsets[index], packet.length);
    }

    /** Notes how connections ended. */
    private static class TestHandlers implements TcpHandler {
        final List<TcpFailure> failures = new ArrayList<>();

        @Override
        public void established() {}

        @Override
        public void readable() {}

        @Override
        public void writable() {}

        @Override
        public void ended(TcpFailure failure) {
            failures.add(failure);
        }
    }

    @Test
    void nothingIsOpenedWhileTheStackCloses() throws IOException {
        tun.start(listener);
        List<String> refused = new ArrayList<>();
        TestHandlers again =
                new TestHandlers() {
                    @Override
                    public void ended(TcpFailure failure) {
                        try {
                            tun.stack().tcp().connect(null, 0, PEER, 81, null, this, 0);
                        } catch (IOException e) {
                            refused.add(e.getMessage());
                        }
                    }
                };
        tun.stack().tcp().connect(null, 0, PEER, 80, null, again, 0);
        read();
        tun.close();
        assertEquals(List.of("the stack is closed"), refused);
        assertEquals(0, tun.stack().tcp().connections());
    }

    @Test
    void aClosedTunRefusesAndEndsEverything() throws Exception {
        tun.start(listener);
        List<Object> heard = new ArrayList<>();
        tun.execute(() -> ping(Long.MAX_VALUE, heard));
        read();
        tun.execute(() -> heard.add("task"));
        tun.close();
        tun.close();
        assertEquals(List.of("task", EchoHandler.Failure.CLOSED), heard);
        assertThrows(RejectedExecutionException.class, () -> tun.execute(() -> {}));
        assertThrows(IOException.class, this::read);
        assertThrows(IOException.class, () -> tun.write(slab, offsets, lengths, 0, 0));
        assertFalse(tun.holdsBack());
        assertEquals(TimedTun.NEVER, tun.nextDeadlineNs());
        assertThrows(IllegalStateException.class, () -> tun.start(listener));
    }

    @Test
    void closingInATaskEndsTheStackAfterIt() throws IOException {
        List<Object> heard = new ArrayList<>();
        tun.execute(
                () -> {
                    ping(Long.MAX_VALUE, heard);
                    tun.close();
                    heard.add("end of task");
                });
        read();
        assertEquals(List.of("end of task", EchoHandler.Failure.CLOSED), heard);
    }

    @Test
    void closingDoesNotWaitForAThreadThatIsInside() throws Exception {
        List<Object> heard = new ArrayList<>();
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch closed = new CountDownLatch(1);
        tun.execute(
                () -> {
                    ping(Long.MAX_VALUE, heard);
                    inside.countDown();
                    awaitQuietly(closed);
                });
        Thread owner = Thread.ofPlatform().start(this::readQuietly);
        inside.await();
        tun.close();
        closed.countDown();
        owner.join();
        assertEquals(List.of(EchoHandler.Failure.CLOSED), heard);
    }

    private void readQuietly() {
        try {
            read();
        } catch (IOException e) {
            // closed
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void noTaskIsForgottenWhileTheOwnerWaitsOnlyForWakeUps() throws Exception {
        int producers = 4;
        int each = 50_000;
        tun.start(listener);
        int[] ran = new int[1]; // the owner's
        List<Thread> threads = new ArrayList<>();
        for (int p = 0; p < producers; p++) {
            threads.add(
                    Thread.ofPlatform()
                            .start(
                                    () -> {
                                        for (int i = 0; i < each; i++) {
                                            tun.execute(() -> ran[0]++);
                                            if (i % 64 == 0) {
                                                Thread.yield();
                                            }
                                        }
                                    }));
        }
        int wakeUps = 0;
        while (ran[0] < producers * each) {
            listener.readable.acquire();
            wakeUps++;
            read();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(producers * each, ran[0]);
        assertTrue(wakeUps <= producers * each);
    }

    @Test
    void everyTaskRunsOnceOrIsRejectedWhenTheTunCloses() throws Exception {
        for (int round = 0; round < 2000; round++) {
            NetStackTun closing = tun();
            AtomicInteger ran = new AtomicInteger();
            AtomicInteger rejected = new AtomicInteger();
            List<Object> heard = new ArrayList<>();
            closing.execute(
                    () ->
                            closing.stack()
                                    .echo()
                                    .ping(PEER, new byte[8], 1L << 60, handler(heard), 0));
            CountDownLatch go = new CountDownLatch(1);
            List<Thread> threads = new ArrayList<>();
            threads.add(
                    Thread.startVirtualThread(
                            () -> {
                                awaitQuietly(go);
                                for (int i = 0; i < 20; i++) {
                                    try {
                                        closing.execute(ran::incrementAndGet);
                                    } catch (RejectedExecutionException e) {
                                        rejected.incrementAndGet();
                                    }
                                }
                            }));
            threads.add(
                    Thread.startVirtualThread(
                            () -> {
                                awaitQuietly(go);
                                try {
                                    for (int i = 0; i < 10; i++) {
                                        closing.read(slab, 32, 16, offsets, lengths);
                                    }
                                } catch (IOException e) {
                                    // closed meanwhile
                                }
                            }));
            threads.add(
                    Thread.startVirtualThread(
                            () -> {
                                awaitQuietly(go);
                                closing.close();
                            }));
            go.countDown();
            for (Thread thread : threads) {
                thread.join();
            }
            assertEquals(20, ran.get() + rejected.get());
            assertEquals(List.of(EchoHandler.Failure.CLOSED), heard);
        }
    }
}
