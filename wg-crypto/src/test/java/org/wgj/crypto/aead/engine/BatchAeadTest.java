// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.aead.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.crypto.TestVectors.counting;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.wgj.crypto.PacketLayout;
import org.wgj.crypto.TransportKey;
import org.wgj.crypto.primitive.ConstantTime;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

class BatchAeadTest {
    static List<AeadEngine> engines() {
        return List.of(
                ScalarAead.INSTANCE, VectorAead.of(128), VectorAead.of(256), VectorAead.of(512));
    }

    @ParameterizedTest
    @MethodSource("engines")
    void nothingSecretStaysInTheThread(AeadEngine engine) {
        BatchWorkspace workspace = ((BatchAead) engine).workspace();
        TransportKey key = engine.key(counting(32));
        int[] offsets = new int[40];
        int[] mixed = new int[40];
        int[] equal = new int[40];
        for (int i = 0; i < offsets.length; i++) {
            offsets[i] = 2_000 * i;
            mixed[i] = i % 3 == 0 ? 1_500 : i;
            equal[i] = 1_500;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(80_000);
            for (int[] lengths : List.of(mixed, equal)) {
                for (int count : new int[] {1, 2, 7, 40}) {
                    key.seal(0, PacketLayout.inPlace(memory, offsets, lengths), 0, count);
                    assertClean(workspace, "after sealing");
                    int[] sealed = Arrays.stream(lengths).map(length -> length + 16).toArray();
                    long[] counters = new long[40];
                    boolean[] opened = new boolean[40];
                    int authentic =
                            key.open(
                                    counters,
                                    PacketLayout.inPlace(memory, offsets, sealed),
                                    0,
                                    count,
                                    opened);
                    assertEquals(1, authentic); // the other packets have other counters
                    assertClean(workspace, "after opening and refusing");
                }
            }
            MemorySegment readOnly = memory.asReadOnly();
            assertThrows(
                    RuntimeException.class,
                    () ->
                            key.seal(
                                    0,
                                    new PacketLayout(memory, offsets, equal, readOnly, offsets),
                                    0,
                                    40));
            assertClean(workspace, "after an exception");
        }
    }

    private static void assertClean(BatchWorkspace workspace, String when) {
        assertTrue(ConstantTime.isZero(workspace.keyBytes), when);
        assertTrue(Arrays.stream(workspace.key).allMatch(word -> word == 0), when);
        assertTrue(Arrays.stream(workspace.keystream).allMatch(word -> word == 0), when);
        Poly1305Workspace tags = workspace.tags;
        for (long[] secret :
                List.of(
                        tags.rLow,
                        tags.rHigh,
                        tags.sLow,
                        tags.sHigh,
                        tags.tagLow,
                        tags.tagHigh,
                        tags.lanePowers,
                        tags.powers,
                        tags.lanes,
                        tags.sums)) {
            assertTrue(Arrays.stream(secret).allMatch(word -> word == 0), when);
        }
    }
}
