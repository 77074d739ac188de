// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.node;

import org.wgj.crypto.PublicKey;
import org.wgj.mesh.map.MapNode;
import org.wgj.mesh.map.MapNodes;
import org.wgj.mesh.map.Membership;
import org.wgj.mesh.map.MeshMap;
import org.wgj.mesh.path.PathKind;
import org.wgj.mesh.path.PathReport;
import org.wgj.mesh.path.RelayPlace;
import org.wgj.mesh.relay.RelayFilter;
import org.wgj.mesh.relay.RelayLimits;
import org.wgj.mesh.relay.RelayMember;
import org.wgj.mesh.status.RelayLoad;
import org.wgj.protocol.Endpoint;
import org.wgj.tunnel.SharedPort;
import org.wgj.tunnel.Tunnel;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * The relay of a node that relays for others: one for each plane, on the plane's port, or one for
 * all planes if they share a port. It serves the nodes of the map to which this node has a direct
 * path. For one thread.
 */
final class NodeRelays {
    private static final long SESSION_NS = 180_000_000_000L;
    private static final int LOAD_MS = 1_000;

    /** By the plane; of planes that share a port the same. */
    private final Map<String, RelayFilter> filters = new HashMap<>();

    private final Map<String, PublicKey> keys = new HashMap<>();
    private final Map<String, List<Endpoint>> others = new HashMap<>();
    private final long ownId;
    private final boolean wanted;
    private final RelayLimits limits;
    private final RelayFilter sharedOrNull;

    /**
     * @param wanted false for a node that does not relay: then nothing here does anything
     * @param limits of each relay
     * @param portOrNull the port that all planes share; null if each has its own
     */
    NodeRelays(long ownId, boolean wanted, RelayLimits limits, SharedPort portOrNull) {
        this.ownId = ownId;
        this.wanted = wanted;
        this.limits = limits;
        sharedOrNull = wanted && portOrNull != null ? newFilter() : null;
        if (sharedOrNull != null) {
            portOrNull.filter(sharedOrNull);
        }
    }

    private RelayFilter newFilter() {
        return new RelayFilter(limits, new SecureRandom());
    }

    /** Puts a relay on the port of a plane that is about to come up. */
    void addTo(Tunnel.Builder builder, String plane, PublicKey own) {
        if (!wanted) {
            return;
        }
        RelayFilter filter = sharedOrNull;
        if (filter == null) {
            filter = newFilter();
            builder.filter(filter);
        }
        filters.put(plane, filter);
        builder.listener(filter).reservedIndices(filter::isRelayed);
        key(plane, own);
    }

    /** Initiations to this key are the tunnel's. */
    void key(String plane, PublicKey own) {
        RelayFilter filter = filters.get(plane);
        if (filter == null) {
            return;
        }
        keys.put(plane, own);
        List<PublicKey> all = planesOf(filter).stream().map(keys::get).toList();
        var unused =
                filter.submit(
                        relay -> {
                            relay.setOwnKeys(all);
                            return null;
                        });
    }

    /** The planes on a relay's port. */
    private List<String> planesOf(RelayFilter filter) {
        return filters.entrySet().stream()
                .filter(entry -> entry.getValue() == filter)
                .map(Map.Entry::getKey)
                .toList();
    }

    /**
     * Asks for the work of all relays.
     *
     * @return completed with null if this node does not relay, or they do not tell within a second
     */
    CompletableFuture<RelayLoad> load() {
        CompletableFuture<RelayLoad> all = CompletableFuture.completedFuture(null);
        for (RelayFilter filter : new HashSet<>(filters.values())) {
            all =
                    all.thenCombine(
                            filter.statistics().thenApply(RelayLoad::of),
                            (sum, one) -> sum == null ? one : sum.plus(one));
        }
        return all.orTimeout(LOAD_MS, TimeUnit.MILLISECONDS).exceptionally(failure -> null);
    }

    /** Serves the nodes of a map, and no longer those that are not in it. */
    void map(MeshMap map) {
        Set<Long> directOnly = MapNodes.directOnly(map);
        for (RelayFilter filter : new HashSet<>(filters.values())) {
            List<RelayMember> members = new ArrayList<>();
            planesOf(filter).forEach(plane -> members.addAll(members(map, plane)));
            var unused = filter.serve(members, directOnly);
        }
    }

    private List<RelayMember> members(MeshMap map, String plane) {
        List<RelayMember> members = new ArrayList<>();
        for (MapNode node : map.nodes().values()) {
            Membership member = node.planes().get(plane);
            if (member == null || node.id() == ownId) {
                continue;
            }
            members.add(new RelayMember(node.id(), plane, member.key()));
            if (member.pendingKeyOrNull() != null) {
                members.add(new RelayMember(node.id(), plane, member.pendingKeyOrNull()));
            }
        }
        return members;
    }

    /** Takes where the other relays of a plane are: no member is served there. */
    void others(String plane, List<RelayPlace> relays) {
        RelayFilter filter = filters.get(plane);
        if (filter == null) {
            return;
        }
        others.put(plane, relays.stream().map(relay -> Endpoint.of(relay.endpoint())).toList());
        List<Endpoint> places =
                planesOf(filter).stream()
                        .flatMap(each -> others.getOrDefault(each, List.of()).stream())
                        .toList();
        var unused =
                filter.submit(
                        relay -> {
                            relay.setOtherRelays(places);
                            return null;
                        });
    }

    /**
     * Takes how this node reaches the others. A direct path was proved by an echo, after which the
     * tunnel has only been told where to send.
     */
    void places(List<PathReport> reports, long nowNs) {
        for (PathReport report : reports) {
            RelayFilter filter = filters.get(report.plane());
            if (filter != null && isProved(report, nowNs)) {
                filter.proved(report.peer(), Endpoint.of(report.endpointOrNull()));
            }
        }
    }

    /**
     * Returns whether a report proves a place. A peer of another implementation is not challenged,
     * so its path says nothing once its session has ended. The machine's clock, which can be set,
     * has no say.
     */
    static boolean isProved(PathReport report, long nowNs) {
        boolean direct = report.kind() == PathKind.DIRECT || report.kind() == PathKind.LAN;
        return direct
                && report.endpointOrNull() != null
                && nowNs - report.handshakeNs() < SESSION_NS;
    }
}
