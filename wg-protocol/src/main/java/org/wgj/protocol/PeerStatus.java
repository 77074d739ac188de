// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol;

import org.wgj.crypto.PublicKey;

import java.time.Instant;
import java.util.List;

/**
 * A peer as configured and as it fared, at one moment, without any secret.
 *
 * @param endpoint null while unknown
 * @param lastHandshake wall clock time of the last completed handshake, null when there was none
 * @param receivedBytes of authenticated datagrams, whole UDP payloads, unsigned
 * @param sentBytes of all datagrams, handshakes included, unsigned
 * @param persistentKeepaliveSeconds 0 when off
 * @param allowedIps in the order they were added
 */
public record PeerStatus(
        PublicKey publicKey,
        Endpoint endpoint,
        Instant lastHandshake,
        long receivedBytes,
        long sentBytes,
        int persistentKeepaliveSeconds,
        List<IpPrefix> allowedIps) {}
