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
 * The JDK's ChaCha20-Poly1305 Cipher, which can forget its key. Between {@link #load} and {@link
 * #forget} it holds one key and seals or opens any number of messages in place. Messages are in
 * byte arrays, which are faster with this Cipher than direct buffers: it copies those.
 *
 * <p>{@link #forget} gives the Cipher a key of zeros, for two reasons:
 *
 * <ul>
 *   <li>A Cipher keeps its key until the next init overwrites it. An idle Cipher of a thread would
 *       keep a session's key longer than the session lasts.
 *   <li>A Cipher refuses to encrypt twice in a row with the same key and nonce. The owner of the
 *       counter decides whether a nonce may be used; the decision must not depend on which calls
 *       happen to follow each other in a thread. Decryption is never refused.
 * </ul>
 *
 * <p>The price is one more init for each batch.
 *
 * <p>A wrong tag costs an AEADBadTagException with its stack trace. That cannot be avoided cleanly:
 * the JDK creates the exception, and only a setting for the whole JVM would omit its stack trace.
 *
 * <p>Not thread safe.
 */
public final class JdkCipher {
    private static final int NONCE_LENGTH = 12;

    private static final ChaCha20Key NO_KEY = new ChaCha20Key();

    /**
     * No nonce of WireGuard begins like this, so the Cipher never takes the next encryption for a
     * repetition.
     */
    private static final IvParameterSpec NO_NONCE =
            new IvParameterSpec(new byte[] {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1});

    private static final VarHandle LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final Cipher cipher;
    private final ChaCha20Key key = new ChaCha20Key();

    /** Creates a cipher without a key. */
    public JdkCipher() {
        try {
            cipher = Cipher.getInstance("ChaCha20-Poly1305");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java runtime has no ChaCha20-Poly1305", e);
        }
    }

    /**
     * Returns the nonce of a counter: four zero bytes and the counter, little-endian (whitepaper
     * 5.4, AEAD).
     *
     * @param counter unsigned
     * @return 12 bytes
     */
    public static byte[] nonce(long counter) {
        byte[] nonce = new byte[NONCE_LENGTH];
        LONG.set(nonce, 4, counter);
        return nonce;
    }

    /**
     * Takes a key.
     *
     * @param bytes 32 bytes, which are copied
     * @throws IllegalArgumentException if there are not 32 bytes
     */
    public void load(byte[] bytes) {
        if (bytes.length != key.bytes.length) {
            throw new IllegalArgumentException("a key has 32 bytes, not " + bytes.length);
        }
        System.arraycopy(bytes, 0, key.bytes, 0, bytes.length);
    }

    /**
     * Takes the key that a secret holds.
     *
     * @param secret 32 bytes, which are copied
     * @return false, and nothing has changed, if the secret has been wiped
     */
    public boolean load(SecretBytes secret) {
        return secret.copyTo(key.bytes);
    }

    /**
     * Seals a message in place.
     *
     * @param nonce 12 bytes
     * @param associatedData authenticated but not part of the message
     * @param buffer the plaintext at its start; receives ciphertext and tag, 16 bytes longer
     * @param length bytes of plaintext
     */
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
     * Opens a message in place.
     *
     * @param nonce 12 bytes
     * @param associatedData authenticated but not part of the message
     * @param buffer ciphertext and tag at its start; receives the plaintext, 16 bytes shorter
     * @param length bytes of ciphertext and tag
     * @return false, and buffer is unchanged, if the tag is wrong or length is less than 16
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
