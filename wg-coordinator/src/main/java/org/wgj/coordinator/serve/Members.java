// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.serve;

import org.wgj.coordinator.registry.Snapshot;
import org.wgj.crypto.PublicKey;
import org.wgj.mesh.map.Candidate;
import org.wgj.mesh.map.MapNode;
import org.wgj.mesh.map.Membership;
import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.TunnelEditor;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Keeps the members as peers of the coordinator's tunnel: one peer for each key of a node. A change
 * touches only the peers that differ, so the sessions of the others go on. In a change of keys the
 * new key has no allowed IPs until it becomes the node's key, and the old one has no allowed IPs
 * from then on.
 *
 * <p>Owned by the tunnel's event loop.
 */
final class Members {
    /** The present peers of the tunnel, each with its allowed IPs. */
    private final Map<PublicKey, Set<IpPrefix>> peers = new HashMap<>();

    /** Keys that no member has any more. Their peers are about to be removed. */
    private final Set<PublicKey> leaving = new HashSet<>();

    private long commit = -1;

    /**
     * Brings the peers of a tunnel up to date; does nothing for a snapshot older than the last.
     * Peers that are no longer members stay until {@link #dismiss}, so that a removed node still
     * hears of it; the coordinator does not answer its requests any more.
     *
     * @param editor the tunnel's
     * @return keys that have just begun to leave
     */
    Set<PublicKey> apply(Snapshot snapshot, TunnelEditor editor) {
        if (snapshot.commit() <= commit) {
            return Set.of();
        }
        commit = snapshot.commit();
        Map<PublicKey, Set<IpPrefix>> wanted = wanted(snapshot);
        leaving.removeAll(wanted.keySet());
        Set<PublicKey> removed = new HashSet<>(peers.keySet());
        removed.removeAll(wanted.keySet());
        removed.removeAll(leaving);
        leaving.addAll(removed);
        // First away, then to another: a range has one peer.
        wanted.forEach((key, ranges) -> takeAway(key, ranges, editor));
        wanted.forEach((key, ranges) -> give(key, ranges, snapshot, editor));
        return removed;
    }

    /** Removes the peers of keys that still leave. */
    void dismiss(Set<PublicKey> keys, TunnelEditor editor) {
        for (PublicKey key : keys) {
            if (leaving.remove(key)) {
                editor.removePeer(key);
                peers.remove(key);
            }
        }
    }

    private void takeAway(PublicKey key, Set<IpPrefix> ranges, TunnelEditor editor) {
        for (IpPrefix range : Set.copyOf(peers.getOrDefault(key, Set.of()))) {
            if (!ranges.contains(range)) {
                editor.addPeer(key).removeAllowedIp(range);
                peers.get(key).remove(range);
            }
        }
    }

    private void give(PublicKey key, Set<IpPrefix> ranges, Snapshot snapshot, TunnelEditor editor) {
        Set<IpPrefix> has = peers.get(key);
        if (has != null && has.equals(ranges)) {
            return;
        }
        TunnelEditor.PeerEditor peer = editor.addPeer(key);
        if (has == null) {
            has = new HashSet<>();
            peers.put(key, has);
            InetSocketAddress endpoint = lastEndpointOrNull(snapshot, key);
            if (endpoint != null) {
                peer.endpoint(endpoint);
            }
        }
        for (IpPrefix range : ranges) {
            if (has.add(range)) {
                peer.allowedIp(range);
            }
        }
    }

    private static Map<PublicKey, Set<IpPrefix>> wanted(Snapshot snapshot) {
        Map<PublicKey, Set<IpPrefix>> wanted = new LinkedHashMap<>();
        snapshot.keys()
                .forEach(
                        (key, owner) -> {
                            Membership member = memberOrNull(snapshot, owner);
                            if (member != null) {
                                wanted.put(
                                        key,
                                        owner.use() == Snapshot.Use.CURRENT
                                                ? hosts(member.addresses())
                                                : Set.of());
                            }
                        });
        return wanted;
    }

    private static Membership memberOrNull(Snapshot snapshot, Snapshot.Owner owner) {
        MapNode node = snapshot.map().nodes().get(owner.node());
        return node == null ? null : node.planes().get(owner.plane());
    }

    private static Set<IpPrefix> hosts(List<InetAddress> addresses) {
        Set<IpPrefix> hosts = new HashSet<>();
        for (InetAddress address : addresses) {
            hosts.add(IpPrefix.of(address, address instanceof Inet4Address ? 32 : 128));
        }
        return hosts;
    }

    /**
     * Returns where a node was seen last, so that a coordinator that has just started can ask it
     * for a session: the router of the node still lets the coordinator in.
     */
    private static InetSocketAddress lastEndpointOrNull(Snapshot snapshot, PublicKey key) {
        Membership member = memberOrNull(snapshot, snapshot.keys().get(key));
        if (member == null) {
            return null;
        }
        for (Candidate.Kind kind :
                List.of(Candidate.Kind.OBSERVED, Candidate.Kind.STATIC, Candidate.Kind.MAPPED)) {
            for (Candidate candidate : member.candidates()) {
                if (candidate.kind() == kind) {
                    return candidate.endpoint();
                }
            }
        }
        return null;
    }
}
