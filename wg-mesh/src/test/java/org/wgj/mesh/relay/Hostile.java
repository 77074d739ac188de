// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.relay;

import org.wgj.crypto.PublicKey;
import org.wgj.crypto.primitive.Blake2s;

import java.nio.charset.StandardCharsets;
import java.util.random.RandomGenerator;

/** Messages that an attacker can make who knows public keys and sees indices. */
final class Hostile {
    private Hostile() {}

    static void put(byte[] bytes, int offset, int value) {
        for (int i = 0; i < 4; i++) {
            bytes[offset + i] = (byte) (value >>> 8 * i);
        }
    }

    /** An initiation with a right mac1 and nothing else right. */
    static byte[] initiation(PublicKey to, int sender, RandomGenerator random) {
        return handshake(1, 148, to, sender, 0, random);
    }

    /** A response with a right mac1 and nothing else right. */
    static byte[] response(PublicKey to, int sender, int receiver, RandomGenerator random) {
        return handshake(2, 92, to, sender, receiver, random);
    }

    private static byte[] handshake(
            int type, int length, PublicKey to, int sender, int receiver, RandomGenerator random) {
        byte[] message = new byte[length];
        random.nextBytes(message);
        put(message, 0, type);
        put(message, 4, sender);
        if (type == 2) {
            put(message, 8, receiver);
        }
        byte[] label = "mac1----".getBytes(StandardCharsets.US_ASCII);
        Blake2s mac = new Blake2s(Blake2s.hash(label, to.bytes()), 16);
        byte[] mac1 = mac.update(message, 0, length - 32).digest();
        System.arraycopy(mac1, 0, message, length - 32, 16);
        return message;
    }

    /** Transport data that no key opens. */
    static byte[] data(int receiver, int length, RandomGenerator random) {
        byte[] message = new byte[length];
        random.nextBytes(message);
        put(message, 0, 4);
        put(message, 4, receiver);
        return message;
    }
}
