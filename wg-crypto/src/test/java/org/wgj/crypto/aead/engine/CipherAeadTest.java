// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.aead.engine;

import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.crypto.TestVectors.counting;

import org.junit.jupiter.api.Test;
import org.wgj.crypto.PacketLayout;
import org.wgj.crypto.TransportKey;
import org.wgj.crypto.primitive.ConstantTime;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

class CipherAeadTest {
    private final TransportKey key = CipherAead.CIPHER.key(counting(32));

    @Test
    void nothingOfAPacketStaysInTheThread() {
        CipherAead.CIPHER.workspaces.remove(); // an earlier test may have enlarged it
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(70_000).fill((byte) 0x5a);
            int[] offsets = {0, 2_000};
            key.seal(0, PacketLayout.inPlace(memory, offsets, new int[] {1_500, 20}), 0, 2);
            byte[] small = CipherAead.CIPHER.workspaces.get().buffer;
            assertTrue(ConstantTime.isZero(small), "after sealing");

            boolean[] opened = new boolean[2];
            long[] counters = {0, 99};
            int[] sealed = {1_516, 36};
            key.open(counters, PacketLayout.inPlace(memory, offsets, sealed), 0, 2, opened);
            assertTrue(opened[0]);
            assertTrue(ConstantTime.isZero(small), "after opening and refusing");

            int[] lengths = {1_500, 65_536};
            assertThrows(
                    IllegalArgumentException.class,
                    () -> key.seal(0, PacketLayout.inPlace(memory, offsets, lengths), 0, 2));
            assertTrue(ConstantTime.isZero(small), "after an exception");
            assertSame(small, CipherAead.CIPHER.workspaces.get().buffer);

            key.seal(0, PacketLayout.inPlace(memory, offsets, new int[] {1_500, 65_535}), 0, 2);
            byte[] large = CipherAead.CIPHER.workspaces.get().buffer;
            assertNotSame(small, large);
            assertTrue(ConstantTime.isZero(small), "the small buffer after it was replaced");
            assertTrue(ConstantTime.isZero(large), "the large buffer");
        }
    }
}
