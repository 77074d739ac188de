// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.relay;

/**
 * The limits of the relay.
 *
 * @param memberBytesPerSecond the payload bytes that one member may send through the relay; 0 for
 *     no limit. A second's worth may come at once.
 * @param totalBytesPerSecond the payload bytes that all members may send together; 0 for no limit
 * @param entries the most receiver indices that the relay keeps: two for each session between
 *     members, for 190 s after its handshake
 * @param memberEntries the most of them that one member's handshakes may cause
 */
public record RelayLimits(
        long memberBytesPerSecond, long totalBytesPerSecond, int entries, int memberEntries) {
    /** No limits of bytes, and room for more than 250,000 sessions. */
    public static final RelayLimits DEFAULT = new RelayLimits(0, 0, 1 << 19, 1 << 14);

    /** The highest limit of bytes: more than a machine sends. */
    public static final long MOST_BYTES = 1_000_000_000_000L;

    public RelayLimits {
        if (memberBytesPerSecond < 0
                || totalBytesPerSecond < 0
                || Math.max(memberBytesPerSecond, totalBytesPerSecond) > MOST_BYTES) {
            throw new IllegalArgumentException("a limit of bytes must be 0 to 10^12");
        }
        if (entries < 2 || memberEntries < 2) {
            throw new IllegalArgumentException("a relay needs room for 2 indices at least");
        }
    }

    /**
     * Returns the same limits but those of bytes.
     *
     * @param ofMember the payload bytes that one member may send in a second; 0 for no limit
     * @param ofAll the payload bytes that all members may send together; 0 for no limit
     * @return the limits
     */
    public RelayLimits withBytes(long ofMember, long ofAll) {
        return new RelayLimits(ofMember, ofAll, entries, memberEntries);
    }
}
