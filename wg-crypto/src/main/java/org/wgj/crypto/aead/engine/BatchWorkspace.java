// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.aead.engine;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import org.wgj.crypto.ChaCha20Poly1305;
import org.wgj.crypto.PacketLayout;
import org.wgj.crypto.TransportKey;
import org.wgj.crypto.secret.SecretBytes;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * What one thread seals and opens with. Packets are taken in groups of at most as many as ChaCha20
 * has lanes. The blocks of a group form one row: block 0 of every packet, that is, all one-time
 * keys (RFC 8439, 2.6), then the blocks that encrypt, packet after packet. The row is generated
 * lanes at a time, so that only its end leaves lanes empty:
 *
 * <pre>
 *   lanes   0     1     2     3      0     1     2     3
 *         a/0   b/0   a/1   a/2    a/3   b/1   b/2     -      packet/block, two packets, four lanes
 * </pre>
 *
 * <p>In opening, the tags are computed and compared between the first round of lanes, which has the
 * one-time keys, and the use of its remainder; the blocks of forged packets are left out.
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

    // Secret, as is the keystream; not private for the sake of the test that looks for remains.
    final byte[] keyBytes = new byte[ChaCha20Poly1305.KEY_LENGTH];
    final int[] key = new int[8];
    final Poly1305Workspace tags;

    // What each lane generates, and what it has generated.
    private final int[] laneCounters;
    private final int[] laneLow;
    private final int[] laneHigh;
    final int[] keystream;

    // The packets of the group.
    private int packets;
    private MemorySegment source;
    private MemorySegment target;
    private final int[] sourceOffsets;
    private final int[] targetOffsets;
    private final int[] lengths; // without the tags
    private final long[] counters;
    private final boolean[] forged;

    // The next of their blocks, not counting block 0.
    private int nextPacket;
    private int nextBlock;

    // The lanes' use: runs of blocks of one packet.
    private int runs;
    private final int[] runPacket;
    private final int[] runBlock;
    private final int[] runLane;
    private final int[] runLength; // in blocks

    BatchWorkspace(ChaCha20Blocks chaCha20, Poly1305Tags poly1305) {
        this.chaCha20 = chaCha20;
        this.poly1305 = poly1305;
        lanes = chaCha20.lanes();
        tags = poly1305.batch(lanes);
        laneCounters = new int[2 * lanes]; // room for what a run numbers beyond its end
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

    /** False if the key has been wiped. */
    boolean load(SecretBytes secret) {
        if (!secret.copyTo(keyBytes)) {
            return false;
        }
        for (int i = 0; i < key.length; i++) {
            key[i] = (int) INT.get(keyBytes, 4 * i);
        }
        return true;
    }

    /** Leaves nothing secret in this thread. */
    void wipe() {
        Arrays.fill(keyBytes, (byte) 0);
        Arrays.fill(key, 0);
        Arrays.fill(keystream, 0);
        tags.wipe();
        source = null;
        target = null;
    }

    /** {@link TransportKey#seal}, arguments checked. */
    void seal(long firstCounter, PacketLayout layout, int first, int count) {
        source = layout.source();
        target = layout.target();
        for (int from = first; from < first + count; from += packets) {
            packets = Math.min(lanes, first + count - from);
            for (int p = 0; p < packets; p++) {
                take(p, layout, from + p, layout.lengths()[from + p]);
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

    /** {@link TransportKey#open}, arguments checked. */
    int open(long[] counters, PacketLayout layout, int first, int count, boolean[] opened) {
        source = layout.source();
        target = layout.target();
        int authentic = 0;
        for (int from = first; from < first + count; from += packets) {
            packets = Math.min(lanes, first + count - from);
            for (int p = 0; p < packets; p++) {
                int length = layout.lengths()[from + p] - TAG_LENGTH;
                take(p, layout, from + p, Math.max(length, 0));
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

    private void take(int packet, PacketLayout layout, int index, int length) {
        sourceOffsets[packet] = layout.sourceOffsets()[index];
        targetOffsets[packet] = layout.targetOffsets()[index];
        lengths[packet] = length;
        forged[packet] = false;
    }

    /** The first round of lanes: one-time keys and, in lanes that are left, the first blocks. */
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

    /** False if there is no block left. */
    private boolean generateNext() {
        assign(0);
        if (runs == 0) {
            return false;
        }
        chaCha20.generate(key, laneCounters, laneLow, laneHigh, keystream);
        return true;
    }

    /** Gives the lanes from that one on to the next blocks. */
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
                chaCha20.number(
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
