// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.relay;

import org.wgj.crypto.PublicKey;
import org.wgj.crypto.primitive.Blake2s;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Recognizes handshake messages to the owner of a public key (whitepaper 5.4.4). It proves nothing
 * about their sender. Owned by one thread.
 */
final class Mac1 {
    private static final byte[] LABEL = "mac1----".getBytes(StandardCharsets.US_ASCII);

    private final Blake2s mac;

    Mac1(PublicKey recipient) {
        mac = new Blake2s(Blake2s.hash(LABEL, recipient.bytes()), Blake2s.MAC_LENGTH);
    }

    /**
     * Returns whether a message is for the owner of the key.
     *
     * @param message of one of the two types
     * @param mac1Offset where its mac1 begins, which covers everything before it
     */
    boolean matches(byte[] message, int mac1Offset) {
        byte[] expected = mac.update(message, 0, mac1Offset).digest();
        return Arrays.equals(
                expected, 0, expected.length, message, mac1Offset, mac1Offset + expected.length);
    }
}
