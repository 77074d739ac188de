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
 * is the part above 2^44 of the original product. So no sum over two words and no carry between
 * them is needed. A carry out of the third limb has the weight 2^132, which is 20 modulo 2^130 - 5.
 *
 * <p>Bounds: limbs of h stay below 2^44 + 2^13 between blocks and below 2^46 after a block is
 * added; limbs of r stay below 2^44, and 20 times a limb of r below 2^49. So a sum of the parts
 * below 2^44 stays under 2^46, a sum of the parts above under 2^53, and nothing reaches 2^63.
 *
 * <p>Stateless.
 */
final class ScalarPoly1305 implements Poly1305Tags {
    private static final VarHandle LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final long LIMB = (1L << 44) - 1;
    private static final int SHIFT = 10;

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
        long r0 = low & LIMB;
        long r1 = (low >>> 44 | high << 20) & LIMB;
        long r2 = high >>> 24;
        long s1 = 20 * r1;
        long s2 = 20 * r2;
        long r0Shifted = r0 << SHIFT;
        long r1Shifted = r1 << SHIFT;
        long r2Shifted = r2 << SHIFT;
        long s1Shifted = s1 << SHIFT;
        long s2Shifted = s2 << SHIFT;
        long h0 = 0;
        long h1 = 0;
        long h2 = 0;
        for (int at = 0; ; at += 16) {
            if (at <= length - 16) {
                low = (long) LONG.get(ciphertext, at);
                high = (long) LONG.get(ciphertext, at + 8);
            } else if (at < length) {
                low = partial(ciphertext, at, Math.min(8, length - at));
                high = partial(ciphertext, at + 8, length - at - 8);
            } else { // the lengths of associated data and ciphertext (RFC 8439, 2.8)
                low = 0;
                high = length;
            }
            h0 += low & LIMB;
            h1 += (low >>> 44 | high << 20) & LIMB;
            h2 += high >>> 24 | 1L << 40;

            long h0Shifted = h0 << SHIFT;
            long h1Shifted = h1 << SHIFT;
            long h2Shifted = h2 << SHIFT;
            long above0 =
                    unsignedMultiplyHigh(h0Shifted, r0Shifted)
                            + unsignedMultiplyHigh(h1Shifted, s2Shifted)
                            + unsignedMultiplyHigh(h2Shifted, s1Shifted);
            long above1 =
                    unsignedMultiplyHigh(h0Shifted, r1Shifted)
                            + unsignedMultiplyHigh(h1Shifted, r0Shifted)
                            + unsignedMultiplyHigh(h2Shifted, s2Shifted);
            long above2 =
                    unsignedMultiplyHigh(h0Shifted, r2Shifted)
                            + unsignedMultiplyHigh(h1Shifted, r1Shifted)
                            + unsignedMultiplyHigh(h2Shifted, r0Shifted);
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
        setTag(workspace, packet, h0, h1, h2);
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
