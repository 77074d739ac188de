// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.aead;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.crypto.TestVectors.counting;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.wgj.crypto.PacketLayout;
import org.wgj.crypto.TransportAead;
import org.wgj.crypto.TransportKey;
import org.wgj.crypto.aead.engine.AeadEngine;
import org.wgj.crypto.aead.engine.CipherAead;
import org.wgj.crypto.aead.engine.ScalarAead;
import org.wgj.crypto.aead.engine.VectorAead;
import org.wgj.crypto.primitive.ChaCha20Poly1305;
import org.wgj.crypto.secret.SecretBytes;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

class AeadSelectorTest {
    @ParameterizedTest
    @ValueSource(strings = {"vector512", "vector256", "vector128", "stream", "scalar", "cipher"})
    void aNameSelectsItsEngine(String name) {
        assertEquals(name, AeadSelector.named(name).name());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "vector", "vector64", "Scalar", "openssl"})
    void otherNamesAreRefusedAndTheMessageListsTheAvailableNames(String name) {
        String message =
                assertThrows(IllegalArgumentException.class, () -> TransportAead.named(name))
                        .getMessage();
        assertTrue(message.contains("'" + name + "'"), message);
        for (String available : TransportAead.available()) {
            assertTrue(message.contains(available), message);
        }
    }

    @Test
    void eachAvailableNameGivesAlwaysTheSameEngine() {
        List<String> available = TransportAead.available();
        assertEquals(
                List.of("vector512", "vector256", "vector128", "stream", "scalar", "cipher"),
                available);
        for (String name : available) {
            assertSame(TransportAead.named(name), TransportAead.named(name));
            assertEquals(name, TransportAead.named(name).name());
        }
    }

    @Test
    void theCipherGivesTheKnownAnswer() {
        assertEquals(AeadSelfTest.KNOWN_ANSWER, AeadSelfTest.answer(CipherAead.CIPHER));
    }

    @Test
    void correctEnginesPassTheSelfTest() {
        assertNotEquals(AeadSelfTest.FAILED, round(CipherAead.CIPHER));
        assertNotEquals(AeadSelfTest.FAILED, round(ScalarAead.INSTANCE));
        assertNotEquals(AeadSelfTest.FAILED, round(VectorAead.of(512)));
    }

    @Test
    void faultyEnginesFailTheSelfTestAndAreNotSelected() {
        for (Fault fault : EnumSet.complementOf(EnumSet.of(Fault.SLOW))) {
            AeadEngine wrong = new WrongAead(fault);
            assertEquals(AeadSelfTest.FAILED, round(wrong), fault::toString);
            assertEquals(
                    Optional.empty(),
                    AeadSelector.faster(new WrongAead(Fault.SLOW), wrong),
                    fault::toString);
        }
    }

    @Test
    void aFasterEngineIsSelected() {
        assertEquals(
                Optional.of(ScalarAead.INSTANCE),
                AeadSelector.faster(new WrongAead(Fault.SLOW), ScalarAead.INSTANCE));
    }

    private static long round(TransportAead engine) {
        try (Arena arena = Arena.ofConfined()) {
            return new AeadSelfTest(engine, arena).runRound();
        }
    }

    @Test
    void aKeyWorksAfterTheSwitchAndIsWipedForBothEngines() {
        AdaptiveAead engine =
                new AdaptiveAead(
                        new WrongAead(Fault.SEALED_BIT), () -> Optional.of(ScalarAead.INSTANCE));
        TransportKey key = engine.key(counting(32));
        TransportKey wiped = engine.key(counting(32));
        byte[] truth = ChaCha20Poly1305.seal(counting(32), 7, new byte[0], new byte[0]);
        byte[] wrong = truth.clone();
        wrong[0] ^= 1;
        assertArrayEquals(wrong, seal(key));
        wiped.wipe();
        engine.warmUp();
        assertEquals("scalar", engine.name());
        assertArrayEquals(truth, seal(key));
        assertArrayEquals(truth, seal(engine.key(counting(32))));
        assertThrows(IllegalStateException.class, () -> seal(wiped));
        key.wipe();
        assertThrows(IllegalStateException.class, () -> seal(key));
    }

    @Test
    void aFasterEngineIsSearchedThreeTimesAfterMuchTraffic() throws Exception {
        CountDownLatch asked = new CountDownLatch(3);
        AtomicInteger times = new AtomicInteger();
        AdaptiveAead engine =
                new AdaptiveAead(
                        ScalarAead.INSTANCE,
                        () -> {
                            times.incrementAndGet();
                            asked.countDown();
                            return Optional.empty();
                        });
        TransportKey key = engine.key(counting(32));
        TransportAead rehearsal = engine.rehearsal();
        TransportKey rehearsed = rehearsal.key(counting(32));
        for (int i = 1; i < AdaptiveAead.SEARCH_AFTER_PACKETS; i++) {
            seal(key);
            seal(rehearsed);
        }
        seal(rehearsed);
        assertEquals(0, rehearsal.packets());
        assertEquals(AdaptiveAead.SEARCH_AFTER_PACKETS - 1, engine.packets());
        assertEquals(0, times.get());
        seal(key);
        assertTrue(asked.await(30, TimeUnit.SECONDS));
        engine.warmUp();
        assertEquals(3, times.get());
    }

    private static byte[] seal(TransportKey key) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(16);
            key.seal(7, PacketLayout.inPlace(memory, new int[1], new int[1]), 0, 1);
            return memory.toArray(ValueLayout.JAVA_BYTE);
        }
    }

    private enum Fault {
        SEALED_BIT,
        OPENED_BIT,
        ACCEPTS_FORGERIES,
        REFUSES,
        THROWS,
        CANNOT_BE_LINKED,
        SLOW
    }

    /** The plain engine with one fault. */
    private record WrongAead(Fault fault) implements AeadEngine {
        @Override
        public String name() {
            return fault.toString();
        }

        @Override
        public TransportKey key(SecretBytes secret) {
            return new WrongKey(fault, ScalarAead.INSTANCE.key(secret));
        }
    }

    private record WrongKey(Fault fault, TransportKey right) implements TransportKey {
        @Override
        public void seal(long firstCounter, PacketLayout packets, int first, int count) {
            right.seal(firstCounter, packets, first, count);
            if (fault == Fault.SEALED_BIT) {
                flip(packets.target(), packets.targetOffsets()[first + count - 1]);
            } else if (fault == Fault.CANNOT_BE_LINKED) {
                throw new NoClassDefFoundError("a vector class");
            } else if (fault == Fault.SLOW) {
                LockSupport.parkNanos(2_000_000);
            }
        }

        @Override
        public int open(
                long[] counters, PacketLayout packets, int first, int count, boolean[] opened) {
            int authentic = right.open(counters, packets, first, count, opened);
            switch (fault) {
                case OPENED_BIT -> flip(packets.target(), packets.targetOffsets()[first]);
                case ACCEPTS_FORGERIES -> authentic = count;
                case REFUSES -> authentic--;
                case THROWS -> throw new IllegalStateException("a fault");
                default -> assertTrue(authentic <= count);
            }
            return authentic;
        }

        @Override
        public void wipe() {
            right.wipe();
        }

        private static void flip(MemorySegment memory, int offset) {
            byte b = memory.get(ValueLayout.JAVA_BYTE, offset);
            memory.set(ValueLayout.JAVA_BYTE, offset, (byte) (b ^ 1));
        }
    }
}
