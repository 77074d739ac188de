// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.secret;

import java.security.GeneralSecurityException;
import java.util.Arrays;

import javax.crypto.Cipher;
import javax.crypto.spec.ChaCha20ParameterSpec;

/**
 * The JDK's ChaCha20 Cipher without Poly1305, which can forget its key. On most processors the JDK
 * has machine code for it. Between {@link #load} and {@link #forget} it holds one key; {@link
 * #start} begins the keystream of a message, and {@link #apply} continues it.
 *
 * <p>The Cipher is always told to decrypt, which is the same operation: when it encrypts, it
 * refuses a key and nonce that it used just before, and that is for the owner of the counter to
 * decide. {@link #forget} gives it a key of zeros, because a Cipher keeps its key until the next
 * init.
 *
 * <p>Not thread safe.
 */
public final class JdkChaCha20 {
    private static final ChaCha20Key NO_KEY = new ChaCha20Key();

    private final Cipher cipher;
    private final ChaCha20Key key = new ChaCha20Key();

    /** Creates a cipher without a key. */
    public JdkChaCha20() {
        try {
            cipher = Cipher.getInstance("ChaCha20");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java runtime has no ChaCha20", e);
        }
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
     * Begins the keystream of a message with block 0.
     *
     * @param counter the counter of the nonce, unsigned; see {@link JdkCipher#nonce}
     */
    public void start(long counter) {
        init(key, JdkCipher.nonce(counter));
    }

    /**
     * Replaces bytes by their XOR with the next bytes of the keystream.
     *
     * @param buffer the bytes
     * @param length how many from the start of buffer
     */
    public void apply(byte[] buffer, int length) {
        try {
            cipher.update(buffer, 0, length, buffer, 0);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("ChaCha20 refused to continue", e);
        }
    }

    /** Overwrites the key here and inside the Cipher. */
    public void forget() {
        Arrays.fill(key.bytes, (byte) 0);
        init(NO_KEY, JdkCipher.nonce(0));
    }

    private void init(ChaCha20Key key, byte[] nonce) {
        try {
            cipher.init(Cipher.DECRYPT_MODE, key, new ChaCha20ParameterSpec(nonce, 0));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("ChaCha20 refused its key", e);
        }
    }
}
