// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import org.wgj.crypto.PresharedKey;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.protocol.IpPrefix;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * Everything that can be configured. Used by a {@link TunnelChange} only, on the tunnel's thread.
 */
public interface TunnelEditor {
    /**
     * Gives the tunnel another identity, or none with null: nobody can shake hands with it then.
     * Sessions end. A peer with the same public key as the tunnel is removed.
     */
    void privateKey(PrivateKey keyOrNull);

    /**
     * Binds to another UDP port, the same for IPv4 and IPv6; 0 lets the system choose one.
     *
     * @throws org.wgj.tun.linux.ErrnoException EADDRINUSE when another program has it; the old port
     *     is kept then
     */
    void listenPort(int port) throws IOException;

    /**
     * Marks outgoing datagrams for the firewall and policy routing (SO_MARK); 0 is off.
     *
     * @param mark 32 bits, unsigned
     */
    void fwmark(int mark) throws IOException;

    /** The peer of that key if there is one. */
    Optional<PeerEditor> peer(PublicKey key);

    /**
     * The peer of that key, made if there is none. With the tunnel's own public key: a peer that is
     * not there and takes no notice of anything.
     */
    PeerEditor addPeer(PublicKey key);

    /** Ends the session with the peer and forgets it; does nothing when there is none. */
    void removePeer(PublicKey key);

    /** Removes every peer. */
    void removePeers();

    /** What can be configured of one peer. */
    interface PeerEditor {
        /** Mixed into the next handshakes; {@link PresharedKey#NONE} for none. */
        PeerEditor presharedKey(PresharedKey key);

        /** Where to send to until the peer is heard from elsewhere. Numeric. */
        PeerEditor endpoint(InetSocketAddress address);

        /**
         * Sends a keepalive when nothing was sent or received for so long; 0 is off. Switching it
         * on sends one at once.
         *
         * @param seconds 0 to 65,535
         */
        PeerEditor persistentKeepalive(int seconds);

        /**
         * Routes the range to this peer and accepts it from there; takes it away from the peer that
         * had it.
         */
        PeerEditor allowedIp(IpPrefix range);

        /** Takes exactly this range away from this peer; does nothing when another has it. */
        PeerEditor removeAllowedIp(IpPrefix range);

        /** Takes all ranges away from this peer. */
        PeerEditor removeAllowedIps();
    }
}
