// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.doctor;

import org.wgj.mesh.status.LinkKind;
import org.wgj.mesh.status.LinkReport;
import org.wgj.mesh.status.MeshStatus;
import org.wgj.mesh.status.NodeState;
import org.wgj.mesh.status.NodeStatus;
import org.wgj.mesh.status.PeerReport;
import org.wgj.mesh.status.StatusText;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The reports of the nodes about each other, found by the ends of a link. */
final class Links {
    /** A link in one direction. */
    record Way(String plane, long from, long to) {}

    /** Nodes report changes every 10 s. */
    private static final long FRESH_S = 12;

    /** A session ends so long after its handshake (whitepaper 6.1, Reject-After-Time). */
    private static final long SESSION_S = 180;

    private final Map<Way, PeerReport> ways = new LinkedHashMap<>();
    private final Map<Long, NodeState> states = new HashMap<>();
    private final Map<Long, String> names = new HashMap<>();
    private final Map<Long, List<Way>> into = new HashMap<>();
    private final Map<Long, List<Way>> outOf = new HashMap<>();

    private final Set<Long> stock;

    Links(LiveView view) {
        stock = view.stock();
        MeshStatus mesh = view.meshOrNull();
        if (mesh != null) {
            for (NodeState node : mesh.nodes()) {
                states.put(node.id(), node);
                names.put(node.id(), StatusText.visible(node.name()));
            }
            for (LinkReport link : mesh.links()) {
                add(link.from(), link.peer());
            }
        }
        NodeStatus own = view.nodeOrNull();
        if (own != null) {
            names.putIfAbsent(own.id(), StatusText.visible(own.name()));
            for (NodeStatus.Peer peer : own.peers()) {
                names.putIfAbsent(peer.report().id(), StatusText.visible(peer.name()));
                add(own.id(), peer.report()); // fresher than what the coordinator has
            }
        }
        for (Way way : ways.keySet()) {
            into.computeIfAbsent(way.to(), any -> new ArrayList<>()).add(way);
            outOf.computeIfAbsent(way.from(), any -> new ArrayList<>()).add(way);
        }
    }

    private void add(long from, PeerReport report) {
        ways.put(new Way(report.plane(), from, report.id()), report);
    }

    Map<Way, PeerReport> all() {
        return ways;
    }

    /** Returns the report of one end; null if there is none. */
    PeerReport of(String plane, long from, long to) {
        return ways.get(new Way(plane, from, to));
    }

    /** Returns the reports of a node about all others. */
    List<Way> outOf(long node) {
        return outOf.getOrDefault(node, List.of());
    }

    /** Returns the reports of all others about a node. */
    List<Way> into(long node) {
        return into.getOrDefault(node, List.of());
    }

    String name(long node) {
        return names.getOrDefault(node, "node " + node);
    }

    /** Returns whether a node reports and is there, as far as the coordinator knows. */
    boolean isOnline(long node) {
        NodeState state = states.get(node);
        return state == null ? !isStock(node) : state.online() && !state.stock();
    }

    boolean isStock(long node) {
        NodeState state = states.get(node);
        return state == null ? stock.contains(node) : state.stock();
    }

    /** Returns whether a link is not there and should be. */
    static boolean isDown(PeerReport report) {
        return report.kind() == LinkKind.BROKEN
                || report.kind() == LinkKind.NONE
                        && !report.isIdle()
                        && !report.reason().equals("probing");
    }

    /**
     * Returns whether a node has been heard so lately that it would have told by now of a link that
     * it lost.
     */
    boolean isFresh(long node) {
        NodeState state = states.get(node);
        return state == null || state.controlAgeS() >= 0 && state.controlAgeS() <= FRESH_S;
    }

    /**
     * Returns whether a stock peer was heard elsewhere after the session that a report tells of was
     * over. So it is on, and the link is broken; otherwise it may just be switched off.
     */
    boolean isHeardElsewhere(long stock, PeerReport report) {
        NodeState state = states.get(stock);
        return state != null
                && state.online()
                && (report.handshakeAgeS() < 0
                        || report.handshakeAgeS() - state.heardAgeS() > SESSION_S);
    }

    /** Returns whether that is so for each node that is online and speaks of it. */
    boolean isHeardElsewhere(long stock) {
        return into(stock).stream()
                .filter(way -> isOnline(way.from()))
                .allMatch(way -> isHeardElsewhere(stock, ways.get(way)));
    }

    /** Returns whether a node that is online reaches a node. */
    boolean isReached(long node) {
        return into(node).stream()
                .anyMatch(way -> isOnline(way.from()) && ways.get(way).kind().isUp());
    }

    /**
     * Returns whether every node that is online and speaks of a node says that it is not reached.
     */
    boolean isSilent(long node) {
        boolean spoken = false;
        for (Way way : into(node)) {
            if (isOnline(way.from())) {
                if (ways.get(way).kind().isUp()) {
                    return false;
                }
                spoken |= isDown(ways.get(way));
            }
        }
        return spoken;
    }
}
