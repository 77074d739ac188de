// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol;

import org.wgj.crypto.PublicKey;

import java.time.Instant;
import java.util.List;

/**
 * A snapshot of a peer's configuration and state, without secrets.
 *
 * @param publicKey identifies the peer
 * @param endpoint where we send to; null while it is unknown
 * @param lastHandshake the wall clock time of the last completed handshake; null if there was none
 * @param receivedBytes the UDP payload bytes of authenticated datagrams, unsigned
 * @param sentBytes the UDP payload bytes of all datagrams, handshakes included, unsigned
 * @param persistentKeepaliveSeconds 1 to 65,535; 0 for none
 * @param allowedIps in the order in which they were added
 */
public record PeerStatus(
        PublicKey publicKey,
        Endpoint endpoint,
        Instant lastHandshake,
        long receivedBytes,
        long sentBytes,
        int persistentKeepaliveSeconds,
        List<IpPrefix> allowedIps) {}
