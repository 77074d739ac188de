// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.node;

import org.wgj.crypto.PublicKey;
import org.wgj.mesh.map.Candidate;
import org.wgj.mesh.map.MapNode;
import org.wgj.mesh.map.Membership;
import org.wgj.mesh.map.MeshMap;
import org.wgj.mesh.path.LocalAddress;
import org.wgj.mesh.path.PathActions;
import org.wgj.mesh.path.PathKind;
import org.wgj.mesh.path.PathReason;
import org.wgj.mesh.path.PathReport;
import org.wgj.mesh.path.PathSettings;
import org.wgj.mesh.path.Paths;
import org.wgj.mesh.path.RelayPlace;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.PeerStatus;

import java.net.InetSocketAddress;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * The plainest rule for paths: a peer's public candidate if it has one, else the relay; nothing is
 * probed. For one thread.
 */
final class SimplePaths implements Paths {
    private static final long STATUS_NS = 1_000_000_000L;

    /** A session is renewed after 120 s, and ends after 180 s. */
    private static final long ALIVE_S = 180;

    private final PathSettings settings;
    private final PathActions actions;
    private final InstantSource wallClock;
    private final Map<String, List<RelayPlace>> relays = new HashMap<>();
    private final Map<String, Map<PublicKey, Way>> ways = new TreeMap<>();
    private MeshMap map;
    private long nextNs = Long.MAX_VALUE;

    /** What is known of a peer in a plane. */
    private static final class Way {
        final long id;
        final boolean stock;
        InetSocketAddress chosen;
        boolean relayed;
        PeerStatus status;

        Way(long id, boolean stock) {
            this.id = id;
            this.stock = stock;
        }
    }

    SimplePaths(PathSettings settings, PathActions actions, InstantSource wallClock) {
        this.settings = settings;
        this.actions = actions;
        this.wallClock = wallClock;
    }

    @Override
    public void map(MeshMap newMap, long nowNs) {
        map = newMap;
        for (String plane : planes(newMap)) {
            Map<PublicKey, Way> before = ways.getOrDefault(plane, Map.of());
            Map<PublicKey, Way> now = new HashMap<>();
            for (MapNode node : newMap.nodes().values()) {
                Membership member = node.planes().get(plane);
                if (member != null && node.id() != settings.ownId()) {
                    Way way = before.get(member.key());
                    if (way == null) {
                        way = new Way(node.id(), node.stock());
                    }
                    now.put(member.key(), way);
                    choose(plane, member, way);
                }
            }
            ways.put(plane, now);
        }
        nextNs = nowNs;
        actions.changed();
    }

    private static List<String> planes(MeshMap map) {
        return map.planes().stream().map(plane -> plane.name()).toList();
    }

    private void choose(String plane, Membership member, Way way) {
        InetSocketAddress best = null;
        boolean relayed = false;
        for (Candidate candidate : member.candidates()) {
            if (candidate.kind() != Candidate.Kind.LOCAL) {
                best = candidate.endpoint();
                break;
            }
        }
        List<RelayPlace> places = relays.getOrDefault(plane, List.of());
        if (best == null && !places.isEmpty()) {
            best = places.getFirst().endpoint();
            relayed = true;
        }
        if (best == null || best.equals(way.chosen)) {
            return;
        }
        way.chosen = best;
        way.relayed = relayed;
        actions.endpoint(plane, member.key(), best);
        if (!relayed) {
            actions.handshakeEndpoints(
                    plane, member.key(), places.stream().map(RelayPlace::endpoint).toList());
        }
        if (way.id < settings.ownId()) {
            actions.initiate(plane, member.key());
        }
    }

    @Override
    public void relays(String plane, List<RelayPlace> places, long nowNs) {
        relays.put(plane, List.copyOf(places));
        if (map != null) {
            map(map, nowNs);
        }
    }

    @Override
    public void local(List<LocalAddress> addresses, List<IpPrefix> tunnelRoutes, long nowNs) {}

    @Override
    public void packet(String plane, InetSocketAddress source, byte[] packet, long nowNs) {}

    @Override
    public void status(String plane, List<PeerStatus> peers, long nowNs) {
        Map<PublicKey, Way> all = ways.getOrDefault(plane, Map.of());
        boolean changed = false;
        for (PeerStatus peer : peers) {
            Way way = all.get(peer.publicKey());
            if (way != null) {
                PathKind before = kind(way);
                way.status = peer;
                changed |= before != kind(way);
            }
        }
        if (changed) {
            actions.changed();
        }
    }

    @Override
    public void handshakeStarted(String plane, PublicKey peer, long nowNs) {}

    @Override
    public void handshakeCompleted(String plane, PublicKey peer, long nowNs) {
        actions.askStatus(plane);
    }

    @Override
    public void endpointChanged(
            String plane, PublicKey peer, InetSocketAddress endpoint, long nowNs) {
        actions.askStatus(plane);
    }

    @Override
    public void handleTimeouts(long nowNs) {
        if (nowNs >= nextNs) {
            nextNs = nowNs + STATUS_NS;
            ways.keySet().forEach(actions::askStatus);
        }
    }

    @Override
    public long nextDeadlineNs() {
        return nextNs;
    }

    private PathKind kind(Way way) {
        Instant handshake = way.status == null ? null : way.status.lastHandshake();
        if (handshake == null) {
            return PathKind.NONE;
        }
        if (handshake.plusSeconds(ALIVE_S).isBefore(wallClock.instant())) {
            return PathKind.BROKEN;
        }
        return isRelay(way) ? PathKind.RELAY : PathKind.DIRECT;
    }

    private boolean isRelay(Way way) {
        InetSocketAddress endpoint = endpoint(way);
        return relays.values().stream()
                .flatMap(List::stream)
                .anyMatch(place -> place.endpoint().equals(endpoint));
    }

    private static InetSocketAddress endpoint(Way way) {
        return way.status == null || way.status.endpoint() == null
                ? way.chosen
                : Sockets.address(way.status.endpoint());
    }

    @Override
    public List<PathReport> report() {
        List<PathReport> reports = new ArrayList<>();
        ways.forEach(
                (plane, all) ->
                        all.forEach(
                                (key, way) -> {
                                    PathKind kind = kind(way);
                                    reports.add(
                                            new PathReport(
                                                    way.id,
                                                    plane,
                                                    key,
                                                    kind,
                                                    reason(way, kind),
                                                    -1,
                                                    way.status == null
                                                            ? null
                                                            : way.status.lastHandshake(),
                                                    endpoint(way)));
                                }));
        return reports;
    }

    private static PathReason reason(Way way, PathKind kind) {
        return switch (kind) {
            case DIRECT, LAN -> null;
            case RELAY -> way.relayed ? PathReason.NO_CANDIDATE : PathReason.TIMEOUT;
            case NONE -> Objects.isNull(way.chosen) ? PathReason.NO_CANDIDATE : PathReason.PROBING;
            case BROKEN -> PathReason.TIMEOUT;
        };
    }
}
