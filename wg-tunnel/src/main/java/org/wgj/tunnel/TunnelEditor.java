// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import org.wgj.crypto.PresharedKey;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.protocol.IpPrefix;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;

/**
 * Collects a {@link TunnelChange}: everything that can be configured. The collected steps take
 * effect together, after the change has returned; {@link #peer} already answers as if it had.
 *
 * <p>Every method checks its arguments at once and throws a {@link NullPointerException} or an
 * {@link IllegalArgumentException}. Keys are copied. For use on the tunnel's event loop, during the
 * change only.
 */
public interface TunnelEditor {
    /**
     * Accepts two mistakes in the calls that follow, as WireGuard's own configuration protocol
     * accepts them: a peer with the tunnel's own public key, which is ignored, and an endpoint with
     * port 0, which nothing can be sent to. Without this call they are refused. It is for a program
     * that passes on a configuration which {@code wg} would take.
     */
    void acceptMistakes();

    /**
     * Gives the tunnel another identity. Sessions end. A peer with the same public key as the
     * tunnel is removed.
     *
     * @param keyOrNull the private key; with null there is none, and no handshake succeeds
     * @throws IllegalArgumentException if the same change added a peer with the same public key
     */
    void privateKey(PrivateKey keyOrNull);

    /**
     * Gives the tunnel another identity for the handshakes from now on, without a loss: sessions go
     * on, also to send, until a handshake replaces them or they expire after 180 s. The peers must
     * know the new public key, and must accept packets in both sessions meanwhile ({@link
     * PeerEditor#standsInFor}). A peer with the same public key as the tunnel is removed.
     *
     * @param key the private key; the tunnel forgets the old one
     * @throws IllegalArgumentException if the same change added a peer with the same public key
     */
    void renewPrivateKey(PrivateKey key);

    /**
     * Binds to another UDP port, the same for IPv4 and IPv6. The change fails with a {@link
     * java.net.BindException} if another socket has it; then the old port is kept.
     *
     * @param port 0 to 65535; with 0 the system chooses one
     * @throws IOException never from a tunnel; other editors may act at once
     */
    void listenPort(int port) throws IOException;

    /**
     * Marks outgoing datagrams for the firewall and policy routing (SO_MARK). The change fails with
     * a {@link java.net.SocketException} if the system refuses it: Linux asks for CAP_NET_ADMIN. A
     * mark that is set already needs nothing.
     *
     * @param mark 32 bits, unsigned; 0 for none
     * @throws IOException never from a tunnel; other editors may act at once
     */
    void fwmark(int mark) throws IOException;

    /**
     * Finds a peer.
     *
     * @param key its public key
     * @return its editor; empty if there is no such peer
     */
    Optional<PeerEditor> peer(PublicKey key);

    /**
     * Finds a peer, and adds it if there is none.
     *
     * @param key its public key
     * @return its editor; it ignores every call if the key is the tunnel's own and {@link
     *     #acceptMistakes} was called
     * @throws IllegalArgumentException if the key is the tunnel's own, or the tunnel has 65,536
     *     peers already
     */
    PeerEditor addPeer(PublicKey key);

    /**
     * Ends the session with a peer and removes the peer; does nothing if there is no such peer.
     *
     * @param key its public key
     */
    void removePeer(PublicKey key);

    /** Removes every peer. */
    void removePeers();

    /** Collects the settings of one peer. */
    interface PeerEditor {
        /**
         * Sets the preshared key that is mixed into the next handshakes.
         *
         * @param key {@link PresharedKey#NONE} for none
         * @return this editor
         */
        PeerEditor presharedKey(PresharedKey key);

        /**
         * Sends to this address until the peer is heard from elsewhere.
         *
         * @param address a resolved address and a port
         * @return this editor
         * @throws IllegalArgumentException if the address is not resolved or its port is 0
         */
        PeerEditor endpoint(InetSocketAddress address);

        /**
         * Sets whether this program manages the endpoint, for a peer with which it proves paths
         * itself. A managed endpoint does not follow every authentic packet from elsewhere. It
         * moves by itself only to where an accepted response came from, or the first packet of a
         * session that the peer began. An endpoint that is not set yet is also taken from an
         * initiation. A response goes to where its initiation came from in any case.
         *
         * @param managed false, the default, to follow the peer as WireGuard does
         * @return this editor
         */
        PeerEditor managedEndpoint(boolean managed);

        /**
         * Accepts packets from this peer with the source addresses of another one too, for a
         * machine that is changing its key and is two peers meanwhile. If the other one is a peer
         * without an endpoint, it gets that of this peer.
         *
         * @param otherOrNull the other's public key, whether it is a peer or not; null, as at
         *     first, for none
         * @return this editor
         */
        PeerEditor standsInFor(PublicKey otherOrNull);

        /**
         * Sets whether handshakes with this peer may begin, from either side. The sessions that
         * there are go on until they expire.
         *
         * @param allowed true, as at first
         * @return this editor
         */
        PeerEditor handshakesAllowed(boolean allowed);

        /**
         * Sends each initiation to these addresses too, with the same bytes. The peer answers the
         * copy that arrives first and drops the others as replayed.
         *
         * @param addresses at most 8, resolved and with a port, in place of those before; empty, as
         *     at first, for none. One that equals the endpoint gets no second copy.
         * @return this editor
         * @throws IllegalArgumentException if there are more than 8, or an address is not resolved
         *     or its port is 0
         */
        PeerEditor handshakeEndpoints(List<InetSocketAddress> addresses);

        /**
         * Begins a handshake when the change is complete, though there may be a session. Does
         * nothing if an initiation was sent within the last second, the interface is down, or there
         * is no address to send to.
         *
         * @return this editor
         */
        PeerEditor initiate();

        /**
         * Sends a keepalive when nothing was sent or received for so long. Switching it on sends
         * one at once.
         *
         * @param seconds 0 to 65535; 0 for off
         * @return this editor
         */
        PeerEditor persistentKeepalive(int seconds);

        /**
         * Routes a range to this peer and accepts packets from it. A range has one peer: another
         * peer that has exactly this range loses it ({@link TunnelEvent.AllowedIpMoved}).
         *
         * @param range the addresses
         * @return this editor
         */
        PeerEditor allowedIp(IpPrefix range);

        /**
         * Takes exactly this range away from this peer; does nothing if the peer does not have it.
         *
         * @param range the addresses
         * @return this editor
         */
        PeerEditor removeAllowedIp(IpPrefix range);

        /**
         * Takes all ranges away from this peer.
         *
         * @return this editor
         */
        PeerEditor removeAllowedIps();
    }
}
