// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.aead.engine;

import org.wgj.crypto.secret.JdkCipher;
import org.wgj.crypto.secret.SecretBytes;

/** The JDK's ChaCha20-Poly1305. */
final class JdkPacketCipher implements PacketCipher {
    private static final byte[] NO_ASSOCIATED_DATA = new byte[0];

    private final JdkCipher cipher = new JdkCipher();

    @Override
    public boolean load(SecretBytes secret) {
        return cipher.load(secret);
    }

    @Override
    public void seal(long counter, byte[] buffer, int length) {
        cipher.seal(JdkCipher.nonce(counter), NO_ASSOCIATED_DATA, buffer, length);
    }

    @Override
    public boolean open(long counter, byte[] buffer, int length) {
        return cipher.open(JdkCipher.nonce(counter), NO_ASSOCIATED_DATA, buffer, length);
    }

    @Override
    public void forget() {
        cipher.forget();
    }
}
