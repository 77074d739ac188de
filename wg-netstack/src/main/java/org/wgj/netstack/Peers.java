// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack;

import org.wgj.crypto.PublicKey;
import org.wgj.netstack.wire.IpAddress;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.PeerStatus;

import java.util.List;
import java.util.Optional;

/** Finds the peer that an address belongs to: the longest allowed IP that has it. */
final class Peers {
    private Peers() {}

    static Optional<PublicKey> of(List<PeerStatus> peers, IpAddress address) {
        PublicKey best = null;
        int bestLength = -1;
        for (PeerStatus peer : peers) {
            for (IpPrefix prefix : peer.allowedIps()) {
                if (prefix.length() > bestLength && has(prefix, address)) {
                    best = peer.publicKey();
                    bestLength = prefix.length();
                }
            }
        }
        return Optional.ofNullable(best);
    }

    private static boolean has(IpPrefix prefix, IpAddress address) {
        if (prefix.ipv6() != address.ipv6()) {
            return false;
        }
        return prefix.equals(
                IpPrefix.networkOf(address.ipv6(), address.high(), address.low(), prefix.length()));
    }
}
