// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.ip;

import java.util.random.RandomGenerator;

/**
 * SipHash-2-4 of four or six numbers with a random key of 128 bits: a peer cannot foresee the
 * result. Owned by the stack's thread.
 */
public final class KeyedHash {
    private final long key0;
    private final long key1;

    private long v0;
    private long v1;
    private long v2;
    private long v3;

    /**
     * Chooses a key.
     *
     * @param random must not be predictable, except in tests
     */
    public KeyedHash(RandomGenerator random) {
        this(random.nextLong(), random.nextLong());
    }

    /**
     * Takes a key, for tests with known answers.
     *
     * @param key0 the first eight bytes of the key, in little-endian order
     * @param key1 the last eight
     */
    public KeyedHash(long key0, long key1) {
        this.key0 = key0;
        this.key1 = key1;
    }

    /**
     * Returns the hash of the 32 bytes that the numbers are in little-endian order.
     *
     * @param a the first eight bytes
     * @param b the next
     * @param c the next
     * @param d the last
     * @return all 64 bits of the hash
     */
    public long of(long a, long b, long c, long d) {
        begin();
        compress(a);
        compress(b);
        compress(c);
        compress(d);
        return finish(32);
    }

    /**
     * Returns the hash of the 48 bytes that the numbers are in little-endian order.
     *
     * @param a the first eight bytes
     * @param b the next
     * @param c the next
     * @param d the next
     * @param e the next
     * @param f the last
     * @return all 64 bits of the hash
     */
    public long of(long a, long b, long c, long d, long e, long f) {
        begin();
        compress(a);
        compress(b);
        compress(c);
        compress(d);
        compress(e);
        compress(f);
        return finish(48);
    }

    private void begin() {
        v0 = key0 ^ 0x736f6d6570736575L;
        v1 = key1 ^ 0x646f72616e646f6dL;
        v2 = key0 ^ 0x6c7967656e657261L;
        v3 = key1 ^ 0x7465646279746573L;
    }

    private long finish(long length) {
        compress(length << 56);
        v2 ^= 0xff;
        round();
        round();
        round();
        round();
        return v0 ^ v1 ^ v2 ^ v3;
    }

    private void compress(long word) {
        v3 ^= word;
        round();
        round();
        v0 ^= word;
    }

    private void round() {
        v0 += v1;
        v1 = Long.rotateLeft(v1, 13) ^ v0;
        v0 = Long.rotateLeft(v0, 32);
        v2 += v3;
        v3 = Long.rotateLeft(v3, 16) ^ v2;
        v0 += v3;
        v3 = Long.rotateLeft(v3, 21) ^ v0;
        v2 += v1;
        v1 = Long.rotateLeft(v1, 17) ^ v2;
        v2 = Long.rotateLeft(v2, 32);
    }
}
