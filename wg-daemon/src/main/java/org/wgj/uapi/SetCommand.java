// SPDX-License-Identifier: Apache-2.0
package org.wgj.uapi;

import org.wgj.crypto.PresharedKey;
import org.wgj.crypto.PublicKey;
import org.wgj.protocol.IpPrefix;

import java.net.InetSocketAddress;
import java.util.List;

/**
 * One line of a set request as a value. The lines of the device come first. {@link SelectPeer}
 * begins the section of a peer, which ends with the next one or the request.
 */
public sealed interface SetCommand {
    /** Overwrites the keys of commands that have been applied or sent. */
    static void wipe(List<SetCommand> commands) {
        for (SetCommand command : commands) {
            switch (command) {
                case PrivateKey(var key) when key != null -> key.wipe();
                case Preshared(var key) -> key.wipe();
                default -> {}
            }
        }
    }

    /** A command of the device section. */
    sealed interface OfDevice extends SetCommand {}

    /** A command of the section of one peer. */
    sealed interface OfPeer extends SetCommand {}

    /** Null removes the key; on the wire that is 64 zeros. */
    record PrivateKey(org.wgj.crypto.PrivateKey keyOrNull) implements OfDevice {}

    record ListenPort(int port) implements OfDevice {}

    /** 32 bits, unsigned. */
    record Fwmark(int mark) implements OfDevice {}

    record ReplacePeers() implements OfDevice {}

    /** Begins the section of this peer. */
    record SelectPeer(PublicKey key) implements SetCommand {}

    /** Ignores the section unless the peer existed before it. */
    record UpdateOnly() implements OfPeer {}

    record Remove() implements OfPeer {}

    record Preshared(PresharedKey key) implements OfPeer {}

    record Endpoint(InetSocketAddress address) implements OfPeer {}

    record PersistentKeepalive(int seconds) implements OfPeer {}

    record ReplaceAllowedIps() implements OfPeer {}

    record AddAllowedIp(IpPrefix range) implements OfPeer {}

    record RemoveAllowedIp(IpPrefix range) implements OfPeer {}

    /** Asks for version 1, the only one. */
    record ProtocolVersion() implements OfPeer {}
}
