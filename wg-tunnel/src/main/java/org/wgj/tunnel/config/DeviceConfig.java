// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.config;

import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The part of a configuration file that {@code wg} reads, in the order of the file.
 *
 * @param privateKey null if the file has none; the reader of the file wipes it
 * @param listenPort 0 to 65535
 * @param fwmark 32 bits, unsigned; 0 for off
 * @param peers one for each [Peer] section
 */
public record DeviceConfig(
        PrivateKey privateKey, OptionalInt listenPort, OptionalInt fwmark, List<PeerConfig> peers) {
    public DeviceConfig {
        peers = List.copyOf(peers);
    }

    /**
     * Reads a file of {@code wg}, without the keys of {@code wg-quick}, as {@code setconf} takes
     * it.
     *
     * @param path of any name; may be a pipe such as /dev/stdin
     * @throws ConfigException if there is no such file or a line of it is wrong
     */
    public static DeviceConfig read(Path path) throws IOException {
        return ConfigParser.parseFile(path, false).device();
    }

    /**
     * Returns a warning for the user if a peer has the interface's own key: the interface ignores
     * such a peer.
     *
     * @param source how messages call the file
     */
    public Optional<String> warning(String source) {
        PublicKey own = privateKey == null ? null : privateKey.publicKey();
        return peers.stream()
                .filter(peer -> peer.publicKey().equals(own))
                .findFirst()
                .map(
                        peer ->
                                new ConfigException(
                                                source,
                                                peer.line(),
                                                "Peer",
                                                ConfigKey.PUBLIC_KEY.text,
                                                "this is the interface's own key, so the peer is"
                                                        + " ignored: enter the other side's")
                                        .getMessage());
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
