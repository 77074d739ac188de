// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.secret;

import java.security.MessageDigest;
import java.util.Arrays;

/**
 * The bytes of a secret key, inside the key types that callers see.
 *
 * <p>The lock makes a copy and a wipe exclude one another: a thread that used the array while
 * another wiped it would compute with a key that is partly or wholly zero, that is, known to
 * everyone. It is held for copying or filling a few bytes only.
 *
 * <p>The JVM cannot promise that no further copy exists: the collector moves arrays, and what it
 * leaves behind it does not clear.
 */
public final class SecretBytes {
    private final byte[] bytes; // guarded by this
    private boolean wiped; // guarded by this

    private SecretBytes(byte[] bytes) {
        this.bytes = bytes;
    }

    public static SecretBytes copyOf(byte[] bytes) {
        return new SecretBytes(bytes.clone());
    }

    /** A copy that is the caller's to wipe; an IllegalStateException once wiped. */
    public byte[] copy() {
        byte[] copy = new byte[bytes.length];
        if (!copyTo(copy)) {
            throw new IllegalStateException("this key has been wiped");
        }
        return copy;
    }

    /** Copies the secret to the start of target; false, with target untouched, once wiped. */
    public synchronized boolean copyTo(byte[] target) {
        if (wiped) {
            return false;
        }
        System.arraycopy(bytes, 0, target, 0, bytes.length);
        return true;
    }

    /** In constant time. A wiped secret equals itself only. */
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

    public synchronized void wipe() {
        wiped = true;
        Arrays.fill(bytes, (byte) 0);
    }

    public synchronized boolean isWiped() {
        return wiped;
    }
}
