// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.cookie;

import org.wgj.crypto.Blake2s;
import org.wgj.crypto.ConstantTime;
import org.wgj.crypto.PublicKey;
import org.wgj.crypto.XChaCha20Poly1305;
import org.wgj.protocol.message.CookieReplyMessage;
import org.wgj.protocol.message.HandshakeMessage;

import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * Checks the MACs of handshake messages to us and makes cookies (whitepaper 5.4.4 and 5.4.7). A
 * cookie is a MAC over the sender's address and port with a secret that changes every two minutes:
 * nothing is remembered of anybody.
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

    public CookieChecker(PublicKey own, RandomGenerator random) {
        this.random = random;
        mac1Key = CookieLabels.mac1Key(own);
        cookieKey = CookieLabels.cookieKey(own);
    }

    /** Whether the sender knew our public key. */
    public boolean mac1Valid(HandshakeMessage message) {
        byte[] expected = CookieGenerator.mac(mac1Key, message.bytes(), message.mac1Offset());
        return ConstantTime.equal(expected, message.mac1());
    }

    /**
     * Whether the sender got a cookie of ours at this address and port lately.
     *
     * @param source address and port in network order
     */
    public boolean mac2Valid(HandshakeMessage message, byte[] source, long nowNs) {
        if (!hasSecret || nowNs - secretBornNs >= SECRET_LIFETIME_NS) {
            return false;
        }
        byte[] cookie = Blake2s.mac(secret, source);
        byte[] expected = CookieGenerator.mac(cookie, message.bytes(), message.mac2Offset());
        return ConstantTime.equal(expected, message.mac2());
    }

    /** Answers a message with a cookie for its sender instead of doing its work. */
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

    public void wipe() {
        Arrays.fill(secret, (byte) 0);
        hasSecret = false;
    }
}
