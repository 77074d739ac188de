// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.IoEventLoop;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.PacketBatch;
import org.wgj.tun.TimedTun;
import org.wgj.tun.TunListener;
import org.wgj.tunnel.udp.UdpCounters;
import org.wgj.tunnel.udp.UdpTransport;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** A TUN that has timers of its own: the tunnel tells it the time and wakes it. */
@Timeout(60)
class TimedTunTest {
    /** Sends a packet when its time has come, and perhaps each packet back that it is given. */
    private static final class Timer implements TimedTun {
        private final List<byte[]> waiting = new ArrayList<>(); // the loop's
        private boolean echo;
        private volatile long deadlineNs = NEVER;
        private volatile long nowNs = -1;
        private volatile int reads;
        private volatile int asked;
        private volatile TunListener listener;

        @Override
        public void advance(long toNs) {
            nowNs = toNs;
        }

        @Override
        public long nextDeadlineNs() {
            asked++;
            return deadlineNs;
        }

        @Override
        public int read(
                MemorySegment slab, int headroom, int tailroom, int[] offsets, int[] lengths) {
            reads++;
            if (nowNs >= deadlineNs) {
                deadlineNs = NEVER;
                waiting.add(TestTunnels.packet(1, 2));
            }
            if (waiting.isEmpty()) {
                return 0;
            }
            byte[] packet = waiting.removeFirst();
            MemorySegment.copy(packet, 0, slab, ValueLayout.JAVA_BYTE, headroom, packet.length);
            offsets[0] = headroom;
            lengths[0] = packet.length;
            return 1;
        }

        @Override
        public boolean holdsBack() {
            return !waiting.isEmpty();
        }

        @Override
        public int write(MemorySegment slab, int[] offsets, int[] lengths, int first, int count) {
            for (int i = first; echo && i < first + count; i++) {
                waiting.add(TestTunnels.packet(1, 2));
            }
            return count;
        }

        @Override
        public void start(TunListener toTell) {
            listener = toTell;
            toTell.up();
        }

        @Override
        public String name() {
            return "timer";
        }

        @Override
        public int mtu() {
            return 1420;
        }

        @Override
        public int descriptor() {
            return -1;
        }

        @Override
        public void close() {}
    }

    /** A transport that has no room until it is told. */
    private static final class Full implements UdpTransport {
        private final Receiver receiver;
        private volatile boolean writable;

        Full(Receiver receiver) {
            this.receiver = receiver;
        }

        @Override
        public int open(int port, int mark) {
            return 1;
        }

        @Override
        public void send(PacketBatch datagrams) {}

        @Override
        public boolean isWritable() {
            return writable;
        }

        @Override
        public void mark(int mark) {}

        @Override
        public UdpCounters counters() {
            return UdpCounters.ZERO;
        }

        @Override
        public void close() {}
    }

    private static final int CHANGES = 1000;

    private final TestTunnels two = new TestTunnels();
    private final Timer timer = new Timer();
    private final AtomicLong clock = new AtomicLong(1_000_000_000);
    private final List<Tunnel> tunnels = new ArrayList<>();

    private Tunnel started(Tunnel.Builder builder) throws IOException {
        Tunnel tunnel = builder.start();
        tunnels.add(tunnel);
        return tunnel;
    }

    private Tunnel.Builder alice(InetSocketAddress bob) {
        return Tunnel.builder(timer)
                .privateKey(two.aliceKey)
                .peer(
                        two.bobKey.publicKey(),
                        peer -> peer.endpoint(bob).allowedIp(IpPrefix.parse("10.0.0.2/32")));
    }

    @AfterEach
    void close() {
        tunnels.forEach(Tunnel::close);
    }

    private void bobReceivesAPacket() throws InterruptedException {
        byte[] packet = two.bobPackets.receive(TestTunnels.PATIENCE_S, TimeUnit.SECONDS);
        assertNotNull(packet, "no packet at Bob's");
        assertArrayEquals(TestTunnels.packet(1, 2), packet);
    }

    @Test
    void aPacketLeavesAtItsDeadline() throws Exception {
        Tunnel bob = started(two.bob());
        started(alice(TestTunnels.addressOf(bob)));
        timer.listener.readable();
        while (timer.reads == 0) {
            Thread.onSpinWait();
        }
        timer.deadlineNs = timer.nowNs + 30_000_000;
        timer.listener.readable();
        bobReceivesAPacket();
    }

    @Test
    void aPacketLeavesWhenTheProgramsClockHasComeToItsDeadline() throws Exception {
        Tunnel bob = started(two.bob());
        Tunnel alice = started(alice(TestTunnels.addressOf(bob)).clock(clock::get));
        timer.deadlineNs = 3_000_000_000L;
        timer.listener.readable();
        alice.status().join();
        assertEquals(1_000_000_000, timer.nowNs);
        clock.set(2_999_999_999L);
        assertNull(two.bobPackets.receive(100, TimeUnit.MILLISECONDS));
        clock.set(3_000_000_001L);
        bobReceivesAPacket();
        assertEquals(3_000_000_001L, timer.nowNs);
    }

    @Test
    void whatIsDeliveredIsAnsweredAtOnceAndHasItsTime() throws Exception {
        Tunnel bob = started(two.bob());
        Tunnel alice = started(alice(TestTunnels.addressOf(bob)).clock(clock::get));
        timer.deadlineNs = clock.get(); // the first packet makes the session
        timer.listener.readable();
        bobReceivesAPacket();
        alice.status().join();
        timer.echo = true;
        clock.set(1_500_000_000L);
        two.bobPackets.offer(TestTunnels.packet(2, 1));
        bobReceivesAPacket();
        assertEquals(1_500_000_000L, timer.nowNs);
    }

    @Test
    void aDeadlineThatPassesWhileTheSocketIsFullWakesNobody() throws Exception {
        Full[] transport = new Full[1];
        Tunnel alice =
                started(
                        alice(new InetSocketAddress("127.0.0.1", 9))
                                .transports(
                                        (IoEventLoop _, UdpTransport.Receiver receiver) ->
                                                transport[0] = new Full(receiver)));
        timer.deadlineNs = 0;
        timer.listener.readable();
        alice.status().join();
        assertEquals(1, timer.reads); // a packet, after which the socket is full
        timer.deadlineNs = 0;
        alice.configure(_ -> {}).join();
        int asked = timer.asked;
        for (int i = 0; i < CHANGES; i++) {
            alice.configure(_ -> {}).join();
        }
        assertEquals(1, timer.reads);
        // On a busy machine this takes longer than 5 s, after which the handshake is repeated; the
        // alarm for that asks once.
        assertTrue(
                timer.asked - asked < CHANGES / 10, () -> "asked since: " + (timer.asked - asked));

        transport[0].writable = true;
        alice.configure(_ -> transport[0].receiver.writable()).join();
        while (timer.deadlineNs == 0) {
            alice.status().join();
        }
        assertTrue(timer.reads > 1);
    }
}
