// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.cookie;

import org.wgj.crypto.PublicKey;
import org.wgj.crypto.primitive.Blake2s;

import java.nio.charset.StandardCharsets;

/** Derives the two keys that follow from a public key (whitepaper 5.4.4 and 5.4.7). */
final class CookieLabels {
    private CookieLabels() {}

    private static final byte[] MAC1 = "mac1----".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] COOKIE = "cookie--".getBytes(StandardCharsets.US_ASCII);

    /** Returns the key of mac1 in messages to the owner of the public key. */
    static byte[] mac1Key(PublicKey owner) {
        return Blake2s.hash(MAC1, owner.bytes());
    }

    /** Returns the key that seals the cookie replies of the owner of the public key. */
    static byte[] cookieKey(PublicKey owner) {
        return Blake2s.hash(COOKIE, owner.bytes());
    }
}
