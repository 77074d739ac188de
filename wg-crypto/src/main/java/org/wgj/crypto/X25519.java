// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto;

import java.util.Arrays;

/**
 * The function X25519 of RFC 7748: a Montgomery ladder with conditional swaps, without branches or
 * lookups that depend on the scalar. What the JVM's compilers make of that nobody promises; {@code
 * bin/dudect} measures it.
 */
public final class X25519 {
    private static final int LENGTH = 32;

    private static final byte[] BASE_POINT = basePoint();

    private X25519() {}

    /** RFC 7748 section 4.1: u = 9. */
    private static byte[] basePoint() {
        byte[] point = new byte[LENGTH];
        point[0] = 9;
        return point;
    }

    /**
     * The whitepaper's DH(). Any 32 bytes count as a public key; the highest bit is ignored and
     * other non-canonical values are reduced (RFC 7748 section 5). Only a result of zero is
     * refused, which a point of low order gives for every private key: nothing of ours would enter
     * the session key.
     *
     * @param out32 32 bytes, the shared secret; the caller's to wipe
     * @return false if the result is all zero, and so out32 is; the handshake must then be given up
     * @throws IllegalStateException if the private key has been wiped
     */
    public static boolean sharedSecret(PrivateKey mine, PublicKey theirs, byte[] out32) {
        if (out32.length != LENGTH) {
            throw new IllegalArgumentException("a shared secret has 32 bytes, not " + out32.length);
        }
        byte[] scalar = mine.bytes();
        multiply(scalar, theirs.shared(), out32);
        Arrays.fill(scalar, (byte) 0);
        return !ConstantTime.isZero(out32);
    }

    /** The bare function, which clamps a copy of the scalar. */
    static void multiply(byte[] scalar, byte[] point, byte[] out32) {
        MontgomeryLadder.multiply(scalar, point, out32);
    }

    static PublicKey publicKey(byte[] scalar) {
        byte[] point = new byte[LENGTH];
        MontgomeryLadder.multiply(scalar, BASE_POINT, point);
        return PublicKey.of(point);
    }
}
