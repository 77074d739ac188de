// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.cookie;

import org.wgj.crypto.Blake2s;
import org.wgj.crypto.PublicKey;

import java.nio.charset.StandardCharsets;

/** The two keys that anyone can derive from a public key (whitepaper 5.4.4 and 5.4.7). */
final class CookieLabels {
    private CookieLabels() {}

    private static final byte[] MAC1 = "mac1----".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] COOKIE = "cookie--".getBytes(StandardCharsets.US_ASCII);

    /** Keys mac1 of messages to the owner of the public key. */
    static byte[] mac1Key(PublicKey owner) {
        return Blake2s.hash(MAC1, owner.bytes());
    }

    /** Seals the cookie replies that the owner of the public key sends. */
    static byte[] cookieKey(PublicKey owner) {
        return Blake2s.hash(COOKIE, owner.bytes());
    }
}
