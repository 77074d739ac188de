// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.aead.engine;

import static java.lang.Math.unsignedMultiplyHigh;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Poly1305 in plain Java with numbers in three limbs of 44 bits.
 *
 * <p>If both factors of a product are shifted left by 10 bits, the high half of the 128-bit product
 * is the part above 2^44 of the original product, and the upper 44 bits of the low half are the
 * part below. So no sum over two words and no carry between them is needed. A carry out of the
 * third limb has the weight 2^132, which is 20 modulo 2^130 - 5.
 *
 * <p>A step takes two blocks, (h + block) * r^2 + next block * r, so that one carry is enough for
 * both; the last ones are taken one by one. Conditions within the loop of two would cost what it
 * saves.
 *
 * <p>Bounds, without the shift: limbs of h, r and r^2 stay below 2^44 + 2^21, those of h below 2^46
 * after a block is added, and 20 times a limb of r or r^2 below 2^49. So a sum of six parts below
 * 2^44 stays under 2^47, a sum of six parts above under 2^54, and nothing reaches 2^63. Shifted,
 * factors stay below 2^59.
 *
 * <p>Stateless.
 */
final class ScalarPoly1305 implements Poly1305Tags {
    private static final VarHandle LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final long LIMB = (1L << 44) - 1;
    private static final int SHIFT = 10;

    /** The unused low bits of the low half of a product. */
    private static final int BELOW = 2 * SHIFT;

    @Override
    public Poly1305Workspace workspace(int packets) {
        return new Poly1305Workspace(packets, 1);
    }

    @Override
    public void compute(
            Poly1305Workspace workspace,
            int packets,
            MemorySegment segment,
            int[] offsets,
            int[] lengths) {
        for (int packet = 0; packet < packets; packet++) {
            int length = lengths[packet];
            byte[] ciphertext = workspace.ciphertext(length);
            MemorySegment.copy(
                    segment, ValueLayout.JAVA_BYTE, offsets[packet], ciphertext, 0, length);
            compute(workspace, packet, ciphertext, length);
        }
    }

    /**
     * Computes the tag of one packet.
     *
     * @param workspace holds the packet's one-time key, and receives its tag
     * @param packet the index of the packet in the workspace
     * @param ciphertext at the start of the array, which the JIT compiler handles sooner than a
     *     MemorySegment
     * @param length of the ciphertext, in bytes
     */
    static void compute(Poly1305Workspace workspace, int packet, byte[] ciphertext, int length) {
        long low = workspace.rLow[packet];
        long high = workspace.rHigh[packet];
        long r0 = (low & LIMB) << SHIFT;
        long r1 = ((low >>> 44 | high << 20) & LIMB) << SHIFT;
        long r2 = high >>> 24 << SHIFT;
        long s1 = 20 * r1;
        long s2 = 20 * r2;

        // r^2 is q, and 20 times its limbs t.
        long above0 = above(r0, r0, r1, s2, r2, s1);
        long above1 = above(r0, r1, r1, r0, r2, s2);
        long above2 = above(r0, r2, r1, r1, r2, r0);
        long d0 = below(r0, r0, r1, s2, r2, s1) + 20 * above2;
        long d1 = below(r0, r1, r1, r0, r2, s2) + above0;
        long d2 = below(r0, r2, r1, r1, r2, r0) + above1;
        long q0 = (d0 & LIMB) + 20 * (d2 >>> 44) << SHIFT;
        long q1 = (d1 & LIMB) + (d0 >>> 44) << SHIFT;
        long q2 = (d2 & LIMB) + (d1 >>> 44) << SHIFT;
        long t1 = 20 * q1;
        long t2 = 20 * q2;

        long h0 = 0;
        long h1 = 0;
        long h2 = 0;
        int at = 0;
        for (; at <= length - 32; at += 32) {
            low = (long) LONG.get(ciphertext, at);
            high = (long) LONG.get(ciphertext, at + 8);
            long a0 = h0 + (low & LIMB) << SHIFT;
            long a1 = h1 + ((low >>> 44 | high << 20) & LIMB) << SHIFT;
            long a2 = h2 + (high >>> 24 | 1L << 40) << SHIFT;
            low = (long) LONG.get(ciphertext, at + 16);
            high = (long) LONG.get(ciphertext, at + 24);
            long b0 = (low & LIMB) << SHIFT;
            long b1 = ((low >>> 44 | high << 20) & LIMB) << SHIFT;
            long b2 = (high >>> 24 | 1L << 40) << SHIFT;
            above0 = above(a0, q0, a1, t2, a2, t1) + above(b0, r0, b1, s2, b2, s1);
            above1 = above(a0, q1, a1, q0, a2, t2) + above(b0, r1, b1, r0, b2, s2);
            above2 = above(a0, q2, a1, q1, a2, q0) + above(b0, r2, b1, r1, b2, r0);
            d0 = below(a0, q0, a1, t2, a2, t1) + below(b0, r0, b1, s2, b2, s1) + 20 * above2;
            d1 = below(a0, q1, a1, q0, a2, t2) + below(b0, r1, b1, r0, b2, s2) + above0;
            d2 = below(a0, q2, a1, q1, a2, q0) + below(b0, r2, b1, r1, b2, r0) + above1;
            h0 = (d0 & LIMB) + 20 * (d2 >>> 44);
            h1 = (d1 & LIMB) + (d0 >>> 44);
            h2 = (d2 & LIMB) + (d1 >>> 44);
        }
        for (; ; at += 16) {
            if (at < length) {
                low = partial(ciphertext, at, Math.min(8, length - at));
                high = partial(ciphertext, at + 8, Math.min(8, length - at - 8));
            } else { // the lengths of associated data and ciphertext (RFC 8439, 2.8)
                low = 0;
                high = length;
            }
            long a0 = h0 + (low & LIMB) << SHIFT;
            long a1 = h1 + ((low >>> 44 | high << 20) & LIMB) << SHIFT;
            long a2 = h2 + (high >>> 24 | 1L << 40) << SHIFT;
            above0 = above(a0, r0, a1, s2, a2, s1);
            above1 = above(a0, r1, a1, r0, a2, s2);
            above2 = above(a0, r2, a1, r1, a2, r0);
            d0 = below(a0, r0, a1, s2, a2, s1) + 20 * above2;
            d1 = below(a0, r1, a1, r0, a2, s2) + above0;
            d2 = below(a0, r2, a1, r1, a2, r0) + above1;
            h0 = (d0 & LIMB) + 20 * (d2 >>> 44);
            h1 = (d1 & LIMB) + (d0 >>> 44);
            h2 = (d2 & LIMB) + (d1 >>> 44);
            if (at >= length) {
                break;
            }
        }
        setTag(workspace, packet, h0, h1, h2);
    }

    /** Returns the sum of three products of shifted factors, each divided by 2^44. */
    private static long above(long a, long x, long b, long y, long c, long z) {
        return unsignedMultiplyHigh(a, x) + unsignedMultiplyHigh(b, y) + unsignedMultiplyHigh(c, z);
    }

    /** Returns the sum of three products of shifted factors, each modulo 2^44. */
    private static long below(long a, long x, long b, long y, long c, long z) {
        return (a * x >>> BELOW) + (b * y >>> BELOW) + (c * z >>> BELOW);
    }

    /** Reads up to 8 bytes, none if count is not positive, as the low bytes of a word. */
    private static long partial(byte[] bytes, int offset, int count) {
        long word = 0;
        for (int i = 0; i < count; i++) {
            word |= (bytes[offset + i] & 0xffL) << 8 * i;
        }
        return word;
    }

    /** Reduces h modulo 2^130 - 5 and adds s, which gives the tag. */
    private static void setTag(Poly1305Workspace workspace, int packet, long h0, long h1, long h2) {
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

        // h becomes h + 5 - 2^130 if that is not negative.
        long g0 = h0 + 5;
        long g1 = h1 + (g0 >>> 44);
        long g2 = h2 + (g1 >>> 44) - (1L << 42);
        long less = g2 >> 63;
        h0 = h0 & less | g0 & LIMB & ~less;
        h1 = h1 & less | g1 & LIMB & ~less;
        h2 = h2 & less | g2 & ~less;

        // The tag is h plus s modulo 2^128.
        long low = h0 | h1 << 44;
        long high = h1 >>> 20 | h2 << 24;
        long s = workspace.sLow[packet];
        long sum = low + s;
        workspace.tagLow[packet] = sum;
        workspace.tagHigh[packet] =
                high + workspace.sHigh[packet] + ((low & s | (low | s) & ~sum) >>> 63);
    }
}
