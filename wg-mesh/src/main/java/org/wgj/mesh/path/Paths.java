// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.path;

import org.wgj.crypto.PublicKey;
import org.wgj.mesh.map.MeshMap;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.PeerStatus;

import java.net.InetSocketAddress;
import java.util.List;

/**
 * A node's reports to the manager of its paths. For use by one thread; no method blocks. Times are
 * of one clock in nanoseconds that never goes back, and counts while the machine sleeps.
 *
 * <p>The node adds a peer to its tunnel with {@code managedEndpoint(true)} and without an endpoint
 * before it tells the map; endpoints come from {@link PathActions} alone. Relays that are
 * coordinators are ordinary peers, which the node manages itself. After each input it asks {@link
 * #nextDeadlineNs} when to call {@link #handleTimeouts}.
 */
public interface Paths {
    /**
     * Takes another map. Links of nodes and planes that are gone end, new ones begin, and a link
     * whose key or places changed begins anew or tries the places.
     *
     * @param map the map as applied to the tunnels
     * @param nowNs the time
     */
    void map(MeshMap map, long nowNs);

    /**
     * Says where the relays of a plane are. Told before the first map, and when they change.
     *
     * @param plane the plane's name
     * @param relays the preferred one first; empty if the mesh has none
     * @param nowNs the time
     */
    void relays(String plane, List<RelayPlace> relays, long nowNs);

    /**
     * Says which addresses this machine has, and which networks it reaches through the mesh. A
     * change lets all links prove their paths at once.
     *
     * @param addresses of all interfaces, the tunnels' own may be among them
     * @param tunnelRoutes the networks that this machine routes into its tunnels, besides the
     *     planes' own ranges
     * @param nowNs the time
     */
    void local(List<LocalAddress> addresses, List<IpPrefix> tunnelRoutes, long nowNs);

    /**
     * Takes an inner packet that {@link PathPacket#isPathPacket} accepts.
     *
     * @param plane the plane on whose tunnel it came
     * @param source where its datagram came from
     * @param packet the packet, whose source address the tunnel has checked against its peer
     * @param nowNs the time
     */
    void packet(String plane, InetSocketAddress source, byte[] packet, long nowNs);

    /**
     * Takes the counters of a plane's peers: the answer to {@link PathActions#askStatus}.
     *
     * @param plane the plane's name
     * @param peers as the tunnel tells them, relays and coordinators included
     * @param nowNs the time
     */
    void status(String plane, List<PeerStatus> peers, long nowNs);

    /**
     * Takes {@code TunnelEvent.PeerAdded}. In a large plane a link begins with it: a packet or an
     * initiation asked for the peer.
     *
     * @param plane the plane's name
     * @param peer the peer's key
     * @param nowNs the time
     */
    void peerAdded(String plane, PublicKey peer, long nowNs);

    /**
     * Takes {@code TunnelEvent.HandshakeStarted}.
     *
     * @param plane the plane's name
     * @param peer the peer's key
     * @param nowNs the time
     */
    void handshakeStarted(String plane, PublicKey peer, long nowNs);

    /**
     * Takes {@code TunnelEvent.HandshakeCompleted}.
     *
     * @param plane the plane's name
     * @param peer the peer's key
     * @param nowNs the time
     */
    void handshakeCompleted(String plane, PublicKey peer, long nowNs);

    /**
     * Takes {@code TunnelEvent.EndpointChanged}: a handshake moved the endpoint.
     *
     * @param plane the plane's name
     * @param peer the peer's key
     * @param endpoint where the tunnel sends from now on
     * @param nowNs the time
     */
    void endpointChanged(String plane, PublicKey peer, InetSocketAddress endpoint, long nowNs);

    /**
     * Does what is due.
     *
     * @param nowNs the time
     */
    void handleTimeouts(long nowNs);

    /**
     * Somebody looks at the links: until then quiet paths are challenged as often as to notice
     * within five seconds that a peer has gone.
     *
     * @param untilNs the end of that; a later call moves it
     */
    void seen(long untilNs, long nowNs);

    /**
     * Returns when something is due next.
     *
     * @return a time in ns; {@link Long#MAX_VALUE} if nothing is
     */
    long nextDeadlineNs();

    /**
     * Describes all links.
     *
     * @return by plane, then by id
     */
    List<PathReport> report();
}
