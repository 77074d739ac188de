// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.secret;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.crypto.TestVectors.counting;

import org.junit.jupiter.api.Test;
import org.wgj.crypto.primitive.ChaCha20Poly1305;

import java.io.ByteArrayOutputStream;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;

class JdkCipherTest {
    private static final byte[] NOTHING = new byte[0];
    private static final byte[] NONCE = JdkCipher.nonce(7);

    private final JdkCipher cipher = new JdkCipher();

    @Test
    void aKeyAndNonceMayBeUsedAgainAfterForget() {
        byte[] first = sealed();
        assertArrayEquals(first, sealed());
        assertArrayEquals(first, sealed());
    }

    /** The cipher also uses the key of zeros while it has no key. */
    @Test
    void theKeyOfZerosIsAKeyLikeAnyOther() {
        for (long counter : new long[] {0, 0, -1, -1}) {
            byte[] buffer = new byte[32];
            cipher.load(new byte[32]);
            cipher.seal(JdkCipher.nonce(counter), NOTHING, buffer, 16);
            cipher.forget();
            byte[] expected = ChaCha20Poly1305.seal(new byte[32], counter, NOTHING, new byte[16]);
            assertArrayEquals(expected, buffer);
        }
    }

    @Test
    void afterForgetTheKeyOpensNothing() {
        byte[] sealed = sealed();
        assertFalse(cipher.open(NONCE, NOTHING, sealed.clone(), 26));
        cipher.load(counting(32));
        assertTrue(cipher.open(NONCE, NOTHING, sealed.clone(), 26));
        assertTrue(cipher.open(NONCE, NOTHING, sealed.clone(), 26), "the same again");
    }

    @Test
    void aForgedMessageDoesNotChangeTheBuffer() {
        byte[] forged = sealed();
        forged[3] ^= 1;
        byte[] buffer = forged.clone();
        cipher.load(counting(32));
        assertFalse(cipher.open(NONCE, NOTHING, buffer, 26));
        assertArrayEquals(forged, buffer);
    }

    @Test
    void aKeyCannotBeSerialised() {
        assertThrows(
                NotSerializableException.class,
                () ->
                        new ObjectOutputStream(new ByteArrayOutputStream())
                                .writeObject(new ChaCha20Key()));
    }

    private byte[] sealed() {
        byte[] buffer = new byte[26];
        System.arraycopy(counting(10), 0, buffer, 0, 10);
        cipher.load(counting(32));
        cipher.seal(NONCE, NOTHING, buffer, 10);
        cipher.forget();
        return buffer;
    }
}
