// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.status;

import org.wgj.mesh.map.JsonOut;

import java.util.EnumMap;
import java.util.Map;

/**
 * A mesh in one line. A link is a pair of nodes in a plane; it is as good as the worse of what its
 * two ends say, and of kind {@link LinkKind#NONE} if neither says anything.
 *
 * @param nodes how many nodes there are
 * @param links how many links there should be
 * @param kinds how many links are of each kind
 */
public record Totals(int nodes, int links, Map<LinkKind, Integer> kinds) {
    public Totals {
        kinds = Map.copyOf(kinds);
    }

    /**
     * Counts.
     *
     * @param status any status
     * @return its totals
     */
    public static Totals of(MeshStatus status) {
        Map<MeshStatus.Way, PeerReport> ways = status.ways();
        Map<LinkKind, Integer> kinds = new EnumMap<>(LinkKind.class);
        for (LinkKind kind : LinkKind.values()) {
            kinds.put(kind, 0);
        }
        int links = 0;
        for (String plane : status.planes()) {
            for (int a = 0; a < status.nodes().size(); a++) {
                for (int b = a + 1; b < status.nodes().size(); b++) {
                    long from = status.nodes().get(a).id();
                    long to = status.nodes().get(b).id();
                    kinds.merge(worse(ways, plane, from, to), 1, Integer::sum);
                    links++;
                }
            }
        }
        return new Totals(status.nodes().size(), links, kinds);
    }

    /** Returns the worse of what both ends of a link say; NONE if neither says anything. */
    static LinkKind worse(Map<MeshStatus.Way, PeerReport> ways, String plane, long a, long b) {
        PeerReport there = ways.get(new MeshStatus.Way(plane, a, b));
        PeerReport back = ways.get(new MeshStatus.Way(plane, b, a));
        if (there == null || back == null) {
            return there != null ? there.kind() : back != null ? back.kind() : LinkKind.NONE;
        }
        return there.kind().compareTo(back.kind()) > 0 ? there.kind() : back.kind();
    }

    /**
     * Returns how many links carry packets.
     *
     * @return the number of links that are neither missing nor broken
     */
    public int up() {
        return links - kinds.get(LinkKind.NONE) - kinds.get(LinkKind.BROKEN);
    }

    void write(JsonOut out) {
        out.number("nodes", nodes);
        out.number("links", links);
        out.number("up", up());
        for (LinkKind kind : LinkKind.values()) {
            out.number(kind.word(), kinds.get(kind));
        }
    }

    /** Formats as {@code 12 nodes, 66 of 66 links up, 60 direct, 6 relay, 0 broken}. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        text.append(nodes).append(nodes == 1 ? " node, " : " nodes, ");
        text.append(up()).append(" of ").append(links).append(" links up, ");
        text.append(kinds.get(LinkKind.DIRECT)).append(" direct, ");
        if (kinds.get(LinkKind.LAN) > 0) {
            text.append(kinds.get(LinkKind.LAN)).append(" lan, ");
        }
        text.append(kinds.get(LinkKind.RELAY)).append(" relay, ");
        return text.append(kinds.get(LinkKind.BROKEN)).append(" broken").toString();
    }
}
