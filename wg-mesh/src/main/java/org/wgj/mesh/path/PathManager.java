// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.path;

import org.wgj.crypto.PublicKey;
import org.wgj.mesh.map.MapNode;
import org.wgj.mesh.map.Membership;
import org.wgj.mesh.map.MeshMap;
import org.wgj.mesh.map.Plane;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.PeerStatus;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/**
 * Chooses where the packets of each peer are sent. Data goes to a relay until a direct path has
 * answered challenges, and back to it when the path no longer does.
 *
 * <p>Without I/O, clock and thread: {@link Paths} says what it is told, {@link PathActions} what it
 * asks for. For use by one thread.
 */
public final class PathManager implements Paths {
    private final PathSettings settings;
    private final PathActions actions;
    private final RandomGenerator random;

    /** By name, in the map's order of names. */
    private final Map<String, PlanePaths> planes = new TreeMap<>();

    private final Map<String, List<RelayPlace>> relays = new HashMap<>();

    private MeshMap mapOrNull;
    private List<LocalAddress> local = List.of();
    private List<IpPrefix> tunnelRoutes = List.of();

    /** The time of the last input. */
    private long nowNs;

    private long nextNs = Link.NEVER;

    /**
     * Creates a manager without peers.
     *
     * @param settings what the node decides
     * @param actions carries out what the manager wants
     * @param random unpredictable: the ids of challenges come from it
     */
    public PathManager(PathSettings settings, PathActions actions, RandomGenerator random) {
        this.settings = Objects.requireNonNull(settings, "settings");
        this.actions = Objects.requireNonNull(actions, "actions");
        this.random = Objects.requireNonNull(random, "random");
    }

    @Override
    public void map(MeshMap map, long nowNs) {
        this.nowNs = nowNs;
        boolean first = mapOrNull == null;
        mapOrNull = map;
        MapNode own = map.nodes().get(settings.ownId());
        Map<String, Plane> described = new TreeMap<>();
        for (Plane plane : map.planes()) {
            if (own != null && own.planes().containsKey(plane.name())) {
                described.put(plane.name(), plane);
            }
        }
        if (planes.keySet().retainAll(described.keySet())) {
            actions.changed();
        }
        PlaceRules rules = rules();
        for (Plane plane : described.values()) {
            map(plane, own, rules, first, nowNs);
        }
        settle();
    }

    private void map(Plane plane, MapNode node, PlaceRules rules, boolean first, long nowNs) {
        Membership own = node.planes().get(plane.name());
        PlanePaths paths =
                planes.computeIfAbsent(
                        plane.name(), name -> new PlanePaths(name, settings, actions, random));
        boolean otherRules = !rules.equals(paths.rules());
        boolean otherOwn = !own.equals(paths.own());
        paths.setRules(rules);
        paths.setOwn(own, node.directOnly(), plane.mtu());
        paths.setRelays(allowed(relays.getOrDefault(plane.name(), List.of()), rules), nowNs);
        paths.setMap(mapOrNull, first, nowNs);
        if (otherRules || otherOwn) {
            paths.choosePlaces(nowNs);
        }
    }

    private static List<RelayPlace> allowed(List<RelayPlace> relays, PlaceRules rules) {
        return relays.stream()
                .filter(relay -> !rules.isRouted(relay.endpoint().getAddress()))
                .toList();
    }

    private PlaceRules rules() {
        List<IpPrefix> ranges = new ArrayList<>();
        mapOrNull.planes().forEach(plane -> ranges.addAll(plane.ranges()));
        return new PlaceRules(ranges, tunnelRoutes, local);
    }

    @Override
    public void relays(String plane, List<RelayPlace> now, long nowNs) {
        this.nowNs = nowNs;
        relays.put(plane, List.copyOf(now));
        PlanePaths paths = planes.get(plane);
        if (paths != null) {
            paths.setRelays(allowed(now, paths.rules()), nowNs);
        }
        settle();
    }

    @Override
    public void local(List<LocalAddress> addresses, List<IpPrefix> routes, long nowNs) {
        this.nowNs = nowNs;
        boolean first = local.isEmpty();
        if (local.equals(addresses) && tunnelRoutes.equals(routes)) {
            return;
        }
        local = List.copyOf(addresses);
        tunnelRoutes = List.copyOf(routes);
        if (mapOrNull != null) {
            PlaceRules rules = rules();
            for (PlanePaths plane : planes.values()) {
                plane.setRules(rules);
                plane.setRelays(
                        allowed(relays.getOrDefault(plane.name(), List.of()), rules), nowNs);
                if (first) {
                    plane.choosePlaces(nowNs);
                } else {
                    plane.networkChanged(nowNs);
                }
            }
        }
        settle();
    }

    @Override
    public void packet(String plane, InetSocketAddress source, byte[] packet, long nowNs) {
        this.nowNs = nowNs;
        PlanePaths paths = planes.get(plane);
        PathPacket parsed = PathPacket.parse(packet);
        if (paths != null && parsed != null) {
            paths.packet(source, parsed, nowNs);
            settle();
        }
    }

    @Override
    public void status(String plane, List<PeerStatus> peers, long nowNs) {
        this.nowNs = nowNs;
        PlanePaths paths = planes.get(plane);
        if (paths != null) {
            paths.status(peers, nowNs);
            settle();
        }
    }

    @Override
    public void peerAdded(String plane, PublicKey peer, long nowNs) {
        if (link(plane, peer, nowNs) != null) {
            settle();
        }
    }

    @Override
    public void handshakeStarted(String plane, PublicKey peer, long nowNs) {
        Link link = link(plane, peer, nowNs);
        if (link != null) {
            link.handshakeStarted(nowNs);
            settle();
        }
    }

    @Override
    public void handshakeCompleted(String plane, PublicKey peer, long nowNs) {
        Link link = link(plane, peer, nowNs);
        if (link != null) {
            link.handshakeCompleted(nowNs);
            settle();
        } else if (planes.containsKey(plane)) {
            planes.get(plane).heard(nowNs); // a relay or coordinator
        }
    }

    @Override
    public void endpointChanged(
            String plane, PublicKey peer, InetSocketAddress endpoint, long nowNs) {
        Link link = link(plane, peer, nowNs);
        if (link != null) {
            link.endpointMoved(endpoint, nowNs);
            settle();
        } else if (planes.containsKey(plane)) {
            planes.get(plane).nextKeyAt(peer, endpoint);
        }
    }

    private Link link(String plane, PublicKey peer, long nowNs) {
        this.nowNs = nowNs;
        PlanePaths paths = planes.get(plane);
        return paths == null ? null : paths.linkOrBegin(peer, nowNs);
    }

    @Override
    public void seen(long untilNs, long nowNs) {
        this.nowNs = nowNs;
        for (PlanePaths plane : planes.values()) {
            plane.seen(untilNs, nowNs);
        }
        settle();
    }

    @Override
    public void handleTimeouts(long nowNs) {
        this.nowNs = nowNs;
        for (PlanePaths plane : planes.values()) {
            plane.run(nowNs);
        }
        settle();
    }

    @Override
    public long nextDeadlineNs() {
        return nextNs;
    }

    @Override
    public List<PathReport> report() {
        List<PathReport> reports = new ArrayList<>();
        for (PlanePaths plane : planes.values()) {
            boolean blocked = plane.isBlocked(nowNs);
            plane.links().forEach(link -> reports.add(link.report(blocked)));
        }
        return reports;
    }

    /** Finds the next deadline, and tells if something changed. */
    private void settle() {
        boolean changed = false;
        nextNs = Link.NEVER;
        for (PlanePaths plane : planes.values()) {
            nextNs = Math.min(nextNs, plane.dueNs());
            changed |= plane.takeChanged();
        }
        if (changed) {
            actions.changed();
        }
    }
}
