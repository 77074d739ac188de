// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.secret;

import java.security.MessageDigest;
import java.util.Arrays;

/**
 * The bytes of a secret key, inside the key types that callers see.
 *
 * <p>A lock makes copying and wiping exclude each other. Without it, a thread that uses the array
 * while another one wipes it would compute with a key that is partly or wholly zero, which everyone
 * knows. The lock is held only while a few bytes are copied or overwritten.
 *
 * <p>The JVM cannot promise that no further copy exists: the garbage collector moves arrays and
 * does not clear the memory they leave.
 */
public final class SecretBytes {
    private final byte[] bytes; // guarded by this
    private boolean wiped; // guarded by this

    private SecretBytes(byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * Returns a secret with the same bytes.
     *
     * @param bytes copied; the caller wipes its own array
     * @return a secret that is not wiped
     */
    public static SecretBytes copyOf(byte[] bytes) {
        return new SecretBytes(bytes.clone());
    }

    /**
     * Returns a copy of the bytes, which the caller must wipe.
     *
     * @return a new array
     * @throws IllegalStateException if the secret has been wiped
     */
    public byte[] copy() {
        byte[] copy = new byte[bytes.length];
        if (!copyTo(copy)) {
            throw new IllegalStateException("this key has been wiped");
        }
        return copy;
    }

    /**
     * Copies the secret to the start of an array.
     *
     * @param target at least as long as the secret; unchanged if the secret has been wiped
     * @return false if the secret has been wiped
     */
    public synchronized boolean copyTo(byte[] target) {
        if (wiped) {
            return false;
        }
        System.arraycopy(bytes, 0, target, 0, bytes.length);
        return true;
    }

    /**
     * Compares two secrets in constant time. A wiped secret equals only itself.
     *
     * @param other the secret to compare with
     * @return whether both hold the same bytes
     */
    public boolean sameAs(SecretBytes other) {
        if (this == other) {
            return true;
        }
        byte[] mine = new byte[bytes.length];
        byte[] theirs = new byte[other.bytes.length];
        boolean same = copyTo(mine) & other.copyTo(theirs) & MessageDigest.isEqual(mine, theirs);
        Arrays.fill(mine, (byte) 0);
        Arrays.fill(theirs, (byte) 0);
        return same;
    }

    /** Overwrites the bytes. */
    public synchronized void wipe() {
        wiped = true;
        Arrays.fill(bytes, (byte) 0);
    }

    /**
     * Returns whether the secret has been wiped.
     *
     * @return true after {@link #wipe}
     */
    public synchronized boolean isWiped() {
        return wiped;
    }
}
