// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.primitive;

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
     * @param scalar our private key, 32 bytes, read as if they were clamped; the caller wipes them
     * @param point the public key of the peer, 32 bytes
     * @param out32 receives the shared secret, 32 bytes, which the caller must wipe
     * @return false if the result, and so out32, is all zero; the handshake must then be abandoned
     * @throws IllegalArgumentException if an array does not have 32 bytes
     */
    public static boolean sharedSecret(byte[] scalar, byte[] point, byte[] out32) {
        checkLength("a private key", scalar);
        checkLength("a public key", point);
        checkLength("a shared secret", out32);
        multiply(scalar, point, out32);
        return !ConstantTime.isZero(out32);
    }

    /** Computes the function itself; reads the scalar as if it were clamped. */
    static void multiply(byte[] scalar, byte[] point, byte[] out32) {
        MontgomeryLadder.multiply(scalar, point, out32);
    }

    /**
     * Computes the public key of a private key.
     *
     * @param scalar the private key, 32 bytes, read as if they were clamped; the caller wipes them
     * @return 32 bytes
     * @throws IllegalArgumentException if there are not 32 bytes
     */
    public static byte[] publicKey(byte[] scalar) {
        checkLength("a private key", scalar);
        byte[] point = new byte[LENGTH];
        multiply(scalar, BASE_POINT, point);
        return point;
    }

    private static void checkLength(String what, byte[] bytes) {
        if (bytes.length != LENGTH) {
            throw new IllegalArgumentException(what + " must have 32 bytes, not " + bytes.length);
        }
    }
}
