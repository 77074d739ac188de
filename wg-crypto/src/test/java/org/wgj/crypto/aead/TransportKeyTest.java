// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.aead;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.crypto.TestVectors.counting;
import static org.wgj.crypto.TestVectors.hex;

import org.bouncycastle.crypto.InvalidCipherTextException;
import org.bouncycastle.crypto.params.KeyParameter;
import org.bouncycastle.crypto.params.ParametersWithIV;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;
import org.wgj.crypto.PacketLayout;
import org.wgj.crypto.TransportAead;
import org.wgj.crypto.TransportKey;
import org.wgj.crypto.WycheproofAeadCase;
import org.wgj.crypto.aead.engine.CipherAead;
import org.wgj.crypto.aead.engine.ScalarAead;
import org.wgj.crypto.aead.engine.VectorAead;
import org.wgj.crypto.aead.parallel.ParallelAead;
import org.wgj.crypto.aead.parallel.WorkerPool;
import org.wgj.crypto.primitive.ChaCha20Poly1305;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** Compares every engine for transport data with sealing and opening one message at a time. */
@ParameterizedClass
@MethodSource("engines")
class TransportKeyTest {
    private static final byte[] NOTHING = new byte[0];

    private final TransportAead engine;

    TransportKeyTest(TransportAead engine) {
        this.engine = engine;
    }

    static List<TransportAead> engines() {
        AdaptiveAead before =
                new AdaptiveAead(ScalarAead.INSTANCE, () -> Optional.of(CipherAead.CIPHER));
        AdaptiveAead after =
                new AdaptiveAead(CipherAead.STREAM, () -> Optional.of(VectorAead.of(256)));
        after.warmUp();
        return List.of(
                CipherAead.CIPHER,
                ScalarAead.INSTANCE,
                VectorAead.of(128),
                VectorAead.of(256),
                VectorAead.of(512),
                CipherAead.STREAM,
                before,
                after,
                new ParallelAead(ScalarAead.INSTANCE, new WorkerPool(2)),
                new ParallelAead(VectorAead.of(256), new WorkerPool(3)),
                new ParallelAead(CipherAead.CIPHER, new WorkerPool(7)));
    }

    @Test
    void theDefaultEngineIsAmongThoseTested() {
        String chosen = TransportAead.best().name();
        assertTrue(engines().stream().anyMatch(tested -> tested.name().equals(chosen)), chosen);
        assertFalse(engine.name().isBlank());
    }

    /**
     * Ten of the Wycheproof cases have a nonce that transport data can have. All ten have
     * associated data, which transport data does not have, so only the ciphertexts can be compared.
     */
    @Test
    void ciphertextsOfWycheproof() {
        int cases = 0;
        for (WycheproofAeadCase v : WycheproofAeadCase.chaCha20Poly1305()) {
            if (!v.hasCounterNonce() || !v.valid()) {
                continue;
            }
            try (Arena arena = Arena.ofConfined()) {
                int length = v.plaintext().length;
                MemorySegment memory = arena.allocate(length + 16);
                int[] at = {0};
                MemorySegment.copy(v.plaintext(), 0, memory, ValueLayout.JAVA_BYTE, 0, length);
                engine.key(v.key())
                        .seal(
                                v.counter(),
                                PacketLayout.inPlace(memory, at, new int[] {length}),
                                0,
                                1);
                assertArrayEquals(
                        Arrays.copyOf(v.sealed(), length),
                        memory.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE),
                        v.name());
            }
            cases++;
        }
        assertEquals(10, cases);
    }

    @Test
    void longPacketsBesideShortOnes() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int round = 0; round < 12; round++) {
            int[] lengths = new int[1 + random.nextInt(20)];
            for (int k = 0; k < lengths.length; k++) {
                lengths[k] = random.nextInt(4) == 0 ? random.nextInt(65_536) : random.nextInt(300);
            }
            lengths[random.nextInt(lengths.length)] = 65_535 - random.nextInt(17);
            sealAndCheck(RandomBatch.of(random, lengths), "seed " + seed);
            openAndCheck(RandomBatch.of(random, lengths), "seed " + seed);
        }
    }

    /**
     * The Wycheproof cases for the arithmetic of Poly1305 have associated data, which transport
     * data does not have. This test produces blocks like theirs, at the edges of limbs and of 2^130
     * - 5, as ciphertext: it seals the plaintext that the keystream turns into them. Bouncy Castle
     * computes the expected tag.
     */
    @Test
    void ciphertextsThatAreHardForPoly1305() throws InvalidCipherTextException {
        String[] blocks = {
            "ff".repeat(16),
            "00".repeat(16),
            "fb" + "ff".repeat(15),
            "fa" + "ff".repeat(15),
            "01" + "00".repeat(15),
            "00".repeat(15) + "80",
            "ff".repeat(8) + "00".repeat(8),
            "ffffff03".repeat(4),
        };
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        int[] offsets = {0};
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(2_000);
            for (int round = 0; round < 400; round++) {
                byte[] key = new byte[32];
                random.nextBytes(key);
                long counter = random.nextLong();
                int length = random.nextInt(1_441);
                byte[] keystream = sealedByBouncyCastle(key, counter, new byte[length]);
                byte[] plaintext = new byte[length];
                byte[] block = hex(blocks[round % blocks.length]);
                for (int i = 0; i < length; i++) {
                    plaintext[i] = (byte) (keystream[i] ^ block[i % 16]);
                }
                byte[] expected = sealedByBouncyCastle(key, counter, plaintext);
                assertEquals(length == 0 ? 0 : block[0], length == 0 ? 0 : expected[0]);

                TransportKey transportKey = engine.key(key);
                MemorySegment.copy(plaintext, 0, memory, ValueLayout.JAVA_BYTE, 0, length);
                int[] lengths = {length};
                transportKey.seal(counter, PacketLayout.inPlace(memory, offsets, lengths), 0, 1);
                byte[] sealed = memory.asSlice(0, length + 16).toArray(ValueLayout.JAVA_BYTE);
                assertArrayEquals(expected, sealed, "seed " + seed);
                boolean[] opened = new boolean[1];
                long[] counters = {counter};
                lengths[0] += 16;
                transportKey.open(
                        counters, PacketLayout.inPlace(memory, offsets, lengths), 0, 1, opened);
                assertTrue(opened[0], "seed " + seed);
            }
        }
    }

    private static byte[] sealedByBouncyCastle(byte[] key, long counter, byte[] plaintext)
            throws InvalidCipherTextException {
        var cipher = new org.bouncycastle.crypto.modes.ChaCha20Poly1305();
        byte[] nonce =
                ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN).putLong(4, counter).array();
        cipher.init(true, new ParametersWithIV(new KeyParameter(key), nonce));
        byte[] sealed = new byte[plaintext.length + 16];
        int done = cipher.processBytes(plaintext, 0, plaintext.length, sealed, 0);
        cipher.doFinal(sealed, done);
        return sealed;
    }

    @Test
    void sealsBatchesOfAnyShapeLikeSinglePackets() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int round = 0; round < 300; round++) {
            sealAndCheck(RandomBatch.random(random, 2_000), "seed " + seed);
        }
    }

    @Test
    void opensBatchesOfAnyShapeLikeSinglePackets() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int round = 0; round < 300; round++) {
            openAndCheck(RandomBatch.random(random, 2_000), "seed " + seed);
        }
    }

    @Test
    void everyLengthUpToTheLargestMtuInUse() {
        Random random = new Random(1);
        for (int from = 0; from <= 1_600; from += 32) {
            int[] lengths = new int[32];
            for (int i = 0; i < lengths.length; i++) {
                lengths[i] = from + i;
            }
            sealAndCheck(RandomBatch.of(random, lengths), "from " + from);
            openAndCheck(RandomBatch.of(random, lengths), "from " + from);
        }
    }

    @Test
    void lengthsUpTo65535() {
        Random random = new Random(2);
        int[] lengths = {
            2_031, 2_032, 2_033, 9_000, 16_384, 65_519, 65_520, 65_534, 65_535, 0, 65_535
        };
        sealAndCheck(RandomBatch.of(random, lengths), "large");
        openAndCheck(RandomBatch.of(random, lengths), "large");
    }

    /**
     * There are no bytes before the first packet, between packets and behind the last. An engine
     * that reads whole vectors must not read or write beyond the memory. The packets have equal
     * lengths, or every other packet is short.
     */
    @Test
    void packetsThatFillTheirMemoryToItsEdges() {
        byte[] key = counting(32);
        Random random = new Random(4);
        int[] someLengths = {0, 16, 48, 64, 112, 240, 1_008, 1_408, 1_520, 1_536, 3_072};
        for (int from : someLengths) {
            for (int length = from; length < from + 16; length++) {
                fillToItsEdges(key, random, 1 + random.nextInt(20), length, length);
                fillToItsEdges(key, random, 1 + random.nextInt(20), length, random.nextInt(100));
            }
        }
    }

    private void fillToItsEdges(byte[] key, Random random, int count, int even, int odd) {
        int[] lengths = new int[count];
        int[] sealedLengths = new int[count];
        int[] offsets = new int[count];
        int[] sealedOffsets = new int[count];
        long[] counters = new long[count];
        int size = 0;
        for (int k = 0; k < count; k++) {
            lengths[k] = k % 2 == 0 ? even : odd;
            sealedLengths[k] = lengths[k] + 16;
            offsets[k] = size;
            sealedOffsets[k] = size + 16 * k;
            counters[k] = 7 + k;
            size += lengths[k];
        }
        byte[] plaintexts = new byte[size];
        random.nextBytes(plaintexts);
        byte[] expected = new byte[size + 16 * count];
        for (int k = 0; k < count; k++) {
            byte[] plaintext = Arrays.copyOfRange(plaintexts, offsets[k], offsets[k] + lengths[k]);
            byte[] sealed = ChaCha20Poly1305.seal(key, counters[k], NOTHING, plaintext);
            System.arraycopy(sealed, 0, expected, sealedOffsets[k], sealed.length);
        }
        String message = count + " packets of " + even + " and " + odd;
        TransportKey transportKey = engine.key(key);
        MemorySegment plain = MemorySegment.ofArray(plaintexts.clone());
        byte[] sealed = new byte[expected.length];
        MemorySegment target = MemorySegment.ofArray(sealed);
        transportKey.seal(
                7, new PacketLayout(plain, offsets, lengths, target, sealedOffsets), 0, count);
        assertArrayEquals(expected, sealed, message);
        boolean[] opened = new boolean[count];
        plain.fill((byte) 0xa5);
        int authentic =
                transportKey.open(
                        counters,
                        new PacketLayout(target, sealedOffsets, sealedLengths, plain, offsets),
                        0,
                        count,
                        opened);
        assertEquals(count, authentic, message);
        assertArrayEquals(plaintexts, plain.toArray(ValueLayout.JAVA_BYTE), message);
    }

    private void sealAndCheck(RandomBatch batch, String message) {
        try (Arena arena = Arena.ofShared()) {
            batch.layOut(arena, batch.plaintexts);
            byte[] expected = batch.targetImage();
            for (int k = 0; k < batch.count; k++) {
                batch.put(expected, k, batch.sealed(k, batch.firstCounter + k));
            }
            byte[] expectedSource = batch.inPlace ? expected : batch.sourceImage();
            engine.key(batch.key)
                    .seal(
                            batch.firstCounter,
                            new PacketLayout(
                                    batch.source,
                                    batch.sourceOffsets,
                                    batch.lengths,
                                    batch.target,
                                    batch.targetOffsets),
                            batch.first,
                            batch.count);
            assertArrayEquals(expected, batch.targetImage(), message);
            assertArrayEquals(expectedSource, batch.sourceImage(), message);
        }
    }

    private void openAndCheck(RandomBatch batch, String message) {
        try (Arena arena = Arena.ofShared()) {
            byte[][] packets = new byte[batch.count][];
            for (int k = 0; k < batch.count; k++) {
                packets[k] = batch.sealed(k, batch.counters[batch.first + k]);
                if (batch.forged[k]) {
                    packets[k] = batch.forge(packets[k]);
                }
            }
            batch.layOut(arena, packets);
            byte[] expected = batch.targetImage();
            boolean[] expectedOpened = batch.flags();
            int authentic = 0;
            for (int k = 0; k < batch.count; k++) {
                expectedOpened[batch.first + k] = !batch.forged[k];
                if (!batch.forged[k]) {
                    batch.put(expected, k, batch.plaintexts[k]);
                    authentic++;
                }
            }
            byte[] expectedSource = batch.inPlace ? expected : batch.sourceImage();
            boolean[] opened = batch.flags();
            int returned =
                    engine.key(batch.key)
                            .open(
                                    batch.counters,
                                    new PacketLayout(
                                            batch.source,
                                            batch.sourceOffsets,
                                            batch.lengths,
                                            batch.target,
                                            batch.targetOffsets),
                                    batch.first,
                                    batch.count,
                                    opened);
            assertEquals(authentic, returned, message);
            assertArrayEquals(expectedOpened, opened, message);
            assertArrayEquals(expected, batch.targetImage(), message);
            assertArrayEquals(expectedSource, batch.sourceImage(), message);
        }
    }

    @Test
    void countersPassTwoToThe63AndEndAtTheLastOne() {
        for (long firstCounter : new long[] {Long.MAX_VALUE - 1, -4, 0xffff_fffeL}) {
            RandomBatch batch = RandomBatch.of(new Random(3), new int[] {100, 0, 64, 1420});
            batch.firstCounter = firstCounter;
            sealAndCheck(batch, "counter " + firstCounter);
        }
    }

    @Test
    void everyFlippedBitIsNoticed() {
        TransportKey key = engine.key(counting(32));
        byte[] genuine = ChaCha20Poly1305.seal(counting(32), 9, NOTHING, counting(20));
        int bits = genuine.length * 8;
        int[] offsets = new int[bits];
        int[] lengths = new int[bits];
        long[] counters = new long[bits];
        Arrays.fill(lengths, genuine.length);
        Arrays.fill(counters, 9);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(bits * genuine.length);
            for (int bit = 0; bit < bits; bit++) {
                byte[] flipped = genuine.clone();
                flipped[bit / 8] ^= (byte) (1 << bit % 8);
                offsets[bit] = bit * genuine.length;
                MemorySegment.copy(
                        flipped, 0, memory, ValueLayout.JAVA_BYTE, offsets[bit], flipped.length);
            }
            byte[] before = memory.toArray(ValueLayout.JAVA_BYTE);
            boolean[] opened = new boolean[bits];
            int authentic =
                    key.open(
                            counters,
                            PacketLayout.inPlace(memory, offsets, lengths),
                            0,
                            bits,
                            opened);
            assertEquals(0, authentic);
            assertArrayEquals(new boolean[bits], opened);
            assertArrayEquals(before, memory.toArray(ValueLayout.JAVA_BYTE));
        }
    }

    @Test
    void aPacketShorterThanATagIsForged() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(16);
            MemorySegment target = arena.allocate(16).fill((byte) 0xa5);
            boolean[] opened = new boolean[16];
            Arrays.fill(opened, true);
            int[] offsets = new int[16];
            int[] lengths = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
            int authentic =
                    engine.key(counting(32))
                            .open(
                                    new long[16],
                                    new PacketLayout(memory, offsets, lengths, target, offsets),
                                    0,
                                    16,
                                    opened);
            assertEquals(0, authentic);
            assertArrayEquals(new boolean[16], opened);
            byte[] untouched = new byte[16];
            Arrays.fill(untouched, (byte) 0xa5);
            assertArrayEquals(untouched, target.toArray(ValueLayout.JAVA_BYTE));
        }
    }

    /** The replay window detects replays; the owner of the counter avoids repetitions. */
    @Test
    void repetitionsAreNotRefused() {
        TransportKey key = engine.key(counting(32));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(200);
            int[] zero = {0, 0};
            int[] apart = {50, 100};
            key.seal(5, new PacketLayout(memory, zero, new int[] {20}, memory, apart), 0, 1);
            key.seal(5, new PacketLayout(memory, zero, new int[] {20}, memory, apart), 0, 1);
            byte[] expected = ChaCha20Poly1305.seal(counting(32), 5, NOTHING, new byte[20]);
            byte[] sealed = memory.asSlice(50, 36).toArray(ValueLayout.JAVA_BYTE);
            assertArrayEquals(expected, sealed);
            boolean[] opened = new boolean[2];
            int[] from = {50, 50};
            int[] to = {100, 150};
            int[] lengths = {36, 36};
            long[] counters = {5, 5};
            assertEquals(
                    2,
                    key.open(
                            counters,
                            new PacketLayout(memory, from, lengths, memory, to),
                            0,
                            2,
                            opened));
        }
    }

    @Test
    void aWipedKeySealsAndOpensNothing() {
        TransportKey key = engine.key(counting(32));
        TransportKey other = engine.key(counting(32));
        byte[] genuine = ChaCha20Poly1305.seal(counting(32), 0, NOTHING, counting(20));
        // A key that is overwritten with zeros would wrongly accept this packet.
        byte[] underZeros = ChaCha20Poly1305.seal(new byte[32], 0, NOTHING, counting(20));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(72);
            MemorySegment.copy(genuine, 0, memory, ValueLayout.JAVA_BYTE, 0, 36);
            MemorySegment.copy(underZeros, 0, memory, ValueLayout.JAVA_BYTE, 36, 36);
            byte[] before = memory.toArray(ValueLayout.JAVA_BYTE);
            int[] offsets = {0, 36};
            int[] lengths = {36, 36};
            long[] counters = {0, 0};
            key.wipe();
            key.wipe();
            assertThrows(
                    IllegalStateException.class,
                    () ->
                            key.seal(
                                    0,
                                    PacketLayout.inPlace(memory, offsets, new int[] {20, 20}),
                                    0,
                                    2));
            boolean[] opened = {true, true};
            assertEquals(
                    0,
                    key.open(
                            counters,
                            PacketLayout.inPlace(memory, offsets, lengths),
                            0,
                            2,
                            opened));
            assertArrayEquals(new boolean[2], opened);
            assertArrayEquals(before, memory.toArray(ValueLayout.JAVA_BYTE));
            assertEquals(
                    1,
                    other.open(
                            counters,
                            PacketLayout.inPlace(memory, offsets, lengths),
                            0,
                            2,
                            opened));
        }
    }

    @Test
    void theKeyIsCopied() {
        byte[] bytes = counting(32);
        TransportKey key = engine.key(bytes);
        Arrays.fill(bytes, (byte) 0);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(16);
            key.seal(0, PacketLayout.inPlace(memory, new int[1], new int[1]), 0, 1);
            assertArrayEquals(
                    ChaCha20Poly1305.seal(counting(32), 0, NOTHING, NOTHING),
                    memory.toArray(ValueLayout.JAVA_BYTE));
        }
    }

    @Test
    void wrongArgumentsAreRefusedAndTheKeyRemainsGood() {
        assertThrows(IllegalArgumentException.class, () -> engine.key(new byte[31]));
        assertThrows(IllegalArgumentException.class, () -> engine.key(new byte[33]));
        TransportKey key = engine.key(counting(32));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment small = arena.allocate(100);
            MemorySegment large = arena.allocate(70_000);
            refusedToSeal(IllegalArgumentException.class, key, large, 0, -1, 0, 1);
            refusedToSeal(IllegalArgumentException.class, key, large, 0, 65_536, 0, 1);
            refusedToSeal(IndexOutOfBoundsException.class, key, small, 90, 11, 0, 1);
            refusedToSeal(IndexOutOfBoundsException.class, key, small, 80, 10, 0, 1);
            refusedToSeal(IndexOutOfBoundsException.class, key, small, -1, 10, 0, 1);
            refusedToSeal(IndexOutOfBoundsException.class, key, small, 0, 10, 0, 2);
            refusedToSeal(IndexOutOfBoundsException.class, key, small, 0, 10, 1, 1);
            refusedToSeal(IndexOutOfBoundsException.class, key, small, 0, 10, -1, 1);
            refusedToSeal(IndexOutOfBoundsException.class, key, small, 0, 10, 0, -1);
            refusedToOpen(IllegalArgumentException.class, key, large, 0, -1, 1);
            refusedToOpen(IllegalArgumentException.class, key, large, 0, 65_552, 1);
            refusedToOpen(IndexOutOfBoundsException.class, key, small, 80, 21, 1);
            refusedToOpen(IndexOutOfBoundsException.class, key, small, 0, 20, 2);
        }
        sealAndCheck(RandomBatch.of(new Random(4), new int[] {10, 20}), "afterwards");
        openAndCheck(RandomBatch.of(new Random(4), new int[] {10, 20}), "afterwards");
    }

    private static void refusedToSeal(
            Class<? extends Exception> expected,
            TransportKey key,
            MemorySegment memory,
            int offset,
            int length,
            int first,
            int count) {
        int[] offsets = {offset};
        int[] lengths = {length};
        assertThrows(
                expected,
                () -> key.seal(0, PacketLayout.inPlace(memory, offsets, lengths), first, count));
    }

    private static void refusedToOpen(
            Class<? extends Exception> expected,
            TransportKey key,
            MemorySegment memory,
            int offset,
            int length,
            int count) {
        int[] offsets = {offset};
        int[] lengths = {length};
        boolean[] opened = new boolean[1];
        long[] counters = {0};
        assertThrows(
                expected,
                () ->
                        key.open(
                                counters,
                                PacketLayout.inPlace(memory, offsets, lengths),
                                0,
                                count,
                                opened));
    }

    @Test
    void threadsShareOneKey() throws Exception {
        long seed = new Random().nextLong();
        TransportKey key = engine.key(counting(32));
        List<Callable<Void>> workers = new ArrayList<>();
        for (int worker = 0; worker < 4; worker++) {
            int number = worker;
            workers.add(
                    () -> {
                        Random random = new Random(seed + number);
                        try (Arena arena = Arena.ofConfined()) {
                            MemorySegment memory = arena.allocate(300);
                            int[] zero = {0};
                            for (int round = 0; round < 500; round++) {
                                long counter = random.nextLong();
                                int length = random.nextInt(200);
                                byte[] text = new byte[length];
                                random.nextBytes(text);
                                MemorySegment.copy(
                                        text, 0, memory, ValueLayout.JAVA_BYTE, 0, length);
                                key.seal(
                                        counter,
                                        PacketLayout.inPlace(memory, zero, new int[] {length}),
                                        0,
                                        1);
                                byte[] sealed =
                                        memory.asSlice(0, length + 16)
                                                .toArray(ValueLayout.JAVA_BYTE);
                                assertArrayEquals(
                                        ChaCha20Poly1305.seal(counting(32), counter, NOTHING, text),
                                        sealed,
                                        "seed " + seed);
                                boolean[] opened = new boolean[1];
                                key.open(
                                        new long[] {counter},
                                        PacketLayout.inPlace(memory, zero, new int[] {length + 16}),
                                        0,
                                        1,
                                        opened);
                                assertTrue(opened[0]);
                            }
                        }
                        return null;
                    });
        }
        try (ExecutorService executor = Executors.newFixedThreadPool(4)) {
            for (Future<Void> worker : executor.invokeAll(workers, 60, TimeUnit.SECONDS)) {
                worker.get();
            }
        }
    }

    /** A key that is wiped meanwhile may still seal packets, but not under a key of zeros. */
    @Test
    void aKeyWipedByAnotherThreadSealsCorrectlyOrNotAtAll() throws InterruptedException {
        byte[] expected = ChaCha20Poly1305.seal(counting(32), 3, NOTHING, NOTHING);
        for (int round = 0; round < 300; round++) {
            TransportKey key = engine.key(counting(32));
            AtomicBoolean wiped = new AtomicBoolean();
            Thread wiper =
                    Thread.ofPlatform()
                            .start(
                                    () -> {
                                        key.wipe();
                                        wiped.set(true);
                                    });
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment memory = arena.allocate(16);
                boolean refused = false;
                while (!refused) {
                    boolean mustRefuse = wiped.get();
                    try {
                        key.seal(3, PacketLayout.inPlace(memory, new int[1], new int[1]), 0, 1);
                        assertFalse(mustRefuse);
                        assertArrayEquals(expected, memory.toArray(ValueLayout.JAVA_BYTE));
                    } catch (IllegalStateException e) {
                        refused = true;
                    }
                }
            }
            wiper.join();
        }
    }
}
