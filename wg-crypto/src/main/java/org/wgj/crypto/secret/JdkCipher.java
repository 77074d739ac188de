// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.secret;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.GeneralSecurityException;
import java.util.Arrays;

import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;

/**
 * The JDK's ChaCha20-Poly1305 Cipher, tamed. Between {@link #load} and {@link #forget} it holds one
 * key and seals or opens in place any number of messages in byte arrays (quicker with this Cipher
 * than direct buffers, which it copies).
 *
 * <p>{@link #forget} gives the Cipher a key of zeros, for two reasons. A Cipher keeps its key until
 * the next init, which overwrites it: one that waits in a thread would keep a session's key longer
 * than the session. And a Cipher refuses to encrypt twice in a row with one key and nonce; whether
 * a nonce may be used is for the owner of its counter to know, not for the chance that two calls
 * meet in one thread. Decryption is never refused. The price is one more init for each batch.
 *
 * <p>A wrong tag costs an AEADBadTagException with its stack trace. There is no clean way around
 * it: the exception is created inside the JDK, and no setting but the global one of the JVM leaves
 * its trace out.
 *
 * <p>Not thread safe.
 */
public final class JdkCipher {
    private static final int NONCE_LENGTH = 12;

    private static final ChaCha20Key NO_KEY = new ChaCha20Key();

    /**
     * No nonce of WireGuard's begins like this, so what is encrypted next is never taken for a
     * repetition.
     */
    private static final IvParameterSpec NO_NONCE =
            new IvParameterSpec(new byte[] {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1});

    private static final VarHandle LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final Cipher cipher;
    private final ChaCha20Key key = new ChaCha20Key();

    public JdkCipher() {
        try {
            cipher = Cipher.getInstance("ChaCha20-Poly1305");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java runtime has no ChaCha20-Poly1305", e);
        }
    }

    /** Four zero bytes and the counter, little-endian (whitepaper 5.4, AEAD). */
    public static byte[] nonce(long counter) {
        byte[] nonce = new byte[NONCE_LENGTH];
        LONG.set(nonce, 4, counter);
        return nonce;
    }

    /**
     * @param bytes 32 bytes, which are copied
     */
    public void load(byte[] bytes) {
        if (bytes.length != key.bytes.length) {
            throw new IllegalArgumentException("a key has 32 bytes, not " + bytes.length);
        }
        System.arraycopy(bytes, 0, key.bytes, 0, bytes.length);
    }

    /** As {@link #load(byte[])}; false, and nothing done, if the secret has been wiped. */
    public boolean load(SecretBytes secret) {
        return secret.copyTo(key.bytes);
    }

    /** Turns length bytes of text at the start of buffer into length + 16 sealed ones. */
    public void seal(byte[] nonce, byte[] associatedData, byte[] buffer, int length) {
        try {
            init(Cipher.ENCRYPT_MODE, nonce);
            cipher.updateAAD(associatedData);
            cipher.doFinal(buffer, 0, length, buffer, 0);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("ChaCha20-Poly1305 refused to seal", e);
        }
    }

    /**
     * Turns length sealed bytes at the start of buffer into length - 16 of text.
     *
     * @return false, with buffer as it was, if the tag is wrong or length is less than 16
     */
    public boolean open(byte[] nonce, byte[] associatedData, byte[] buffer, int length) {
        try {
            init(Cipher.DECRYPT_MODE, nonce);
            cipher.updateAAD(associatedData);
            cipher.doFinal(buffer, 0, length, buffer, 0);
            return true;
        } catch (AEADBadTagException e) {
            return false;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("ChaCha20-Poly1305 refused to open", e);
        }
    }

    /** Overwrites the key here and inside the Cipher. */
    public void forget() {
        Arrays.fill(key.bytes, (byte) 0);
        try {
            cipher.init(Cipher.DECRYPT_MODE, NO_KEY, NO_NONCE);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("ChaCha20-Poly1305 refused to forget its key", e);
        }
    }

    private void init(int mode, byte[] nonce) throws GeneralSecurityException {
        if (nonce.length != NONCE_LENGTH) {
            throw new IllegalArgumentException(
                    "a ChaCha20 nonce has 12 bytes, not " + nonce.length);
        }
        cipher.init(mode, key, new IvParameterSpec(nonce));
    }
}
