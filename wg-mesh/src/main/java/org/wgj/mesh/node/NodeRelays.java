// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.node;

import org.wgj.crypto.PublicKey;
import org.wgj.mesh.map.MapNode;
import org.wgj.mesh.map.Membership;
import org.wgj.mesh.map.MeshMap;
import org.wgj.mesh.path.PathKind;
import org.wgj.mesh.path.PathReport;
import org.wgj.mesh.path.RelayPlace;
import org.wgj.mesh.relay.RelayFilter;
import org.wgj.mesh.relay.RelayLimits;
import org.wgj.mesh.relay.RelayMember;
import org.wgj.protocol.Endpoint;
import org.wgj.tunnel.Tunnel;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The relay of a node that relays for others: one for each plane, on the plane's port. It serves
 * the nodes of the map to which this node has a direct path. For one thread.
 */
final class NodeRelays {
    private static final long SESSION_NS = 180_000_000_000L;

    private final Map<String, RelayFilter> filters = new HashMap<>();
    private final long ownId;
    private final boolean wanted;

    /**
     * @param wanted false for a node that does not relay: then nothing here does anything
     */
    NodeRelays(long ownId, boolean wanted) {
        this.ownId = ownId;
        this.wanted = wanted;
    }

    /** Puts a relay on the port of a plane that is about to come up. */
    void addTo(Tunnel.Builder builder, String plane, PublicKey own) {
        if (!wanted) {
            return;
        }
        RelayFilter filter = new RelayFilter(RelayLimits.DEFAULT, new SecureRandom());
        filters.put(plane, filter);
        builder.filter(filter).listener(filter).reservedIndices(filter::isRelayed);
        key(plane, own);
    }

    /** Initiations to this key are the tunnel's. */
    void key(String plane, PublicKey own) {
        RelayFilter filter = filters.get(plane);
        if (filter == null) {
            return;
        }
        var unused =
                filter.submit(
                        relay -> {
                            relay.setOwnKeys(List.of(own));
                            return null;
                        });
    }

    /** Serves the nodes of a map, and no longer those that are not in it. */
    void map(MeshMap map) {
        filters.forEach(
                (plane, filter) -> {
                    List<RelayMember> members = members(map, plane);
                    var unused =
                            filter.submit(
                                    relay -> {
                                        relay.setMembers(members);
                                        return null;
                                    });
                });
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
        List<Endpoint> places =
                relays.stream().map(relay -> Endpoint.of(relay.endpoint())).toList();
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
