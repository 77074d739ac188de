// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** IP packets for tests, and a slab to move them through. */
final class Packets {
    static final int HEADROOM = 16;
    static final int TAILROOM = 16;

    final MemorySegment slab = Arena.ofAuto().allocate(2 * 65600 + 100, 16).fill((byte) 0xa5);
    final int[] offsets = new int[64];
    final int[] lengths = new int[64];

    /** Makes bytes that begin like an IPv4 packet and repeat the given number. */
    static byte[] packet(int number, int length) {
        byte[] packet = new byte[length];
        Arrays.fill(packet, (byte) number);
        packet[0] = 0x45;
        return packet;
    }

    int readFrom(Tun tun) throws java.io.IOException {
        return tun.read(slab, HEADROOM, TAILROOM, offsets, lengths);
    }

    /** Returns the packet at that index of the last read. */
    byte[] read(int index) {
        return slab.asSlice(offsets[index], lengths[index]).toArray(ValueLayout.JAVA_BYTE);
    }

    /** Writes packets in one call and returns how many were taken. */
    int writeTo(Tun tun, byte[]... packets) throws java.io.IOException {
        int at = HEADROOM;
        for (int i = 0; i < packets.length; i++) {
            offsets[i + 1] = at;
            lengths[i + 1] = packets[i].length;
            MemorySegment.copy(packets[i], 0, slab, ValueLayout.JAVA_BYTE, at, packets[i].length);
            at += packets[i].length + HEADROOM;
        }
        return tun.write(slab, offsets, lengths, 1, packets.length);
    }
}
