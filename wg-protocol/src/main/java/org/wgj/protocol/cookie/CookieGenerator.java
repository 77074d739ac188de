// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.cookie;

import org.wgj.crypto.PublicKey;
import org.wgj.crypto.primitive.Blake2s;
import org.wgj.crypto.primitive.XChaCha20Poly1305;
import org.wgj.protocol.message.CookieReplyMessage;
import org.wgj.protocol.message.HandshakeMessage;

import java.util.Arrays;

/**
 * Writes the MACs of handshake messages to one peer and consumes its cookie replies (whitepaper
 * 5.4.4 and 5.4.7).
 *
 * <p>Owned by the device's thread.
 */
public final class CookieGenerator {
    /** The peer's secret lives 120 s; the 5 s are for the time that messages are on their way. */
    private static final long COOKIE_LIFETIME_NS = (120 - 5) * 1_000_000_000L;

    private final byte[] mac1Key;
    private final byte[] cookieKey;

    /** The mac1 that a cookie reply must answer; null if none is expected. */
    private byte[] lastMac1;

    private byte[] cookie;
    private long cookieBornNs;

    /**
     * Creates a generator for messages to one peer.
     *
     * @param peer its public key
     */
    public CookieGenerator(PublicKey peer) {
        mac1Key = CookieLabels.mac1Key(peer);
        cookieKey = CookieLabels.cookieKey(peer);
    }

    /**
     * Writes mac1, and mac2 if there is a fresh cookie.
     *
     * @param message complete except for its MACs
     * @param nowNs the time now
     */
    public void addMacs(HandshakeMessage message, long nowNs) {
        byte[] bytes = message.bytes();
        lastMac1 = mac(mac1Key, bytes, message.mac1Offset());
        System.arraycopy(lastMac1, 0, bytes, message.mac1Offset(), lastMac1.length);
        if (cookie != null && nowNs - cookieBornNs < COOKIE_LIFETIME_NS) {
            byte[] mac2 = mac(cookie, bytes, message.mac2Offset());
            System.arraycopy(mac2, 0, bytes, message.mac2Offset(), mac2.length);
        }
    }

    /**
     * Takes the cookie of a reply, once for each message sent.
     *
     * @param reply the reply
     * @param nowNs the time now
     * @return false, and nothing has changed, if it does not answer the last message sent
     */
    public boolean consume(CookieReplyMessage reply, long nowNs) {
        if (lastMac1 == null) {
            return false;
        }
        byte[] opened =
                XChaCha20Poly1305.open(cookieKey, reply.nonce(), lastMac1, reply.sealedCookie());
        if (opened == null) {
            return false;
        }
        cookie = opened;
        cookieBornNs = nowNs;
        lastMac1 = null; // one reply for one message
        return true;
    }

    /** Forgets the cookie. */
    public void wipe() {
        if (cookie != null) {
            Arrays.fill(cookie, (byte) 0);
            cookie = null;
        }
        lastMac1 = null;
    }

    static byte[] mac(byte[] key, byte[] bytes, int length) {
        Blake2s mac = new Blake2s(key, Blake2s.MAC_LENGTH);
        return mac.update(bytes, 0, length).digest();
    }
}
