// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.path;

import org.wgj.crypto.PublicKey;

import java.net.InetSocketAddress;
import java.time.Instant;

/**
 * The state of one link.
 *
 * @param nodeId the peer's id in the map
 * @param plane the plane's name
 * @param peer the peer's key in that plane
 * @param kind how its packets reach it
 * @param reasonOrNull why there is no direct path; null if there is one
 * @param rttNs the round-trip time of the last answered challenge in ns; -1 if there is none
 * @param lastHandshakeOrNull the wall clock time of the last handshake; null if there was none
 * @param handshakeNs when that was by {@code System.nanoTime}; {@link #NEVER} if there was none
 * @param endpointOrNull where its packets are sent; null while that is unknown
 */
public record PathReport(
        long nodeId,
        String plane,
        PublicKey peer,
        PathKind kind,
        PathReason reasonOrNull,
        long rttNs,
        Instant lastHandshakeOrNull,
        long handshakeNs,
        InetSocketAddress endpointOrNull) {
    /** A time so long ago that differences to it do not overflow. */
    public static final long NEVER = Long.MIN_VALUE / 2;
}
