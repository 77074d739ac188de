// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.node;

import org.wgj.mesh.path.PathPacket;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.PacketBatch;
import org.wgj.tunnel.PacketFilter;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.util.concurrent.Semaphore;

/**
 * Takes the packets that prove paths out of what a tunnel has opened. On the tunnel's event loop; a
 * flood of them is dropped before it fills the other thread's queue.
 */
final class PathPackets implements PacketFilter {
    private static final int MAX_WAITING = 1_024;

    /** The length of the shortest path packet, and where IPv4 and IPv6 name the protocol. */
    private static final int SHORTEST = 20;

    private static final byte PROTOCOL = (byte) 253;

    private final Semaphore room = new Semaphore(MAX_WAITING);
    private final Receiver receiver;

    /** Gets a path packet on the tunnel's event loop. */
    @FunctionalInterface
    interface Receiver {
        /** The receiver runs {@code done} when it has dealt with the packet. */
        void packet(InetSocketAddress source, byte[] packet, Runnable done);
    }

    PathPackets(Receiver receiver) {
        this.receiver = receiver;
    }

    @Override
    public void filter(PacketBatch packets) {
        int count = packets.count();
        int first = 0;
        while (first < count && !mayBe(packets, first)) {
            first++;
        }
        if (first == count) {
            return; // as nearly always
        }
        packets.setCount(first);
        for (int i = first; i < count; i++) {
            if (!(mayBe(packets, i) && take(packets, i))) {
                packets.add(
                        packets.offsets()[i],
                        packets.lengths()[i],
                        packets.trafficClasses()[i],
                        packets.endpoints()[i]);
            }
        }
    }

    private static boolean mayBe(PacketBatch packets, int i) {
        int length = packets.lengths()[i];
        if (length < SHORTEST) {
            return false;
        }
        MemorySegment slab = packets.slab();
        long at = packets.offsets()[i];
        int version = slab.get(ValueLayout.JAVA_BYTE, at) >> 4 & 15;
        return slab.get(ValueLayout.JAVA_BYTE, at + (version == 4 ? 9 : 6)) == PROTOCOL;
    }

    private boolean take(PacketBatch packets, int i) {
        MemorySegment packet = packets.slab().asSlice(packets.offsets()[i], packets.lengths()[i]);
        if (!PathPacket.isPathPacket(packet.asByteBuffer())) {
            return false;
        }
        Endpoint source = packets.endpoints()[i];
        if (source != null && room.tryAcquire()) {
            receiver.packet(
                    Sockets.address(source), packet.toArray(ValueLayout.JAVA_BYTE), room::release);
        }
        return true;
    }
}
