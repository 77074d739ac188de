// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.primitive;

import org.bouncycastle.math.ec.rfc7748.X25519Field;

import java.util.Arrays;

/**
 * The Montgomery ladder of RFC 7748 section 5 on the field arithmetic of Bouncy Castle. Bouncy
 * Castle's own ladder leaves the scalar in the heap; this one keeps everything in arrays that it
 * overwrites at the end.
 *
 * <p>Each bit of the scalar takes the same steps, with conditional swaps by masks: no branch and no
 * index depends on the scalar.
 */
final class MontgomeryLadder {
    private static final int BITS = 255;
    private static final int A24 = 121_665; // (486662 - 2) / 4

    // The names are those of the RFC.
    private final int[] x1 = X25519Field.create();
    private final int[] x2 = X25519Field.create();
    private final int[] z2 = X25519Field.create();
    private final int[] x3 = X25519Field.create();
    private final int[] z3 = X25519Field.create();
    private final int[] a = X25519Field.create();
    private final int[] b = X25519Field.create();
    private final int[] c = X25519Field.create();
    private final int[] d = X25519Field.create();

    private MontgomeryLadder() {}

    /**
     * Multiplies a point by a scalar.
     *
     * @param scalar 32 bytes, read as if they were clamped
     * @param point 32 bytes
     * @param out32 receives the product
     */
    static void multiply(byte[] scalar, byte[] point, byte[] out32) {
        new MontgomeryLadder().run(scalar, point, out32);
    }

    private void run(byte[] scalar, byte[] point, byte[] out32) {
        X25519Field.decode255(point, x1);
        X25519Field.one(x2);
        X25519Field.copy(x1, 0, x3, 0);
        X25519Field.one(z3);
        int swapped = 0;
        for (int i = BITS - 1; i >= 0; i--) {
            int bit = bit(scalar, i);
            X25519Field.cswap(swapped ^ bit, x2, x3);
            X25519Field.cswap(swapped ^ bit, z2, z3);
            swapped = bit;
            step();
        }
        X25519Field.cswap(swapped, x2, x3);
        X25519Field.cswap(swapped, z2, z3);
        X25519Field.inv(z2, z2);
        X25519Field.mul(x2, z2, x2);
        X25519Field.normalize(x2);
        X25519Field.encode(x2, out32);
        wipe(x1, x2, z2, x3, z3, a, b, c, d);
    }

    /**
     * Returns a bit of the scalar as decodeScalar25519 of the RFC clamps it. The index of the bit
     * is not secret.
     */
    private static int bit(byte[] scalar, int i) {
        return i == 254 ? 1 : i < 3 ? 0 : scalar[i >> 3] >> (i & 7) & 1;
    }

    /** One step of the ladder, for any bit. */
    private void step() {
        X25519Field.add(x2, z2, a);
        X25519Field.sub(x2, z2, b);
        X25519Field.add(x3, z3, c);
        X25519Field.sub(x3, z3, d);
        X25519Field.mul(d, a, d); // DA
        X25519Field.mul(c, b, c); // CB
        X25519Field.sqr(a, a); // AA
        X25519Field.sqr(b, b); // BB
        X25519Field.add(d, c, x3);
        X25519Field.sqr(x3, x3);
        X25519Field.sub(d, c, z3);
        X25519Field.sqr(z3, z3);
        X25519Field.mul(z3, x1, z3);
        X25519Field.mul(a, b, x2);
        X25519Field.sub(a, b, b); // E
        X25519Field.mul(b, A24, z2);
        X25519Field.add(z2, a, z2);
        X25519Field.mul(z2, b, z2);
    }

    private static void wipe(int[]... elements) {
        for (int[] element : elements) {
            Arrays.fill(element, 0);
        }
    }
}
