// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.path;

import org.wgj.crypto.PublicKey;

import java.net.InetSocketAddress;
import java.util.List;

/**
 * The actions that {@link PathManager} asks of a node's tunnels. It is called on the owner's
 * thread, during an input, and must not call back into the manager. An action may be carried out
 * later, but those of one plane in their order; a peer that the tunnel no longer has is ignored.
 */
public interface PathActions {
    /**
     * Sends to another place from now on ({@code PeerEditor.endpoint}).
     *
     * @param plane the plane's name
     * @param peer the peer's key in that plane
     * @param endpoint a resolved address and a port other than 0
     */
    void endpoint(String plane, PublicKey peer, InetSocketAddress endpoint);

    /**
     * Copies each initiation to further places ({@code PeerEditor.handshakeEndpoints}).
     *
     * @param plane the plane's name
     * @param peer the peer's key in that plane
     * @param endpoints at most {@value PathSettings#MAX_HANDSHAKE_ENDPOINTS}; they replace the
     *     earlier ones
     */
    void handshakeEndpoints(String plane, PublicKey peer, List<InetSocketAddress> endpoints);

    /**
     * Begins a handshake now ({@code PeerEditor.initiate}).
     *
     * @param plane the plane's name
     * @param peer the peer's key in that plane
     */
    void initiate(String plane, PublicKey peer);

    /**
     * Seals an inner packet in the peer's session and sends it to a place ({@code Tunnel.sendVia}).
     * Without a session nothing is sent.
     *
     * @param plane the plane's name
     * @param peer the peer's key in that plane
     * @param packet an IPv4 or IPv6 packet; the caller gives it away
     * @param viaOrNull where to; null for the peer's endpoint
     */
    void sendVia(String plane, PublicKey peer, byte[] packet, InetSocketAddress viaOrNull);

    /**
     * Sends a datagram as it is from the plane's socket ({@code Tunnel.sendRaw}).
     *
     * @param plane the plane's name
     * @param datagram 1 byte, which WireGuard ignores; the caller gives it away
     * @param to a resolved address and a port other than 0
     */
    void sendRaw(String plane, byte[] datagram, InetSocketAddress to);

    /**
     * Asks for {@link Paths#status} of a plane soon ({@code Tunnel.status}).
     *
     * @param plane the plane's name
     */
    void askStatus(String plane);

    /**
     * Says that a peer of a large plane is not needed any more: there is no session, and nothing
     * was sent for a while. The tunnel gets it again when there is something to say.
     *
     * @param plane the plane's name
     * @param peer the peer's key in that plane
     */
    void release(String plane, PublicKey peer);

    /** Says that {@link Paths#report} would answer otherwise than before. */
    void changed();
}
