// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto;

import java.util.Arrays;

/**
 * The function X25519 of RFC 7748: a Montgomery ladder with conditional swaps, without branches or
 * lookups that depend on the scalar. The JVM's compilers do not promise to keep it so; {@code
 * bin/dudect} measures whether they do.
 */
public final class X25519 {
    private static final int LENGTH = 32;

    private static final byte[] BASE_POINT = basePoint();

    private X25519() {}

    /** Returns u = 9 (RFC 7748 section 4.1). */
    private static byte[] basePoint() {
        byte[] point = new byte[LENGTH];
        point[0] = 9;
        return point;
    }

    /**
     * Computes the shared secret of two keys: the whitepaper's DH().
     *
     * <p>Any 32 bytes are a public key; the highest bit is ignored, and other non-canonical values
     * are reduced (RFC 7748 section 5). Only a result of zero is refused. A point of low order
     * gives it for every private key, so the private key would add nothing to the session key.
     *
     * @param mine our private key
     * @param theirs the public key of the peer
     * @param out32 receives the shared secret, 32 bytes, which the caller must wipe
     * @return false if the result, and so out32, is all zero; the handshake must then be abandoned
     * @throws IllegalArgumentException if out32 does not have 32 bytes
     * @throws IllegalStateException if the private key has been wiped
     */
    public static boolean sharedSecret(PrivateKey mine, PublicKey theirs, byte[] out32) {
        if (out32.length != LENGTH) {
            throw new IllegalArgumentException(
                    "a shared secret must have 32 bytes, not " + out32.length);
        }
        byte[] scalar = mine.bytes();
        multiply(scalar, theirs.shared(), out32);
        Arrays.fill(scalar, (byte) 0);
        return !ConstantTime.isZero(out32);
    }

    /** Computes the function itself; reads the scalar as if it were clamped. */
    static void multiply(byte[] scalar, byte[] point, byte[] out32) {
        MontgomeryLadder.multiply(scalar, point, out32);
    }

    /** Returns the public key of a private key. */
    static PublicKey publicKey(byte[] scalar) {
        byte[] point = new byte[LENGTH];
        MontgomeryLadder.multiply(scalar, BASE_POINT, point);
        return PublicKey.of(point);
    }
}
