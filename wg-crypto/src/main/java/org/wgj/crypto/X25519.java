package org.wgj.crypto;

import java.util.Arrays;

/**
 * The function X25519 of RFC 7748, computed by Bouncy Castle: a Montgomery ladder with conditional
 * swaps, without branches or lookups that depend on the scalar. What the JVM's compilers make of
 * that nobody promises.
 */
public final class X25519 {
    private static final int LENGTH = 32;

    private X25519() {}

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
        org.bouncycastle.math.ec.rfc7748.X25519.scalarMult(scalar, 0, point, 0, out32, 0);
    }

    static PublicKey publicKey(byte[] scalar) {
        byte[] point = new byte[LENGTH];
        org.bouncycastle.math.ec.rfc7748.X25519.scalarMultBase(scalar, 0, point, 0);
        return PublicKey.of(point);
    }
}
