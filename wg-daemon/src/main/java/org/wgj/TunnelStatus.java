package org.wgj;

import org.wgj.crypto.PrivateKey;
import org.wgj.protocol.DropReason;
import org.wgj.protocol.PeerStatus;

import java.util.List;
import java.util.Map;

/**
 * A tunnel's configuration and how it fares, at one moment.
 *
 * @param privateKey a copy, the reader's to wipe; null when there is none
 * @param listenPort 0 while the system has not chosen one
 * @param fwmark 32 bits, unsigned; 0 when off
 * @param peers in the order they were added
 * @param drops why datagrams and packets went nowhere, and how many
 */
public record TunnelStatus(
        String name,
        PrivateKey privateKey,
        int listenPort,
        int fwmark,
        List<PeerStatus> peers,
        Map<DropReason, Long> drops) {

    /** Overwrites the private key and the preshared keys, which are the reader's copies. */
    public void wipe() {
        if (privateKey != null) {
            privateKey.wipe();
        }
        peers.forEach(peer -> peer.presharedKey().wipe());
    }
}
