// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.aead.engine;

import org.wgj.crypto.ChaCha20Poly1305;
import org.wgj.crypto.TransportAead;
import org.wgj.crypto.TransportKey;
import org.wgj.crypto.secret.SecretBytes;

/**
 * An engine that can go on with a key that another one began with, as all of ours can; and what
 * they check alike.
 */
public interface AeadEngine extends TransportAead {
    int MAX_PLAINTEXT_LENGTH = 65_535;

    /** Returns a packet's length, or throws when no packet is that long. */
    static int checkLength(int length, int max) {
        if (length < 0 || length > max) {
            throw new IllegalArgumentException(
                    "a packet has 0 to " + max + " bytes, not " + length);
        }
        return length;
    }

    /** A key that uses that very secret: wiping either wipes both. */
    TransportKey key(SecretBytes secret);

    @Override
    default TransportKey key(byte[] key32) {
        if (key32.length != ChaCha20Poly1305.KEY_LENGTH) {
            throw new IllegalArgumentException("a key has 32 bytes, not " + key32.length);
        }
        return key(SecretBytes.copyOf(key32));
    }
}
