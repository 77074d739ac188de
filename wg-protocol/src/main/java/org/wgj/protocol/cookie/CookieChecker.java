// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.cookie;

import org.wgj.crypto.PublicKey;
import org.wgj.crypto.primitive.Blake2s;
import org.wgj.crypto.primitive.ConstantTime;
import org.wgj.crypto.primitive.XChaCha20Poly1305;
import org.wgj.protocol.message.CookieReplyMessage;
import org.wgj.protocol.message.HandshakeMessage;

import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * Checks the MACs of handshake messages to us and makes cookies (whitepaper 5.4.4 and 5.4.7). A
 * cookie is a MAC over the sender's address and port with a secret that changes every two minutes,
 * so no state is kept for a sender.
 *
 * <p>Owned by the device's thread.
 */
public final class CookieChecker {
    private static final long SECRET_LIFETIME_NS = 120 * 1_000_000_000L;
    private static final int NONCE_LENGTH = 24;

    private final RandomGenerator random;
    private final byte[] mac1Key;
    private final byte[] cookieKey;
    private final byte[] secret = new byte[32];
    private boolean hasSecret;
    private long secretBornNs;

    /**
     * Creates a checker for messages to one identity.
     *
     * @param own our public key
     * @param random for the secret and for nonces
     */
    public CookieChecker(PublicKey own, RandomGenerator random) {
        this.random = random;
        mac1Key = CookieLabels.mac1Key(own);
        cookieKey = CookieLabels.cookieKey(own);
    }

    /**
     * Checks mac1, which proves that the sender knows our public key.
     *
     * @param message any handshake message
     * @return whether mac1 is right
     */
    public boolean mac1Valid(HandshakeMessage message) {
        byte[] expected = CookieGenerator.mac(mac1Key, message.bytes(), message.mac1Offset());
        return ConstantTime.equal(expected, message.mac1());
    }

    /**
     * Checks mac2, which proves that the sender received a cookie of ours at its address.
     *
     * @param message any handshake message
     * @param source the sender's address and port in network order
     * @param nowNs the time now
     * @return whether mac2 is right and the cookie is fresh
     */
    public boolean mac2Valid(HandshakeMessage message, byte[] source, long nowNs) {
        if (!hasSecret || nowNs - secretBornNs >= SECRET_LIFETIME_NS) {
            return false;
        }
        byte[] cookie = Blake2s.mac(secret, source);
        byte[] expected = CookieGenerator.mac(cookie, message.bytes(), message.mac2Offset());
        return ConstantTime.equal(expected, message.mac2());
    }

    /**
     * Creates the reply that sends a cookie instead of working on a message.
     *
     * @param message the message to answer
     * @param source its sender's address and port in network order
     * @param nowNs the time now
     * @return the reply
     */
    public CookieReplyMessage createReply(HandshakeMessage message, byte[] source, long nowNs) {
        if (!hasSecret || nowNs - secretBornNs >= SECRET_LIFETIME_NS) {
            random.nextBytes(secret);
            hasSecret = true;
            secretBornNs = nowNs;
        }
        byte[] nonce = new byte[NONCE_LENGTH];
        random.nextBytes(nonce);
        byte[] cookie = Blake2s.mac(secret, source);
        byte[] sealed = XChaCha20Poly1305.seal(cookieKey, nonce, message.mac1(), cookie);
        return new CookieReplyMessage(message.senderIndex(), nonce, sealed);
    }

    /** Overwrites the secret: cookies made so far are no longer valid. */
    public void wipe() {
        Arrays.fill(secret, (byte) 0);
        hasSecret = false;
    }
}
