package org.wgj.crypto;

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
 * Poly1305 with numbers in five limbs of 26 bits, a limb in a lane of 64 bits, because a vector
 * multiplies 32 by 32 bits quickly. The mask before each multiplication tells the compiler that
 * this is enough.
 *
 * <p>The lanes are used in two ways. One packet's blocks are taken in side by side: lane i of n
 * sums up every n-th block, each step multiplies by r^n, and the last by r^n, r^(n-1) and so on to
 * r, which brings each lane to the power it lacks; then the sum of the lanes is the value of the
 * polynomial. Zeros in front make the blocks a multiple of n and change nothing. What is done once
 * a packet (the powers of r, the block of lengths, the last reduction) is done for several packets
 * side by side.
 *
 * <p>Bounds: a carried limb is below 2^26 + 2^11, with a block added below 2^27 + 2^11; five times
 * a limb of a power below 2^29. So a sum of five products is below 2^59, and that of eight lanes
 * below 2^62.
 *
 * <p>A {@link VectorWidth} template. Stateless.
 */
final class VectorPoly1305 implements Poly1305Tags {
    private static final VectorSpecies<Long> LONGS =
            VectorSpecies.of(long.class, VectorWidth.of(MethodHandles.lookup()));

    private static final int LANES = LONGS.length();

    /** Bytes of one step. */
    private static final int STEP = 16 * LANES;

    private static final long LIMB = (1 << 26) - 1;
    private static final long UINT = 0xffff_ffffL;

    /** Bit 128 of a block, in its highest limb. */
    private static final long BLOCK_BIT = 1 << 24;

    /** Read from LANES - n on: n lanes without a block, then blocks. */
    private static final long[] BLOCK_BITS = new long[2 * LANES];

    /** Picks the lower, the upper halves of the blocks in two vectors. */
    private static final LongVector LOW_HALVES = everyOther(0);

    private static final LongVector HIGH_HALVES = everyOther(1);

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

    @Override
    public Poly1305Batch batch(int packets) {
        return new Poly1305Batch((packets + LANES - 1) / LANES * LANES, LANES);
    }

    @Override
    public void prepare(Poly1305Batch batch, int packets) {
        for (int from = 0; from < packets; from += LANES) {
            computePowers(batch, from);
            for (int packet = from; packet < Math.min(packets, from + LANES); packet++) {
                turnPowers(batch, packet);
            }
        }
    }

    /** The powers 1 to LANES of r, of LANES packets. */
    private static void computePowers(Poly1305Batch batch, int from) {
        long[] computed = batch.computed;
        LongVector low = LongVector.fromArray(LONGS, batch.rLow, from);
        LongVector high = LongVector.fromArray(LONGS, batch.rHigh, from);
        LongVector r0 = low.and(LIMB);
        LongVector r1 = low.lanewise(LSHR, 26).and(LIMB);
        LongVector r2 = low.lanewise(LSHR, 52).or(high.lanewise(LSHL, 12)).and(LIMB);
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
            h0.intoArray(computed, at);
            h1.intoArray(computed, at + LANES);
            h2.intoArray(computed, at + 2 * LANES);
            h3.intoArray(computed, at + 3 * LANES);
            h4.intoArray(computed, at + 4 * LANES);
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

    /** From a packet in each lane to a power in each lane. */
    private static void turnPowers(Poly1305Batch batch, int packet) {
        long[] powers = batch.powers;
        int at = 5 * LANES * packet;
        for (int limb = 0; limb < 5; limb++) {
            int from = limb * LANES + packet % LANES;
            for (int lane = LANES - 1; lane >= 0; lane--, from += 5 * LANES) {
                powers[at + lane] = batch.computed[from];
            }
            at += LANES;
        }
    }

    @Override
    public void absorb(
            Poly1305Batch batch, int packet, MemorySegment segment, long offset, int length) {
        batch.lengths[packet] = length;
        int blocks = (length + 15) / 16;
        int steps = (blocks + LANES - 1) / LANES;
        if (steps == 0) {
            for (int limb = 0; limb < 5; limb++) {
                batch.sums[limb * batch.packets + packet] = 0;
            }
            return;
        }
        int missing = steps * LANES - blocks;
        accumulate(batch, packet, segment, offset, length, steps, missing);
        // The ciphertext that is left to the last step is in batch.lanes already.
        sumUp(batch, packet);
    }

    /** Takes in all blocks but does not multiply the last ones: leaves the limbs in batch.lanes. */
    private static void accumulate(
            Poly1305Batch batch,
            int packet,
            MemorySegment segment,
            long offset,
            int length,
            int steps,
            int missing) {
        long[] powers = batch.powers;
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
                stage(batch.staged, segment, position, offset, end);
                first = LongVector.fromArray(LONGS, batch.staged, 0);
                second = LongVector.fromArray(LONGS, batch.staged, LANES);
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
            h2 = h2.add(low.lanewise(LSHR, 52).or(high.lanewise(LSHL, 12)).and(LIMB));
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
        h0.intoArray(batch.lanes, 0);
        h1.intoArray(batch.lanes, LANES);
        h2.intoArray(batch.lanes, 2 * LANES);
        h3.intoArray(batch.lanes, 3 * LANES);
        h4.intoArray(batch.lanes, 4 * LANES);
    }

    /** Copies what a packet has of one step's bytes, between zeros. */
    private static void stage(
            long[] staged, MemorySegment segment, long position, long begin, long end) {
        ValueLayout.OfLong layout = ChaCha20Blocks.LONG;
        for (int i = 0; i < 2 * LANES; i++, position += 8) {
            long word = 0;
            if (position >= begin && position + 8 <= end) {
                word = segment.get(layout, position);
            } else if (position >= begin) {
                for (long at = position; at < end; at++) {
                    long b = segment.get(ValueLayout.JAVA_BYTE, at) & 0xff;
                    word |= b << 8 * (at - position);
                }
            }
            staged[i] = word;
        }
    }

    /** The last multiplication of a packet's lanes, each by its power, and their sum. */
    private static void sumUp(Poly1305Batch batch, int packet) {
        long[] powers = batch.powers;
        long[] sums = batch.sums;
        int packets = batch.packets;
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
        LongVector h0 = LongVector.fromArray(LONGS, batch.lanes, 0 * LANES);
        LongVector h1 = LongVector.fromArray(LONGS, batch.lanes, 1 * LANES);
        LongVector h2 = LongVector.fromArray(LONGS, batch.lanes, 2 * LANES);
        LongVector h3 = LongVector.fromArray(LONGS, batch.lanes, 3 * LANES);
        LongVector h4 = LongVector.fromArray(LONGS, batch.lanes, 4 * LANES);
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

    @Override
    public void finish(Poly1305Batch batch, int packets) {
        for (int from = 0; from < packets; from += LANES) {
            computeTags(batch, from);
        }
    }

    /** Of LANES packets: the block of lengths, the reduction modulo 2^130 - 5, and s. */
    private static void computeTags(Poly1305Batch batch, int from) {
        long[] sums = batch.sums;
        int packets = batch.packets;
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

        // No associated data, so the lower half is zero (RFC 8439, 2.8).
        LongVector length = LongVector.fromArray(LONGS, batch.lengths, from);
        h2 = h2.add(length.lanewise(LSHL, 12).and(LIMB));
        h3 = h3.add(length.lanewise(LSHR, 14));
        h4 = h4.add(BLOCK_BIT);
        LongVector low = LongVector.fromArray(LONGS, batch.rLow, from);
        LongVector high = LongVector.fromArray(LONGS, batch.rHigh, from);
        LongVector r0 = low.and(LIMB);
        LongVector r1 = low.lanewise(LSHR, 26).and(LIMB);
        LongVector r2 = low.lanewise(LSHR, 52).or(high.lanewise(LSHL, 12)).and(LIMB);
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

        // Once around more, so that every limb is below 2^26 but h0's carry out of h4 at most 5.
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

        // h + 5 - 2^130 where that is not negative, else h.
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

        // Modulo 2^128, plus s.
        low = h0.add(h1.lanewise(LSHL, 26)).add(h2.lanewise(LSHL, 52));
        high = h2.lanewise(LSHR, 12).add(h3.lanewise(LSHL, 14)).add(h4.lanewise(LSHL, 40));
        LongVector sLow = LongVector.fromArray(LONGS, batch.sLow, from);
        LongVector tagLow = low.add(sLow);
        LongVector carry = low.and(sLow).or(low.or(sLow).and(tagLow.not())).lanewise(LSHR, 63);
        tagLow.intoArray(batch.tagLow, from);
        high.add(LongVector.fromArray(LONGS, batch.sHigh, from))
                .add(carry)
                .intoArray(batch.tagHigh, from);
    }
}
