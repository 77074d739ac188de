// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.noise;

import org.wgj.crypto.PresharedKey;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.crypto.primitive.Blake2s;
import org.wgj.crypto.primitive.ChaCha20Poly1305;
import org.wgj.crypto.primitive.Kdf;
import org.wgj.crypto.primitive.X25519;

import java.util.Arrays;

/**
 * Noise's chaining key, transcript hash and current key (Noise 5.2; whitepaper 5.4.2 and 5.4.3). A
 * message is consumed with a copy, which is kept only if the whole message is authentic.
 */
final class SymmetricState {
    private static final byte[] CONSTRUCTION = ascii("Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s");
    private static final byte[] IDENTIFIER = ascii("WireGuard v1 zx2c4 Jason@zx2c4.com");
    private static final byte[] INITIAL_CHAINING_KEY = Blake2s.hash(CONSTRUCTION);
    private static final byte[] INITIAL_HASH = Blake2s.hash(INITIAL_CHAINING_KEY, IDENTIFIER);

    private final byte[] chainingKey;
    private byte[] hash;
    private final byte[] key = new byte[32];

    private SymmetricState(byte[] chainingKey, byte[] hash) {
        this.chainingKey = chainingKey;
        this.hash = hash;
    }

    /** Creates the state before the first message to the owner of a static public key. */
    static SymmetricState towards(PublicKey responder) {
        return new SymmetricState(
                INITIAL_CHAINING_KEY.clone(), Blake2s.hash(INITIAL_HASH, responder.bytes()));
    }

    /** Returns a copy without the key: each message begins by mixing in a new one. */
    SymmetricState copy() {
        return new SymmetricState(chainingKey.clone(), hash.clone());
    }

    /** Mixes in an ephemeral public key, which is sent in the clear. */
    void mixEphemeral(byte[] ephemeral) {
        byte[] mixed = Kdf.kdf1(chainingKey, ephemeral);
        System.arraycopy(mixed, 0, chainingKey, 0, mixed.length);
        Arrays.fill(mixed, (byte) 0);
        mixHash(ephemeral);
    }

    /** Mixes in a Diffie-Hellman result; returns false, and mixes nothing, if it is all zero. */
    boolean mixDh(PrivateKey mine, PublicKey theirs) {
        byte[] shared = new byte[32];
        boolean contributory = sharedSecret(mine, theirs, shared);
        if (contributory) {
            mixKey(shared);
        }
        Arrays.fill(shared, (byte) 0);
        return contributory;
    }

    /** Computes a Diffie-Hellman result; returns false if it is all zero. The caller wipes it. */
    static boolean sharedSecret(PrivateKey mine, PublicKey theirs, byte[] out32) {
        byte[] scalar = mine.bytes();
        try {
            return X25519.sharedSecret(scalar, theirs.bytes(), out32);
        } finally {
            Arrays.fill(scalar, (byte) 0);
        }
    }

    /** Mixes in a Diffie-Hellman result that was computed before. */
    void mixKey(byte[] shared) {
        Kdf.kdf2(chainingKey, shared, chainingKey, key);
    }

    void mixPresharedKey(PresharedKey presharedKey) {
        byte[] psk = presharedKey.bytes();
        byte[] tau = new byte[32];
        Kdf.kdf3(chainingKey, psk, chainingKey, tau, key);
        mixHash(tau);
        Arrays.fill(psk, (byte) 0);
        Arrays.fill(tau, (byte) 0);
    }

    byte[] encryptAndHash(byte[] plaintext) {
        byte[] sealed = ChaCha20Poly1305.seal(key, 0, hash, plaintext);
        mixHash(sealed);
        return sealed;
    }

    /** Returns null if the text was not sealed with this state. */
    byte[] decryptAndHash(byte[] sealed) {
        byte[] plaintext = ChaCha20Poly1305.open(key, 0, hash, sealed);
        if (plaintext != null) {
            mixHash(sealed);
        }
        return plaintext;
    }

    /** Derives the keys of both directions. */
    void split(byte[] initiatorToResponder, byte[] responderToInitiator) {
        Kdf.kdf2(chainingKey, new byte[0], initiatorToResponder, responderToInitiator);
    }

    void wipe() {
        Arrays.fill(chainingKey, (byte) 0);
        Arrays.fill(hash, (byte) 0);
        Arrays.fill(key, (byte) 0);
    }

    private void mixHash(byte[] data) {
        hash = Blake2s.hash(hash, data);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    }
}
