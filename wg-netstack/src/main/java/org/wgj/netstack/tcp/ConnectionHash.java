// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp;

import org.wgj.netstack.ip.KeyedHash;

import java.util.random.RandomGenerator;

/**
 * SipHash-2-4 of addresses and ports, with a secret of this stack. Results that a peer can see,
 * such as initial sequence numbers, tell nothing of other results; and a peer cannot choose
 * addresses and ports that fall together in a table.
 *
 * <p>Each use has its own {@code purpose}, so that one result says nothing of another use.
 */
final class ConnectionHash {
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

    private final KeyedHash sipHash;

    ConnectionHash(RandomGenerator random) {
        sipHash = new KeyedHash(random);
    }

    /** For tests with known answers. */
    ConnectionHash(long key0, long key1) {
        sipHash = new KeyedHash(key0, key1);
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
        long first = (long) purpose << 32 | ports & 0xffff_ffffL;
        return sipHash.of(first, localHigh, localLow, remoteHigh, remoteLow, more);
    }
}
