// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.node;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.mesh.enrol.EnrolPlane;
import org.wgj.mesh.map.MapCoordinator;
import org.wgj.mesh.map.MapNodes;
import org.wgj.mesh.map.MeshMap;
import org.wgj.mesh.path.LocalAddress;
import org.wgj.mesh.path.PathActions;
import org.wgj.mesh.path.PathSettings;
import org.wgj.mesh.path.PeerDirectory;
import org.wgj.mesh.path.RelayPlace;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.PeerStatus;
import org.wgj.tunnel.SharedPort;
import org.wgj.tunnel.Tunnel;
import org.wgj.tunnel.TunnelChange;
import org.wgj.tunnel.TunnelEditor;
import org.wgj.tunnel.TunnelEvent;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * The planes of a running node: its tunnels, and what they have as peers. Peers that stay as they
 * are are never touched, so their sessions go on. For one thread, except where said.
 */
final class Planes implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Planes.class);

    private static final Duration SESSION = Duration.ofSeconds(180);

    private final Map<String, Running> planes = new LinkedHashMap<>();
    private final NodeOptions options;
    private final long ownId;
    private final Set<IpPrefix> refusedRoutes = new HashSet<>();
    private List<IpPrefix> routed = List.of();

    /** The port that all planes use; null if each has its own. */
    private final SharedPort portOrNull;

    /** The relay of each plane; empty if this node does not relay. */
    private final NodeRelays relays;

    /** A plane that is up. */
    private static final class Running {
        final EnrolPlane plane;
        final PlaneLink link;
        final int port;
        final PlanePeers peers;

        final InstantSource clock; // that the tunnel has

        Running(EnrolPlane plane, PlaneLink link, int port, PlanePeers peers, InstantSource clock) {
            this.clock = clock;
            this.plane = plane;
            this.link = link;
            this.port = port;
            this.peers = peers;
        }

        /** Returns whether a handshake with a peer is less than the life of a session ago. */
        boolean hasSession(PeerStatus peer) {
            return peer.lastHandshake() != null
                    && Duration.between(peer.lastHandshake(), clock.instant()).compareTo(SESSION)
                            < 0;
        }
    }

    /** Gets what happens in the planes, on the tunnels' event loops. */
    interface Events {
        void packet(String plane, InetSocketAddress source, byte[] packet, Runnable done);

        void event(String plane, TunnelEvent event);
    }

    private Planes(NodeOptions options, long ownId) {
        this.options = options;
        this.ownId = ownId;
        portOrNull = options.sharedPort() ? SharedPort.create("wgj-planes") : null;
        relays = new NodeRelays(ownId, options.relay(), options.relayLimits(), portOrNull);
    }

    /**
     * Brings all planes up.
     *
     * @throws IOException if one of them does not come up; none is left then
     */
    static Planes open(Identity identity, PlaneOpener opener, InstantSource clock, Events events)
            throws IOException {
        Identity.Member member = identity.memberOrNull();
        List<Integer> ports = member.planes().stream().map(EnrolPlane::port).toList();
        Planes all = new Planes(identity.options(), member.node());
        try {
            for (EnrolPlane plane : member.planes()) {
                int port = identity.options().portOf(all.planes.size(), ports);
                PlaneSpec spec =
                        new PlaneSpec(plane.name(), plane.addresses(), plane.ranges(), plane.mtu());
                PlanePeers peers =
                        new PlanePeers(
                                plane.name(),
                                member.node(),
                                new PeerDirectory(
                                        plane.name(), member.node(), PathSettings.EAGER_PEERS));
                PlaneLink link =
                        opener.open(
                                spec,
                                builder -> {
                                    settings(builder, identity, plane, port, clock, events);
                                    builder.peersOnDemand(peers.directory());
                                    if (all.portOrNull != null) {
                                        builder.sharedPort(all.portOrNull);
                                    }
                                    all.relays.addTo(
                                            builder,
                                            plane.name(),
                                            identity.keyInUse(plane.name()).publicKey());
                                });
                all.planes.put(plane.name(), new Running(plane, link, port, peers, clock));
            }
            return all;
        } catch (IOException | RuntimeException e) {
            all.close();
            throw e;
        }
    }

    private static void settings(
            Tunnel.Builder builder,
            Identity identity,
            EnrolPlane plane,
            int port,
            InstantSource clock,
            Events events) {
        String name = plane.name();
        builder.privateKey(identity.keyInUse(name))
                .listenPort(port)
                .wallClock(clock)
                .packetFilter(
                        new PathPackets(
                                (source, packet, done) ->
                                        events.packet(name, source, packet, done)))
                .listener(event -> events.event(name, event));
    }

    List<String> names() {
        return List.copyOf(planes.keySet());
    }

    /** The plane in which the coordinators are asked and routes are laid. */
    String first() {
        return planes.keySet().iterator().next();
    }

    PlaneLink link(String plane) {
        return planes.get(plane).link;
    }

    EnrolPlane plane(String plane) {
        return planes.get(plane).plane;
    }

    int port(String plane) {
        return planes.get(plane).port;
    }

    /** All that is reached through the mesh: the planes' ranges and the networks behind nodes. */
    List<IpPrefix> inside() {
        List<IpPrefix> all = new ArrayList<>(routed);
        planes.values().forEach(running -> all.addAll(running.plane.ranges()));
        return all;
    }

    /** The node's own relays; idle if it does not relay. */
    NodeRelays relays() {
        return relays;
    }

    List<IpPrefix> routed() {
        return routed;
    }

    /**
     * Gives the tunnels the peers of a map.
     *
     * @param mapOrNull null before the first map
     * @param local to leave out networks that this machine is in
     * @return completed when all tunnels have them
     */
    CompletableFuture<Void> apply(
            List<MapCoordinator> coordinators, MeshMap mapOrNull, List<LocalAddress> local) {
        if (mapOrNull != null) {
            relays.map(mapOrNull);
        }
        List<IpPrefix> wanted = wantedRoutes(mapOrNull, local);
        List<CompletableFuture<Void>> changes = new ArrayList<>();
        for (Map.Entry<String, Running> entry : planes.entrySet()) {
            boolean first = entry.getKey().equals(first());
            Running running = entry.getValue();
            TunnelChange change =
                    running.peers.map(
                            coordinators, mapOrNull, route -> first && wanted.contains(route));
            if (change != null) {
                changes.add(running.link.tunnel().configure(change));
            }
            if (running.peers.directory().isLarge()) {
                // Before the tunnel asks. If it has peers on demand, PlanePeers has asked by now.
                Thread.ofVirtual().start(running.peers.directory()::prepare);
            }
        }
        route(wanted);
        local(local);
        return CompletableFuture.allOf(changes.toArray(CompletableFuture[]::new));
    }

    private List<IpPrefix> wantedRoutes(MeshMap mapOrNull, List<LocalAddress> local) {
        List<IpPrefix> wanted = new ArrayList<>();
        if (mapOrNull == null || !options.acceptRoutes()) {
            return wanted;
        }
        MapNodes.special(mapOrNull).stream()
                .filter(node -> node.id() != ownId)
                .flatMap(node -> node.routes().stream())
                .forEach(
                        route -> {
                            if (local.stream().noneMatch(a -> isHere(a, route))) {
                                wanted.add(route);
                            } else if (refusedRoutes.add(route)) {
                                LOG.warn("{} is not routed: this machine is in it", route);
                            }
                        });
        return wanted;
    }

    private boolean isHere(LocalAddress address, IpPrefix route) {
        return !planes.containsKey(address.interfaceName())
                && (address.network().overlaps(route) || options.advertised().contains(route));
    }

    private void route(List<IpPrefix> wanted) {
        if (wanted.equals(routed)) {
            return;
        }
        routed = List.copyOf(wanted);
        try {
            link(first()).route(wanted).forEach(LOG::warn);
        } catch (IOException e) {
            LOG.warn("the routes to networks behind nodes are not complete: {}", e.getMessage());
        }
    }

    /** Takes the addresses of this machine. */
    void local(List<LocalAddress> local) {
        List<IpPrefix> inside = inside();
        planes.values().forEach(running -> running.peers.directory().surroundings(inside, local));
    }

    /** Takes the relays of a plane, at which peers are looked for at first. */
    void found(String plane, List<RelayPlace> relays) {
        planes.get(plane).peers.directory().relays(options.directOnly() ? List.of() : relays);
    }

    /** A tunnel has got a peer, perhaps on demand. */
    void added(String plane, PublicKey key) {
        Running running = planes.get(plane);
        if (running != null) {
            change(plane, running, running.peers.added(key));
        }
    }

    private void change(String plane, Running running, TunnelChange changeOrNull) {
        if (changeOrNull != null) {
            running.link
                    .tunnel()
                    .configure(changeOrNull)
                    .exceptionally(
                            failure -> {
                                LOG.debug("{}: {}", plane, failure.getMessage());
                                return null;
                            });
        }
    }

    /**
     * Gives a tunnel another key. Sessions go on until others replace them: with nodes at once,
     * with coordinators after {@link #greetCoordinators}.
     */
    void use(String plane, PrivateKey key) {
        Running running = planes.get(plane);
        if (running != null) {
            relays.key(plane, key.publicKey());
            greet(running, editor -> editor.renewPrivateKey(key), false);
        }
    }

    /** Begins handshakes with the coordinators that a tunnel has sessions with. */
    void greetCoordinators(String plane) {
        Running running = planes.get(plane);
        if (running != null) {
            greet(running, editor -> {}, true);
        }
    }

    /** Changes a tunnel, and begins handshakes with the peers that it has sessions with. */
    private static void greet(
            Running running, Consumer<TunnelEditor> change, boolean coordinators) {
        Tunnel tunnel = running.link.tunnel();
        tunnel.status()
                .thenCompose(
                        status -> {
                            List<PublicKey> greeted =
                                    status.peers().stream()
                                            .filter(running::hasSession)
                                            .map(PeerStatus::publicKey)
                                            .toList();
                            return tunnel.configure(
                                    editor -> {
                                        change.accept(editor);
                                        greeted.stream()
                                                .filter(
                                                        key ->
                                                                running.peers.isCoordinator(key)
                                                                        == coordinators)
                                                .map(editor::peer)
                                                .flatMap(Optional::stream)
                                                .forEach(TunnelEditor.PeerEditor::initiate);
                                    });
                        })
                .exceptionally(
                        failure -> {
                            LOG.warn(
                                    "{}: the key cannot be changed: {}",
                                    running.plane.name(),
                                    failure.getMessage());
                            return null;
                        });
    }

    /**
     * Returns the keys of nodes that others have replaced since the last call, by the plane. To be
     * given to {@link #forget} later.
     */
    Map<String, Set<PublicKey>> takeReplaced() {
        Map<String, Set<PublicKey>> all = new HashMap<>();
        planes.forEach(
                (name, running) -> {
                    Set<PublicKey> keys = running.peers.takeReplaced();
                    if (!keys.isEmpty()) {
                        all.put(name, keys);
                    }
                });
        return all;
    }

    /** Removes the peers of replaced keys. */
    void forget(Map<String, Set<PublicKey>> replaced) {
        replaced.forEach(
                (name, keys) -> {
                    Running running = planes.get(name);
                    if (running != null) {
                        change(name, running, running.peers.forget(keys));
                    }
                });
    }

    /** Changes one peer, if the tunnel has it. */
    void change(String plane, PublicKey key, Consumer<TunnelEditor.PeerEditor> change) {
        Running running = planes.get(plane);
        if (running != null) {
            change(plane, running, editor -> editor.peer(key).ifPresent(change));
        }
    }

    /** Sets where a coordinator is, in all planes. */
    void coordinator(PublicKey key, InetSocketAddress endpoint) {
        planes.keySet().forEach(plane -> change(plane, key, peer -> peer.endpoint(endpoint)));
    }

    /** The actions of the manager of paths on the tunnels. */
    abstract class Actions implements PathActions {
        @Override
        public void endpoint(String plane, PublicKey peer, InetSocketAddress endpoint) {
            change(plane, peer, editor -> editor.endpoint(endpoint));
        }

        @Override
        public void handshakeEndpoints(
                String plane, PublicKey peer, List<InetSocketAddress> endpoints) {
            change(plane, peer, editor -> editor.handshakeEndpoints(endpoints));
        }

        @Override
        public void initiate(String plane, PublicKey peer) {
            change(plane, peer, TunnelEditor.PeerEditor::initiate);
        }

        @Override
        public void release(String plane, PublicKey peer) {
            Running running = planes.get(plane);
            if (running != null) {
                change(plane, running, running.peers.released(peer));
            }
        }

        @Override
        public void sendVia(
                String plane, PublicKey peer, byte[] packet, InetSocketAddress viaOrNull) {
            var unused = link(plane).tunnel().sendVia(peer, packet, viaOrNull);
        }

        @Override
        public void sendRaw(String plane, byte[] datagram, InetSocketAddress to) {
            var unused = link(plane).tunnel().sendRaw(datagram, to);
        }
    }

    /** Asks a tunnel for its peers; exceptionally once it is closed. */
    CompletableFuture<List<PeerStatus>> peers(String plane) {
        return link(plane).tunnel().status().thenApply(status -> status.peers());
    }

    @Override
    public void close() {
        close(Runnable::run);
    }

    /**
     * Closes all planes.
     *
     * @param closing runs what closes one
     */
    void close(Consumer<Runnable> closing) {
        for (Running running : List.copyOf(planes.values()).reversed()) {
            closing.accept(running.link::close);
        }
        planes.clear();
        if (portOrNull != null) {
            portOrNull.close();
        }
    }
}
