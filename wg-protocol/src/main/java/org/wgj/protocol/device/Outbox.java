// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import org.wgj.protocol.Endpoint;
import org.wgj.protocol.PacketBatch;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Collects the datagrams that are not made in place from packets of the system: handshake messages,
 * keepalives and staged packets. They leave at the end of each call of the device, or when there is
 * no more room. Owned by the device's thread.
 */
final class Outbox {
    private static final int CAPACITY = 128;
    private static final int SLAB = 256 << 10;
    private static final int ALIGNMENT = 16;

    private final PacketBatch batch = new PacketBatch(SLAB, CAPACITY);
    private final DeviceOutput output;
    private int used;

    Outbox(DeviceOutput output) {
        this.output = output;
    }

    PacketBatch batch() {
        return batch;
    }

    /** Adds a complete message. */
    void addMessage(byte[] message, Endpoint to, byte trafficClass) {
        if (!hasRoomFor(message.length)) {
            flush();
        }
        add(message, to, trafficClass);
    }

    boolean hasRoomFor(int length) {
        return batch.count() < CAPACITY && used + spaceFor(length) <= SLAB;
    }

    /** Adds a packet to be sealed, with head room and tail room. There must be room for it. */
    void addPacket(byte[] packet, Endpoint to) {
        int offset = add(packet, to, (byte) 0);
        if (packet.length > 0) {
            batch.trafficClasses()[batch.count() - 1] =
                    IpPacket.outerTrafficClass(batch.slab(), offset);
        }
    }

    private int add(byte[] bytes, Endpoint to, byte trafficClass) {
        int offset = used + PacketBatch.HEADROOM;
        MemorySegment.copy(bytes, 0, batch.slab(), ValueLayout.JAVA_BYTE, offset, bytes.length);
        batch.add(offset, bytes.length, trafficClass, to);
        used += spaceFor(bytes.length);
        return offset;
    }

    /** Drops the last {@code count}, which could not be sealed. */
    void dropLast(int count) {
        batch.setCount(batch.count() - count);
    }

    /** Sends everything. */
    void flush() {
        if (batch.count() > 0) {
            output.transmit(batch);
        }
        batch.setCount(0);
        used = 0;
    }

    private static int spaceFor(int length) {
        int space = PacketBatch.HEADROOM + length + PacketBatch.TAILROOM;
        return space + ALIGNMENT - 1 & -ALIGNMENT;
    }
}
