// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import org.wgj.crypto.PublicKey;
import org.wgj.protocol.DropReason;
import org.wgj.protocol.PeerStatus;

import java.util.List;
import java.util.Map;

/**
 * A tunnel's configuration and how it fares, at one moment, without any secret; {@link
 * TunnelConfiguration} has those.
 *
 * @param publicKey of its private key; null when there is none
 * @param listenPort 0 while the system has not chosen one
 * @param fwmark 32 bits, unsigned; 0 when off
 * @param peers in the order they were added
 * @param drops why datagrams and packets went nowhere, and how many
 */
public record TunnelStatus(
        String name,
        PublicKey publicKey,
        int listenPort,
        int fwmark,
        List<PeerStatus> peers,
        Map<DropReason, Long> drops) {}
