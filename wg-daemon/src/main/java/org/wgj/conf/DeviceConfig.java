package org.wgj.conf;

import org.wgj.crypto.PrivateKey;

import java.io.IOException;
import java.nio.file.Path;
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

    /**
     * Reads a file of {@code wg}, without the keys of {@code wg-quick}, as {@code setconf} takes
     * it.
     *
     * @param path of any name; may be a pipe such as /dev/stdin
     * @throws ConfigException when there is no such file or a line of it is wrong
     */
    public static DeviceConfig read(Path path) throws IOException {
        return ConfigParser.parseFile(path, false).device();
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
