// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp;

import java.util.random.RandomGenerator;

/**
 * SipHash-2-4 over 64-bit words, with a secret of this stack. What a peer can see of the results,
 * such as initial sequence numbers, tells nothing of other results; and a peer cannot choose
 * addresses and ports that fall together in a table.
 *
 * <p>Each use has its own {@code purpose}, so that one result says nothing of another use.
 */
final class KeyedHash {
    /** For the table of connections. */
    static final int TABLE = 1;

    /** For initial sequence numbers (RFC 6528). */
    static final int SEQUENCE = 2;

    /** For the offset of timestamps (RFC 7323 7.1). */
    static final int TIMESTAMP = 3;

    /** For the first ephemeral port that is tried (RFC 6056 3.3.3). */
    static final int PORT = 4;

    /** For SYN cookies (RFC 4987 3.6). */
    static final int COOKIE = 5;

    /** For IPv6 flow labels (RFC 6437). */
    static final int FLOW = 6;

    private final long key0;
    private final long key1;

    KeyedHash(RandomGenerator random) {
        key0 = random.nextLong();
        key1 = random.nextLong();
    }

    /** For tests with known answers. */
    KeyedHash(long key0, long key1) {
        this.key0 = key0;
        this.key1 = key1;
    }

    /**
     * Returns the hash of a connection.
     *
     * @param ports the local port in the upper, the remote port in the lower half
     */
    long of(
            int purpose,
            long localHigh,
            long localLow,
            long remoteHigh,
            long remoteLow,
            int ports,
            long more) {
        long v0 = key0 ^ 0x736f6d6570736575L;
        long v1 = key1 ^ 0x646f72616e646f6dL;
        long v2 = key0 ^ 0x6c7967656e657261L;
        long v3 = key1 ^ 0x7465646279746573L;
        for (int i = 0; i < 8; i++) {
            long word =
                    switch (i) {
                        case 0 -> (long) purpose << 32 | ports & 0xffff_ffffL;
                        case 1 -> localHigh;
                        case 2 -> localLow;
                        case 3 -> remoteHigh;
                        case 4 -> remoteLow;
                        case 5 -> more;
                        case 6 -> 48L << 56; // the length of the message, as SipHash ends
                        default -> 0;
                    };
            int rounds = 2;
            if (i == 7) {
                v2 ^= 0xff;
                rounds = 4;
            }
            v3 ^= word;
            for (int round = 0; round < rounds; round++) {
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
            v0 ^= word;
        }
        return v0 ^ v1 ^ v2 ^ v3;
    }
}
