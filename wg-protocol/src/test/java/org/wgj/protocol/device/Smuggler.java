// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import org.wgj.crypto.PacketLayout;
import org.wgj.protocol.session.Keypair;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Seals any bytes without the checks of a device. */
final class Smuggler {
    private static final ValueLayout.OfLong LE_LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private Smuggler() {}

    /** Makes transport data with the next counter of the session. */
    static byte[] seal(Node from, Node to, byte[] content, long nowNs) {
        Keypair keypair = from.peer(to).sendingKeypair(nowNs);
        long counter = keypair.takeCounters(1);
        MemorySegment segment = Arena.ofAuto().allocate(16 + content.length + 16, 8);
        segment.set(LE_LONG, 0, 4 | (long) keypair.remoteIndex() << 32);
        segment.set(LE_LONG, 8, counter);
        MemorySegment.copy(content, 0, segment, ValueLayout.JAVA_BYTE, 16, content.length);
        int[] offset = {16};
        keypair.sendKey()
                .seal(
                        counter,
                        PacketLayout.inPlace(segment, offset, new int[] {content.length}),
                        0,
                        1);
        return segment.toArray(ValueLayout.JAVA_BYTE);
    }
}
