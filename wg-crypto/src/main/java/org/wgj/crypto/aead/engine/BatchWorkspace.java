// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.aead.engine;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import org.wgj.crypto.PacketLayout;
import org.wgj.crypto.TransportKey;
import org.wgj.crypto.primitive.ChaCha20Poly1305;
import org.wgj.crypto.secret.SecretBytes;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * The memory with which one thread seals and opens, and the order of its work.
 *
 * <p>Packets are processed in groups of at most as many packets as ChaCha20 has lanes. The blocks
 * of a group form one row: first block 0 of every packet, which is its one-time key (RFC 8439,
 * 2.6), then the blocks that encrypt, packet after packet. Each call of ChaCha20 generates as many
 * blocks of the row as there are lanes, so only the end of the row leaves lanes empty:
 *
 * <pre>
 *   lanes   0     1     2     3      0     1     2     3
 *         a/0   b/0   a/1   a/2    a/3   b/1   b/2     -      packet/block, two packets, four lanes
 * </pre>
 *
 * <p>The first round of lanes contains all one-time keys and perhaps blocks that encrypt. Opening
 * computes and compares the tags before it uses those blocks, and skips the blocks of forged
 * packets.
 *
 * <p>Not thread safe. Between load and wipe it holds a session's key, keystream and one-time keys.
 */
final class BatchWorkspace {
    private static final int TAG_LENGTH = TransportKey.TAG_LENGTH;
    private static final int BLOCK_LENGTH = 64;
    private static final int BLOCK_WORDS = BLOCK_LENGTH / 4;

    private static final VarHandle INT =
            MethodHandles.byteArrayViewVarHandle(int[].class, LITTLE_ENDIAN);

    private final ChaCha20Blocks chaCha20;
    private final Poly1305Tags poly1305;
    private final int lanes;

    // Secret, as is the keystream; not private so that a test can look for remains.
    final byte[] keyBytes = new byte[ChaCha20Poly1305.KEY_LENGTH];
    final int[] key = new int[8];
    final Poly1305Workspace tags;

    // The counter and nonce of the block that each lane generates, and the blocks.
    private final int[] laneCounters;
    private final int[] laneLow;
    private final int[] laneHigh;
    final int[] keystream;

    // The packets of the present group.
    private int packets;
    private MemorySegment source;
    private MemorySegment target;
    private final int[] sourceOffsets;
    private final int[] targetOffsets;
    private final int[] lengths; // without the tags
    private final long[] counters;
    private final boolean[] forged;

    // The next block of the row to assign; block 0 is not counted.
    private int nextPacket;
    private int nextBlock;

    // The runs of blocks, each of one packet, that the present round of lanes generates.
    private int runs;
    private final int[] runPacket;
    private final int[] runBlock;
    private final int[] runLane;
    private final int[] runLength; // in blocks

    BatchWorkspace(ChaCha20Blocks chaCha20, Poly1305Tags poly1305) {
        this.chaCha20 = chaCha20;
        this.poly1305 = poly1305;
        lanes = chaCha20.lanes();
        tags = poly1305.workspace(lanes);
        // Room for the lanes that assignLanes sets beyond a run.
        laneCounters = new int[2 * lanes];
        laneLow = new int[2 * lanes];
        laneHigh = new int[2 * lanes];
        keystream = new int[BLOCK_WORDS * lanes];
        sourceOffsets = new int[lanes];
        targetOffsets = new int[lanes];
        lengths = new int[lanes];
        counters = new long[lanes];
        forged = new boolean[lanes];
        runPacket = new int[lanes];
        runBlock = new int[lanes];
        runLane = new int[lanes];
        runLength = new int[lanes];
    }

    /** Takes a key; returns false if it has been wiped. */
    boolean load(SecretBytes secret) {
        if (!secret.copyTo(keyBytes)) {
            return false;
        }
        for (int i = 0; i < key.length; i++) {
            key[i] = (int) INT.get(keyBytes, 4 * i);
        }
        return true;
    }

    /** Overwrites everything secret. */
    void wipe() {
        Arrays.fill(keyBytes, (byte) 0);
        Arrays.fill(key, 0);
        Arrays.fill(keystream, 0);
        tags.wipe();
        source = null;
        target = null;
    }

    /** Does the work of {@link TransportKey#seal}; the arguments have been checked. */
    void seal(long firstCounter, PacketLayout layout, int first, int count) {
        source = layout.source();
        target = layout.target();
        for (int from = first; from < first + count; from += packets) {
            packets = Math.min(lanes, first + count - from);
            for (int p = 0; p < packets; p++) {
                addPacket(p, layout, from + p, layout.lengths()[from + p]);
                counters[p] = firstCounter + (from + p - first);
            }
            sealGroup();
        }
    }

    private void sealGroup() {
        generateKeys();
        do {
            applyKeystream();
        } while (generateNext());
        poly1305.compute(tags, packets, target, targetOffsets, lengths);
        for (int p = 0; p < packets; p++) {
            long at = (long) targetOffsets[p] + lengths[p];
            target.set(ChaCha20Blocks.LONG, at, tags.tagLow[p]);
            target.set(ChaCha20Blocks.LONG, at + 8, tags.tagHigh[p]);
        }
    }

    /** Does the work of {@link TransportKey#open}; the arguments have been checked. */
    int open(long[] counters, PacketLayout layout, int first, int count, boolean[] opened) {
        source = layout.source();
        target = layout.target();
        int authentic = 0;
        for (int from = first; from < first + count; from += packets) {
            packets = Math.min(lanes, first + count - from);
            for (int p = 0; p < packets; p++) {
                int length = layout.lengths()[from + p] - TAG_LENGTH;
                addPacket(p, layout, from + p, Math.max(length, 0));
                this.counters[p] = counters[from + p];
                forged[p] = length < 0;
            }
            openGroup();
            for (int p = 0; p < packets; p++) {
                opened[from + p] = !forged[p];
                authentic += forged[p] ? 0 : 1;
            }
        }
        return authentic;
    }

    private void openGroup() {
        generateKeys();
        poly1305.compute(tags, packets, source, sourceOffsets, lengths);
        for (int p = 0; p < packets; p++) {
            if (!forged[p]) {
                long at = (long) sourceOffsets[p] + lengths[p];
                long difference =
                        source.get(ChaCha20Blocks.LONG, at) ^ tags.tagLow[p]
                                | source.get(ChaCha20Blocks.LONG, at + 8) ^ tags.tagHigh[p];
                forged[p] = difference != 0;
            }
        }
        do {
            applyKeystream();
        } while (generateNext());
    }

    private void addPacket(int packet, PacketLayout layout, int index, int length) {
        sourceOffsets[packet] = layout.sourceOffsets()[index];
        targetOffsets[packet] = layout.targetOffsets()[index];
        lengths[packet] = length;
        forged[packet] = false;
    }

    /** Generates the first round of lanes: one-time keys, then encrypting blocks. */
    private void generateKeys() {
        nextPacket = 0;
        nextBlock = 0;
        for (int p = 0; p < packets; p++) {
            laneCounters[p] = 0;
            laneLow[p] = (int) counters[p];
            laneHigh[p] = (int) (counters[p] >>> 32);
        }
        assign(packets);
        chaCha20.generate(key, laneCounters, laneLow, laneHigh, keystream);
        for (int p = 0; p < packets; p++) {
            tags.setKey(p, keystream, BLOCK_WORDS * p);
        }
    }

    /** Generates the next round of lanes; returns false if no block is left. */
    private boolean generateNext() {
        assign(0);
        if (runs == 0) {
            return false;
        }
        chaCha20.generate(key, laneCounters, laneLow, laneHigh, keystream);
        return true;
    }

    /** Assigns the next blocks of the row to the lanes from {@code lane} on. */
    private void assign(int lane) {
        runs = 0;
        while (lane < lanes && nextPacket < packets) {
            int left = forged[nextPacket] ? 0 : blocks(lengths[nextPacket]) - nextBlock;
            int length = Math.min(left, lanes - lane);
            if (length > 0) {
                runPacket[runs] = nextPacket;
                runBlock[runs] = nextBlock;
                runLane[runs] = lane;
                runLength[runs++] = length;
                chaCha20.assignLanes(
                        laneCounters, laneLow, laneHigh, lane, nextBlock + 1, counters[nextPacket]);
                lane += length;
                nextBlock += length;
            }
            if (length == left) {
                nextPacket++;
                nextBlock = 0;
            }
        }
    }

    private static int blocks(int length) {
        return (length + BLOCK_LENGTH - 1) / BLOCK_LENGTH;
    }

    private void applyKeystream() {
        for (int run = 0; run < runs; run++) {
            int packet = runPacket[run];
            if (!forged[packet]) {
                int done = BLOCK_LENGTH * runBlock[run];
                chaCha20.xor(
                        keystream,
                        BLOCK_WORDS * runLane[run],
                        source,
                        sourceOffsets[packet] + done,
                        target,
                        targetOffsets[packet] + done,
                        Math.min(BLOCK_LENGTH * runLength[run], lengths[packet] - done));
            }
        }
    }
}
