// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.socket;

import java.net.DatagramPacket;
import java.util.Map;
import java.util.WeakHashMap;

/**
 * Fills the packets of the program, each time up to the length that the program gave them.
 *
 * <p>{@link DatagramPacket#setLength} sets the length and the capacity; only the JDK can set the
 * length alone. So that a packet can be used again, as with the JDK's sockets, its capacity is
 * remembered here, for as long as the program changes nothing of it. One table serves all sockets,
 * since a packet may be used with several.
 */
final class PacketCapacities {
    private record Filled(byte[] data, int offset, int length, int capacity) {
        boolean isStill(DatagramPacket packet) {
            return packet.getData() == data
                    && packet.getOffset() == offset
                    && packet.getLength() == length;
        }
    }

    /** DatagramPacket has no equals of its own, so this is by identity. */
    private static final Map<DatagramPacket, Filled> KNOWN = new WeakHashMap<>();

    private PacketCapacities() {}

    /** Copies a datagram; what does not fit is lost, as UDP has it. */
    static void fill(DatagramPacket packet, DatagramQueue.Datagram datagram) {
        Filled before;
        synchronized (KNOWN) {
            before = KNOWN.get(packet);
        }
        int capacity =
                before != null && before.isStill(packet) ? before.capacity() : packet.getLength();
        byte[] payload = datagram.payload();
        int length = Math.min(payload.length, capacity);
        System.arraycopy(payload, 0, packet.getData(), packet.getOffset(), length);
        packet.setLength(length);
        packet.setAddress(datagram.from().toInetAddress());
        packet.setPort(datagram.port());
        Filled now = new Filled(packet.getData(), packet.getOffset(), length, capacity);
        synchronized (KNOWN) {
            KNOWN.put(packet, now);
        }
    }
}
