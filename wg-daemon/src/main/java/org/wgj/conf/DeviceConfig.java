package org.wgj.conf;

import org.wgj.crypto.PrivateKey;

import java.util.List;
import java.util.OptionalInt;

/**
 * The part of a configuration file that {@code wg} reads, in the order of the file.
 *
 * @param privateKey null when the file has none; whoever read the file wipes it
 * @param fwmark 32 bits, unsigned; 0 for off
 */
public record DeviceConfig(
        PrivateKey privateKey, OptionalInt listenPort, OptionalInt fwmark, List<PeerConfig> peers) {
    public DeviceConfig {
        peers = List.copyOf(peers);
    }

    /** Overwrites the private key and all preshared keys. */
    public void wipe() {
        if (privateKey != null) {
            privateKey.wipe();
        }
        for (PeerConfig peer : peers) {
            if (peer.presharedKey() != null) {
                peer.presharedKey().wipe();
            }
        }
    }
}
