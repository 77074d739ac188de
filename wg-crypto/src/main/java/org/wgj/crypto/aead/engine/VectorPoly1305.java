// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.aead.engine;

import static jdk.incubator.vector.VectorOperators.ADD;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;

import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorSpecies;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Poly1305 on the Vector API with numbers in five limbs of 26 bits, each limb in a lane of 64 bits.
 *
 * <p>Vectors multiply 32 by 32 bits quickly. The mask before each multiplication tells the compiler
 * that 32 bits are enough. It must be the only logical operation there: the compiler merges two
 * such operations into one and then does not recognise the mask.
 *
 * <p>The lanes are used in one of two ways:
 *
 * <ul>
 *   <li>Packets of about the same length are processed side by side, a packet in each lane, each
 *       lane with its own r. A shorter packet is preceded by blocks of zeros, which do not change
 *       its value.
 *   <li>If that would leave most lanes empty, the blocks of one packet are processed side by side:
 *       lane i of n sums up every n-th block, and each step multiplies by r^n. The last step
 *       multiplies the lanes by r^n, r^(n-1) and so on to r, which gives each lane the power that
 *       it lacks. Then the sum of the lanes is the value of the polynomial.
 * </ul>
 *
 * <p>In either case the block of lengths, the last reduction and the addition of s are done for
 * several packets side by side.
 *
 * <p>Bounds: a limb is below 2^26 + 2^11 after a carry and below 2^27 + 2^11 after a block is
 * added; five times a limb of a power is below 2^29. So a sum of ten products is below 2^60, and
 * the sum of five products in each of eight lanes is below 2^62.
 *
 * <p>A {@link VectorWidth} template, and one class in spite of its length: a hidden class that a
 * template becomes cannot refer to another hidden class by name, so a helper class would have the
 * preferred width instead of this one. Stateless.
 */
final class VectorPoly1305 implements Poly1305Tags {
    private static final VectorSpecies<Long> LONGS =
            VectorSpecies.of(long.class, VectorWidth.of(MethodHandles.lookup()));

    private static final int LANES = LONGS.length();

    /** Bytes of one step for a single packet. */
    private static final int STEP = 16 * LANES;

    // A row is what is transposed at a time: bytes and blocks of each packet, longs of all lanes.
    private static final int ROW = 64;

    private static final int ROW_BLOCKS = ROW / 16;
    private static final int ROW_LONGS = ROW / 8 * LANES;

    // The extra cost of processing packets one by one, in steps, as measured: for the powers of r
    // of LANES packets, and for each packet.
    private static final int POWERS_COST = LANES + 2;

    private static final int PACKET_COST = 2;

    private static final long LIMB = (1 << 26) - 1;
    private static final long UINT = 0xffff_ffffL;

    /** Bit 128 of a block, which every full block has, as a bit of its highest limb. */
    private static final long BLOCK_BIT = 1 << 24;

    /** Read from index LANES - n, it gives n lanes without a block and then lanes with one. */
    private static final long[] BLOCK_BITS = new long[2 * LANES];

    /** Select the lower and the upper halves of the blocks in two vectors. */
    private static final LongVector LOW_HALVES = everyOther(0);

    private static final LongVector HIGH_HALVES = everyOther(1);

    /** Interleave two vectors: the first half of the result, then the second half. */
    private static final LongVector ZIP_LOW = zip(0);

    private static final LongVector ZIP_HIGH = zip(LANES / 2);

    static {
        Arrays.fill(BLOCK_BITS, LANES, 2 * LANES, BLOCK_BIT);
    }

    private static LongVector everyOther(int from) {
        long[] lanes = new long[LANES];
        for (int i = 0; i < LANES; i++) {
            lanes[i] = from + 2 * i;
        }
        return LongVector.fromArray(LONGS, lanes, 0);
    }

    private static LongVector zip(int from) {
        long[] lanes = new long[LANES];
        for (int i = 0; i < LANES; i++) {
            lanes[i] = from + i / 2 + i % 2 * LANES;
        }
        return LongVector.fromArray(LONGS, lanes, 0);
    }

    @Override
    public Poly1305Workspace workspace(int packets) {
        return new Poly1305Workspace((packets + LANES - 1) / LANES * LANES, LANES);
    }

    @Override
    public void compute(
            Poly1305Workspace workspace,
            int packets,
            MemorySegment segment,
            int[] offsets,
            int[] lengths) {
        for (int from = 0; from < packets; from += LANES) {
            int end = Math.min(packets, from + LANES);
            int longest = 0;
            int all = 0;
            for (int packet = from; packet < end; packet++) {
                int blocks = blocks(lengths[packet]);
                longest = Math.max(longest, blocks);
                all += blocks;
                workspace.lengths[packet] = lengths[packet];
            }
            // Both sides are in steps.
            if (longest <= all / LANES + POWERS_COST + (end - from) * PACKET_COST) {
                absorbSideBySide(workspace, from, end, segment, offsets, longest);
            } else {
                computePowers(workspace, from);
                for (int packet = from; packet < end; packet++) {
                    transposePowers(workspace, packet);
                    absorbAlone(workspace, packet, segment, offsets[packet], lengths[packet]);
                }
            }
            computeTags(workspace, from);
        }
    }

    private static int blocks(int length) {
        return (length + 15) / 16;
    }

    /**
     * Processes the packets from {@code from} to {@code end}, at most LANES, a packet in each lane.
     *
     * @param longest the number of blocks of the longest packet
     */
    private static void absorbSideBySide(
            Poly1305Workspace workspace,
            int from,
            int end,
            MemorySegment segment,
            int[] offsets,
            int longest) {
        int rows = (longest + ROW_BLOCKS - 1) / ROW_BLOCKS;
        long lowest = Long.MAX_VALUE;
        int zeros = 0;
        for (int lane = 0; lane < LANES; lane++) {
            boolean used = from + lane < end;
            // A lane without a packet reads the first packet, and its result is not used.
            int offset = offsets[used ? from + lane : from];
            int length = used ? (int) workspace.lengths[from + lane] : 0;
            int missing = ROW_BLOCKS * rows - blocks(length);
            workspace.missing[lane] = missing;
            zeros = Math.max(zeros, missing);
            workspace.begins[lane] = offset;
            workspace.ends[lane] = offset + length;
            workspace.positions[lane] = offset - 16L * missing;
            lowest = Math.min(lowest, workspace.positions[lane]);
            workspace.lowMasks[lane] = lowMask(length % 16);
            workspace.highMasks[lane] = highMask(length % 16);
        }
        // The bytes before a packet may be read, and the bytes behind it are the tag or room for
        // it. Only bytes before the start of the segment must not be read.
        int outside = lowest < 0 ? (int) Math.min(rows, (ROW - 1 - lowest) / ROW) : 0;
        Arrays.fill(workspace.lanes, 0);
        for (int done = 0; done < rows; done += Poly1305Workspace.MAX_ROWS) {
            int part = Math.min(rows - done, Poly1305Workspace.MAX_ROWS);
            int staged = Math.clamp(outside - done, 0, part);
            for (int row = 0; row < staged; row++) {
                copyEdgeRow(workspace, segment, row, (long) ROW * (done + row));
            }
            transposeRows(workspace, segment, staged, part, (long) ROW * done);
            clearLeadingBlocks(workspace, Math.min(zeros - ROW_BLOCKS * done, ROW_BLOCKS * part));
            if (done + part == rows) {
                maskLastBlocks(workspace, part * ROW_LONGS - 2 * LANES);
            }
            absorbRows(workspace, from, ROW_BLOCKS * part);
        }
        for (int limb = 0; limb < 5; limb++) {
            System.arraycopy(
                    workspace.lanes,
                    limb * LANES,
                    workspace.sums,
                    limb * workspace.packets + from,
                    LANES);
        }
    }

    /** Returns the mask for the lower half of a last block of so many bytes; 0 means 16. */
    private static long lowMask(int bytes) {
        return bytes == 0 | bytes >= 8 ? -1 : (1L << 8 * bytes) - 1;
    }

    /** Returns the mask for the upper half of a last block of so many bytes; 0 means 16. */
    private static long highMask(int bytes) {
        return bytes == 0 ? -1 : bytes <= 8 ? 0 : (1L << 8 * (bytes - 8)) - 1;
    }

    /**
     * Clears the blocks that precede a packet in the first blocks of the rows. Leaves
     * workspace.missing as it is, which absorbRows counts down.
     */
    private static void clearLeadingBlocks(Poly1305Workspace workspace, int blocks) {
        long[] rows = workspace.rows;
        LongVector missing = LongVector.fromArray(LONGS, workspace.missing, 0);
        for (int block = 0; block < blocks; block++) {
            missing = missing.sub(1);
            LongVector present = missing.lanewise(ASHR, 63);
            int at = 2 * LANES * block;
            LongVector.fromArray(LONGS, rows, at).and(present).intoArray(rows, at);
            LongVector.fromArray(LONGS, rows, at + LANES).and(present).intoArray(rows, at + LANES);
        }
    }

    /** Clears those bytes of the last blocks, at that index of the rows, that follow a packet. */
    private static void maskLastBlocks(Poly1305Workspace workspace, int at) {
        long[] rows = workspace.rows;
        LongVector.fromArray(LONGS, rows, at)
                .and(LongVector.fromArray(LONGS, workspace.lowMasks, 0))
                .intoArray(rows, at);
        LongVector.fromArray(LONGS, rows, at + LANES)
                .and(LongVector.fromArray(LONGS, workspace.highMasks, 0))
                .intoArray(rows, at + LANES);
    }

    /** Does the work of transposeRows for a row that starts before the segment in some lane. */
    private static void copyEdgeRow(
            Poly1305Workspace workspace, MemorySegment segment, int row, long done) {
        for (int lane = 0; lane < LANES; lane++) {
            copyEdge(
                    workspace.edge,
                    ROW / 8,
                    segment,
                    workspace.positions[lane] + done,
                    workspace.begins[lane],
                    workspace.ends[lane]);
            for (int i = 0; i < ROW / 8; i++) {
                workspace.rows[row * ROW_LONGS + i * LANES + lane] = workspace.edge[i];
            }
        }
    }

    /**
     * Reads 64 bytes of each packet at a time and transposes them: each vector then has half a
     * block of each packet, a packet in each lane. The address of a long is packet * 8 + long, with
     * LANES longs in a vector. Each round of interleaving moves the topmost bit of the address to
     * the bottom, as in {@link VectorChaCha20}; after as many rounds as a packet's number has bits,
     * the address is long * LANES + packet.
     */
    private static void transposeRows(
            Poly1305Workspace workspace, MemorySegment segment, int first, int end, long done) {
        long[] rows = workspace.rows;
        long[] positions = workspace.positions;
        for (int row = first; row < end; row++) {
            int at = row * ROW_LONGS;
            long offset = done + (long) ROW * row;
            LongVector x0 = loadRow(segment, positions, offset, 0);
            LongVector x1 = loadRow(segment, positions, offset, 1);
            LongVector x2 = loadRow(segment, positions, offset, 2);
            LongVector x3 = loadRow(segment, positions, offset, 3);
            LongVector x4 = loadRow(segment, positions, offset, 4);
            LongVector x5 = loadRow(segment, positions, offset, 5);
            LongVector x6 = loadRow(segment, positions, offset, 6);
            LongVector x7 = loadRow(segment, positions, offset, 7);
            LongVector y0 = ZIP_LOW.selectFrom(x0, x4);
            LongVector y1 = ZIP_HIGH.selectFrom(x0, x4);
            LongVector y2 = ZIP_LOW.selectFrom(x1, x5);
            LongVector y3 = ZIP_HIGH.selectFrom(x1, x5);
            LongVector y4 = ZIP_LOW.selectFrom(x2, x6);
            LongVector y5 = ZIP_HIGH.selectFrom(x2, x6);
            LongVector y6 = ZIP_LOW.selectFrom(x3, x7);
            LongVector y7 = ZIP_HIGH.selectFrom(x3, x7);
            if (LANES > 2) {
                x0 = ZIP_LOW.selectFrom(y0, y4);
                x1 = ZIP_HIGH.selectFrom(y0, y4);
                x2 = ZIP_LOW.selectFrom(y1, y5);
                x3 = ZIP_HIGH.selectFrom(y1, y5);
                x4 = ZIP_LOW.selectFrom(y2, y6);
                x5 = ZIP_HIGH.selectFrom(y2, y6);
                x6 = ZIP_LOW.selectFrom(y3, y7);
                x7 = ZIP_HIGH.selectFrom(y3, y7);
                y0 = x0;
                y1 = x1;
                y2 = x2;
                y3 = x3;
                y4 = x4;
                y5 = x5;
                y6 = x6;
                y7 = x7;
            }
            if (LANES > 4) {
                x0 = ZIP_LOW.selectFrom(y0, y4);
                x1 = ZIP_HIGH.selectFrom(y0, y4);
                x2 = ZIP_LOW.selectFrom(y1, y5);
                x3 = ZIP_HIGH.selectFrom(y1, y5);
                x4 = ZIP_LOW.selectFrom(y2, y6);
                x5 = ZIP_HIGH.selectFrom(y2, y6);
                x6 = ZIP_LOW.selectFrom(y3, y7);
                x7 = ZIP_HIGH.selectFrom(y3, y7);
                y0 = x0;
                y1 = x1;
                y2 = x2;
                y3 = x3;
                y4 = x4;
                y5 = x5;
                y6 = x6;
                y7 = x7;
            }
            y0.intoArray(rows, at + 0 * LANES);
            y1.intoArray(rows, at + 1 * LANES);
            y2.intoArray(rows, at + 2 * LANES);
            y3.intoArray(rows, at + 3 * LANES);
            y4.intoArray(rows, at + 4 * LANES);
            y5.intoArray(rows, at + 5 * LANES);
            y6.intoArray(rows, at + 6 * LANES);
            y7.intoArray(rows, at + 7 * LANES);
        }
    }

    private static LongVector loadRow(MemorySegment segment, long[] positions, long done, int row) {
        long position = positions[row * LANES / 8] + done;
        return LongVector.fromMemorySegment(
                LONGS, segment, position + row * LANES % 8 * 8, ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * Adds blocks of the rows to the sums in workspace.lanes. Two blocks are processed at a time:
     * the first is multiplied by r^2 and the second by r, so they need only one carry.
     */
    private static void absorbRows(Poly1305Workspace workspace, int from, int steps) {
        long[] rows = workspace.rows;
        LongVector low = LongVector.fromArray(LONGS, workspace.rLow, from);
        LongVector high = LongVector.fromArray(LONGS, workspace.rHigh, from);
        LongVector r0 = low.and(LIMB);
        LongVector r1 = low.lanewise(LSHR, 26).and(LIMB);
        LongVector r2 = low.lanewise(LSHR, 52).add(high.lanewise(LSHL, 12)).and(LIMB);
        LongVector r3 = high.lanewise(LSHR, 14).and(LIMB);
        LongVector r4 = high.lanewise(LSHR, 40);
        LongVector s1 = r1.lanewise(LSHL, 2).add(r1).and(UINT);
        LongVector s2 = r2.lanewise(LSHL, 2).add(r2).and(UINT);
        LongVector s3 = r3.lanewise(LSHL, 2).add(r3).and(UINT);
        LongVector s4 = r4.lanewise(LSHL, 2).add(r4).and(UINT);

        LongVector over;
        LongVector d0 = r0.mul(r0).add(r1.mul(s4)).add(r2.mul(s3)).add(r3.mul(s2)).add(r4.mul(s1));
        LongVector d1 = r0.mul(r1).add(r1.mul(r0)).add(r2.mul(s4)).add(r3.mul(s3)).add(r4.mul(s2));
        LongVector d2 = r0.mul(r2).add(r1.mul(r1)).add(r2.mul(r0)).add(r3.mul(s4)).add(r4.mul(s3));
        LongVector d3 = r0.mul(r3).add(r1.mul(r2)).add(r2.mul(r1)).add(r3.mul(r0)).add(r4.mul(s4));
        LongVector d4 = r0.mul(r4).add(r1.mul(r3)).add(r2.mul(r2)).add(r3.mul(r1)).add(r4.mul(r0));
        LongVector q0 = d0;
        LongVector q1 = d1;
        LongVector q2 = d2;
        LongVector q3 = d3;
        LongVector q4 = d4;
        d1 = d1.add(d0.lanewise(LSHR, 26));
        q0 = d0.and(LIMB);
        d4 = d4.add(d3.lanewise(LSHR, 26));
        q3 = d3.and(LIMB);
        d2 = d2.add(d1.lanewise(LSHR, 26));
        q1 = d1.and(LIMB);
        over = d4.lanewise(LSHR, 26);
        q4 = d4.and(LIMB);
        q0 = q0.add(over).add(over.lanewise(LSHL, 2));
        q3 = q3.add(d2.lanewise(LSHR, 26));
        q2 = d2.and(LIMB);
        q1 = q1.add(q0.lanewise(LSHR, 26));
        q0 = q0.and(LIMB);
        q4 = q4.add(q3.lanewise(LSHR, 26));
        q3 = q3.and(LIMB);
        LongVector qr0 = q0;
        LongVector qr1 = q1.and(UINT);
        LongVector qr2 = q2;
        LongVector qr3 = q3;
        LongVector qr4 = q4.and(UINT);
        LongVector qs1 = qr1.lanewise(LSHL, 2).add(qr1).and(UINT);
        LongVector qs2 = qr2.lanewise(LSHL, 2).add(qr2).and(UINT);
        LongVector qs3 = qr3.lanewise(LSHL, 2).add(qr3).and(UINT);
        LongVector qs4 = qr4.lanewise(LSHL, 2).add(qr4).and(UINT);
        LongVector h0 = LongVector.fromArray(LONGS, workspace.lanes, 0 * LANES);
        LongVector h1 = LongVector.fromArray(LONGS, workspace.lanes, 1 * LANES);
        LongVector h2 = LongVector.fromArray(LONGS, workspace.lanes, 2 * LANES);
        LongVector h3 = LongVector.fromArray(LONGS, workspace.lanes, 3 * LANES);
        LongVector h4 = LongVector.fromArray(LONGS, workspace.lanes, 4 * LANES);
        LongVector missing = LongVector.fromArray(LONGS, workspace.missing, 0);
        int end = steps * 2 * LANES;
        for (int at = 0; at < end; at += 4 * LANES) {
            LongVector lower = LongVector.fromArray(LONGS, rows, at);
            LongVector upper = LongVector.fromArray(LONGS, rows, at + LANES);
            missing = missing.sub(1);
            h0 = h0.add(lower.and(LIMB)).and(UINT);
            h1 = h1.add(lower.lanewise(LSHR, 26).and(LIMB)).and(UINT);
            h2 = h2.add(lower.lanewise(LSHR, 52).add(upper.lanewise(LSHL, 12)).and(LIMB)).and(UINT);
            h3 = h3.add(upper.lanewise(LSHR, 14).and(LIMB)).and(UINT);
            h4 =
                    h4.add(upper.lanewise(LSHR, 40).add(missing.lanewise(ASHR, 63).and(BLOCK_BIT)))
                            .and(UINT);
            d0 = h0.mul(qr0).add(h1.mul(qs4)).add(h2.mul(qs3)).add(h3.mul(qs2)).add(h4.mul(qs1));
            d1 = h0.mul(qr1).add(h1.mul(qr0)).add(h2.mul(qs4)).add(h3.mul(qs3)).add(h4.mul(qs2));
            d2 = h0.mul(qr2).add(h1.mul(qr1)).add(h2.mul(qr0)).add(h3.mul(qs4)).add(h4.mul(qs3));
            d3 = h0.mul(qr3).add(h1.mul(qr2)).add(h2.mul(qr1)).add(h3.mul(qr0)).add(h4.mul(qs4));
            d4 = h0.mul(qr4).add(h1.mul(qr3)).add(h2.mul(qr2)).add(h3.mul(qr1)).add(h4.mul(qr0));
            lower = LongVector.fromArray(LONGS, rows, at + 2 * LANES);
            upper = LongVector.fromArray(LONGS, rows, at + 3 * LANES);
            missing = missing.sub(1);
            LongVector g0 = lower.and(LIMB);
            LongVector g1 = lower.lanewise(LSHR, 26).and(LIMB);
            LongVector g2 = lower.lanewise(LSHR, 52).add(upper.lanewise(LSHL, 12)).and(LIMB);
            LongVector g3 = upper.lanewise(LSHR, 14).and(LIMB);
            LongVector g4 =
                    upper.lanewise(LSHR, 40)
                            .add(missing.lanewise(ASHR, 63).and(BLOCK_BIT))
                            .and(UINT);
            d0 = d0.add(g0.mul(r0).add(g1.mul(s4)).add(g2.mul(s3)).add(g3.mul(s2)).add(g4.mul(s1)));
            d1 = d1.add(g0.mul(r1).add(g1.mul(r0)).add(g2.mul(s4)).add(g3.mul(s3)).add(g4.mul(s2)));
            d2 = d2.add(g0.mul(r2).add(g1.mul(r1)).add(g2.mul(r0)).add(g3.mul(s4)).add(g4.mul(s3)));
            d3 = d3.add(g0.mul(r3).add(g1.mul(r2)).add(g2.mul(r1)).add(g3.mul(r0)).add(g4.mul(s4)));
            d4 = d4.add(g0.mul(r4).add(g1.mul(r3)).add(g2.mul(r2)).add(g3.mul(r1)).add(g4.mul(r0)));
            d1 = d1.add(d0.lanewise(LSHR, 26));
            h0 = d0.and(LIMB);
            d4 = d4.add(d3.lanewise(LSHR, 26));
            h3 = d3.and(LIMB);
            d2 = d2.add(d1.lanewise(LSHR, 26));
            h1 = d1.and(LIMB);
            over = d4.lanewise(LSHR, 26);
            h4 = d4.and(LIMB);
            h0 = h0.add(over).add(over.lanewise(LSHL, 2));
            h3 = h3.add(d2.lanewise(LSHR, 26));
            h2 = d2.and(LIMB);
            h1 = h1.add(h0.lanewise(LSHR, 26));
            h0 = h0.and(LIMB);
            h4 = h4.add(h3.lanewise(LSHR, 26));
            h3 = h3.and(LIMB);
        }
        missing.intoArray(workspace.missing, 0);
        h0.intoArray(workspace.lanes, 0 * LANES);
        h1.intoArray(workspace.lanes, 1 * LANES);
        h2.intoArray(workspace.lanes, 2 * LANES);
        h3.intoArray(workspace.lanes, 3 * LANES);
        h4.intoArray(workspace.lanes, 4 * LANES);
    }

    /** Computes the powers 1 to LANES of r for LANES packets, a packet in each lane. */
    private static void computePowers(Poly1305Workspace workspace, int from) {
        long[] lanePowers = workspace.lanePowers;
        LongVector low = LongVector.fromArray(LONGS, workspace.rLow, from);
        LongVector high = LongVector.fromArray(LONGS, workspace.rHigh, from);
        LongVector r0 = low.and(LIMB);
        LongVector r1 = low.lanewise(LSHR, 26).and(LIMB);
        LongVector r2 = low.lanewise(LSHR, 52).add(high.lanewise(LSHL, 12)).and(LIMB);
        LongVector r3 = high.lanewise(LSHR, 14).and(LIMB);
        LongVector r4 = high.lanewise(LSHR, 40);
        LongVector s1 = r1.lanewise(LSHL, 2).add(r1).and(UINT);
        LongVector s2 = r2.lanewise(LSHL, 2).add(r2).and(UINT);
        LongVector s3 = r3.lanewise(LSHL, 2).add(r3).and(UINT);
        LongVector s4 = r4.lanewise(LSHL, 2).add(r4).and(UINT);

        LongVector h0 = r0;
        LongVector h1 = r1;
        LongVector h2 = r2;
        LongVector h3 = r3;
        LongVector h4 = r4;
        for (int at = 0; at < 5 * LANES * LANES; at += 5 * LANES) {
            h0.intoArray(lanePowers, at);
            h1.intoArray(lanePowers, at + LANES);
            h2.intoArray(lanePowers, at + 2 * LANES);
            h3.intoArray(lanePowers, at + 3 * LANES);
            h4.intoArray(lanePowers, at + 4 * LANES);
            h0 = h0.and(UINT);
            h1 = h1.and(UINT);
            h2 = h2.and(UINT);
            h3 = h3.and(UINT);
            h4 = h4.and(UINT);
            LongVector d0 =
                    h0.mul(r0).add(h1.mul(s4)).add(h2.mul(s3)).add(h3.mul(s2)).add(h4.mul(s1));
            LongVector d1 =
                    h0.mul(r1).add(h1.mul(r0)).add(h2.mul(s4)).add(h3.mul(s3)).add(h4.mul(s2));
            LongVector d2 =
                    h0.mul(r2).add(h1.mul(r1)).add(h2.mul(r0)).add(h3.mul(s4)).add(h4.mul(s3));
            LongVector d3 =
                    h0.mul(r3).add(h1.mul(r2)).add(h2.mul(r1)).add(h3.mul(r0)).add(h4.mul(s4));
            LongVector d4 =
                    h0.mul(r4).add(h1.mul(r3)).add(h2.mul(r2)).add(h3.mul(r1)).add(h4.mul(r0));
            d1 = d1.add(d0.lanewise(LSHR, 26));
            h0 = d0.and(LIMB);
            d4 = d4.add(d3.lanewise(LSHR, 26));
            h3 = d3.and(LIMB);
            d2 = d2.add(d1.lanewise(LSHR, 26));
            h1 = d1.and(LIMB);
            LongVector over = d4.lanewise(LSHR, 26);
            h4 = d4.and(LIMB);
            h0 = h0.add(over).add(over.lanewise(LSHL, 2));
            h3 = h3.add(d2.lanewise(LSHR, 26));
            h2 = d2.and(LIMB);
            h1 = h1.add(h0.lanewise(LSHR, 26));
            h0 = h0.and(LIMB);
            h4 = h4.add(h3.lanewise(LSHR, 26));
            h3 = h3.and(LIMB);
        }
    }

    /** Transposes the powers of one packet: from a packet in each lane to a power in each lane. */
    private static void transposePowers(Poly1305Workspace workspace, int packet) {
        long[] powers = workspace.powers;
        int at = 5 * LANES * packet;
        for (int limb = 0; limb < 5; limb++) {
            int from = limb * LANES + packet % LANES;
            for (int lane = LANES - 1; lane >= 0; lane--, from += 5 * LANES) {
                powers[at + lane] = workspace.lanePowers[from];
            }
            at += LANES;
        }
    }

    /** Processes one packet, with a block in each lane. */
    private static void absorbAlone(
            Poly1305Workspace workspace,
            int packet,
            MemorySegment segment,
            long offset,
            int length) {
        int blocks = blocks(length);
        int steps = (blocks + LANES - 1) / LANES;
        if (steps == 0) {
            for (int limb = 0; limb < 5; limb++) {
                workspace.sums[limb * workspace.packets + packet] = 0;
            }
            return;
        }
        int missing = steps * LANES - blocks;
        accumulate(workspace, packet, segment, offset, length, steps, missing);
        sumLanes(workspace, packet);
    }

    /**
     * Processes all blocks of one packet except the multiplication of the last step, and leaves the
     * sums in workspace.lanes.
     */
    private static void accumulate(
            Poly1305Workspace workspace,
            int packet,
            MemorySegment segment,
            long offset,
            int length,
            int steps,
            int missing) {
        long[] powers = workspace.powers;
        int at = 5 * LANES * packet;
        LongVector r0 = LongVector.broadcast(LONGS, powers[at]).and(UINT);
        LongVector r1 = LongVector.broadcast(LONGS, powers[at + 1 * LANES]).and(UINT);
        LongVector r2 = LongVector.broadcast(LONGS, powers[at + 2 * LANES]).and(UINT);
        LongVector r3 = LongVector.broadcast(LONGS, powers[at + 3 * LANES]).and(UINT);
        LongVector r4 = LongVector.broadcast(LONGS, powers[at + 4 * LANES]).and(UINT);
        LongVector s1 = r1.lanewise(LSHL, 2).add(r1).and(UINT);
        LongVector s2 = r2.lanewise(LSHL, 2).add(r2).and(UINT);
        LongVector s3 = r3.lanewise(LSHL, 2).add(r3).and(UINT);
        LongVector s4 = r4.lanewise(LSHL, 2).add(r4).and(UINT);

        LongVector h0 = LongVector.zero(LONGS);
        LongVector h1 = h0;
        LongVector h2 = h0;
        LongVector h3 = h0;
        LongVector h4 = h0;
        LongVector blockBits = LongVector.fromArray(LONGS, BLOCK_BITS, LANES - missing);
        long position = offset - 16L * missing;
        long end = offset + length;
        for (int step = 1; ; step++) {
            LongVector first;
            LongVector second;
            if (position < offset || position + STEP > end) {
                copyEdge(workspace.edge, 2 * LANES, segment, position, offset, end);
                first = LongVector.fromArray(LONGS, workspace.edge, 0);
                second = LongVector.fromArray(LONGS, workspace.edge, LANES);
            } else {
                first =
                        LongVector.fromMemorySegment(
                                LONGS, segment, position, ByteOrder.LITTLE_ENDIAN);
                second =
                        LongVector.fromMemorySegment(
                                LONGS, segment, position + STEP / 2, ByteOrder.LITTLE_ENDIAN);
            }
            LongVector low = LOW_HALVES.selectFrom(first, second);
            LongVector high = HIGH_HALVES.selectFrom(first, second);
            h0 = h0.add(low.and(LIMB));
            h1 = h1.add(low.lanewise(LSHR, 26).and(LIMB));
            h2 = h2.add(low.lanewise(LSHR, 52).add(high.lanewise(LSHL, 12)).and(LIMB));
            h3 = h3.add(high.lanewise(LSHR, 14).and(LIMB));
            h4 = h4.add(high.lanewise(LSHR, 40)).add(blockBits);
            if (step == steps) {
                break;
            }
            blockBits = LongVector.broadcast(LONGS, BLOCK_BIT);
            position += STEP;
            h0 = h0.and(UINT);
            h1 = h1.and(UINT);
            h2 = h2.and(UINT);
            h3 = h3.and(UINT);
            h4 = h4.and(UINT);
            LongVector d0 =
                    h0.mul(r0).add(h1.mul(s4)).add(h2.mul(s3)).add(h3.mul(s2)).add(h4.mul(s1));
            LongVector d1 =
                    h0.mul(r1).add(h1.mul(r0)).add(h2.mul(s4)).add(h3.mul(s3)).add(h4.mul(s2));
            LongVector d2 =
                    h0.mul(r2).add(h1.mul(r1)).add(h2.mul(r0)).add(h3.mul(s4)).add(h4.mul(s3));
            LongVector d3 =
                    h0.mul(r3).add(h1.mul(r2)).add(h2.mul(r1)).add(h3.mul(r0)).add(h4.mul(s4));
            LongVector d4 =
                    h0.mul(r4).add(h1.mul(r3)).add(h2.mul(r2)).add(h3.mul(r1)).add(h4.mul(r0));
            d1 = d1.add(d0.lanewise(LSHR, 26));
            h0 = d0.and(LIMB);
            d4 = d4.add(d3.lanewise(LSHR, 26));
            h3 = d3.and(LIMB);
            d2 = d2.add(d1.lanewise(LSHR, 26));
            h1 = d1.and(LIMB);
            LongVector over = d4.lanewise(LSHR, 26);
            h4 = d4.and(LIMB);
            h0 = h0.add(over).add(over.lanewise(LSHL, 2));
            h3 = h3.add(d2.lanewise(LSHR, 26));
            h2 = d2.and(LIMB);
            h1 = h1.add(h0.lanewise(LSHR, 26));
            h0 = h0.and(LIMB);
            h4 = h4.add(h3.lanewise(LSHR, 26));
            h3 = h3.and(LIMB);
        }
        h0.intoArray(workspace.lanes, 0);
        h1.intoArray(workspace.lanes, LANES);
        h2.intoArray(workspace.lanes, 2 * LANES);
        h3.intoArray(workspace.lanes, 3 * LANES);
        h4.intoArray(workspace.lanes, 4 * LANES);
    }

    /** Copies the bytes of one step that belong to the packet; the others become zeros. */
    private static void copyEdge(
            long[] edge, int count, MemorySegment segment, long position, long begin, long end) {
        ValueLayout.OfLong layout = ChaCha20Blocks.LONG;
        for (int i = 0; i < count; i++, position += 8) {
            long word = 0;
            if (position >= begin && position + 8 <= end) {
                word = segment.get(layout, position);
            } else if (position >= begin) {
                for (long at = position; at < end; at++) {
                    long b = segment.get(ValueLayout.JAVA_BYTE, at) & 0xff;
                    word |= b << 8 * (at - position);
                }
            }
            edge[i] = word;
        }
    }

    /** Multiplies each lane of a packet by its power and adds the lanes. */
    private static void sumLanes(Poly1305Workspace workspace, int packet) {
        long[] powers = workspace.powers;
        long[] sums = workspace.sums;
        int packets = workspace.packets;
        int at = 5 * LANES * packet;
        LongVector r0 = LongVector.fromArray(LONGS, powers, at).and(UINT);
        LongVector r1 = LongVector.fromArray(LONGS, powers, at + 1 * LANES).and(UINT);
        LongVector r2 = LongVector.fromArray(LONGS, powers, at + 2 * LANES).and(UINT);
        LongVector r3 = LongVector.fromArray(LONGS, powers, at + 3 * LANES).and(UINT);
        LongVector r4 = LongVector.fromArray(LONGS, powers, at + 4 * LANES).and(UINT);
        LongVector s1 = r1.lanewise(LSHL, 2).add(r1).and(UINT);
        LongVector s2 = r2.lanewise(LSHL, 2).add(r2).and(UINT);
        LongVector s3 = r3.lanewise(LSHL, 2).add(r3).and(UINT);
        LongVector s4 = r4.lanewise(LSHL, 2).add(r4).and(UINT);
        LongVector h0 = LongVector.fromArray(LONGS, workspace.lanes, 0 * LANES);
        LongVector h1 = LongVector.fromArray(LONGS, workspace.lanes, 1 * LANES);
        LongVector h2 = LongVector.fromArray(LONGS, workspace.lanes, 2 * LANES);
        LongVector h3 = LongVector.fromArray(LONGS, workspace.lanes, 3 * LANES);
        LongVector h4 = LongVector.fromArray(LONGS, workspace.lanes, 4 * LANES);
        h0 = h0.and(UINT);
        h1 = h1.and(UINT);
        h2 = h2.and(UINT);
        h3 = h3.and(UINT);
        h4 = h4.and(UINT);
        LongVector d0 = h0.mul(r0).add(h1.mul(s4)).add(h2.mul(s3)).add(h3.mul(s2)).add(h4.mul(s1));
        LongVector d1 = h0.mul(r1).add(h1.mul(r0)).add(h2.mul(s4)).add(h3.mul(s3)).add(h4.mul(s2));
        LongVector d2 = h0.mul(r2).add(h1.mul(r1)).add(h2.mul(r0)).add(h3.mul(s4)).add(h4.mul(s3));
        LongVector d3 = h0.mul(r3).add(h1.mul(r2)).add(h2.mul(r1)).add(h3.mul(r0)).add(h4.mul(s4));
        LongVector d4 = h0.mul(r4).add(h1.mul(r3)).add(h2.mul(r2)).add(h3.mul(r1)).add(h4.mul(r0));

        sums[packet] = d0.reduceLanes(ADD);
        sums[packets + packet] = d1.reduceLanes(ADD);
        sums[2 * packets + packet] = d2.reduceLanes(ADD);
        sums[3 * packets + packet] = d3.reduceLanes(ADD);
        sums[4 * packets + packet] = d4.reduceLanes(ADD);
    }

    /**
     * Finishes the tags of LANES packets: adds the block of lengths, reduces modulo 2^130 - 5 and
     * adds s.
     */
    private static void computeTags(Poly1305Workspace workspace, int from) {
        long[] sums = workspace.sums;
        int packets = workspace.packets;
        LongVector d0 = LongVector.fromArray(LONGS, sums, 0 * packets + from);
        LongVector d1 = LongVector.fromArray(LONGS, sums, 1 * packets + from);
        LongVector d2 = LongVector.fromArray(LONGS, sums, 2 * packets + from);
        LongVector d3 = LongVector.fromArray(LONGS, sums, 3 * packets + from);
        LongVector d4 = LongVector.fromArray(LONGS, sums, 4 * packets + from);
        LongVector h0;
        LongVector h1;
        LongVector h2;
        LongVector h3;
        LongVector h4;
        d1 = d1.add(d0.lanewise(LSHR, 26));
        h0 = d0.and(LIMB);
        d4 = d4.add(d3.lanewise(LSHR, 26));
        h3 = d3.and(LIMB);
        d2 = d2.add(d1.lanewise(LSHR, 26));
        h1 = d1.and(LIMB);
        LongVector over = d4.lanewise(LSHR, 26);
        h4 = d4.and(LIMB);
        h0 = h0.add(over).add(over.lanewise(LSHL, 2));
        h3 = h3.add(d2.lanewise(LSHR, 26));
        h2 = d2.and(LIMB);
        h1 = h1.add(h0.lanewise(LSHR, 26));
        h0 = h0.and(LIMB);
        h4 = h4.add(h3.lanewise(LSHR, 26));
        h3 = h3.and(LIMB);

        // There is no associated data, so the lower half of the block is zero (RFC 8439, 2.8).
        LongVector length = LongVector.fromArray(LONGS, workspace.lengths, from);
        h2 = h2.add(length.lanewise(LSHL, 12).and(LIMB));
        h3 = h3.add(length.lanewise(LSHR, 14));
        h4 = h4.add(BLOCK_BIT);
        LongVector low = LongVector.fromArray(LONGS, workspace.rLow, from);
        LongVector high = LongVector.fromArray(LONGS, workspace.rHigh, from);
        LongVector r0 = low.and(LIMB);
        LongVector r1 = low.lanewise(LSHR, 26).and(LIMB);
        LongVector r2 = low.lanewise(LSHR, 52).add(high.lanewise(LSHL, 12)).and(LIMB);
        LongVector r3 = high.lanewise(LSHR, 14).and(LIMB);
        LongVector r4 = high.lanewise(LSHR, 40);
        LongVector s1 = r1.lanewise(LSHL, 2).add(r1).and(UINT);
        LongVector s2 = r2.lanewise(LSHL, 2).add(r2).and(UINT);
        LongVector s3 = r3.lanewise(LSHL, 2).add(r3).and(UINT);
        LongVector s4 = r4.lanewise(LSHL, 2).add(r4).and(UINT);
        h0 = h0.and(UINT);
        h1 = h1.and(UINT);
        h2 = h2.and(UINT);
        h3 = h3.and(UINT);
        h4 = h4.and(UINT);
        d0 = h0.mul(r0).add(h1.mul(s4)).add(h2.mul(s3)).add(h3.mul(s2)).add(h4.mul(s1));
        d1 = h0.mul(r1).add(h1.mul(r0)).add(h2.mul(s4)).add(h3.mul(s3)).add(h4.mul(s2));
        d2 = h0.mul(r2).add(h1.mul(r1)).add(h2.mul(r0)).add(h3.mul(s4)).add(h4.mul(s3));
        d3 = h0.mul(r3).add(h1.mul(r2)).add(h2.mul(r1)).add(h3.mul(r0)).add(h4.mul(s4));
        d4 = h0.mul(r4).add(h1.mul(r3)).add(h2.mul(r2)).add(h3.mul(r1)).add(h4.mul(r0));
        d1 = d1.add(d0.lanewise(LSHR, 26));
        h0 = d0.and(LIMB);
        d4 = d4.add(d3.lanewise(LSHR, 26));
        h3 = d3.and(LIMB);
        d2 = d2.add(d1.lanewise(LSHR, 26));
        h1 = d1.and(LIMB);
        over = d4.lanewise(LSHR, 26);
        h4 = d4.and(LIMB);
        h0 = h0.add(over).add(over.lanewise(LSHL, 2));
        h3 = h3.add(d2.lanewise(LSHR, 26));
        h2 = d2.and(LIMB);
        h1 = h1.add(h0.lanewise(LSHR, 26));
        h0 = h0.and(LIMB);
        h4 = h4.add(h3.lanewise(LSHR, 26));
        h3 = h3.and(LIMB);

        // One more round of carries, after which every limb is below 2^26. The carry out of h4 adds
        // at most 5 to h0.
        h2 = h2.add(h1.lanewise(LSHR, 26));
        h1 = h1.and(LIMB);
        h3 = h3.add(h2.lanewise(LSHR, 26));
        h2 = h2.and(LIMB);
        h4 = h4.add(h3.lanewise(LSHR, 26));
        h3 = h3.and(LIMB);
        over = h4.lanewise(LSHR, 26);
        h4 = h4.and(LIMB);
        h0 = h0.add(over).add(over.lanewise(LSHL, 2));
        h1 = h1.add(h0.lanewise(LSHR, 26));
        h0 = h0.and(LIMB);

        // h becomes h + 5 - 2^130 if that is not negative.
        LongVector g0 = h0.add(5);
        LongVector g1 = h1.add(g0.lanewise(LSHR, 26));
        LongVector g2 = h2.add(g1.lanewise(LSHR, 26));
        LongVector g3 = h3.add(g2.lanewise(LSHR, 26));
        LongVector g4 = h4.add(g3.lanewise(LSHR, 26)).sub(1 << 26);
        LongVector less = g4.lanewise(ASHR, 63);
        h0 = h0.bitwiseBlend(g0.and(LIMB), less.not());
        h1 = h1.bitwiseBlend(g1.and(LIMB), less.not());
        h2 = h2.bitwiseBlend(g2.and(LIMB), less.not());
        h3 = h3.bitwiseBlend(g3.and(LIMB), less.not());
        h4 = h4.bitwiseBlend(g4.and(LIMB), less.not());

        // The tag is h plus s modulo 2^128.
        low = h0.add(h1.lanewise(LSHL, 26)).add(h2.lanewise(LSHL, 52));
        high = h2.lanewise(LSHR, 12).add(h3.lanewise(LSHL, 14)).add(h4.lanewise(LSHL, 40));
        LongVector sLow = LongVector.fromArray(LONGS, workspace.sLow, from);
        LongVector tagLow = low.add(sLow);
        LongVector carry = low.and(sLow).or(low.or(sLow).and(tagLow.not())).lanewise(LSHR, 63);
        tagLow.intoArray(workspace.tagLow, from);
        high.add(LongVector.fromArray(LONGS, workspace.sHigh, from))
                .add(carry)
                .intoArray(workspace.tagHigh, from);
    }
}
