// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.serve;

import org.wgj.coordinator.registry.NodeInfo;
import org.wgj.mesh.map.MapNode;
import org.wgj.mesh.map.MeshMap;
import org.wgj.mesh.map.Plane;
import org.wgj.mesh.status.LinkReport;
import org.wgj.mesh.status.MeshStatus;
import org.wgj.mesh.status.NodeState;
import org.wgj.mesh.status.PeerReport;

import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * Puts the state of the mesh together: the map, what the nodes reported here, and for nodes that
 * talk to other coordinators the time of the last contact from the store. Pure.
 */
final class StatusView {
    /**
     * A node not heard for so long is offline, and its report is out of date: one comes a minute.
     */
    private static final long ONLINE_S = 90;

    /**
     * A stock peer not heard for so long is offline. Its sessions are renewed every two minutes,
     * and the store learns of that up to a minute later.
     */
    private static final long STOCK_ONLINE_S = 240;

    private StatusView() {}

    /**
     * Makes the state.
     *
     * @param nodes all members, as the store has them
     * @param now the wall clock
     * @param nowNs {@code System.nanoTime}
     */
    static MeshStatus of(
            MeshMap map, List<NodeInfo> nodes, Presence presence, Instant now, long nowNs) {
        Map<Long, Instant> contacts = new HashMap<>();
        Map<Long, Instant> oldestKeys = new HashMap<>();
        nodes.forEach(
                node -> {
                    node.planes().values().stream()
                            .map(NodeInfo.InPlane::keySince)
                            .min(Comparator.naturalOrder())
                            .ifPresent(since -> oldestKeys.put(node.id(), since));
                    // A stock peer has not been heard when an administrator adds it.
                    if (node.lastContact() != null
                            && !(node.stock() && node.lastContact().equals(node.joined()))) {
                        contacts.put(node.id(), node.lastContact());
                    }
                });
        List<String> planes = map.planes().stream().map(Plane::name).toList();
        List<NodeState> states = new ArrayList<>();
        List<LinkReport> links = new ArrayList<>();
        for (MapNode node : map.nodes().values()) {
            Presence.Seen seen = presence.of(node.id());
            Instant key = oldestKeys.get(node.id());
            long keyAgeS = key == null ? -1 : Math.max(Duration.between(key, now).toSeconds(), 0);
            states.add(
                    state(
                            node,
                            seen,
                            contacts.get(node.id()),
                            node.stock()
                                    ? dataAgeOfStock(map, node.id(), presence, nowNs)
                                    : dataAge(seen, nowNs),
                            keyAgeS,
                            presence.unansweredNs(node.id(), nowNs),
                            now,
                            nowNs));
            if (seen.reportOrNull() != null && isFresh(seen.reportedNs(), nowNs)) {
                for (PeerReport peer : seen.reportOrNull().peers()) {
                    if (map.nodes().containsKey(peer.id()) && planes.contains(peer.plane())) {
                        links.add(new LinkReport(node.id(), peer));
                    }
                }
            }
        }
        return new MeshStatus(map.mesh(), map.epoch(), map.revision(), planes, states, links);
    }

    private static boolean isFresh(long reportedNs, long nowNs) {
        return nowNs - reportedNs < TimeUnit.SECONDS.toNanos(ONLINE_S);
    }

    private static NodeState state(
            MapNode node,
            Presence.Seen seen,
            Instant contactOrNull,
            long dataAgeS,
            long keyAgeS,
            long unansweredNs,
            Instant now,
            long nowNs) {
        List<InetAddress> addresses = new ArrayList<>();
        node.planes().values().forEach(member -> addresses.addAll(member.addresses()));
        long ageS =
                seen.heardNs() == 0
                        ? -1
                        : TimeUnit.NANOSECONDS.toSeconds(Math.max(nowNs - seen.heardNs(), 0));
        if (contactOrNull != null) {
            long elsewhereS = Math.max(Duration.between(contactOrNull, now).toSeconds(), 0);
            ageS = NodeState.lesserAge(ageS, elsewhereS);
        }
        long heardS = node.stock() ? NodeState.lesserAge(ageS, dataAgeS) : ageS;
        return new NodeState(
                node.id(),
                node.name(),
                addresses,
                seen.streams() > 0
                        || heardS >= 0 && heardS < (node.stock() ? STOCK_ONLINE_S : ONLINE_S),
                node.stock(),
                node.relay(),
                node.directOnly(),
                seen.reportOrNull() == null ? "" : seen.reportOrNull().version(),
                seen.revision(),
                ageS,
                dataAgeS,
                seen.copied(),
                clockAhead(seen, now, nowNs),
                keyAgeS,
                unansweredNs < 0 ? -1 : TimeUnit.NANOSECONDS.toSeconds(unansweredNs));
    }

    /** Compares the time in the node's last report with the coordinator's when it came. */
    private static OptionalLong clockAhead(Presence.Seen seen, Instant now, long nowNs) {
        if (seen.reportOrNull() == null || seen.reportOrNull().timeMs().isEmpty()) {
            return OptionalLong.empty();
        }
        long cameMs =
                now.toEpochMilli()
                        - TimeUnit.NANOSECONDS.toMillis(Math.max(nowNs - seen.reportedNs(), 0));
        return OptionalLong.of(seen.reportOrNull().timeMs().getAsLong() - cameMs);
    }

    /** The least age of a session with any peer, by the node's last report; -1 without one. */
    private static long dataAge(Presence.Seen seen, long nowNs) {
        return leastAge(seen, peer -> true, nowNs);
    }

    /** The least age of a session with a stock peer, by the last reports of the nodes. */
    private static long dataAgeOfStock(MeshMap map, long stock, Presence presence, long nowNs) {
        long least = -1;
        for (long node : map.nodes().keySet()) {
            least =
                    NodeState.lesserAge(
                            least, leastAge(presence.of(node), peer -> peer.id() == stock, nowNs));
        }
        return least;
    }

    private static long leastAge(Presence.Seen seen, Predicate<PeerReport> which, long nowNs) {
        long least = -1;
        if (seen.reportOrNull() != null) {
            long sinceS = TimeUnit.NANOSECONDS.toSeconds(Math.max(nowNs - seen.reportedNs(), 0));
            for (PeerReport peer : seen.reportOrNull().peers()) {
                if (peer.handshakeAgeS() >= 0 && which.test(peer)) {
                    least = NodeState.lesserAge(least, peer.handshakeAgeS() + sinceS);
                }
            }
        }
        return least;
    }
}
