// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.aead.engine;

import static java.lang.Math.unsignedMultiplyHigh;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Poly1305 in plain Java, numbers in three limbs of 44 bits. Both factors of a product, moved up by
 * 10 bits, have its part above 2^44 as their high half, so no sum of two words and no carry between
 * them is needed. What leaves the third limb weighs 2^132, which is 20 modulo 2^130 - 5.
 *
 * <p>Bounds: limbs of h stay below 2^44 + 2^13 between blocks and below 2^46 with one added, those
 * of r below 2^44, times 20 below 2^49. So a sum of the parts below 2^44 stays under 2^46, of those
 * above under 2^53, and nothing reaches 2^63.
 *
 * <p>Stateless.
 */
final class ScalarPoly1305 implements Poly1305Tags {
    private static final long LIMB = (1L << 44) - 1;
    private static final int UP = 10;

    @Override
    public Poly1305Workspace batch(int packets) {
        return new Poly1305Workspace(packets, 1);
    }

    @Override
    public void compute(
            Poly1305Workspace batch,
            int packets,
            MemorySegment segment,
            int[] offsets,
            int[] lengths) {
        for (int packet = 0; packet < packets; packet++) {
            compute(batch, packet, segment, offsets[packet], lengths[packet]);
        }
    }

    private static void compute(
            Poly1305Workspace batch, int packet, MemorySegment segment, long offset, int length) {
        long low = batch.rLow[packet];
        long high = batch.rHigh[packet];
        long r0 = low & LIMB;
        long r1 = (low >>> 44 | high << 20) & LIMB;
        long r2 = high >>> 24;
        long s1 = 20 * r1;
        long s2 = 20 * r2;
        long r0Up = r0 << UP;
        long r1Up = r1 << UP;
        long r2Up = r2 << UP;
        long s1Up = s1 << UP;
        long s2Up = s2 << UP;
        long h0 = 0;
        long h1 = 0;
        long h2 = 0;
        for (int at = 0; ; at += 16) {
            if (at <= length - 16) {
                low = segment.get(ChaCha20Blocks.LONG, offset + at);
                high = segment.get(ChaCha20Blocks.LONG, offset + at + 8);
            } else if (at < length) {
                low = partial(segment, offset + at, Math.min(8, length - at));
                high = partial(segment, offset + at + 8, length - at - 8);
            } else { // the lengths of associated data and ciphertext (RFC 8439, 2.8)
                low = 0;
                high = length;
            }
            h0 += low & LIMB;
            h1 += (low >>> 44 | high << 20) & LIMB;
            h2 += high >>> 24 | 1L << 40;

            long h0Up = h0 << UP;
            long h1Up = h1 << UP;
            long h2Up = h2 << UP;
            long above0 =
                    unsignedMultiplyHigh(h0Up, r0Up)
                            + unsignedMultiplyHigh(h1Up, s2Up)
                            + unsignedMultiplyHigh(h2Up, s1Up);
            long above1 =
                    unsignedMultiplyHigh(h0Up, r1Up)
                            + unsignedMultiplyHigh(h1Up, r0Up)
                            + unsignedMultiplyHigh(h2Up, s2Up);
            long above2 =
                    unsignedMultiplyHigh(h0Up, r2Up)
                            + unsignedMultiplyHigh(h1Up, r1Up)
                            + unsignedMultiplyHigh(h2Up, r0Up);
            long d0 = (h0 * r0 & LIMB) + (h1 * s2 & LIMB) + (h2 * s1 & LIMB) + 20 * above2;
            long d1 = (h0 * r1 & LIMB) + (h1 * r0 & LIMB) + (h2 * s2 & LIMB) + above0;
            long d2 = (h0 * r2 & LIMB) + (h1 * r1 & LIMB) + (h2 * r0 & LIMB) + above1;
            h0 = (d0 & LIMB) + 20 * (d2 >>> 44);
            h1 = (d1 & LIMB) + (d0 >>> 44);
            h2 = (d2 & LIMB) + (d1 >>> 44);
            if (at >= length) {
                break;
            }
        }
        setTag(batch, packet, h0, h1, h2);
    }

    /** Up to 8 bytes, none if count is not positive. */
    private static long partial(MemorySegment segment, long offset, int count) {
        long word = 0;
        for (int i = 0; i < count; i++) {
            word |= (segment.get(ValueLayout.JAVA_BYTE, offset + i) & 0xffL) << 8 * i;
        }
        return word;
    }

    /** Reduces modulo 2^130 - 5 and adds s. */
    private static void setTag(Poly1305Workspace batch, int packet, long h0, long h1, long h2) {
        for (int round = 0; round < 2; round++) {
            h1 += h0 >>> 44;
            h0 &= LIMB;
            h2 += h1 >>> 44;
            h1 &= LIMB;
            h0 += 5 * (h2 >>> 42);
            h2 &= LIMB >>> 2;
        }
        h1 += h0 >>> 44;
        h0 &= LIMB;
        h2 += h1 >>> 44;
        h1 &= LIMB;

        // h + 5 - 2^130 where that is not negative, else h.
        long g0 = h0 + 5;
        long g1 = h1 + (g0 >>> 44);
        long g2 = h2 + (g1 >>> 44) - (1L << 42);
        long less = g2 >> 63;
        h0 = h0 & less | g0 & LIMB & ~less;
        h1 = h1 & less | g1 & LIMB & ~less;
        h2 = h2 & less | g2 & ~less;

        // Modulo 2^128, plus s.
        long low = h0 | h1 << 44;
        long high = h1 >>> 20 | h2 << 24;
        long s = batch.sLow[packet];
        long sum = low + s;
        batch.tagLow[packet] = sum;
        batch.tagHigh[packet] = high + batch.sHigh[packet] + ((low & s | (low | s) & ~sum) >>> 63);
    }
}
