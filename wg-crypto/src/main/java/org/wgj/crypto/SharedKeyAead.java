package org.wgj.crypto;

/** An engine that can go on with a key that another one began with. */
interface SharedKeyAead extends TransportAead {
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
