// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.stack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.wgj.netstack.tcp.TcpConnection;
import org.wgj.netstack.tcp.TcpFailure;
import org.wgj.netstack.tcp.TcpHandler;
import org.wgj.netstack.udp.UdpPort;
import org.wgj.netstack.wire.IpAddress;
import org.wgj.netstack.wire.RawPacket;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Random;

/** Packets come and go without an object for each. */
class AllocationTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final MemorySegment slab = Arena.ofAuto().allocate(128 * 2048 + 70_000);
    private final int[] offsets = new int[128];
    private final int[] lengths = new int[128];
    private long nowNs = 1_000_000_000L;

    /** Writes without end, or reads all. */
    private static final class Endless implements TcpHandler {
        private final byte[] bytes = new byte[64 << 10];
        private final boolean writes;
        TcpConnection connection;
        long moved;

        Endless(boolean writes) {
            this.writes = writes;
        }

        void act(long nowNs) {
            int count = 1;
            while (count > 0) {
                count =
                        writes
                                ? connection.write(bytes, 0, bytes.length)
                                : connection.read(bytes, 0, bytes.length);
                moved += Math.max(0, count);
            }
            if (writes) {
                connection.wrote(nowNs);
            } else {
                connection.consumed(nowNs);
            }
        }

        @Override
        public void established() {}

        @Override
        public void readable() {}

        @Override
        public void writable() {}

        @Override
        public void ended(TcpFailure failure) {}
    }

    private static NetStack stack(String own4, String own6, int seed) {
        NetStack stack = new NetStack(StackOptions.DEFAULT, new Random(seed));
        stack.setAddresses(List.of(IpAddress.parse(own4), IpAddress.parse(own6)));
        return stack;
    }

    private int carry(NetStack from, NetStack to) {
        int count = from.emit(slab, 32, 16, offsets, lengths, nowNs);
        if (count > 0) {
            to.receive(slab, offsets, lengths, 0, count, nowNs);
        }
        return count;
    }

    private static long allocated() {
        return THREADS.getCurrentThreadAllocatedBytes();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aLongTransfer(boolean ipv6) throws IOException {
        NetStack left = stack(StackBench.OWN4, StackBench.OWN6, 1);
        NetStack right = stack(StackBench.PEER4, StackBench.PEER6, 2);
        Endless reader = new Endless(false);
        Endless writer = new Endless(true);
        right.tcp()
                .listen(
                        null,
                        80,
                        1,
                        null,
                        connection -> {
                            reader.connection = connection;
                            connection.setHandler(reader);
                            return true;
                        });
        IpAddress remote = IpAddress.parse(StackBench.peer(ipv6));
        writer.connection = left.tcp().connect(null, 0, remote, 80, null, writer, nowNs);
        long before = 0;
        long packets = 0;
        for (int round = 0; round < 6000; round++) {
            if (round == 3000) { // the buffers have grown
                before = allocated();
                packets = 0;
            }
            nowNs += 200_000;
            if (left.nextDeadlineNs() <= nowNs) {
                left.handleTimeouts(nowNs);
            }
            if (right.nextDeadlineNs() <= nowNs) {
                right.handleTimeouts(nowNs);
            }
            if (reader.connection != null) {
                writer.act(nowNs);
            }
            packets += carry(left, right);
            if (reader.connection != null) {
                reader.act(nowNs);
            }
            packets += carry(right, left);
        }
        long bytes = allocated() - before;
        assertTrue(reader.moved > 100_000_000, reader.moved + " bytes came");
        assertTrue(packets > 50_000, packets + " packets");
        assertTrue(bytes < packets / 10, bytes + " bytes for " + packets + " packets");
    }

    @Test
    void datagramsThatLeave() throws IOException {
        NetStack stack = stack(StackBench.OWN4, StackBench.OWN6, 1);
        UdpPort port = stack.udp().bind(null, 7, new UdpSink());
        IpAddress remote = IpAddress.parse(StackBench.PEER6);
        byte[] bytes = new byte[1300];
        long before = 0;
        int sent = 0;
        for (int round = 0; round < 4000; round++) {
            if (round == 2000) {
                before = allocated();
            }
            for (int i = 0; i < 100; i++) {
                port.send(remote, 9, bytes, 0, bytes.length, false, nowNs);
            }
            sent += stack.emit(slab, 32, 16, offsets, lengths, nowNs);
        }
        assertEquals(400_000, sent);
        long used = allocated() - before;
        assertTrue(used < 20_000, used + " bytes for 200,000 datagrams");
    }

    @Test
    void packetsThatAreDropped() {
        NetStack stack = stack(StackBench.OWN4, StackBench.OWN6, 1);
        byte[] packet =
                RawPacket.udpPacket(StackBench.PEER4, StackBench.OWN4, 1, 7, RawPacket.data(500));
        packet[100] ^= 1;
        MemorySegment.copy(packet, 0, slab, ValueLayout.JAVA_BYTE, 0, packet.length);
        for (int i = 0; i < offsets.length; i++) {
            lengths[i] = packet.length;
        }
        long before = 0;
        for (int round = 0; round < 4000; round++) {
            if (round == 2000) {
                before = allocated();
            }
            stack.receive(slab, offsets, lengths, 0, offsets.length, nowNs);
        }
        long used = allocated() - before;
        assertTrue(used < 20_000, used + " bytes for 256,000 packets");
    }
}
